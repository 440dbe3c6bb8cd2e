"""Figures about cards: memory today, chapters, facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from quizzes.domain.statistics import Histogram, Mastery
from quizzes.selectors.statistics import Memories
from quizzes.web.statistics.figure import (
    NOTHING,
    Cell,
    Figure,
    Picture,
    minutes_words,
    row,
    share_words,
)
from quizzes.web.statistics.recall import share_of
from studyhub.base.charts import Column, ShareRow, columns, percent, share_bars
from studyhub.base.words import counted, span

DAY = 86_400
SHOWN_FACTS = 12
OWN_TITLE = "Your own cards"


def memory_figure(memories: Memories) -> Figure:
    title = "Memory today"
    stability, difficulty, recall = memories.stability, memories.difficulty, memories.recall
    if stability.median is None or difficulty.median is None or recall.median is None:
        return Figure(
            "memory",
            title,
            ["How strong and how hard your cards are stands here after the first answers."],
        )
    says = [
        f"Half of your {counted(stability.count, 'card')} would stay above 90 % for "
        f"{span(stability.median * DAY)} or longer after a review (stability).",
        f"Today you would recall half of them with at least {percent(recall.median, 0)}.",
        f"Their difficulty, from 1 to 10, has its middle at {difficulty.median:.1f}.",
    ]
    note = "New and suspended cards are left out. The dashed line is the median."
    pictures = [
        _spread(stability, "Stability", "days", "Stability in days", _days),
        _spread(recall, "Recall today", "", "Predicted recall today", _percents),
        _spread(difficulty, "Difficulty", "", "Difficulty, 1 to 10", _plain),
    ]
    return Figure("memory", title, says, pictures, note)


def _days(edge: float) -> str:
    return "1 y" if edge == 365 else f"{edge:g}"


def _percents(edge: float) -> str:
    return f"{100 * edge:g}"


def _plain(edge: float) -> str:
    return f"{edge:g}"


def _spread(found: Histogram, title: str, unit: str, name: str, words: Any) -> Picture:
    below = {i: words(each.low) for i, each in enumerate(found.bins) if each.low is not None}
    fullest = max(range(len(found.bins)), key=lambda place: found.bins[place].count)
    drawn = [Column(each.count) for each in found.bins]
    sign = "" if words is not _percents else "\u202f%"
    rows = []
    for each in found.bins:
        if each.low is None:
            label = f"under {words(each.high)}{sign} {unit}"
        elif each.high is None:
            label = f"{words(each.low)}{sign} {unit if each.low != 365 else ''} or more"
        else:
            label = f"{words(each.low)} to {words(each.high)}{sign} {unit}"
        share = percent(each.count / found.count, 0) if found.count else NOTHING
        rows.append(row(" ".join(label.split()), f"{each.count:,}", share))
    return Picture(
        columns(
            drawn,
            f"{name}: cards by value, median {found.median:.2f}",
            below=below,
            numbers={fullest: f"{found.bins[fullest].count:,}"},
            edges=True,
            median_at=median_place(found),
        ),
        name,
        (title, "Cards", "Share"),
        rows,
        caption=f"{name}{' (per cent)' if words is _percents else ''}, and how many cards have it.",
        title=title,
    )


def median_place(found: Histogram) -> float | None:
    """Where among the bins half of the cards are passed, counting within a bin evenly."""
    half, passed = found.count / 2, 0
    for index, each in enumerate(found.bins):
        if each.count and passed + each.count >= half:
            return index + (half - passed) / each.count
        passed += each.count
    return None


def chapters_figure(
    found: Sequence[Mastery], titles: Mapping[str, str], asked: float, query: Any
) -> Figure:
    title = "By chapter"
    begun = [each for each in found if each.begun]
    if not begun:
        return Figure(
            "chapters", title, ["Each chapter with a card that you have answered gets a row here."]
        )
    tested = [each for each in begun if each.retention.reviews]
    says = ["The chapters whose cards you miss most often come first."]
    if tested:
        weakest = tested[0]
        says.append(
            f"Of “{titles.get(weakest.subject, OWN_TITLE)}” you recalled "
            f"{share_words(weakest.retention.share)} in this period, of "
            f"{counted(weakest.retention.reviews, 'review')}."
        )
    bars = [_bar(titles.get(each.subject, OWN_TITLE), each) for each in begun[:8]]
    rows = [
        row(
            Cell(titles.get(each.subject, OWN_TITLE), query(each.subject)),
            f"{each.cards:,}",
            share_words(each.recall),
            _tally(each),
            f"{each.lapses:,}",
            minutes_words(each.seconds),
        )
        for each in found
    ]
    picture = Picture(
        share_bars(bars, asked, "True retention by chapter, the weakest first"),
        "Chapters",
        ("Chapter", "Cards", "Recall now", "Recalled", "Lapses", "Time"),
        rows,
        caption="What you recalled of each chapter in this period"
        + (", the eight weakest." if len(begun) > 8 else "."),
    )
    note = (
        "Recall now is the mean prediction over the cards you have begun. Lapses are of all time; "
        "reviews recalled and time are of the period."
    )
    return Figure("chapters", title, says, [picture], note)


def facts_figure(
    found: Sequence[Mastery],
    shown: Sequence[Mastery],
    sections: Mapping[str, Any],
    prompts: Mapping[str, Any],
    more: Sequence[Cell] = (),
) -> Figure:
    """`shown` are those of `found` that get a row.

    `sections` teach them, by fact; `prompts` are their examples, those with the most lapses among
    them, by id.
    """
    title = "By fact"
    begun = [each for each in found if each.begun]
    if not begun:
        return Figure(
            "facts", title, ["The facts that you miss most often stand here once you have studied."]
        )
    missed = [each for each in begun if each.lapses or each.retention.share not in (None, 1.0)]
    says = [
        f"{counted(len(missed), 'fact')} of {len(begun):,} "
        f"{'has' if len(missed) == 1 else 'have'} been missed on a later day. Those that you miss "
        "most often for their reviews come first; rereading the section often helps more than "
        "another try. Codes such as C4-09 number the facts of the course; cards of one fact are "
        "counted together."
    ]
    rows = []
    for each in shown:
        section, prompt = sections.get(each.subject), prompts.get(each.hardest or "")
        rows.append(
            row(
                _fact_cell(each.subject, section, prompts.get(each.example or "")),
                _tally(each),
                f"{each.lapses:,}",
                share_words(each.recall),
                f"{each.cards:,}",
                minutes_words(each.seconds),
                _prompt_cell(prompt),
            )
        )
    columns_ = (
        "What is asked, and where it is taught", "Recalled", "Lapses", "Recall now", "Cards",
        "Time", "Hardest card",
    )  # fmt: skip
    picture = Picture("", "Facts", columns_, rows, texts=(6,), open=True)
    return Figure("facts", title, says, [picture], more=more)


def _fact_cell(fact: str, section: Any, prompt: Any) -> Cell:
    """What a card asks of the fact, which leads to where it is taught; the fact's code below."""
    words = _first_words(prompt, 60) if prompt is not None else fact
    detail = fact if prompt is not None else ""
    if section is None:
        return Cell(words, detail=detail)
    url = reverse("chapter", args=(section.chapter.slug,)) + f"#{section.slug}"
    return Cell(words, url, ", ".join(filter(None, (detail, section.title))))


def _prompt_cell(prompt: Any) -> Cell:
    if prompt is None:
        return Cell(NOTHING)
    return Cell(_first_words(prompt, 80), reverse("card", args=(prompt.pk,)))


def _first_words(prompt: Any, most: int) -> str:
    return _short(prompt.question_text, most)


def _tally(each: Mastery) -> str:
    seen = each.retention
    return NOTHING if seen.share is None else f"{share_words(seen.share)} of {seen.reviews:,}"


def _bar(title: str, each: Mastery) -> ShareRow:
    return ShareRow(_short(title), share_of(each.retention), _tally(each))


def _short(title: str, most: int = 26) -> str:
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"
