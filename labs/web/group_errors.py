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
    """`by` is what tells the groups apart; rows are name, examples, error, interval."""

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
            percent(share.value),
            f"{100 * share.low:.1f} to {percent(share.high)}",
        )
        for group, share in zip(groups, shares, strict=True)
    ]
    bars = [
        ShareRow(name, share, f"{error} of {count}")
        for (name, count, error, _), share in zip(rows, shares, strict=True)
    ]
    by = str(table["by"])
    most = max([overall, 0.01, *(share.high for share in shares)])
    said = f"Share that was wrong, by {by}; {percent(overall)} overall"
    svg = share_bars(bars, overall, said, most=most, tone="f-skill")
    return GroupErrors(by, svg, _sentence(groups, shares), rows)


def _sentence(groups: Sequence[Mapping[str, Any]], shares: Sequence[Share]) -> str:
    """About the two groups that are clearly furthest apart; "" where fewer than two are large."""
    known = [
        (share, str(group["name"]))
        for group, share in zip(groups, shares, strict=True)
        if group["examples"] >= _FEW
    ]
    if len(known) < 2:
        return ""
    apart = [(more, less) for more in known for less in known if more[0].low > less[0].high]
    if not apart:
        return "The groups are about level: their intervals overlap."
    more, less = max(apart, key=lambda pair: pair[0][0].value - pair[1][0].value)
    return (
        f"It is clearly wrong more often about {more[1]}, {percent(more[0].value)},"
        f" than about {less[1]}, {percent(less[0].value)}."
    )
