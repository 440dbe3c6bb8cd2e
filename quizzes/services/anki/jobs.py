"""Packages that arrive by the page or the API: kept, imported by a worker, and reported on.

Importing is idempotent, so a worker that takes a package twice does no harm.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import F

from quizzes.anki.archive import problem_with_name
from quizzes.anki.limits import LIMITS, MiB
from quizzes.domain.errors import ImportNotFound, PackageInvalid, PackageTooLarge
from quizzes.domain.events import Kind
from quizzes.models import DeckImport, ReviewEventRow
from quizzes.queue import send_import_after_commit
from quizzes.selectors.deck_imports import tell_progress
from quizzes.services.anki.importing import import_package
from quizzes.services.cards import record
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User
from studyhub.base.errors import StudyHubError

WAITING_MOST = 3
ATTEMPTS_MOST = 3
KEPT = 20
LOST_AFTER = timedelta(minutes=2)
_OFFERS = UUID("6d0ee1f5-0a3b-4b9e-9a0e-6f7f7a3c9d21")


def begin_import(
    user: User,
    pieces: Iterable[bytes],
    name: str,
    *,
    now: datetime,
    import_id: UUID | None = None,
) -> DeckImport:
    """Keeps an uploaded package and asks a worker to take it in.

    With `import_id`, chosen by the client, sending it again gives the same import. Raises
    PackageTooLarge, or PackageInvalid where too many wait.
    """
    if import_id is not None:
        met = DeckImport.objects.filter(pk=import_id).first()
        if met is not None and met.user_id == user.pk:
            return met
        if met is not None:
            raise PackageInvalid("This id is taken.", cure="Choose another one, a random UUID.")
    row = DeckImport(user=user, name=_shown(name), size=0, created_at=now)
    if import_id is not None:
        row.id = import_id
    row.size = _keep(upload_path(row.id), pieces)
    try:
        with transaction.atomic():
            locked_memory(user)
            waiting = DeckImport.objects.filter(user=user, state=DeckImport.State.WAITING)
            if waiting.count() >= WAITING_MOST:
                raise PackageInvalid(
                    f"{WAITING_MOST} of your packages are still waiting.",
                    cure="Send the next one when they are done.",
                )
            row.save(force_insert=True)
            _forget_old(user)
            send_import_after_commit(str(row.pk))
    except BaseException:
        upload_path(row.id).unlink(missing_ok=True)
        raise
    return row


def run_import(import_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Takes a waiting package in and keeps the report, or why it was refused."""
    waiting = DeckImport.objects.filter(pk=import_id, state=DeckImport.State.WAITING)
    row = waiting.select_related("user").first()
    if row is None:
        return
    path = upload_path(row.pk)
    if row.attempts >= ATTEMPTS_MOST or not path.exists():
        refusal = {
            "message": "The package could not be imported; it stopped the worker more than once.",
            "cure": "Export single decks from Anki and try those, or tell the operator.",
        }
        waiting.update(state=DeckImport.State.REFUSED, refusal=refusal, ended_at=clock())
        path.unlink(missing_ok=True)
        return
    waiting.update(attempts=F("attempts") + 1)
    try:
        report = import_package(
            row.user,
            path,
            now=clock(),
            progress=lambda done, all_: tell_progress(row.pk, done, all_),
        )
    except StudyHubError as refused:
        refusal = {"message": refused.message, "cure": refused.cure}
        waiting.update(state=DeckImport.State.REFUSED, refusal=refusal, ended_at=clock())
    else:
        waiting.update(state=DeckImport.State.DONE, report=report.as_json(), ended_at=clock())
    path.unlink(missing_ok=True)


def send_waiting(*, now: datetime) -> None:
    """Asks again for packages that nobody took up."""
    lost = DeckImport.objects.filter(
        state=DeckImport.State.WAITING, created_at__lt=now - LOST_AFTER
    )
    for import_id in lost.values_list("pk", flat=True)[:100]:
        if tell_progress(import_id) is None:
            send_import_after_commit(str(import_id))


def adopt_offer(user: User, import_id: UUID, place: int, *, now: datetime) -> None:
    """Takes over the FSRS settings of a preset that came with a package.

    Doing it again changes nothing. Raises ImportNotFound where there is no such offer.
    """
    row = DeckImport.objects.filter(pk=import_id, user=user).first()
    offers = row.report.get("offers", []) if row else []
    if not 0 <= place < len(offers):
        raise ImportNotFound("There is no such offer.", cure="See the import's report.")
    event_id = uuid5(_OFFERS, f"{import_id}:{place}")
    fields = {"parameters": offers[place]["weights"], "reason": "import"}
    if offers[place]["desired_retention"] is not None:
        fields["desired_retention"] = round(offers[place]["desired_retention"], 4)
    with transaction.atomic():
        memory = locked_memory(user)
        if not ReviewEventRow.objects.filter(user=user, event_id=event_id).exists():
            record(
                memory, user, Kind.PARAMETERS, None, _OFFERS, now, event_id=event_id, fields=fields
            )


def upload_path(import_id: UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / "imports" / f"{import_id.hex}.package"


def _keep(path: Path, pieces: Iterable[bytes]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > LIMITS.package:
                    raise PackageTooLarge(
                        f"The file is larger than {LIMITS.package // MiB} MiB.",
                        cure="Export single decks, or leave media out.",
                    )
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return size


def _shown(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2][:100]
    return "Package" if problem_with_name(base) else base


def _forget_old(user: User) -> None:
    """Keeps the newest reports only."""
    ended = DeckImport.objects.filter(user=user).exclude(state=DeckImport.State.WAITING)
    old = list(ended.order_by("-created_at").values_list("pk", flat=True)[KEPT:])
    DeckImport.objects.filter(pk__in=old).delete()
