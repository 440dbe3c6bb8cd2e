"""What changed from one run's code to another's."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labs import selectors
from labs.domain.differences import Diff, Kind
from labs.domain.refusals import RunUnknown
from labs.web.lab_view import metric_words
from labs.web.run_words import headline

OFFERED = 30
SIGNS = {Kind.SAME: " ", Kind.ADDED: "+", Kind.REMOVED: "−", Kind.PLACE: ""}
_WORDS = {Kind.ADDED: "added", Kind.REMOVED: "removed"}
_CLASSES = {Kind.ADDED: "add", Kind.REMOVED: "del", Kind.PLACE: "place"}
_STATUS = {"added": "new file", "removed": "file removed", "changed": "changed"}
_NOTES = {
    "binary": "It is no text, so no lines are shown.",
    "too long": "It is too long to be compared line by line.",
}


@login_required
@require_GET
@never_cache
def diff(request: HttpRequest, run_id: int) -> HttpResponse:
    """Against the run that the address names, else against the one before."""
    run = selectors.run_for(request.user, run_id)
    theirs = selectors.runs_of(run.user, run.lab).exclude(pk=run.pk)
    others = list(theirs[:OFFERED])
    asked = request.GET.get("since", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        before = theirs.filter(pk=int(asked)).first()
        if before is None:
            raise RunUnknown(
                f"You have no run {asked} of this lab.", cure="Choose one from the list."
            )
    else:
        before = theirs.filter(pk__lt=run.pk).first()
    found = selectors.changes_between(before, run) if before is not None else None
    context = {
        "here": "labs",
        "run": run,
        "before": before,
        "others": [(other.pk, _option(other)) for other in others],
        "same": found is not None and found.identical,
        "cut": found is not None and found.cut,
        "summary": _summary(found) if found is not None else "",
        "files": _files(found) if found is not None else [],
        "sides": [_side(one) for one in (before, run)] if before is not None else [],
    }
    return render(request, "labs/diff.html", context)


def _summary(found: Diff) -> str:
    added = sum(file.added for file in found.files)
    removed = sum(file.removed for file in found.files)
    return f"{_lines(added)} added, {_lines(removed)} removed"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _files(found: Diff) -> list[dict[str, Any]]:
    return [
        {
            "name": file.name,
            "status": _STATUS.get(file.status, file.status),
            "counts": f"+{file.added:,} −{file.removed:,}" if not file.note else "",
            "note": _NOTES.get(file.note, file.note),
            "lines": [
                {
                    "sign": SIGNS[line.kind],
                    "classes": _CLASSES.get(line.kind, ""),
                    "said": _WORDS.get(line.kind, ""),
                    "before": line.before or "",
                    "after": line.after or "",
                    "text": line.text,
                    "place": line.kind is Kind.PLACE,
                }
                for line in file.lines
            ],
        }
        for file in found.files
    ]


def _side(run: Any) -> dict[str, Any]:
    return {
        "number": run.pk,
        "headline": headline(run.pk, run.state),
        "file": run.submission.filename,
        "value": _value(run),
        "seed": run.seed,
        "at": run.created_at,
    }


def _value(run: Any) -> str:
    grade = getattr(run, "grade", None)
    if grade is None:
        return ""
    return metric_words(grade.metrics, grade.thresholds, selectors.spread_of(run))


def _option(run: Any) -> str:
    return ", ".join(filter(None, (f"Run {run.pk}", run.submission.filename, _value(run))))
