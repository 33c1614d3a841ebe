"""When access ends: with its token, or before that, when Patrol is to revoke it as planned.

Lists and calendars that are about days go by this. A plan that is due and not carried out yet is still to happen.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Exists, Expression, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least

from apps.core.spans import Span
from apps.tokens.models import FOREVER, Grant, PlannedRevocation


def first_plans() -> "QuerySet[PlannedRevocation]":
    """Of each active grant the plan that ends it, where that is before its token ends."""
    planned = PlannedRevocation.objects.planned()
    same = planned.filter(grant=OuterRef("grant"))
    earlier = same.filter(Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk")))
    return planned.filter(~Exists(earlier), grant__state=Grant.State.ACTIVE, due_at__lt=F("grant__ends_at"))


def planned_between(since: datetime, until: datetime, now: datetime) -> "QuerySet[PlannedRevocation]":
    """Those of them that are to happen from `since` on, before `until`."""
    begun = Q() if since <= now else Q(due_at__gte=since)
    return first_plans().filter(begun, due_at__lt=until) if until > now else first_plans().none()


def ends_in(span: Span, now: datetime) -> Q:
    """Of days that are not over, what is still to end; of days that are, what ended in them."""
    until = span.ends or FOREVER
    if until <= now:
        return Q(ends_at__gte=span.begins, ends_at__lt=until)
    since = max(span.begins, now)
    # Two looks into an index, where an OR would read all grants; the one of ends begins with the state.
    within = Grant.objects.filter(state__in=Grant.State.values, ends_at__gte=since, ends_at__lt=until)
    own = within.filter(~Exists(first_plans().filter(grant=OuterRef("pk"))))
    return Q(pk__in=own.values("pk")) | Q(pk__in=planned_between(since, until, now).values("grant"))


def with_ends(grants: "QuerySet[Grant]") -> "QuerySet[Any, Any]":
    """With `planned_for`, when a plan ends each (None: none does), and `until`, when it ends."""
    due = first_plans().filter(grant=OuterRef("pk")).values("due_at")[:1]
    known = grants.annotate(planned_for=Subquery(due, output_field=DateTimeField()))
    return known.annotate(until=Least("ends_at", Coalesce("planned_for", "ends_at")))


def moved(
    organization_ids: Iterable[int], now: datetime, day: Callable[[str], Expression]
) -> "QuerySet[Any, tuple[Any, Any, int, int]]":
    """(day its token ends, day it is revoked, risk, how many) of grants that end as planned.

    `day` makes the day of a column.
    """
    there = first_plans().filter(organization__in=list(organization_ids), grant__ends_at__gte=now).order_by()
    due = there.annotate(due=Greatest("due_at", Value(now)))
    days = due.annotate(was=day("grant__ends_at"), becomes=day("due"))
    return days.values_list("was", "becomes", "grant__risk").annotate(many=Count("*"))
