"""What a calendar's feed holds: an event for the day on which each token ends. Bounded: see MOST.

An organization's days are those of its time zone; a person's own tokens end on the days of the organization that each
reaches. What was revoked, or is gone, is left out: a calendar that subscribes takes what it reads for the whole, so
that its event goes away (docs/adr/0012).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.urls import reverse

from apps.accounts.models import CalendarFeed
from apps.audit.models import Event
from apps.core import clock, text
from apps.core.spans import Span, midnight, zone_of
from apps.dashboard.expiring.counting import BACK
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.models import Grant, SyncState, TokenVersion
from apps.tokens.queries.ending_days import NONE, ByRisk
from apps.tokens.queries.ends import with_ends

AHEAD = timedelta(days=366)
MOST = 1_000
"""So many tokens, the soonest, have an event of their own; from the first day on that does not fit whole, one a day."""
LONGEST_NAME = 120
_SPACE = UUID("0b0ee9ac-6c3b-4b39-9f0d-3a4b6a2c5b1e")
"""Of the events' ids: those of a token stay while its grant does."""


@dataclass(frozen=True)
class Entry:
    """One event of a whole day. `sequence` and `changed_at` are of the newest change that Patrol saw of it."""

    uid: str
    day: date
    title: str
    lines: tuple[str, ...]
    url: str
    risk: str
    sequence: int
    changed_at: datetime


@dataclass(frozen=True)
class Ending:
    """What an event is made of, as the database has it. `until` is before `ends_at` where Patrol revokes it then."""

    pat_id: int
    organization_id: int
    login: str
    zone: str
    name: str
    owner: str
    ends_at: datetime
    risk: int
    seq: int | None
    seen_at: datetime | None
    granted_at: datetime
    until: datetime


def entries(feed: CalendarFeed) -> list[Entry]:
    """From thirty days back to a year ahead, by day; at most MOST and one for each day. Four queries at the most."""
    now = clock.now()
    ending = with_ends(Grant.objects.active()).filter(until__gte=now - BACK, until__lt=now + AHEAD)
    if feed.organization is None:
        return [_entry(one, _own_page()) for one in _rows(ending.filter(owner_id=feed.user_id))[:MOST]]
    ending = ending.filter(organization=feed.organization)
    rows = _rows(ending)
    if len(rows) <= MOST:
        return [_entry(one, _page(one)) for one in rows]
    zone = zone_of(feed.organization.time_zone)
    cut = midnight(rows[MOST].until.astimezone(zone).date(), zone)
    alone = [_entry(one, _page(one)) for one in rows if one.until < cut]
    return [*alone, *_by_day(feed.organization, ending.filter(until__gte=cut), zone)]


def _rows(ending: "QuerySet[Any, Any]") -> list[Ending]:
    newest = TokenVersion.objects.filter(token=OuterRef("token")).order_by("-seq")
    told = ending.annotate(seq=Subquery(newest.values("seq")[:1]), seen_at=Subquery(newest.values("seen_at")[:1]))
    columns = (
        "pat_id", "organization_id", "organization__login", "organization__time_zone", "token__name", "owner_login",
        "ends_at", "risk", "seq", "seen_at", "access_granted_at", "until",
    )  # fmt: skip
    rows = [Ending(*row) for row in told.order_by("until", "pk").values_list(*columns)[: MOST + 1]]
    return _with_plans(rows)


def _with_plans(rows: list[Ending]) -> list[Ending]:
    """Each change of a plan is one more: a plan that moves, or ends, moves the event. The record counts them."""
    subjects = {f"grant:{one.pat_id}" for one in rows}
    told = Event.objects.filter(chain__in={one.organization_id for one in rows}, subject__in=subjects)
    counted = told.filter(name__startswith="planned_revocation.").order_by().values_list("chain", "subject")
    changes = {
        (chain, subject): (many, at)
        for chain, subject, many, at in counted.annotate(many=Count("*"), at=Max("recorded_at"))
    }
    return [_changed(one, *changes.get((one.organization_id, f"grant:{one.pat_id}"), (0, None))) for one in rows]


def _changed(one: Ending, many: int, at: datetime | None) -> Ending:
    if not many or at is None:
        return one
    return replace(one, seq=(one.seq or 0) + many, seen_at=max(filter(None, [one.seen_at, at])))


def _entry(one: Ending, url: str) -> Entry:
    zone = zone_of(one.zone)
    name, risk = text.visible(one.name, limit=LONGEST_NAME), Risk(one.risk).label
    there, planned = one.until.astimezone(zone), one.until < one.ends_at
    return Entry(
        uid=str(uuid5(_SPACE, f"grant:{one.organization_id}:{one.pat_id}")),
        day=there.date(),
        title=f"{'Revocation planned' if planned else 'Token ends'}: {name} ({one.owner})",
        lines=(
            f"The fine-grained token {name} of {one.owner} for {one.login} ends {_instant(there)}.",
            *(["Patrol revokes it then, as planned: before the token’s own end."] if planned else []),
            f"Risk: {risk}.",
        ),
        url=url,
        risk=risk,
        sequence=one.seq or 0,
        changed_at=one.seen_at or one.granted_at,
    )


def _by_day(organization: Organization, ending: "QuerySet[Any, Any]", zone: ZoneInfo) -> Iterable[Entry]:
    """One for each day, as of the last reading of GitHub's list."""
    counts: dict[date, list[int]] = {}
    days = ending.order_by().annotate(day=TruncDate("until", tzinfo=zone)).values_list("day", "risk")
    for day, risk, many in days.annotate(many=Count("pk")):
        counts.setdefault(day, list(NONE))[risk] = many
    read_at = SyncState.objects.filter(organization=organization).values_list("completed_at", flat=True).first()
    for day, by_risk in sorted(counts.items()):
        yield _summary(organization, Span(day, day, zone), tuple(by_risk), read_at or clock.now())


def _summary(organization: Organization, span: Span, by_risk: ByRisk, read_at: datetime) -> Entry:
    said = ", ".join(f"{many} {risk.label}" for risk in reversed(Risk) if (many := by_risk[risk]))
    path = reverse("tokens:token-list", args=[organization.login])
    count = sum(by_risk)
    return Entry(
        uid=str(uuid5(_SPACE, f"day:{organization.pk}:{span.first}")),
        day=span.first,
        title=f"{count:,} token{'' if count == 1 else 's'} of {organization.login} end{'s' if count == 1 else ''}",
        lines=(f"By risk: {said}.", "Nearer to the day each token has an event of its own."),
        url=f"{settings.PUBLIC_URL}{path}?{urlencode({'expiring': span.key, 'sort': 'expiry'})}",
        risk=next(risk.label for risk in reversed(Risk) if by_risk[risk]),
        sequence=0,
        changed_at=read_at,
    )


def _page(one: Ending) -> str:
    return f"{settings.PUBLIC_URL}{reverse('tokens:token-detail', args=[one.login, one.pat_id])}"


def _own_page() -> str:
    """Where the person reads how to renew it."""
    return f"{settings.PUBLIC_URL}{reverse('dashboard:my-tokens')}"


def _instant(there: datetime) -> str:
    """With the offset in words: calendars show the day only."""
    at = there.astimezone(UTC)
    told = f"on {at:%Y-%m-%d} at {at:%H:%M} UTC"
    return told if there.utcoffset() == timedelta() else f"{told} ({there:%Y-%m-%d %H:%M} {there.tzinfo})"
