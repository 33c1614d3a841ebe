"""Telling people that tokens end: a row for each token, end and threshold, an event for each of their holders.

What was written once is never written again, whoever runs it how often: the database has one place for each. Memory is
that of one page of holders.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from apps.audit import services as audit
from apps.core import bulk, clock
from apps.github.models import Organization
from apps.github.standing import State, standings
from apps.tokens.models import Grant, GrantQuerySet, Reminder, ReplacementConfirmation
from apps.tokens.names import Name
from apps.tokens.reminder_rules import Today

READ = 500
"""Tokens a page and transaction: the record's head is locked meanwhile. A holder's are never parted (GitHub lets a
person have fifty)."""
LISTED = 200
"""Tokens of one holder that an event names."""
LAST_DAY = timedelta(days=1)
USED_WITHIN = timedelta(days=7)
ALARMED_WITHIN = timedelta(days=3)
"""What ended longer ago is no news, whenever Patrol comes to know of it."""
_COLUMNS = (
    "pk",
    "pat_id",
    "token__token_id",
    "token__name",
    "owner_id",
    "owner_login",
    "ends_at",
    "token__last_used_at",
)


@dataclass(frozen=True)
class Ending:
    """A grant whose token ends; `told`: the nearest threshold that people heard of."""

    pk: int
    pat_id: int
    token_id: int
    token_name: str
    owner_id: int
    owner_login: str
    ends_at: datetime
    last_used_at: datetime | None
    told: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Of it what an event tells."""
        used = self.last_used_at.astimezone(UTC).isoformat() if self.last_used_at else None
        return {
            "pat_id": self.pat_id, "token_id": self.token_id, "token_name": self.token_name,
            "ends_at": self.ends_at.astimezone(UTC).isoformat(), "last_used_at": used,
        }  # fmt: skip


def remind(organization: Organization, today: Today, keep: Callable[[], bool] = lambda: True) -> int:
    """Tell of every end that is due on this day. Returns how many tokens; stops where `keep` says no."""
    told, after = 0, 0
    while keep():
        page = _page(organization, today, after)
        if not page:
            break
        with transaction.atomic():
            told += _tell(organization, today, page)
        after = page[-1].owner_id
    return told


def remind_at_once() -> int:
    """Tell of tokens that had less than a day when Patrol first saw them, each by itself. Returns how many."""
    now = clock.now()
    news = Q(token__first_seen_at__gt=F("ends_at") - LAST_DAY) | Q(access_granted_at__gt=F("ends_at") - LAST_DAY)
    found = not_replaced(Grant.objects.active()).filter(news, ends_at__gt=now, ends_at__lt=now + LAST_DAY)
    told = Reminder.objects.filter(grant=OuterRef("pk"), ends_at=OuterRef("ends_at"))
    return _tell_each(found.exclude(Exists(told)), 0, Name.REMINDED_AT_ONCE)


def alarm_in_use() -> int:
    """Tell of tokens that ended while they were in use. Returns how many.

    GitHub may list a grant whose token expired, or not: what was gone before its end has nothing to do with it.
    """
    now = clock.now()
    listed = Q(state=Grant.State.ACTIVE) | Q(state=Grant.State.GONE, ended_at__gte=F("ends_at"))
    used = Q(never_used=False, idle_since__gte=F("ends_at") - USED_WITHIN)
    found = not_replaced(Grant.objects.filter(listed, used)).filter(ends_at__lte=now, ends_at__gt=now - ALARMED_WITHIN)
    told = Reminder.objects.filter(grant=OuterRef("pk"), ends_at=OuterRef("ends_at"), days=Reminder.IN_USE)
    return _tell_each(found.exclude(Exists(told)), Reminder.IN_USE, Name.EXPIRED_IN_USE)


def not_replaced(grants: GrantQuerySet) -> GrantQuerySet:
    """Those that nobody said are replaced by another one that has access still."""
    replaced = ReplacementConfirmation.objects.filter(
        grant=OuterRef("pk"), ends_at=OuterRef("ends_at"), replaced_by__state=Grant.State.ACTIVE
    )
    return grants.exclude(Exists(replaced))


def _page(organization: Organization, today: Today, after: int) -> list[Ending]:
    """The next ones by their holders, of none only a part."""
    told = Reminder.objects.filter(grant=OuterRef("pk"), ends_at=OuterRef("ends_at"), days__gte=0)
    found = (
        not_replaced(Grant.objects.active())
        .filter(organization=organization, ends_at__gte=today.begins, ends_at__lt=today.ends, owner_id__gt=after)
        .annotate(told=Subquery(told.order_by("days").values("days")[:1]))
        .order_by("owner_id", "ends_at", "pk")
    )
    page = [Ending(*row) for row in found.values_list(*_COLUMNS, "told")[:READ]]
    if len(page) < READ or page[0].owner_id == page[-1].owner_id:
        return page
    return [one for one in page if one.owner_id != page[-1].owner_id]


def _tell(organization: Organization, today: Today, page: Sequence[Ending]) -> int:
    """Rows for those not told of yet, and an event for each holder of some."""
    due = {one.pk: today.due(one.ends_at) for one in page}
    news = [one for one in page if one.told is None or one.told > due[one.pk]]
    written = _written(news, due)
    told = [one for one in news if one.pk in written]
    for _, some in groupby(told, key=lambda one: one.owner_id):
        _record(organization, today, list(some))
    return len(told)


def _record(organization: Organization, today: Today, some: list[Ending]) -> None:
    holder = some[0]
    audit.record(
        Name.REMINDED,
        organization_id=organization.pk,
        subject=f"person:{holder.owner_id}",
        organization=organization.login,
        owner_id=holder.owner_id,
        owner_login=holder.owner_login,
        day=today.day.isoformat(),
        zone=today.zone.key,
        count=len(some),
        tokens=[one.as_data() | {"days": today.left(one.ends_at)} for one in some[:LISTED]],
    )


def _tell_each(found: QuerySet[Grant], days: int, name: Name) -> int:
    """An event of its own for each, where Patrol works."""
    rows = [
        (row[0], Ending(*row[1:]))
        for row in found.order_by("ends_at", "pk").values_list("organization", *_COLUMNS)[:READ]
    ]
    known = Organization.objects.in_bulk({number for number, _ in rows})
    live = {pk for pk, one in standings(known).items() if one.state == State.LIVE}
    told = 0
    for number, ending in rows:
        if number not in live:
            continue
        with transaction.atomic():
            if not _written([ending], {ending.pk: days}):
                continue
            _record_one(known[number], ending, name)
        told += 1
    return told


def _record_one(organization: Organization, ending: Ending, name: Name) -> None:
    audit.record(
        name,
        organization_id=organization.pk,
        subject=f"grant:{ending.pat_id}",
        organization=organization.login,
        owner_id=ending.owner_id,
        owner_login=ending.owner_login,
        zone=organization.time_zone,
        **ending.as_data(),
    )


def _written(endings: Iterable[Ending], days: dict[int, int]) -> set[int]:
    """Primary keys of the grants whose row was written just now: who comes second writes none."""
    now = clock.now()
    rows = [{"grant_id": one.pk, "ends_at": one.ends_at, "days": days[one.pk], "reminded_at": now} for one in endings]
    return {grant for _, grant in bulk.write(Reminder, rows, unique=["grant_id"])}
