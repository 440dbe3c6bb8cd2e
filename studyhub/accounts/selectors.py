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


def tokens_with_key(key: str) -> list[DeviceToken]:
    """Device tokens whose public part is `key`, with their users.

    Written out, as every call of the API begins with it: the query builder takes five times as
    long as the database does.
    """
    tokens = list(
        DeviceToken.objects.raw(
            f"SELECT * FROM {DeviceToken._meta.db_table} WHERE token_key = %s", [key]
        )
    )
    for token in tokens:
        sql = f"SELECT * FROM {User._meta.db_table} WHERE id = %s"
        token.user = next(iter(User.objects.raw(sql, [token.user_id])))
    return tokens
