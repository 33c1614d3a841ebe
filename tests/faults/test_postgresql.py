"""PostgreSQL goes away, is restarted without a goodbye, cuts everybody off, or takes no more writes."""

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.faults.outcomes import Fault
from tests.faults.places import Place, PostgresqlDatabase
from tests.faults.proxy import Mode
from tests.processes import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
CARRIERS = ("worker", "sweeper")
Begin = Callable[[str], Fault]


@pytest.fixture(scope="module", params=["postgresql"])
def vendor(request: pytest.FixtureRequest) -> str:
    """This is about one of the two."""
    return str(request.param)


@pytest.fixture
def database(place: Place) -> Iterator[PostgresqlDatabase]:
    """The place's PostgreSQL, which takes connections and writes again afterwards."""
    assert isinstance(place.database, PostgresqlDatabase)
    yield place.database
    place.database.wire.be(Mode.PASS)
    place.database.server.read_only(False)


def test_a_restart_in_the_middle_of_a_call_is_settled_by_looking(
    fault: Begin, place: Place, database: PostgresqlDatabase
) -> None:
    restarted = fault("PostgreSQL restarted (-m immediate) during the POST")
    restarted.stands_at_github("hang", verb="POST", seconds=2, after=True)
    restarted.decide()
    restarted.reaches_github()
    database.server.restart()
    assert restarted.settles("confirmed").attempts == 1
    assert restarted.told() == ["approve"]


def test_a_restart_loses_no_decision_that_was_taken(fault: Begin, place: Place, database: PostgresqlDatabase) -> None:
    restarted = fault("PostgreSQL restarted (-m immediate) after the click")
    place.freeze(*CARRIERS)
    restarted.decide("deny")
    database.server.restart()
    place.thaw(*CARRIERS)
    restarted.settles("confirmed")
    assert restarted.told() == ["deny"]


def test_pages_come_back_by_themselves_and_never_call_it_a_mistake(
    fault: Begin, place: Place, database: PostgresqlDatabase
) -> None:
    away = fault("PostgreSQL refuses connections at the click")
    press = away.opened()
    with database.wire.being(Mode.REFUSE):
        assert press("approve") == 503
        assert requests.get(f"{place.patrol.url}/readyz", timeout=20).status_code == 503
    assert away.decision() is None
    eventually(place.owner.pending, 30, "pages are served again")
    away.decide()
    away.settles("confirmed")
    assert away.told() == ["approve"]


@pytest.mark.parametrize("after", [False, True], ids=["before GitHub did it", "after GitHub did it"])
def test_connections_that_are_terminated_are_opened_anew(
    fault: Begin, place: Place, database: PostgresqlDatabase, after: bool
) -> None:
    cut = fault(f"connections to PostgreSQL terminated during the POST, {'after' if after else 'before'} GitHub did it")
    cut.stands_at_github("hang", verb="POST", seconds=2, after=after)
    cut.decide()
    cut.reaches_github() if after else cut.await_arrival()
    assert database.server.terminate_connections()
    cut.settles("confirmed")
    assert cut.told() == ["approve"]


def test_a_decision_that_cannot_be_saved_is_refused_and_nothing_is_sent(
    fault: Begin, place: Place, database: PostgresqlDatabase
) -> None:
    refused = fault("PostgreSQL read-only at the click")
    press = refused.opened()
    database.server.read_only(True)
    _is_read_only(place, refused, press)
    database.server.read_only(False)
    assert refused.decision() is None
    assert refused.told() == []
    refused.decide("deny")
    refused.settles("confirmed")
    assert refused.told() == ["deny"]


def _is_read_only(place: Place, refused: Fault, press: Callable[[str], int]) -> None:
    """The setting reaches those who are connected a moment later."""
    time.sleep(1)
    assert press("approve") == 503
    assert refused.request_id in place.owner.pending(), "reading goes on"


def test_nothing_is_sent_that_could_not_be_claimed(fault: Begin, place: Place, database: PostgresqlDatabase) -> None:
    waits = fault("PostgreSQL read-only before the claim")
    place.freeze(*CARRIERS)
    waits.decide()
    database.server.read_only(True)
    time.sleep(1)
    place.thaw(*CARRIERS)
    time.sleep(6)
    assert waits.told() == []
    database.server.read_only(False)
    waits.settles("confirmed")
    assert waits.told() == ["approve"]


def test_an_answer_that_could_not_be_written_down_is_looked_up(
    fault: Begin, place: Place, database: PostgresqlDatabase
) -> None:
    lost = fault("PostgreSQL read-only during the POST")
    lost.stands_at_github("hang", verb="POST", seconds=2, after=True)
    lost.decide("deny")
    lost.reaches_github()
    database.server.read_only(True)
    time.sleep(4)
    database.server.read_only(False)
    assert lost.settles("confirmed").attempts == 1
    assert lost.told() == ["deny"]


def test_a_database_that_says_nothing_for_a_while_costs_only_that(
    fault: Begin, place: Place, database: PostgresqlDatabase
) -> None:
    hung = fault("PostgreSQL takes connections and says nothing for 6 s")
    hung.stands_at_github("hang", verb="POST", seconds=1, after=True)
    hung.decide()
    hung.reaches_github()
    with database.wire.being(Mode.HANG):
        time.sleep(6)
    assert hung.settles("confirmed").attempts == 1
    assert hung.told() == ["approve"]
