"""Wherever a process dies, or stands still while others go on, a plan becomes one decision or none, and never two."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from apps.core import clock
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.tokens.models import Grant, PlannedRevocation, Review
from apps.tokens.plans import execution, making
from tests.cast import MEMBER
from tests.effects.interruptions import dies_after, stops_at
from tests.tokens.desk import Desk, later
from tests.tokens.planning import Cause, State, in_days, now, on_the_day, planned, told

pytestmark = pytest.mark.database


class _Undone(Exception):
    """Everything of a try is taken back."""


@contextmanager
def a_try() -> Iterator[None]:
    """As if it had not been; other processes are played inside, and what they commit is a savepoint."""
    with suppress(_Undone), transaction.atomic():
        yield
        raise _Undone


def came_to_one_decision(plan: PlannedRevocation) -> None:
    review = Review.objects.get(grant=plan.grant)
    assert (now(plan).state, now(plan).review) == (State.SENT, review)
    assert review.effect.state == Effect.State.READY
    assert told(plan).count("sent") == 1


def test_a_scheduler_that_dies_anywhere_leaves_it_to_the_next(desk: Desk) -> None:
    (plan,) = planned(desk, desk.grant(login=MEMBER))
    with on_the_day(plan):
        for statements in count(1):
            done = False
            with a_try():
                with dies_after(statements):
                    execution.work()
                    done = True
                execution.work()
                came_to_one_decision(plan)
            if done:
                break
    assert statements > 15


def keep(desk: Desk, plan: PlannedRevocation) -> None:
    with transaction.atomic():
        making.keep(
            making.loaded(desk.organization.pk, [plan.pk])[0], user=desk.user, reason="x", until=in_days(desk, 9)
        )


def cancel(desk: Desk, plan: PlannedRevocation) -> None:
    with transaction.atomic():
        making.cancel(making.loaded(desk.organization.pk, [plan.pk])[0], user=desk.user)


def run_too(desk: Desk, plan: PlannedRevocation) -> None:
    execution.work()


@pytest.mark.parametrize(("meanwhile", "ends"), [(keep, State.KEPT), (cancel, State.CANCELLED), (run_too, State.SENT)])
def test_a_scheduler_that_stands_still_anywhere_decides_nothing_that_is_over(
    desk: Desk, meanwhile: Callable[[Desk, PlannedRevocation], None], ends: PlannedRevocation.State
) -> None:
    (plan,) = planned(desk, desk.grant(login=MEMBER))
    with on_the_day(plan):
        for point in count(1):
            others: list[int] = []

            def go_on() -> None:
                meanwhile(desk, plan)
                others.append(point)  # noqa: B023

            with a_try():
                with stops_at(point, go_on):
                    execution.work()
                if not others:
                    break
                execution.work()
                if ends == State.SENT:
                    came_to_one_decision(plan)
                else:
                    assert now(plan).state == ends
                    states = set(Effect.objects.values_list("state", flat=True))
                    assert states <= {Effect.State.WITHDRAWN}
    assert point > 3


@pytest.mark.parametrize("statements", range(4, 64, 6))
def test_a_worker_that_dies_anywhere_between_the_approval_and_its_plan(desk: Desk, statements: int) -> None:
    from tests.tokens.test_approve_until import decided

    request = desk.request(login=MEMBER)
    decided(desk, request)
    with clock.moved(timedelta(seconds=15)), transaction.atomic(), dies_after(statements):
        effects.sweep()
    for seconds in (30, 90, 150, 240):
        later(seconds=seconds)
        with clock.moved(timedelta(seconds=seconds)):
            execution.work()
    plan = PlannedRevocation.objects.get()
    assert (plan.state, plan.grant) == (State.PLANNED, Grant.objects.active().get(token=request.token))
    assert told(plan) == ["planned"]
    assert desk.decided() == [request.pat_request_id]


def test_several_plans_of_one_grant_at_the_same_instant_make_one_decision(desk: Desk) -> None:
    grant = desk.grant(login=MEMBER)
    plans = [planned(desk, grant, cause=cause)[0] for cause in (Cause.QUARANTINE, Cause.OFFBOARDING)]
    with on_the_day(plans[0]):
        execution.work()
        assert Review.objects.count() == 1
        for _ in range(2):
            later(seconds=1)
            execution.work()
    assert desk.decided() == [grant.pat_id]
    assert sorted(now(plan).state for plan in plans) == [State.ENDED, State.SENT]
