"""Redis is a doorbell: whatever happens to it, decisions reach GitHub and pages are served."""

import signal
from collections.abc import Callable, Iterator

import pytest

from tests.cast import OWNER
from tests.faults.outcomes import Fault
from tests.faults.places import Place
from tests.faults.proxy import Mode
from tests.processes import Person

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
CARRIERS = ("worker", "sweeper")
Begin = Callable[[str], Fault]


@pytest.fixture(autouse=True)
def heard_again(place: Place) -> Iterator[None]:
    """The next fault begins with workers that can be rung."""
    yield
    place.redis_wire.be(Mode.PASS)


def _is_rung_again(fault: Begin, place: Place) -> None:
    """What the worker is told reaches it: it alone carries the next decision."""
    again = fault("the decision after that")
    place.freeze("sweeper")
    again.decide()
    again.settles("confirmed")
    place.thaw("sweeper")


def test_a_redis_that_refuses_costs_seconds_and_no_decision(fault: Begin, place: Place) -> None:
    refused = fault("Redis refuses connections")
    with place.redis_wire.being(Mode.REFUSE):
        refused.decide()
        refused.settles("confirmed")
    assert refused.told() == ["approve"]


def test_a_redis_that_hangs_costs_seconds_and_no_decision(fault: Begin, place: Place) -> None:
    hung = fault("Redis takes connections and says nothing")
    with place.redis_wire.being(Mode.HANG):
        hung.decide("deny")
        hung.settles("confirmed")
    assert hung.told() == ["deny"]


def test_a_redis_that_is_stopped_costs_seconds_and_no_decision(fault: Begin, place: Place) -> None:
    stopped = fault("Redis is stopped (SIGSTOP)")
    place.redis.send(signal.SIGSTOP)
    try:
        stopped.decide()
        stopped.settles("confirmed")
    finally:
        place.redis.send(signal.SIGCONT)
    assert stopped.told() == ["approve"]


def test_messages_that_were_flushed_are_not_missed(fault: Begin, place: Place) -> None:
    flushed = fault("Redis flushed with the message in it")
    place.freeze(*CARRIERS)
    flushed.decide()
    place.redis.flush()
    place.thaw(*CARRIERS)
    flushed.settles("confirmed")
    assert flushed.told() == ["approve"]


def test_a_decision_on_its_way_outlives_a_restart_of_redis(fault: Begin, place: Place) -> None:
    restarted = fault("Redis restarted during the POST")
    restarted.stands_at_github("hang", verb="POST", seconds=2, after=True)
    restarted.decide("deny")
    restarted.reaches_github()
    place.redis.restart()
    restarted.settles("confirmed")
    assert restarted.told() == ["deny"]


def test_a_message_that_is_delivered_again_is_not_sent_again(fault: Begin, place: Place) -> None:
    cut = fault("connections to Redis cut before the message is acknowledged")
    cut.stands_at_github("hang", verb="POST", seconds=2, after=True)
    cut.decide()
    cut.reaches_github()
    assert place.redis_wire.cut()
    cut.settles("confirmed")
    _is_rung_again(fault, place)
    assert cut.told() == ["approve"]


def test_workers_hear_again_when_redis_is_back(fault: Begin, place: Place) -> None:
    place.redis.restart()
    _is_rung_again(fault, place)


def test_people_sign_in_and_decide_while_redis_is_away(fault: Begin, place: Place) -> None:
    away = fault("Redis refuses; the owner signs in anew")
    with place.redis_wire.being(Mode.REFUSE):
        place.owner = Person(place.patrol.url, OWNER)
        away.decide()
        away.settles("confirmed")
