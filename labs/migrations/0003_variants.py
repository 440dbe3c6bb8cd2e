from django.db import migrations, models


class Migration(migrations.Migration):
    """Labs that stand on one of several data sets, and grades that say on which."""

    dependencies = [("labs", "0002_queue_results_artefacts")]

    operations = [
        migrations.AddField(
            model_name="lab",
            name="variant",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AddField(
            model_name="grade",
            name="variant",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
    ]
