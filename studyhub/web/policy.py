"""The content security policy of every reply."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """django-csp's own, for a site whose replies nearly all have the same policy.

    It works the policy out anew for each reply, a twentieth of what an answer to a question costs;
    here that is done once, and again only for a reply that asks for another by its decorators.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self._common = build_policy()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        has_nonce = getattr(request, "_csp_nonce", None) is not None
        if has_nonce or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._common)
        return response
