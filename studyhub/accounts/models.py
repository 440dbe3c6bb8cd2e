"""Users, the tokens of their devices, and one-time links that sign a user in."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxValueValidator
from django.db import models
from knox.models import AbstractAuthToken


class User(AbstractUser):
    """A person. Roles add rights: a teacher sees learners' results, an operator runs the site."""

    class Role(models.TextChoices):
        LEARNER = "learner", "Learner"
        TEACHER = "teacher", "Teacher"
        OPERATOR = "operator", "Operator"

    role = models.CharField(max_length=16, choices=Role, default=Role.LEARNER)
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="IANA name; fixes the study day of new answers."
    )
    rollover_hour = models.PositiveSmallIntegerField(
        default=4,
        validators=[MaxValueValidator(23)],
        help_text="Hour at which a new study day begins.",
    )


class DeviceToken(AbstractAuthToken):  # type: ignore[misc]  # knox ships no types
    """An API token of one device. Only a digest is stored."""

    device = models.CharField(max_length=64)

    class Meta:
        ordering = ("-created",)


class EntryLink(models.Model):
    """A link that signs its user in once. Only a digest of its token is stored."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="entry_links")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
