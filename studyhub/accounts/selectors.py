"""Reads about people and their devices."""

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


def devices_of(user: User) -> list[DeviceToken]:
    """The user's device tokens, newest first."""
    return list(DeviceToken.objects.filter(user=user))
