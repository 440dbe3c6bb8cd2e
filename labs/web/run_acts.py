"""What can be done with a run: stop it, run its file again, take what it left along."""

from zlib import crc32

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from labs import services
from labs.web.form_keys import form_key
from studyhub.base import clock


@login_required
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    services.cancel(request.user, run_id, now=clock.now())
    return redirect("run", run_id)


@login_required
@require_POST
def again(request: HttpRequest, run_id: int) -> HttpResponse:
    """A new run of the same file; with another seed where the form asks for it."""
    key = form_key(request.POST.get("key", ""))
    # From the key, so that the same form sent twice asks for the same run.
    seed = crc32(key.encode()) >> 1 if key and request.POST.get("seed") == "new" else None
    run = services.run_again(request.user, run_id, now=clock.now(), seed=seed, key=key)
    return redirect("run", run.pk)


@login_required
@require_GET
def artefact(request: HttpRequest, run_id: int) -> FileResponse:
    file = services.artefact(request.user, run_id)
    return FileResponse(
        file.path.open("rb"),
        as_attachment=True,
        filename=file.name,
        content_type="application/zip",
    )
