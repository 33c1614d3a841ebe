"""SQLite is locked for longer than anybody waits, or the disk is full."""

import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from apps.core.databases import SQLITE_OPTIONS
from tests.faults.outcomes import Fault
from tests.faults.places import Place, SqliteDatabase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
CARRIERS = ("worker", "sweeper")
BUSY_SECONDS = float(str(SQLITE_OPTIONS["timeout"]))
Begin = Callable[[str], Fault]


@pytest.fixture(scope="module", params=["sqlite"])
def vendor(request: pytest.FixtureRequest) -> str:
    """This is about one of the two."""
    return str(request.param)


@pytest.fixture
def database(place: Place) -> SqliteDatabase:
    """The place's file."""
    assert isinstance(place.database, SqliteDatabase)
    return place.database


class Disk:
    """The disk as Patrol's processes see it. They may write no file: to each, also to its log, it is full.

    A limit of the kernel (RLIMIT_FSIZE) and not a small disk, which only root could mount.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def fill(self) -> None:
        """No byte more."""
        self._limit(0)

    def free(self) -> None:
        """As before."""
        self._limit(psutil.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for process in self._place.patrol.tree():
            process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))


@pytest.fixture
def disk(place: Place) -> Iterator[Disk]:
    """Not full afterwards."""
    made = Disk(place)
    yield made
    made.free()


def test_a_decision_that_waits_too_long_to_be_saved_is_refused(
    fault: Begin, place: Place, database: SqliteDatabase
) -> None:
    refused = fault("SQLite locked at the click for longer than the busy time-out")
    press = refused.opened()
    with database.locked():
        assert press("approve") == 503
    assert refused.decision() is None
    assert refused.told() == []
    refused.decide()
    refused.settles("confirmed")
    assert refused.told() == ["approve"]


def test_an_answer_that_waits_too_long_to_be_written_down_is_looked_up(
    fault: Begin, place: Place, database: SqliteDatabase
) -> None:
    locked = fault("SQLite locked during the POST for longer than the busy time-out")
    locked.stands_at_github("hang", verb="POST", seconds=2, after=True)
    locked.decide("deny")
    locked.reaches_github()
    with database.locked():
        time.sleep(BUSY_SECONDS + 4)
    assert locked.settles("confirmed").attempts == 1
    assert locked.told() == ["deny"]


def test_a_claim_that_waits_too_long_sends_nothing(fault: Begin, place: Place, database: SqliteDatabase) -> None:
    locked = fault("SQLite locked before the claim for longer than the busy time-out")
    place.freeze(*CARRIERS)
    locked.decide()
    with database.locked():
        place.thaw(*CARRIERS)
        time.sleep(BUSY_SECONDS + 4)
        assert locked.told() == []
    locked.settles("confirmed")
    assert locked.told() == ["approve"]


def test_a_decision_that_finds_the_disk_full_is_refused_and_nothing_is_sent(
    fault: Begin, place: Place, disk: Disk
) -> None:
    full = fault("disk full at the click")
    press = full.opened()
    disk.fill()
    assert press("approve") == 503
    assert full.request_id in place.owner.pending(), "reading goes on"
    disk.free()
    assert full.decision() is None
    assert full.told() == []
    full.decide()
    full.settles("confirmed")
    assert full.told() == ["approve"]


def test_an_answer_that_finds_the_disk_full_is_looked_up(fault: Begin, place: Place, disk: Disk) -> None:
    full = fault("disk full during the POST")
    full.stands_at_github("hang", verb="POST", seconds=2, after=True)
    full.decide("deny")
    full.reaches_github()
    disk.fill()
    time.sleep(6)
    disk.free()
    assert full.settles("confirmed").attempts == 1
    assert full.told() == ["deny"]


def test_nothing_is_sent_while_the_disk_is_full(fault: Begin, place: Place, disk: Disk) -> None:
    full = fault("disk full before the claim")
    place.freeze(*CARRIERS)
    full.decide()
    disk.fill()
    place.thaw(*CARRIERS)
    time.sleep(6)
    assert full.told() == []
    disk.free()
    full.settles("confirmed")
    assert full.told() == ["approve"]
