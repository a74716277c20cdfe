from django.db import migrations

from review.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("analysis", "0001_initial")]
    operations = [append_only("analysis_run")]
