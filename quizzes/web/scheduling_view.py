"""What the scheduling page shows."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from quizzes.domain.rescheduling import RetentionCost
from quizzes.selectors.fits import AskedFit, FitRow, asked_fit, fits_of, why_no_fit
from quizzes.selectors.memory import refold_progress
from quizzes.selectors.scheduling import (
    chapters_of,
    costs_of,
    last_reschedule,
    reschedule_progress,
    scheduling_of,
    to_reschedule,
)
from quizzes.web.scheduling_forms import steps_said
from studyhub.base.words import counted

#: What the page offers; any other share can be set through the API and is then offered too.
OFFERED = (0.8, 0.85, 0.9, 0.95)
FOR_A_CHAPTER = (0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97)
NOTHING_TYPED: Mapping[str, str] = MappingProxyType({})


def scheduling_context(
    user: Any,
    now: datetime,
    typed: Mapping[str, str] = NOTHING_TYPED,
    asked_before: int | None = None,
) -> dict[str, Any]:
    """The page's context; `typed` is a form that was refused and is shown again as it was.

    `asked_before` is the newest fit's version (0: none) when this browser asked for another one
    lately; None where it did not.
    """
    scheduling = scheduling_of(user)
    return {
        "here": "scheduling",
        **_choices(user, now, scheduling.desired_retention, typed),
        **_chapters(user, scheduling.desired_retention, typed),
        "learning_steps": typed.get("learning_steps", steps_said(scheduling.learning_steps)),
        "relearning_steps": typed.get("relearning_steps", steps_said(scheduling.relearning_steps)),
        "maximum": typed.get("maximum", scheduling.maximum_interval),
        "to_move": to_reschedule(user, now=now),
        "rescheduling": reschedule_progress(user),
        "last_reschedule": last_reschedule(user, now=now),
        "refolding": refold_progress(user),
        **_fits(user, asked_before),
    }


def _choices(user: Any, now: datetime, present: float, typed: Mapping[str, str]) -> dict[str, Any]:
    """The shares on offer, with what each costs where that can be said."""
    offered = tuple(sorted({*OFFERED, present}))
    costs = {cost.retention: cost for cost in costs_of(user, now=now, retentions=offered)}
    weekly = any(cost.reviews_a_day < 1 for cost in costs.values())
    chosen = typed.get("retention", str(present))
    return {
        "choices": [
            {
                "value": share,
                "chosen": str(share) == chosen,
                "cost": _cost(costs.get(share), weekly),
            }
            for share in offered
        ],
        "has_costs": bool(costs),
    }


def _chapters(user: Any, present: float, typed: Mapping[str, str]) -> dict[str, Any]:
    """Each chapter with the shares that can be chosen for it, and whether it is that one."""
    chapters = chapters_of(user)
    shown = []
    for chapter in chapters:
        chosen = typed.get(f"chapter-{chapter.slug}", str(chapter.retention))
        offered = sorted({*FOR_A_CHAPTER, chapter.retention or present})
        choices = [(share, str(share) == chosen) for share in offered]
        shown.append({"slug": chapter.slug, "title": chapter.title, "choices": choices})
    own = sum(chapter.retention is not None for chapter in chapters)
    return {"chapters": shown, "own_chapters": own}


def _fits(user: Any, asked_before: int | None) -> dict[str, Any]:
    """How far the fit is that was asked for, and what came of the last one."""
    fits, asked, lacking = fits_of(user.pk), asked_fit(user.pk), why_no_fit(user.pk)
    newest = fits[0] if fits else None
    nothing = asked_before is not None and (newest.version if newest else 0) <= asked_before
    return {
        "fits": [_fit(fit) for fit in fits],
        "fitting": _under_way(asked) if asked else "",
        "fit_made": _outcome(newest) if newest else "",
        "fit_failed": nothing and asked is None,
        "no_fit": lacking,
    }


def _under_way(asked: AskedFit) -> str:
    if asked.running:
        return "The fit to your reviews is running."
    return "The fit waits for its turn. Nothing more is needed from you."


def _outcome(fit: FitRow) -> str:
    if fit.kept:
        return (
            f"The newest fit is in use: it foretold your latest answers better than what was in "
            f"use before ({_losses(fit)})."
        )
    return (
        f"The newest fit was not kept, and the parameters in use stay: it foretold your latest "
        f"answers no better than they do ({_losses(fit)})."
    )


def _losses(fit: FitRow) -> str:
    return f"log loss {fit.log_loss_before:.4f} before, {fit.log_loss_after:.4f} with the fit"


def _cost(cost: RetentionCost | None, weekly: bool) -> str:
    """ "about 12 reviews a day", or `weekly` where some are few: all are told alike."""
    if cost is None:
        return ""
    a_day = cost.reviews_a_day
    if weekly:
        return f"about {counted(max(1, round(7 * a_day)), 'review')} a week"
    if a_day >= 9.5:
        return f"about {round(a_day):,} reviews a day"
    return f"about {a_day:.1f} reviews a day"


def _fit(fit: FitRow) -> dict[str, Any]:
    return {
        "at": fit.fitted_at,
        "reviews": f"{fit.reviews:,}",
        "before": f"{fit.log_loss_before:.4f}",
        "after": f"{fit.log_loss_after:.4f}",
        "kept": fit.kept,
    }
