"""Tokens per device: POST auth/token/, GET and DELETE auth/devices/."""

from typing import Any

from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from studyhub.accounts.selectors import devices_of
from studyhub.accounts.services import issue_device_token, revoke_device_token


class TokenRequest(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, write_only=True, trim_whitespace=False)
    device = serializers.CharField(max_length=64)
    otp = serializers.CharField(
        max_length=32, required=False, help_text="Required where the account uses a second factor."
    )


class TokenReply(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Shown once; only a digest is stored.")
    expires = serializers.DateTimeField(allow_null=True)


class DeviceReply(serializers.Serializer[Any]):
    id = serializers.CharField(source="token_key")
    device = serializers.CharField()
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(source="expiry", allow_null=True)


class TokenView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"

    @extend_schema(request=TokenRequest, responses={200: TokenReply, 401: OpenApiResponse()})
    def post(self, request: Request) -> Response:
        """A token for one device. The same device name again replaces its older token."""
        asked = TokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        user = authenticate(
            request._request, username=given["username"], password=given["password"]
        )
        if user is None:
            raise AuthenticationFailed("Name and password do not fit.")
        if get_mfa_adapter().is_mfa_enabled(user):
            _check_second_factor(user, given.get("otp", ""))
        token, secret = issue_device_token(user, given["device"])
        return Response(TokenReply({"token": secret, "expires": token.expiry}).data)

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"


def _check_second_factor(user: Any, code: str) -> None:
    """Raises AuthenticationFailed unless `code` is a current or a recovery code of the user."""
    if not code:
        raise AuthenticationFailed("This account uses a second factor: send its code as `otp`.")
    checks = {Authenticator.Type.TOTP: TOTP, Authenticator.Type.RECOVERY_CODES: RecoveryCodes}
    for factor in Authenticator.objects.filter(user=user, type__in=checks):
        if checks[factor.type](factor).validate_code(code):
            return
    raise AuthenticationFailed("That code does not fit. Send the current one as `otp`.")


class DevicesView(ListAPIView[Any]):
    """The devices that hold a token of yours, newest first."""

    serializer_class = DeviceReply
    ordering = ("-created", "pk")

    def get_queryset(self) -> Any:
        return devices_of(self.request.user)


class DeviceView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        """Withdraws the token of one device."""
        revoke_device_token(request.user, id)
        return Response(status=status.HTTP_204_NO_CONTENT)
