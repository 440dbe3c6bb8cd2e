"""Reads about people and their devices."""

from django.db.models import QuerySet

from studyhub.accounts.models import DeviceToken, User
from studyhub.base.errors import NotFound


def user_named(username: str) -> User:
    """The active user of that name; raises NotFound with the cure."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotFound(
            f"There is no user named {username!r}.",
            cure="Create one with `manage.py createsuperuser`, or check the spelling.",
        )
    return user


def devices_of(user: User) -> QuerySet[DeviceToken]:
    """The user's device tokens, newest first."""
    tokens: QuerySet[DeviceToken] = DeviceToken.objects.filter(user=user)
    return tokens
