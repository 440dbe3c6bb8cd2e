"""Figures about recall: true retention, and whether predictions come true."""

from math import exp

from quizzes.domain.statistics import (
    MATURE_DAYS,
    TESTS,
    Calibration,
    Retention,
    RetentionSpan,
    Stage,
    calibration,
    corrected,
    retention,
    retention_by_span,
)
from quizzes.selectors.statistics import Studied
from quizzes.web.statistics.figure import (
    NOTHING,
    Figure,
    Picture,
    range_words,
    row,
    share_words,
    span_name,
)
from studyhub.base.charts import (
    Share,
    ShareRow,
    percent,
    predicted_against_seen,
    share_bars,
    shares_over_time,
)
from studyhub.base.words import counted

SPAN_NAMES = {"day": "Day", "week": "Week from", "month": "Month"}
FEW = 50  # reviews, below which no measure of the predictions says much


def share_of(seen: Retention, weight: float = 1.0) -> Share | None:
    if seen.share is None or seen.interval is None:
        return None
    return Share(seen.share, *seen.interval, weight)


def retention_figure(studied: Studied) -> Figure:
    all_, asked = retention(studied.answers), studied.desired_retention
    title = "Does it stick?"
    if all_.share is None or all_.interval is None:
        return Figure(
            "retention",
            title,
            [
                "True retention appears here once a card has come back on a later day: of the "
                "reviews a day or more after the last one, how many you recalled."
            ],
        )
    young = retention(a for a in studied.answers if a.stage is Stage.YOUNG)
    mature = retention(a for a in studied.answers if a.stage is Stage.MATURE)
    says = [
        f"Of {counted(all_.reviews, 'review')} that came a day or more after the last one, "
        f"{percent(all_.share, 0)} were recalled; you asked for {percent(asked, 0)}.",
        _verdict(all_.interval, asked),
    ]
    note = (
        "Only the first review of a card on a day counts, and none that you took back. A card is "
        f"mature once its stability reaches {MATURE_DAYS:.0f} days, reckoned with the weights in "
        "force now. The line at a dot is the 95 % interval of confidence (Wilson): with few "
        "reviews it is long."
    )
    pictures = [_over_time(studied, asked), _by_age(young, mature, asked)]
    return Figure("retention", title, says, pictures, note)


def _verdict(interval: tuple[float, float], asked: float) -> str:
    low, high = interval
    where = f"The reviews allow a true share of {range_words(interval)}"
    if low <= asked <= high:
        return f"{where}, so this is as it should be."
    if high < asked:
        return f"{where}: less than you asked for. Fitting the schedule to you may help."
    return f"{where}: more than you asked for, at the price of more reviews."


def _over_time(studied: Studied, asked: float) -> Picture:
    spans = retention_by_span(studied.answers, studied.period)
    most = max(span.all.reviews for span in spans)
    names = [span_name(s.span.first, s.span.last, studied.period.unit) for s in spans]
    drawn = [share_of(span.all, span.all.reviews / most) for span in spans]
    unit = studied.period.unit
    said = f"Share recalled by {unit}, {names[0]} to {names[-1]}; {percent(asked, 0)} asked for"
    return Picture(
        shares_over_time(drawn, names, asked, said),
        f"True retention by {unit}",
        (SPAN_NAMES[unit], "Reviews", "Recalled", "95 % interval", "Young", "Mature"),
        [_span_row(span, name) for span, name in zip(spans, names, strict=True)],
        caption=f"Each dot is a {unit}; the larger it is, the more reviews.",
    )


def _span_row(span: RetentionSpan, name: str) -> list:
    return row(
        name,
        f"{span.all.reviews:,}",
        share_words(span.all.share),
        range_words(span.all.interval),
        _of(span.young),
        _of(span.mature),
    )


def _of(seen: Retention) -> str:
    return NOTHING if seen.share is None else f"{percent(seen.share, 0)} of {seen.reviews:,}"


