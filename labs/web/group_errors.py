"""Whether a model errs more on some groups than on others: a picture, its table, a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.web.calibration import share_of
from studyhub.base.charts import Share, ShareRow, percent, share_bars

# A share of fewer examples says little, and is left out of the sentence.
_FEW = 30


@dataclass(frozen=True)
class GroupErrors:
    """`by` is what tells the groups apart; rows are name, examples, wrong, error, interval."""

    by: str
    svg: str
    sentence: str
    rows: Sequence[tuple[str, ...]]


def group_errors(feedback: Mapping[str, Any]) -> list[GroupErrors]:
    """Empty where the lab names no groups, or where its answers are numbers."""
    tables = feedback.get("error_by_group") or ()
    return [_table(table) for table in tables if all("mistakes" in g for g in table["groups"])]


def _table(table: Mapping[str, Any]) -> GroupErrors:
    groups = table["groups"]
    shares = [
        share_of(group["mistakes"] / group["examples"], group["examples"]) for group in groups
    ]
    wrong, examples = (sum(group[key] for group in groups) for key in ("mistakes", "examples"))
    overall = wrong / examples if examples else 0.0
    rows = [
        (
            str(group["name"]),
            f"{group['examples']:,}",
            f"{group['mistakes']:,}",
            percent(share.value),
            f"{100 * share.low:.1f} to {percent(share.high)}",
        )
        for group, share in zip(groups, shares, strict=True)
    ]
    bars = [
        ShareRow(name, share, f"{error} of {count}")
        for (name, count, _, error, _), share in zip(rows, shares, strict=True)
    ]
    by = str(table["by"])
    most = max([overall, 0.01, *(share.high for share in shares)])
    said = f"Share that was wrong, by {by}; {percent(overall)} overall"
    svg = share_bars(bars, overall, said, most=most, tone="f-skill")
    return GroupErrors(by, svg, _sentence(groups, shares), rows)


def _sentence(groups: Sequence[Mapping[str, Any]], shares: Sequence[Share]) -> str:
    """About the two groups furthest apart; "" where fewer than two are large enough to compare."""
    known = [
        (share, str(group["name"]))
        for group, share in zip(groups, shares, strict=True)
        if group["examples"] >= _FEW
    ]
    if len(known) < 2:
        return ""
    best = min(known, key=lambda pair: pair[0].value)
    worst = max(known, key=lambda pair: pair[0].value)
    if worst[0].low <= best[0].high:
        return "The groups are about level: their intervals overlap."
    return (
        f"It is wrong most often about {worst[1]}, {percent(worst[0].value)},"
        f" and least about {best[1]}, {percent(best[0].value)}."
    )
