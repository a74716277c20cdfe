from django.db import migrations

from review.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]
    operations = [append_only("review_event")]
