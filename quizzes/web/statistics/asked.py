"""What a statistics page was asked for, read from its address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from quizzes.domain.errors import StatisticsInvalid

PERIODS = {"30": "30 days", "90": "90 days", "365": "A year", "all": "All"}
AHEAD = {"30": "30 days", "365": "A year"}


@dataclass(frozen=True)
class Asked:
    """`days` and `ahead` are keys of PERIODS and AHEAD; `chapter` is empty for all."""

    days: str = "90"
    chapter: str = ""
    ahead: str = "30"

    @property
    def days_ahead(self) -> int:
        """A year is drawn by weeks, so it has 52 whole ones."""
        return 30 if self.ahead == "30" else 364

    @property
    def period_days(self) -> int | None:
        return None if self.days == "all" else int(self.days)

    def address(self, **changes: str) -> str:
        """The query that asks for the same with some of it changed."""
        changed = replace(self, **changes)
        plain = Asked()
        kept = {
            name: getattr(changed, name)
            for name in ("days", "chapter", "ahead")
            if getattr(changed, name) != getattr(plain, name)
        }
        return "?" + urlencode(kept)


def asked_in(query: Mapping[str, str]) -> Asked:
    """Raises StatisticsInvalid for a period that there is not; chapters are looked up later."""
    asked = Asked(
        query.get("days") or "90", query.get("chapter", "")[:80], query.get("ahead") or "30"
    )
    if asked.days not in PERIODS or asked.ahead not in AHEAD:
        raise StatisticsInvalid(
            "There is no such period.",
            cure="Days are 30, 90, 365 or all; the forecast looks 30 or 365 days ahead.",
        )
    return asked
