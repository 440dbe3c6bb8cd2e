"""Accounts: one-time sign-in links, device tokens, the first user of a fresh site."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from knox.settings import knox_settings

from studyhub.accounts.models import DeviceToken, EntryLink, User
from studyhub.base.errors import NotFound, StudyHubError

ENTRY_LINK_LIFETIME = timedelta(days=1)
OWNER_NAME = "learner"


class EntryLinkGone(StudyHubError):
    """The link was used, has expired or never existed; which one is not told."""

    status = 410
    kind = "link-gone"


class DeviceNameInvalid(StudyHubError):
    kind = "device-name"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def ensure_owner() -> User:
    """The account that a fresh site opens with: the oldest operator, made if there is none.

    It has no usable password: it is entered by one-time links until its owner sets one.
    """
    owner = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if owner is not None:
        return owner
    owner, _ = User.objects.get_or_create(username=OWNER_NAME)
    owner.is_staff = owner.is_superuser = owner.is_active = True
    owner.role = User.Role.OPERATOR
    if not owner.password:
        owner.set_unusable_password()
    owner.save()
    return owner


def issue_entry_link(user: User, *, now: datetime) -> str:
    """A fresh token that signs `user` in once within a day; unused older ones are withdrawn."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        EntryLink.objects.filter(user=user, used_at=None).delete()
        EntryLink.objects.create(
            digest=_digest(token), user=user, created_at=now, expires_at=now + ENTRY_LINK_LIFETIME
        )
    return token


def redeem_entry_link(token: str, *, now: datetime) -> User:
    """The user whom `token` signs in; raises EntryLinkGone the second time.

    The link is spent by one conditional update, so two requests at once cannot both enter.
    """
    links = EntryLink.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=now)
    if links.update(used_at=now) != 1:
        raise EntryLinkGone(
            "This sign-in link has been used or is too old.",
            cure="Type `make up` again for a new one, or sign in with your password.",
        )
    user = EntryLink.objects.select_related("user").get(digest=_digest(token)).user
    if not user.is_active:
        raise EntryLinkGone("This account is closed.", cure="Ask an operator of this site.")
    return user


def issue_device_token(user: User, device: str) -> tuple[DeviceToken, str]:
    """A token for one named device, and its secret, which is shown once and not stored.

    A second token for the same device name replaces the first: a phone that signs in again has
    one row, not two. Raises DeviceNameInvalid for a name that is empty or over 64 characters.
    """
    name = device.strip()
    if not name or len(name) > 64:
        raise DeviceNameInvalid(
            "The device has no usable name.",
            cure="Send a name of 1 to 64 characters, such as 'pixel-9'.",
            errors={"device": ["1 to 64 characters, please."]},
        )
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two sign-ins at once: one after another
        DeviceToken.objects.filter(user=user, device=name).delete()
        token, secret = DeviceToken.objects.create(
            user=user, expiry=knox_settings.TOKEN_TTL, device=name
        )
    return token, secret


def revoke_device_token(user: User, token_key: str) -> None:
    """Withdraws one of the user's tokens, named by its public key; raises NotFound."""
    deleted, _ = DeviceToken.objects.filter(user=user, token_key=token_key).delete()
    if not deleted:
        raise NotFound("You have no such device.", cure="List them with GET auth/devices/.")


def follow_time_zone(user: User, name: str) -> None:
    """Study days of new answers follow the zone that the learner's browser is in."""
    if user.time_zone != name:
        user.time_zone = name
        user.save(update_fields=["time_zone"])
