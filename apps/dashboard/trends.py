"""What is looked at rather than read: what ends when, what is asked and decided, how long that takes, and shares."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncWeek

from apps.core import clock
from apps.core.charts import Bar, Chart, Series, nearest_rank
from apps.core.spans import ONE_DAY, UTC_ZONE, Span
from apps.core.weeks import Week
from apps.effects.models import Effect
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.models import GrantRequest, Review, Tally

WEEKS = 12
MOST_DECISIONS = 20_000
"""So many of the newest decisions are looked at; a reader is told where there were more."""
RISKS = [Series(risk.label, risk.label) for risk in reversed(Risk)]


@dataclass(frozen=True)
class Worked:
    """One week of work: requests that came, and decisions GitHub confirmed, with how long they took in hours.

    From the request until GitHub's confirmation; `median` and `p95` by nearest rank, None where nothing was decided.
    """

    week: Week
    requests: int
    approved: int
    denied: int
    median: float | None
    p95: float | None


@dataclass(frozen=True)
class Share:
    """A part of the active tokens, and where they are listed."""

    name: str
    count: int
    total: int
    url: str

    @property
    def percent(self) -> int:
        """Rounded; but neither 0 of some nor 100 of not all."""
        if not self.count or not self.total:
            return 0
        return min(max(round(100 * self.count / self.total), 1), 99 if self.count < self.total else 100)


@dataclass(frozen=True)
class Inventory:
    """What the active tokens come to, as counted at `as_of`; `later` end after the chart, `never` do not end."""

    ending: Chart
    later: int
    never: int
    shares: list[Share]
    as_of: datetime

    @property
    def note(self) -> str:
        """What is not in the chart."""
        return f"Weeks begin on Monday, UTC. {self.later:,} end later, {self.never:,} never."


@dataclass(frozen=True)
class Work:
    """What was asked and decided, week by week. `cut`: there were more decisions than are looked at."""

    weeks: list[Worked]
    asked: Chart
    taken: Chart
    cut: bool


# --- tokens ------------------------------------------------------------------------------------------------


def inventory(organizations: Sequence[Organization], tokens_url: str) -> Inventory | None:
    """From the counts of the last sync of organizations with their `tally`; None where one was not counted yet."""
    tallies = [one.tally for one in organizations if hasattr(one, "tally")]
    if not tallies or len(tallies) < len(organizations):
        return None
    counts = _summed(tallies)
    total = counts["state"]["active"]
    ending, later = ending_by_week([tally.weeks for tally in tallies], tokens_url, clock.now().date())
    never = counts["expiring"]["never"]
    wanted = [
        ("never expire", never, {"expiring": "never"}),
        ("unused for 90 days", counts["unused"]["90"], {"unused": "90"}),
        ("reach all repositories", counts["selection"]["all"], {"selection": "all"}),
        ("reach the organization itself", counts["scope"]["organization"], {"scope": "organization"}),
    ]
    shares = [Share(name, count, total, f"{tokens_url}?{urlencode(query)}") for name, count, query in wanted]
    return Inventory(ending, later, never, shares, min(tally.counted_at for tally in tallies))


def _summed(tallies: Sequence[Tally]) -> defaultdict[str, Counter[str]]:
    summed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tally in tallies:
        for name in ("state", "expiring", "unused", "selection", "scope"):
            summed[name].update(tally.counts.get(name, {}))
    return summed


def ending_by_week(
    days: Sequence[Mapping[str, Sequence[int]]], tokens_url: str, today: date, zone: ZoneInfo = UTC_ZONE
) -> tuple[Chart, int]:
    """How many end by risk in each of the next twelve weeks of that zone, and how many after them.

    `days`: how many end on each day, or in each week by its Monday ("2026-11-30"), by risk from low to critical.
    """
    first = Week.of(today)
    numbers = {(first.monday + timedelta(days=day)).isoformat(): day // 7 for day in range(7 * WEEKS)}
    last = max(numbers)
    sums = [[0] * len(Risk) for _ in range(WEEKS)]
    later = 0
    for counted in days:
        for day, by_risk in counted.items():
            number = numbers.get(day)
            if number is not None:
                sums[number] = [before + more for before, more in zip(sums[number], by_risk, strict=True)]
            elif day > last:
                later += sum(by_risk)
    bars = [_ending_in(first.later(number), by_risk, tokens_url, zone) for number, by_risk in enumerate(sums)]
    return Chart("ending", "Tokens by the week they end", RISKS, bars, "tokens"), later


def _ending_in(week: Week, by_risk: Sequence[int], tokens_url: str, zone: ZoneInfo) -> Bar:
    span = Span(week.monday, week.later(1).monday - ONE_DAY, zone)
    url = f"{tokens_url}?{urlencode({'expiring': span.key})}"
    return Bar(week.label, f"Ends in the {week.name}", tuple(reversed(by_risk)), url)


# --- requests and decisions ----------------------------------------------------------------------------------


def work(organizations: Sequence[Organization], requests_url: str) -> Work:
    """The last twelve weeks, this one included. Two queries."""
    first = Week.of(clock.now()).later(1 - WEEKS)
    asked = _asked(organizations, first)
    decisions = _decisions(organizations, first)
    weeks = [_worked(first.later(number), asked, decisions) for number in range(WEEKS)]
    return Work(weeks, _asked_chart(weeks, requests_url), _taken_chart(weeks, requests_url), _is_cut(decisions))


Decided = dict[Week, list[tuple[str, float]]]


def _asked(organizations: Sequence[Organization], first: Week) -> dict[Week, int]:
    came = GrantRequest.objects.filter(organization__in=organizations, requested_at__gte=first.begins)
    rows = came.annotate(week=TruncWeek("requested_at", tzinfo=UTC)).values_list("week").annotate(many=Count("pk"))
    return {Week.of(week): many for week, many in rows}


def _decisions(organizations: Sequence[Organization], first: Week) -> Decided:
    """(action, hours) of each decision on a request that GitHub confirmed, by the week of that."""
    rows = (
        Review.objects.filter(
            organization__in=organizations, grant_request__isnull=False,
            effect__state=Effect.State.CONFIRMED, effect__settled_at__gte=first.begins,
        )
        .order_by("-effect__settled_at")
        .values_list("action", "grant_request__requested_at", "effect__settled_at")
    )  # fmt: skip
    found: Decided = defaultdict(list)
    for action, requested_at, settled_at in rows[:MOST_DECISIONS]:
        assert requested_at is not None
        assert settled_at is not None
        found[Week.of(settled_at)].append((action, max(0.0, (settled_at - requested_at).total_seconds() / 3600)))
    return found


def _is_cut(decisions: Decided) -> bool:
    return sum(len(those) for those in decisions.values()) >= MOST_DECISIONS


def _worked(week: Week, asked: dict[Week, int], decisions: Decided) -> Worked:
    taken = decisions.get(week, [])
    actions = Counter(action for action, _ in taken)
    hours = [hours for _, hours in taken]
    return Worked(
        week, asked.get(week, 0), actions[Review.Action.APPROVE], actions[Review.Action.DENY],
        nearest_rank(hours, 0.5), nearest_rank(hours, 0.95),
    )  # fmt: skip


def _asked_chart(weeks: Sequence[Worked], url: str) -> Chart:
    series = [Series("asked", "asked"), Series("approved", "approved"), Series("denied", "denied")]
    bars = [
        Bar(one.week.label, f"In the {one.week.name}", (one.requests, one.approved, one.denied), _asked_in(url, one))
        for one in weeks
    ]
    return Chart("asked", "Requests and decisions", series, bars, "requests", stacked=False)


def _taken_chart(weeks: Sequence[Worked], url: str) -> Chart:
    series = [Series("hours in the middle", "median"), Series("hours at most for 95 of 100", "p95")]
    bars = [
        Bar(one.week.label, f"Decided in the {one.week.name}", (one.median, one.p95), _decided_in(url, one))
        for one in weeks
    ]
    return Chart("taken", "Time to decision", series, bars, "hours", stacked=False)


def _asked_in(url: str, one: Worked) -> str:
    return f"{url}?{urlencode({'state': 'all', 'age': one.week.key})}"


def _decided_in(url: str, one: Worked) -> str:
    return f"{url}?{urlencode({'state': 'all', 'decided': one.week.key})}"
