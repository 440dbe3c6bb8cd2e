"""Device tokens as knox checks them, for the price of one query."""

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication

from studyhub.base.clock import now


class DeviceTokenAuthentication(TokenAuthentication):
    """Knox reads all of the learner's tokens at every call, to delete those that have expired. One
    that has expired lets nobody in as it is, and goes when it is used or its device signs in."""

    def _cleanup_token(self, auth_token) -> bool:  # type: ignore[no-untyped-def]
        if auth_token.expiry is None or auth_token.expiry >= now():
            return False
        auth_token.delete()
        return True


class DeviceTokenScheme(KnoxTokenScheme):
    """The same in the API's description."""

    target_class = "studyhub.api.tokens.DeviceTokenAuthentication"