def _by_age(young: Retention, mature: Retention, asked: float) -> Picture:
    rows = [("Young cards", young), ("Mature cards", mature)]
    said = "; ".join(f"{name} {share_words(seen.share)}" for name, seen in rows)
    return Picture(
        share_bars([ShareRow(name, share_of(seen), _of(seen)) for name, seen in rows], asked, said),
        "Retention of young and mature cards",
        ("Cards", "Reviews", "Recalled", "Share", "95 % interval"),
        [
            row(
                name,
                f"{seen.reviews:,}",
                f"{seen.recalled:,}",
                share_words(seen.share, 1),
                range_words(seen.interval),
            )
            for name, seen in rows
        ],
        caption="The upright mark is the retention that you asked for.",
    )


def calibration_figure(studied: Studied) -> Figure:
    found = calibration(studied.answers)
    title = "Do the predictions come true?"
    if found.observed.reviews < FEW or found.predicted is None or found.rmse is None:
        return Figure(
            "calibration",
            title,
            [
                "Before each review the schedule predicts how likely you are to recall it. After "
                f"{FEW} reviews on later days this compares the predictions with what happened; "
                f"there are {found.observed.reviews} so far."
            ],
        )
    share = found.observed.share or 0.0
    says = [
        f"On average {percent(found.predicted, 1)} was predicted and {percent(share, 1)} recalled.",
        f"Among reviews that are alike, prediction and outcome differ by "
        f"{100 * found.rmse:.1f} points of a hundred (RMSE); {_rmse_words(found.rmse)}.",
        _loss_words(found),
    ]
    return Figure(
        "calibration", title, says, [_reliability(studied, found)], _calibration_note(studied)
    )


def _rmse_words(rmse: float) -> str:
    if rmse < 0.05:
        return "under 5 is good"
    if rmse < 0.08:
        return "5 to 8 is usual"
    return "more than 8 says that the weights do not fit you yet, or that there are few reviews"


def _loss_words(found: Calibration) -> str:
    loss, constant = found.log_loss or 0.0, found.log_loss_constant or 0.0
    gain = "better" if loss < constant - 0.0005 else "no better"
    return (
        f"What came was given a chance of {percent(exp(-loss), 0)} in the geometric mean (log loss "
        f"{loss:.3f}); that is {gain} than always saying {share_words(found.observed.share)} "
        f"({constant:.3f})."
    )


def _reliability(studied: Studied, found: Calibration) -> Picture:
    most = max(each.observed.reviews for each in found.bins)
    dots = [
        (each.predicted, share)
        for each in found.bins
        if (share := share_of(each.observed, each.observed.reviews / most))
    ]
    both = corrected(studied.answers)
    rows = [
        row(
            f"{100 * each.low:g} to {percent(each.high, 1).replace('.0', '')}",
            f"{each.observed.reviews:,}",
            percent(each.predicted, 1),
            share_words(each.observed.share, 1),
            range_words(each.observed.interval),
        )
        for each in found.bins
    ]
    plain, better = both.plain, both.recalibrated
    caption = "On the dashed line as many are recalled as were predicted."
    if plain.rmse is not None and better.rmse is not None:
        caption += (
            f" Corrected by the answers before each, the last {plain.observed.reviews:,} reviews "
            f"have an RMSE of {100 * better.rmse:.1f} instead of {100 * plain.rmse:.1f} points and "
            f"a log loss of {better.log_loss:.3f} instead of {plain.log_loss:.3f}. The correction "
            "orders your sessions; it moves no due date."
        )
    return Picture(
        predicted_against_seen(dots, "Recalled against predicted recall, in groups"),
        "Predicted and observed recall",
        ("Predicted", "Reviews", "Mean prediction", "Recalled", "95 % interval"),
        rows,
        caption=caption,
    )


def _calibration_note(studied: Studied) -> str:
    words = (
        "Each review is predicted from the card’s reviews before it, with the weights in force now."
    )
    if studied.fitted_on is None:
        return f"{words} These are the defaults, which no review of yours has shaped."
    later = sum(a.stage in TESTS and a.day > studied.fitted_on for a in studied.answers)
    day = f"{studied.fitted_on.day} {studied.fitted_on:%B}"
    return (
        f"{words} They were fitted to your reviews up to {day}, so only the {later:,} since then "
        "are a test of them."
    )
