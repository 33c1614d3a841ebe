"""A year as a calendar shows it: months of weeks of days, how many tokens end in each and where they are listed. Pure.

A day is coloured by the worst risk that ends on it, more strongly where more end; number and letter say the same.
"""

import calendar as months_of
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core.spans import ONE_DAY, Span
from apps.core.weeks import Week
from apps.dashboard.expiring.counting import MONTHS, Year
from apps.policy.risk import Risk
from apps.tokens.queries.ending_days import NONE, ByRisk

SHADES = 3
WEEKDAYS = [("Mo", "Monday"), ("Tu", "Tuesday"), ("We", "Wednesday"), ("Th", "Thursday"), ("Fr", "Friday"),
            ("Sa", "Saturday"), ("Su", "Sunday")]  # fmt: skip
# Written here and not by the template: there are 365 of them in 60 rows, and a template takes five times as long for
# each. What goes in is digits, names of months and risks, and addresses that are escaped.
_WEEK = '<tr><th scope="row">{}</th>{}</tr>\n'
_LINKED = '<a href="{}" aria-label="{}: {}" title="{}">{}</a>'
_DAY = (
    '<td{}><a class="Heat Heat--{} Heat--{}" href="{}" data-day="{}" title="{}"><span class="Heat-day">{}</span>'
    '<span class="sr-only"> {}: </span><b>{}</b><span class="sr-only"> end, worst risk {}{}</span>'
    '<span class="Heat-worst" aria-hidden="true">{}</span></a></td>'
)
_NOTHING = '<td{}><span class="Heat-day">{}</span></td>'
_OTHER_MONTH = "<td></td>"
_PLANNED = ' class="is-planned"'
_TODAY, _NOT_TODAY = ' aria-current="date"', ""


@dataclass(frozen=True)
class Month:
    """One month; without `url` nothing ends in it. `weeks` are the rows of its table, each as far as it is in it."""

    name: str
    count: int
    url: str
    weeks: SafeString


def months(
    days: Mapping[date, ByRisk], year: Year, tokens_url: str, planned: Mapping[date, int] | None = None
) -> list[Month]:
    """The twelve months of the year; `planned` of those that end on a day are revoked by Patrol then."""
    drawing = _Drawing(
        days, planned or {}, year, tokens_url, max((sum(by_risk) for by_risk in days.values()), default=0)
    )
    first, found = year.first, []
    for _ in range(MONTHS):
        found.append(drawing.month(first))
        first = (first.replace(day=28) + 4 * ONE_DAY).replace(day=1)
    return found


def list_url(tokens_url: str, span: Span) -> str:
    """The inventory's list of what ends in these days, the soonest first."""
    return f"{tokens_url}?{urlencode({'sort': 'expiry', 'expiring': span.key})}"


def worst_of(by_risk: ByRisk) -> str:
    """The name of the highest risk there is; empty where there is nothing."""
    return next((name for place, name in _WORST_FIRST if by_risk[place]), "")


_WORST_FIRST = [(int(risk), risk.label) for risk in reversed(Risk)]


@dataclass
class _Drawing:
    """What is drawn; `most` end on the fullest day."""

    days: Mapping[date, ByRisk]
    planned: Mapping[date, int]
    year: Year
    tokens_url: str
    most: int

    def month(self, first: date) -> Month:
        """The month that begins with that day."""
        weeks = months_of.Calendar().monthdatescalendar(first.year, first.month)
        name, within = f"{first:%B %Y}", [day for week in weeks for day in week if day.month == first.month]
        count = sum(sum(self.days.get(day, NONE)) for day in within)
        rows = [self._week(week, first.month, name) for week in weeks] if count else []
        url = self._url(first, within[-1]) if count else ""
        return Month(name, count, url, mark_safe("".join(rows)))  # noqa: S308  as said

    def _week(self, week: list[date], month: int, name: str) -> str:
        cells = [self._day(day, name) if day.month == month else _OTHER_MONTH for day in week]
        number, title = week[0].isocalendar().week, Week(week[0]).title
        ends = any(day in self.days for day in week)
        url = escape(self._url(week[0], week[-1])) if ends else ""
        return _WEEK.format(_LINKED.format(url, number, title, title, number) if ends else number, "".join(cells))

    def _day(self, day: date, month: str) -> str:
        by_risk, mark = self.days.get(day, NONE), _TODAY if day == self.year.today else _NOT_TODAY
        count = sum(by_risk)
        if not count:
            return _NOTHING.format(mark, day.day)
        worst, shade = worst_of(by_risk), 1 + min(SHADES - 1, SHADES * count // (self.most + 1))
        said = f"{day.day} {month}: {'1 ends' if count == 1 else f'{count:,} end'}, worst risk {worst}"
        planned = self.planned.get(day, 0)
        told = f", {planned:,} revoked by Patrol as planned" if planned else ""
        mark, said = mark + _PLANNED if planned else mark, f"{said}{told}"
        url = self._day_url.format(day)
        return _DAY.format(mark, worst, shade, url, day, said, day.day, month, count, worst, told, worst[0].upper())

    @cached_property
    def _day_url(self) -> str:
        """Escaped, with a place for the day: to write 365 addresses one by one takes as long as all the rest."""
        day = self.year.today
        return "{}".join(escape(self._url(day, day)).rsplit(str(day), 1))

    def _url(self, first: date, last: date) -> str:
        return list_url(self.tokens_url, self.year.span(first, last))
