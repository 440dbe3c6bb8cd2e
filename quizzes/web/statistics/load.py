"""Figures about work: what is to come, the year, time spent, answer buttons, hours."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from quizzes.domain.statistics import (
    CAP_MS,
    Effort,
    HourRecall,
    Stage,
    ratings_by_stage,
    recall_by_hour,
)
from quizzes.selectors.statistics import Forecast, Studied
from quizzes.web.statistics.figure import (
    NOTHING,
    Cell,
    Figure,
    Picture,
    minutes_words,
    range_words,
    row,
    share_words,
    span_name,
)
from quizzes.web.statistics.recall import SPAN_NAMES
from studyhub.base.charts import Column, Stack, columns, heat_map, percent, spread_labels, stacks
from studyhub.base.words import counted

A_CARD = 15.0  # seconds, before the learner's own pace is known
STAGES = {
    Stage.FIRST: "First sight",
    Stage.SAME_DAY: "Again on the same day",
    Stage.YOUNG: "Young cards",
    Stage.MATURE: "Mature cards",
}
BUTTONS = ("Again", "Hard", "Good", "Easy")


def forecast_figure(forecast: Forecast, pace: float | None, more: Sequence[Cell]) -> Figure:
    """`pace` is the learner's seconds per answer; None before any."""
    title, days = "What is to come", len(forecast.due.days)
    expected = forecast.expected.cards
    total = sum(expected)
    if total < 0.5:
        return Figure(
            "forecast",
            title,
            [
                "Once you have cards, the coming days stand here, with the reviews that follow "
                "from other reviews."
            ],
        )
    today = forecast.due.days[0][1]
    known = sum(count for _, count in forecast.due.days) + forecast.due.overdue
    says = [
        f"{counted(today, 'card')} {'is' if today == 1 else 'are'} due today, and "
        f"{f'{forecast.due.overdue:,} more' if forecast.due.overdue else 'none'} overdue.",
        f"The next {days_words(days)} bring about {total:,.0f} cards, {total / days:,.0f} a day or "
        f"{minutes_words(total / days * (pace or A_CARD))} of your time.",
        f"{known:,} have their date already; the rest follows from the reviews you will do"
        + (
            f" and from {forecast.new_per_day} new cards a day while your "
            f"{forecast.new:,} new ones last."
            if forecast.new and forecast.new_per_day
            else "."
        ),
    ]
    if planned := _planned(forecast):
        says.append(planned)
    note = (
        "The lighter part is expected, not known: it takes for granted that you review what is due "
        "each day, whatever your limit, that you recall as the schedule predicts, and that you "
        "rate Good what you know."
    )
    if forecast.easy:
        note += " Easy days move what has its date; what is only expected is not moved yet."
    return Figure("forecast", title, says, [_coming(forecast)], note, more)


def _planned(forecast: Forecast) -> str:
    """What of the plan the expected days follow."""
    said = []
    if forecast.breaks:
        rests = "your break" if forecast.breaks == 1 else "your breaks"
        said.append(f"Nothing is expected in {rests}; what comes due then waits for the day after.")
    if forecast.exams:
        asks = "your exam asks" if forecast.exams == 1 else "your exams ask"
        said.append(f"The new cards and reviews that {asks} for are counted in.")
    return " ".join(said)


def days_words(days: int) -> str:
    return f"{days} days" if days <= 31 else f"{days // 7} weeks"


