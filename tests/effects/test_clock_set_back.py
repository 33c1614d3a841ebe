"""The clock was an hour ahead and is right again: nothing waits for the hour to pass, and nothing is done twice."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.effects import pace
from apps.effects.models import Effect, Pace
from tests.tokens.desk import Desk, effect_of, later, state_of, work

pytestmark = pytest.mark.database
State = Effect.State
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(desk: Desk, settings: Any) -> Desk:
    settings.GITHUB_READ_SECONDS = 1
    return desk


def test_a_decision_of_the_hour_that_never_came_is_sent_now(desk: Desk) -> None:
    request = desk.request()
    with clock.moved(HOUR):
        outcome = desk.approve(request)
    work()
    assert state_of(outcome) == State.CONFIRMED
    assert len(desk.sent()) == 1


def test_a_decision_still_rests_when_clocks_differ_by_little(desk: Desk) -> None:
    request = desk.request()
    with clock.moved(timedelta(seconds=5)):
        outcome = desk.approve(request)
    work()
    assert state_of(outcome) == State.READY
    later(seconds=6)
    assert state_of(outcome) == State.CONFIRMED


def test_what_was_left_in_the_hour_that_never_came_is_looked_up_now(desk: Desk) -> None:
    request = desk.request()
    with clock.moved(HOUR):
        outcome = desk.approve(request)
        held = clock.now() + timedelta(seconds=40)
        desk.github.fail("hang", "requests/[0-9]+$", verb="POST", after=True, seconds=3)
        work()
    assert state_of(outcome) == State.UNKNOWN
    Pace.objects.update(lease_until=held)
    Effect.objects.filter(pk=effect_of(outcome).pk).update(state=State.SENDING, lease_until=held)
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 1)
    assert len(desk.sent()) == 1


def test_a_call_that_never_arrived_is_sent_again_after_as_long_as_ever(desk: Desk) -> None:
    request = desk.request()
    with clock.moved(HOUR):
        outcome = desk.deny(request, reason="No")
        desk.github.fail("504", "requests/[0-9]+$", verb="POST")
        work()
    assert state_of(outcome) == State.UNKNOWN
    work()
    later(seconds=6)
    assert (state_of(outcome), len(desk.sent())) == (State.UNKNOWN, 0), "GitHub may still be working on it"
    later(seconds=40)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 2)
    assert len(desk.sent()) == 1


def test_a_lease_that_runs_is_not_taken_when_clocks_differ_by_little(desk: Desk) -> None:
    with clock.moved(timedelta(seconds=30)):
        turn = pace.take(desk.organization.pk)
    assert turn is not None
    assert pace.take(desk.organization.pk) is None
    turn.give_back()
    assert pace.take(desk.organization.pk) is not None
