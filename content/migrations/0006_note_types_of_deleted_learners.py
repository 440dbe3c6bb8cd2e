import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("content", "0005_owners_by_partial_indexes")]

    operations = [
        migrations.AlterField(
            model_name="note",
            name="note_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="notes",
                to="content.notetype",
            ),
        ),
    ]
