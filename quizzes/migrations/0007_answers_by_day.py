from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0006_open_tasks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="revieweventrow", name="review_event_of_day"),
        migrations.AddIndex(
            model_name="revieweventrow",
            index=models.Index(fields=["user", "day", "kind"], name="review_event_of_day"),
        ),
    ]