def _coming(forecast: Forecast) -> Picture:
    days = forecast.due.days
    expected = forecast.expected.cards
    size = 1 if len(days) <= 31 else 7
    drawn, rows = [], []
    if forecast.due.overdue:
        # Three empty places keep "late" and "today" apart below, also on a phone.
        drawn += [Column(forecast.due.overdue, strong=True), *[Column(0)] * 3]
        rows.append(row("Overdue", f"{forecast.due.overdue:,}", NOTHING, NOTHING))
    below = {0: "late"} if drawn else {}
    first = len(drawn)
    for start in range(0, len(days), size):
        due = sum(count for _, count in days[start : start + size])
        all_ = sum(expected[start : start + size])
        if start == 0:
            all_ -= forecast.due.overdue
        new = sum(forecast.expected.new[start : start + size])
        drawn.append(Column(due, max(0.0, all_ - due), strong=start == 0))
        day = days[start][0]
        rows.append(row(f"{day:%a} {day.day} {day:%b}", f"{due:,}", f"{new:.0f}", f"{all_:,.0f}"))
    places = [first + place for place in spread_labels(len(drawn) - first, 4)]
    below |= {
        place: span_name(days[(place - first) * size][0], days[0][0], "day") for place in places
    }
    below[first] = "today" if size == 1 else "this week"
    fullest = max(range(len(drawn)), key=lambda place: drawn[place].total)
    numbers = {place: f"{drawn[place].total:.0f}" for place in (0, first, fullest)}
    unit = "day" if size == 1 else "week"
    return Picture(
        columns(drawn, f"Cards per {unit}: known and expected", below=below, numbers=numbers),
        f"Cards by {unit}",
        ("Day" if size == 1 else "Week from", "Dated", "New, expected", "In all, expected"),
        rows,
        caption=f"Cards per {unit}: solid what has its date, lighter what is expected on top.",
    )


def year_figure(heat: Sequence[tuple[date, int]]) -> Figure:
    today, counts = heat[-1][0], dict(heat)
    total, studied_days = sum(counts.values()), sum(count > 0 for count in counts.values())
    title = "The last twelve months"
    if not total:
        return Figure("year", title, ["Every day with answers becomes a square here."])
    months: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for day, count in heat:
        tally = months[day.year, day.month]
        tally[0] += count > 0
        tally[1] += count
    rows = [
        row(
            f"{date(year, month, 1):%B %Y}",
            f"{days}",
            f"{count:,}",
            f"{count / days:.0f}" if days else NOTHING,
        )
        for (year, month), (days, count) in months.items()
    ]
    return Figure(
        "year",
        title,
        [
            f"{counted(total, 'answer')} on {counted(studied_days, 'day')}, practice included. "
            "A larger, deeper square is a fuller day; days off cost nothing."
        ],
        [
            Picture(
                heat_map(counts, today),
                "Answers by month",
                ("Month", "Days studied", "Answers", "A day studied"),
                rows,
            )
        ],
    )


def effort_figure(studied: Studied, found: Effort) -> Figure:
    title = "Time spent"
    if not found.timed or found.median is None:
        return Figure(
            "time",
            title,
            ["How long your answers take stands here once some of them have been timed."],
        )
    says = [
        f"{minutes_words(found.seconds)} for {counted(found.answers, 'answer')}, on "
        f"{counted(found.days, 'day')} of {studied.period.days}: "
        f"{minutes_words(found.seconds / max(1, found.days))} on a day with study.",
        f"Half of the answers took less than {found.median:.1f} s.",
    ]
    cap = CAP_MS // 1000
    note = f"An answer counts for at most {cap} s, as you have probably left the table by then"
    note += f"; {found.capped:,} of {found.timed:,} took longer." if found.capped else "."
    if found.timed < found.answers:
        note += f" {counted(found.answers - found.timed, 'answer')} came without a time."
    return Figure("time", title, says, [_minutes(studied, found)], note)


