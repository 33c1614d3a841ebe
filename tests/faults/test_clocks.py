"""Patrol's clock is an hour off, from the start or from one moment to the next; GitHub's is right.

Only the wall clock: no program's monotonic clock is ever off.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cast import OWNER
from tests.faults.clocks import Clock
from tests.faults.outcomes import Fault
from tests.faults.places import Place
from tests.processes import Person

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
CARRIERS = ("worker", "sweeper")
HOUR = 3600
DIRECTIONS = pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["ahead", "behind"])
WORDS = {HOUR: "an hour ahead", -HOUR: "an hour behind", 0: "right again"}
Begin = Callable[[str], Fault]


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    """Patrol's."""
    with tempfile.TemporaryDirectory(prefix="patrol-clock-") as folder:
        yield Clock(Path(folder))


@pytest.fixture(scope="module")
def place(vendor: str, clock: Clock) -> Iterator[Place]:
    """A Patrol that lives by that clock, an hour ahead at its start; PostgreSQL, Redis and GitHub do not."""
    clock.set(HOUR)
    with Place(vendor, **clock.settings()) as running:
        yield running


@pytest.fixture
def set_clock(place: Place, clock: Clock) -> Iterator[Callable[[int], None]]:
    """Set Patrol's clock; the owner signs in anew, as a session may have ended by it. Right in the end."""

    def set_to(seconds: int) -> None:
        clock.set(seconds)
        place.owner = Person(place.patrol.url, OWNER)

    yield set_to
    set_to(0)


def test_a_patrol_that_was_started_an_hour_ahead_reads_and_decides(fault: Begin, place: Place) -> None:
    ahead = fault("the clock an hour ahead since the start")
    ahead.decide()
    ahead.settles("confirmed")
    assert ahead.told() == ["approve"]


@DIRECTIONS
def test_decisions_are_taken_and_sent_while_the_clock_is_off(
    fault: Begin, set_clock: Callable[[int], None], seconds: int
) -> None:
    set_clock(seconds)
    off = fault(f"the clock {WORDS[seconds]}")
    off.decide("deny")
    off.settles("confirmed")
    assert off.told() == ["deny"]


@DIRECTIONS
def test_a_jump_while_a_call_is_on_its_way_costs_nothing(
    fault: Begin, clock: Clock, set_clock: Callable[[int], None], seconds: int
) -> None:
    set_clock(0)
    jump = fault(f"the clock jumps to {WORDS[seconds]} during the POST")
    jump.stands_at_github("hang", verb="POST", seconds=2, after=True)
    jump.decide()
    jump.reaches_github()
    clock.set(seconds)
    assert jump.settles("confirmed").attempts == 1
    assert jump.told() == ["approve"]


@DIRECTIONS
def test_what_a_process_left_is_taken_up_although_the_clock_jumped_under_its_lease(
    fault: Begin, place: Place, clock: Clock, set_clock: Callable[[int], None], seconds: int
) -> None:
    set_clock(0)
    left = fault(f"kill -9 after the POST, and the clock jumps to {WORDS[seconds]}")
    left.stands_at_github("hang", verb="POST", seconds=20, after=True)
    left.decide("deny")
    left.reaches_github()
    place.kill(*CARRIERS)
    clock.set(seconds)
    place.github.heal()
    assert left.settles("confirmed").attempts == 1
    assert left.told() == ["deny"]


@DIRECTIONS
def test_a_call_that_github_never_carried_out_is_sent_again_although_the_clock_jumped(
    fault: Begin, place: Place, clock: Clock, set_clock: Callable[[int], None], seconds: int
) -> None:
    set_clock(0)
    cut_off = fault(f"kill -9 during the POST, and the clock jumps to {WORDS[seconds]}")
    cut_off.stands_at_github("hang", verb="POST", seconds=20)
    cut_off.decide()
    cut_off.await_arrival()
    place.kill(*CARRIERS)
    clock.set(seconds)
    place.github.heal()
    assert cut_off.settles("confirmed").attempts == 2
    assert cut_off.told() == ["approve"]


def test_a_decision_of_a_clock_that_was_ahead_does_not_wait_for_the_hour(
    fault: Begin, place: Place, set_clock: Callable[[int], None]
) -> None:
    set_clock(HOUR)
    early = fault("the click an hour ahead, then the clock is right again")
    place.freeze(*CARRIERS)
    early.decide()
    set_clock(0)
    place.thaw(*CARRIERS)
    early.settles("confirmed")
    assert early.told() == ["approve"]
