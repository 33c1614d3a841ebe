"""What the tests of plans share: making them as pages do, and days that go by at Patrol and at GitHub."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from apps.audit.models import Event
from apps.core import clock
from apps.tokens import services
from apps.tokens.models import Grant, GrantRequest, PlannedRevocation
from apps.tokens.plans import days, execution
from tests.tokens.desk import Desk, digest, work

Cause, State = PlannedRevocation.Cause, PlannedRevocation.State


@contextmanager
def at_noon() -> Iterator[None]:
    """The next noon of UTC has come: a plan of tomorrow is less than a day ahead."""
    now = clock.now()
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    with clock.moved((noon if noon > now else noon + timedelta(days=1)) - now):
        yield


def in_days(desk: Desk, number: int) -> date:
    """That day, where the organization is."""
    return days.today(desk.organization) + timedelta(days=number)


def planned(
    desk: Desk, *grants: Grant, cause: PlannedRevocation.Cause = Cause.QUARANTINE, ahead: int = 10
) -> list[PlannedRevocation]:
    """Plans of these, as the form of the page shown just now would make them."""
    outcome = services.plan_revocations(
        user=desk.user, organization=desk.organization, cause=cause, day=in_days(desk, ahead), reason="no owner known",
        chosen={one.pat_id: digest(one) for one in grants},
    )  # fmt: skip
    assert not outcome.refused, outcome.refused
    return outcome.plans


def approved_until(desk: Desk, request: GrantRequest, ahead: int = 30) -> PlannedRevocation:
    """An approval until a day, sent and confirmed."""
    services.decide_requests(
        user=desk.user, organization=desk.organization, action="approve", reason="", until=in_days(desk, ahead),
        chosen={request.pat_request_id: digest(request)},
    )  # fmt: skip
    with clock.moved(timedelta(seconds=15)):
        work()
    return PlannedRevocation.objects.get(approval__grant_request=request)


@contextmanager
def on_the_day(plan: PlannedRevocation, **after: float) -> Iterator[None]:
    """The instant of the plan has come, and `after` more."""
    with clock.moved(plan.due_at - clock.now() + timedelta(seconds=1, **after)):
        yield


def carry_out() -> None:
    """What is due of plans, and then of decisions."""
    execution.work()
    work()


def now(plan: PlannedRevocation) -> PlannedRevocation:
    """As it is now."""
    return PlannedRevocation.objects.select_related("review__effect", "grant", "token").get(pk=plan.pk)


def told(plan: PlannedRevocation) -> list[str]:
    """What the record says of it, oldest first."""
    found = Event.objects.filter(name__startswith="planned_revocation.", data__plan=plan.pk).order_by("sequence")
    return [name.partition(".")[2] for name in found.values_list("name", flat=True)]


def data_of(plan: PlannedRevocation, name: str) -> dict[str, Any]:
    """Of its newest event of that name."""
    found = Event.objects.filter(name=f"planned_revocation.{name}", data__plan=plan.pk).order_by("sequence")
    return found.values_list("data", flat=True).last() or {}