def _minutes(studied: Studied, found: Effort) -> Picture:
    unit = studied.period.unit
    names = [span_name(each.span.first, each.span.last, unit) for each in found.spans]
    longest = max(range(len(names)), key=lambda place: found.spans[place].seconds)
    drawn = [Column(each.seconds, strong=i == longest) for i, each in enumerate(found.spans)]
    return Picture(
        columns(
            drawn,
            f"Time spent by {unit}, at most {minutes_words(found.spans[longest].seconds)}",
            below={place: names[place] for place in spread_labels(len(names), 3)},
            numbers={longest: minutes_words(found.spans[longest].seconds)},
        ),
        f"Time by {unit}",
        (SPAN_NAMES[unit], "Answers", "Time", "An answer"),
        [
            row(
                name,
                f"{each.answers:,}",
                minutes_words(each.seconds),
                f"{each.seconds / each.answers:.1f} s" if each.answers else NOTHING,
            )
            for name, each in zip(names, found.spans, strict=True)
        ],
        caption=f"Time per {unit}; the longest is named.",
    )


def ratings_figure(studied: Studied) -> Figure:
    counts = ratings_by_stage(studied.answers)
    title = "Answer buttons"
    known = {stage: tally for stage, tally in counts.items() if sum(tally)}
    if not known:
        return Figure("buttons", title, ["How often you chose each button stands here."])
    tested = [sum(each) for each in zip(counts[Stage.YOUNG], counts[Stage.MATURE], strict=True)]
    says = ["How often you chose each button, by what the card was to you."]
    if sum(tested) >= 100 and tested[1] > 0.4 * sum(tested):
        says.append(
            "You often press Hard. It means recalled with effort; for what you did not recall, "
            "Again is the right one."
        )
    drawn = [
        Stack(STAGES[stage], counted(sum(tally), "answer"), [n / sum(tally) for n in tally])
        for stage, tally in known.items()
    ]
    rows = []
    for stage, tally in known.items():
        cells = [f"{percent(n / sum(tally), 0)} ({n:,})" for n in tally]
        rows.append(row(STAGES[stage], *cells))
    picture = Picture(
        stacks(drawn, BUTTONS, "Shares of the answer buttons by kind of review"),
        "Answer buttons",
        ("Review", *BUTTONS),
        rows,
        caption="From left to right: Again, Hard, Good, Easy.",
    )
    return Figure("buttons", title, says, [picture])


def hours_figure(studied: Studied) -> Figure:
    title = "By the hour"
    hours = recall_by_hour(studied.answers, studied.tz)
    busiest = max(hours, key=lambda each: each.answers)
    if not busiest.answers:
        return Figure("hours", title, ["When you answer, and how well, stands here."])
    says = [f"Most of your answers come between {busiest.hour}:00 and {busiest.hour + 1}:00."]
    sure = [each for each in hours if each.tested.reviews >= 100]
    if len(sure) > 1:
        best = max(sure, key=lambda each: each.tested.share or 0)
        least = min(sure, key=lambda each: each.tested.share or 0)
        says.append(_apart(best, least))
    drawn = [Column(each.answers, strong=each is busiest) for each in hours]
    picture = Picture(
        columns(
            drawn,
            f"Answers by hour of the day, most at {busiest.hour}:00",
            below={hour: f"{hour}:00" for hour in (0, 6, 12, 18)},
            numbers={busiest.hour: f"{busiest.answers:,}"},
        ),
        "Answers and recall by hour",
        ("Hour", "Answers", "Tested", "Recalled", "95 % interval"),
        [
            row(
                f"{each.hour}:00",
                f"{each.answers:,}",
                f"{each.tested.reviews:,}",
                share_words(each.tested.share),
                range_words(each.tested.interval),
            )
            for each in hours
            if each.answers
        ],
        caption=f"Answers per hour of the day, {studied.tz} time.",
    )
    return Figure("hours", title, says, [picture])


def _apart(best: HourRecall, least: HourRecall) -> str:
    high, low = best.tested.interval or (0, 1), least.tested.interval or (0, 1)
    words = (
        f"In hours with 100 tested reviews or more, recall lies between "
        f"{share_words(least.tested.share)} ({least.hour}:00) and "
        f"{share_words(best.tested.share)} ({best.hour}:00)"
    )
    if high[0] <= low[1]:
        return f"{words}, no more apart than chance allows."
    return f"{words}. Harder cards may fall into some hours, so this alone does not say why."
