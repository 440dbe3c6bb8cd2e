"""Device tokens as knox checks them, for the price of one plain query."""

from hmac import compare_digest

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from studyhub.accounts.selectors import tokens_with_key
from studyhub.base.clock import now


class DeviceTokenAuthentication(TokenAuthentication):
    """Knox reads all of the learner's tokens at every call, to delete those that have expired. One
    that has expired lets nobody in as it is, and goes when it is used or its device signs in."""

    def authenticate_credentials(self, token: bytes):  # type: ignore[no-untyped-def]
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (UnicodeDecodeError, ValueError, TypeError):
            raise AuthenticationFailed("Invalid token.") from None
        for found in tokens_with_key(text[: CONSTANTS.TOKEN_KEY_LENGTH]):
            if compare_digest(digest, found.digest) and not self._cleanup_token(found):
                return self.validate_user(found)
        raise AuthenticationFailed("Invalid token.")

    def _cleanup_token(self, auth_token) -> bool:  # type: ignore[no-untyped-def]
        if auth_token.expiry is None or auth_token.expiry >= now():
            return False
        auth_token.delete()
        return True


class DeviceTokenScheme(KnoxTokenScheme):
    """The same in the API's description."""

    target_class = "studyhub.api.tokens.DeviceTokenAuthentication"
