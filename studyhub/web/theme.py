"""The colours: auto, light, dark, in a cookie; the script does the same without a page load."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

ORDER = ("", "light", "dark")
YEAR = 31_536_000


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Goes one step round auto, light, dark, and back to the page it was asked from."""
    now = request.COOKIES.get("theme", "")
    following = ORDER[(ORDER.index(now) + 1) % len(ORDER)] if now in ORDER else "light"
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    if following:
        response.set_cookie(
            "theme", following, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
