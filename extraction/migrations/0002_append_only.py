from django.db import migrations

from review.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("extraction", "0001_initial")]
    operations = [append_only("extraction_snapshot")]
