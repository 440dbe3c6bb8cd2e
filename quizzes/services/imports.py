"""Files that arrive by the page or the API: kept, imported by a worker, and reported on.

Packages of Anki, and own cards as tables or Markdown. Importing is idempotent, so a worker that
takes a file twice does no harm.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F

from content.format.card_files import FILE_MAX
from quizzes.anki.archive import problem_with_name
from quizzes.anki.limits import LIMITS, MiB
from quizzes.anki.rows import Findings
from quizzes.domain.errors import PackageInvalid, PackageTooLarge
from quizzes.models import DeckImport
from quizzes.queue import send_import_after_commit
from quizzes.selectors.deck_imports import tell_progress
from quizzes.services.anki import ImportReport, import_package
from quizzes.services.card_import import Progress, import_cards, plan_import
from quizzes.services.intake import locked_memory
from quizzes.services.media import FORGOTTEN
from studyhub.accounts.models import User
from studyhub.base.errors import StudyHubError

WAITING_MOST = 3
ATTEMPTS_MOST = 3
KEPT = 20
LOST_AFTER = timedelta(minutes=2)
#: Endings of files of own cards; every other file is a package.
CARD_FILES = (".csv", ".tsv", ".txt", ".md", ".markdown")


def begin_import(
    user: User,
    pieces: Iterable[bytes],
    name: str,
    *,
    now: datetime,
    import_id: UUID | None = None,
    deck: str = "",
    without_wrong: bool = False,
) -> DeckImport:
    """Keeps an uploaded file and asks a worker to take it in.

    With `import_id`, chosen by the client, sending it again gives the same import. `deck` (a slug)
    and `without_wrong` are for files of own cards, see `card_import`. Raises PackageTooLarge, or
    PackageInvalid where too many wait.
    """
    if (met := _met(user, import_id)) is not None:
        return met
    options = {
        "cards": name.casefold().endswith(CARD_FILES),
        "deck": deck,
        "without_wrong": without_wrong,
    }
    row = DeckImport(user=user, name=_shown(name), size=0, created_at=now, options=options)
    if import_id is not None:
        row.id = import_id
    # The same file may be arriving twice at once, so each has a place of its own until one is met.
    arriving = upload_path(uuid4())
    row.size = _keep(arriving, pieces)
    try:
        with transaction.atomic():
            locked_memory(user)
            if (met := _met(user, import_id)) is not None:
                return met
            waiting = DeckImport.objects.filter(user=user, state=DeckImport.State.WAITING)
            if waiting.count() >= WAITING_MOST:
                raise PackageInvalid(
                    f"{WAITING_MOST} of your files are still waiting.",
                    cure="Send the next one when they are done.",
                )
            row.save(force_insert=True)
            _forget_old(user)
            arriving.replace(upload_path(row.id))
            send_import_after_commit(str(row.pk))
    finally:
        arriving.unlink(missing_ok=True)
    return row


def _met(user: User, import_id: UUID | None) -> DeckImport | None:
    """The learner's import of that id, where there is one. Raises PackageInvalid for another's."""
    found = DeckImport.objects.filter(pk=import_id).first() if import_id else None
    if found is not None and found.user_id != user.pk:
        raise PackageInvalid("This id is taken.", cure="Choose another one, a random UUID.")
    return found


def run_import(import_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Takes a waiting file in and keeps the report, or why it was refused."""
    waiting = DeckImport.objects.filter(pk=import_id, state=DeckImport.State.WAITING)
    row = waiting.select_related("user").first()
    if row is None:
        return
    path = upload_path(row.pk)
    if row.attempts >= ATTEMPTS_MOST or not path.exists():
        refusal = {
            "message": "The file could not be imported; it stopped the worker more than once.",
            "cure": "Try it in smaller parts, such as single decks, or tell the operator.",
        }
        waiting.update(state=DeckImport.State.REFUSED, refusal=refusal, ended_at=clock())
        path.unlink(missing_ok=True)
        return
    waiting.update(attempts=F("attempts") + 1)

    def progress(done: int, total: int) -> None:
        tell_progress(row.pk, done, total)

    try:
        if row.options.get("cards"):
            report = _import_cards(row, path, clock(), progress)
        else:
            report = import_package(row.user, path, now=clock(), progress=progress)
    except StudyHubError as refused:
        told = {"message": refused.message, "cure": refused.cure, "errors": refused.errors}
        waiting.update(state=DeckImport.State.REFUSED, refusal=told, ended_at=clock())
    else:
        waiting.update(state=DeckImport.State.DONE, report=report.as_json(), ended_at=clock())
    path.unlink(missing_ok=True)


def _import_cards(row: DeckImport, path: Path, now: datetime, progress: Progress) -> ImportReport:
    with path.open("rb") as file:
        data = file.read(FILE_MAX + 1)
    plan = plan_import(row.user, data, row.name, deck_slug=row.options["deck"])
    written = import_cards(
        row.user, plan, now=now, without_wrong=row.options["without_wrong"], progress=progress
    )
    left_out = Findings()
    for line, sentence in plan.wrong:
        left_out.add(sentence, f"line {line}")
    return ImportReport(
        decks=sorted({card.deck for card in plan.cards if card.own is not None}),
        cards={
            "created": len(written.created),
            "changed": len(written.changed),
            "unchanged": len(written.unchanged),
        },
        left_out=left_out.as_json(),
    )


def send_waiting(*, now: datetime) -> None:
    """Asks again for files that nobody took up."""
    lost = DeckImport.objects.filter(
        state=DeckImport.State.WAITING, created_at__lt=now - LOST_AFTER
    )
    for import_id in lost.values_list("pk", flat=True)[:100]:
        if tell_progress(import_id) is None:
            send_import_after_commit(str(import_id))


def sweep_uploads(*, now: datetime) -> None:
    """Removes what a process that was killed left behind: uploads that no import waits for, and
    files half unpacked. Those of the last day may still be at work."""
    root = Path(settings.MEDIA_ROOT)
    waiting = DeckImport.objects.filter(state=DeckImport.State.WAITING)
    kept = {upload_path(import_id) for import_id in waiting.values_list("pk", flat=True)}
    left = {*root.glob("imports/*.package"), *root.glob("cards/.import-*")} - kept
    for path in left:
        with suppress(FileNotFoundError):
            if now.timestamp() - path.stat().st_mtime > FORGOTTEN:
                path.unlink()


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
    return "File" if problem_with_name(base) else base


def _forget_old(user: User) -> None:
    """Keeps the newest reports only."""
    ended = DeckImport.objects.filter(user=user).exclude(state=DeckImport.State.WAITING)
    old = list(ended.order_by("-created_at").values_list("pk", flat=True)[KEPT:])
    DeckImport.objects.filter(pk__in=old).delete()
