"""Sleeping tokens, where an organization wants it: proposed for revocation, in days, and never many without a yes.

A token sleeps that was not used for some days, or never since it has access. It is proposed with notice: a use, or a
word for it, ends that. One whose access is new, or was kept, is left alone for a while.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.audit import services as audit
from apps.core import clock
from apps.core.spans import midnight, zone_of
from apps.github import permitted
from apps.github.models import Organization
from apps.github.permissions import lacking
from apps.tokens.kinds import GRANTS
from apps.tokens.models import Grant, PlannedRevocation, SleepingSettings, SyncState
from apps.tokens.plans import days, execution, making
from apps.tokens.sleeping_rules import Rule, rule_of

log = structlog.get_logger(__name__)
State, Cause = PlannedRevocation.State, PlannedRevocation.Cause
LEAST, SHARE = 5, 10
"""So many, or one in so many of the active grants, are proposed in a day; more with an owner's yes."""
_FIRST = (datetime.min.replace(tzinfo=UTC), 0)
READ_WITHIN = timedelta(days=1)
"""Lists that are older tell of no use."""
AT_ONCE = 100


@dataclass(frozen=True)
class Standing:
    """How it stands in one organization today. `asleep` could be proposed now, `room` are still allowed today."""

    asleep: int
    bound: int
    proposed_today: int
    planned: int
    kept: int
    beyond: bool

    @property
    def room(self) -> int:
        """How many may be proposed yet today."""
        return self.asleep if self.beyond else max(0, self.bound - self.proposed_today)

    @property
    def left(self) -> int:
        """How many have to wait for another day, or for a yes."""
        return max(0, self.asleep - self.room)


def standing(chosen: SleepingSettings, rule: Rule) -> Standing:
    """By the rule that holds there; five queries."""
    organization = chosen.organization
    plans = PlannedRevocation.objects.filter(organization=organization)
    sleeping = plans.filter(cause=Cause.SLEEPING)
    return Standing(
        asleep=asleep(organization, rule).count(),
        bound=_bound(organization),
        proposed_today=_proposed_today(organization),
        planned=sleeping.filter(state=State.PLANNED).count(),
        kept=plans.filter(_kept(organization)).count(),
        beyond=chosen.beyond_on == days.today(organization),
    )


def asleep(organization: Organization, rule: Rule) -> "QuerySet[Grant]":
    """Grants that may be proposed, and are not planned for anything yet."""
    now = clock.now()
    theirs = PlannedRevocation.objects.filter(grant=OuterRef("pk"))
    return Grant.objects.active().filter(
        ~Exists(theirs.live()),
        ~Exists(theirs.filter(_kept(organization))),
        organization=organization,
        idle_since__lte=now - timedelta(days=rule.unused_days),
        access_granted_at__lte=now - timedelta(days=rule.grace_days),
    )


def propose_all() -> int:
    """Every organization that wants it, at most its bound a day; returns how many were proposed."""
    wanted = SleepingSettings.objects.filter(is_on=True).select_related("organization")
    held = permitted.held([one.organization_id for one in wanted])
    able = [one for one in wanted if one.organization_id in held and not _looked_at(held[one.organization_id])]
    return sum(_proposed(one) for one in able if _is_read(one.organization_id))


def look_after() -> int:
    """A use ends a plan, and so does an organization that does not want it any more; returns how many ended."""
    return _end_used() + _end_unwanted()


def _looked_at(held: permitted.Permissions) -> bool:
    return bool(lacking(held, GRANTS.deciding))


def _is_read(organization_id: int) -> bool:
    fresh = SyncState.objects.filter(organization=organization_id, completed_at__gte=clock.now() - READ_WITHIN)
    return fresh.exists()


def _proposed(chosen: SleepingSettings) -> int:
    try:
        return propose(chosen)
    except Exception:  # one organization's trouble is not the others'
        log.exception("plans.not_proposed", organization=chosen.organization_id)
        return 0


def propose(chosen: SleepingSettings) -> int:
    """Those that sleep longest, AT_ONCE a transaction; returns how many."""
    done, last = 0, _FIRST
    while True:
        made, last = _some(chosen.pk, last)
        if not made:
            return done
        done += made


def _some(settings_pk: int, after: tuple[datetime, int]) -> tuple[int, tuple[datetime, int]]:
    """One transaction, from there on: how many, and the last one by its last use and key.

    The row of settings is locked: two schedulers do not propose a day's bound each.
    """
    with transaction.atomic():
        locked = SleepingSettings.objects.select_for_update(of=("self",)).select_related("organization")
        chosen = locked.get(pk=settings_pk)
        if not chosen.is_on:
            return 0, after
        rule = rule_of(chosen)
        day = days.today(chosen.organization) + timedelta(days=rule.notice_days)
        idle_since, pk = after
        waiting = asleep(chosen.organization, rule).filter(
            Q(idle_since__gt=idle_since) | Q(idle_since=idle_since, pk__gt=pk), idle_since__gte=idle_since
        )
        some = list(waiting.order_by("idle_since", "pk").values_list("idle_since", "pk")[: _room(chosen)])
        found = Grant.objects.active().select_for_update(of=("self",)).filter(pk__in=[one for _, one in some])
        for grant in found.select_related("token", "organization").order_by("pk"):
            making.plan(grant, Cause.SLEEPING, day, actor=audit.PATROL)
    return len(some), some[-1] if some else after


def _room(chosen: SleepingSettings) -> int:
    """How many may be proposed now, at most AT_ONCE."""
    organization = chosen.organization
    if chosen.beyond_on == days.today(organization):
        return AT_ONCE
    return max(0, min(AT_ONCE, _bound(organization) - _proposed_today(organization)))


def _bound(organization: Organization) -> int:
    return max(LEAST, Grant.objects.active().filter(organization=organization).count() // SHARE)


def _proposed_today(organization: Organization) -> int:
    plans = PlannedRevocation.objects.filter(organization=organization, cause=Cause.SLEEPING)
    return plans.filter(planned_at__gte=_midnight(organization)).count()


def _kept(organization: Organization) -> Q:
    """Somebody spoke for it, and that lasts."""
    return Q(state=State.KEPT, kept_until__gte=days.today(organization))


def _midnight(organization: Organization) -> datetime:
    return midnight(days.today(organization), zone_of(organization.time_zone))


def _end_used() -> int:
    woken = Q(used_before__isnull=True, token__last_used_at__isnull=False)
    woken |= Q(token__last_used_at__gt=F("used_before"))
    return _each(Q(woken), execution.keep_by_use)


def _end_unwanted() -> int:
    return _each(~Q(organization__sleeping__is_on=True), making.cancel_unwanted)


def _each(which: Q, end: Callable[[PlannedRevocation], None]) -> int:
    """Plans of sleeping tokens, AT_ONCE read and each in a transaction of its own; how many."""
    plans = PlannedRevocation.objects.planned().filter(which, cause=Cause.SLEEPING).order_by("pk")
    done, after = 0, 0
    while found := list(plans.filter(pk__gt=after).select_related("organization", "token", "grant")[:AT_ONCE]):
        done += sum(_ended(plan, end) for plan in found)
        after = found[-1].pk
    return done


def _ended(plan: PlannedRevocation, end: Callable[[PlannedRevocation], None]) -> bool:
    try:
        with transaction.atomic():
            end(plan)
    except Exception:  # one plan's trouble is not the others'
        log.exception("plans.not_ended", plan=plan.pk)
        return False
    return True
