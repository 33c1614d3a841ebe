"""GitHub's lists move, are empty or have no end while they are walked: nothing is taken for gone, the walk ends.

A decision is on its way through all of it.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.cast import ORGANIZATION
from tests.faults.outcomes import Fault
from tests.faults.places import Place
from tests.processes import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
REQUESTS, GRANTS = "/personal-access-token-requests$", "/personal-access-tokens$"
FOR_EVER = 1_000
MOST_REQUESTS = 60
"""More than both lists, their look-ups and a decision need; far less than a circle of links."""
Begin = Callable[[str], Fault]


@pytest.fixture(scope="module")
def place(vendor: str) -> Iterator[Place]:
    """Two pages of grants, and more requests than may vanish without a question."""
    with Place(vendor, "--grants", "120", "--requests", "12") as running:
        yield running


class Lists:
    """Both lists as Patrol has them, and the walks over them."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def grants(self) -> list[int]:
        """Those that Patrol holds for active."""
        return self._ids("SELECT pat_id FROM tokens_grant WHERE state = 'active'")

    def pending(self) -> list[int]:
        """Those that Patrol holds for pending."""
        return self._ids("SELECT pat_request_id FROM tokens_grantrequest WHERE state = 'pending'")

    def are_true(self) -> bool:
        """Whether they are what GitHub has."""
        github = self._place.github
        return (self.grants(), self.pending()) == (github.granted(ORGANIZATION), github.pending(ORGANIZATION))

    def look_again(self) -> Callable[[], str]:
        """The owner asks for a walk; what comes back is the state of the walk over grants, once it ended."""
        path, before = f"/orgs/{ORGANIZATION}/tokens/", self._newest()[0]
        self._place.owner.press(path, f"/orgs/{ORGANIZATION}/sync/")

        def ended() -> str:
            number, state = self._newest()
            return state if number > before and state != "walking" else ""

        return lambda: eventually(ended, 90, f"a walk ends; the newest is {self._newest()}")

    def become_true(self) -> None:
        """After a walk without faults they are."""
        eventually(lambda: self.look_again()() == "complete" and self.are_true(), 120, "the lists are true")

    def _newest(self) -> tuple[int, str]:
        found = self._place.database.rows("SELECT id, state FROM tokens_walk WHERE listing = 'grants' ORDER BY id")
        return found[-1] if found else (0, "")

    def _ids(self, sql: str) -> list[int]:
        return sorted(int(number) for (number,) in self._place.database.rows(sql))


@pytest.fixture
def lists(place: Place) -> Iterator[Lists]:
    """True when the test begins, and again when GitHub is well after it."""
    lists = Lists(place)
    lists.become_true()
    yield lists
    place.github.heal()
    lists.become_true()


def test_a_page_that_shifts_during_a_walk_loses_nothing(fault: Begin, place: Place, lists: Lists) -> None:
    """The newest grant goes when the first page was read: what stood on top of the second slips past the walk."""
    shifted = fault("page shift during a walk")
    newest = int(place.github.grant(name="goes away")["id"])
    lists.become_true()
    place.github.fail("hang", GRANTS, verb="GET", seconds=2, after=True)
    walk = lists.look_again()
    eventually(lambda: shifted.was_met(GRANTS), 60, "the first page was read")
    place.github.delete_grant(newest)
    shifted.decide()
    assert walk() == "complete"
    shifted.settles("confirmed")
    held = lists.grants()
    assert set(place.github.granted(ORGANIZATION)) <= set(held)
    assert set(held) - set(place.github.granted(ORGANIZATION)) <= {newest}


def test_an_insertion_during_a_walk_loses_nothing(fault: Begin, place: Place, lists: Lists) -> None:
    """What stood at the end of the first page is on the second as well."""
    inserted = fault("insertion during a walk")
    before = lists.grants()
    place.github.fail("hang", GRANTS, verb="GET", seconds=2, after=True)
    walk = lists.look_again()
    eventually(lambda: inserted.was_met(GRANTS), 60, "the first page was read")
    place.github.grant(name="comes in between")
    inserted.decide()
    assert walk() == "complete"
    inserted.settles("confirmed")
    assert set(before) <= set(lists.grants())


@pytest.mark.parametrize("times", [1, FOR_EVER], ids=["once", "for ever"])
def test_an_empty_list_ends_nothing(fault: Begin, place: Place, lists: Lists, times: int) -> None:
    """Whether GitHub's look-ups are empty too: then it is asked about, and nothing sent."""
    empty = fault(f"200 [] {'once' if times == 1 else 'for ever'}")
    grants, pending = lists.grants(), lists.pending()
    for path in (REQUESTS, GRANTS):
        place.github.fail("empty", path, verb="GET", times=times)
    empty.decide()
    assert lists.look_again()() in ("complete", "asks")
    assert set(grants) <= set(lists.grants())
    assert set(pending) - {empty.request_id} <= set(lists.pending())
    place.github.heal()
    empty.settles("confirmed")


@pytest.mark.parametrize("path", [REQUESTS, GRANTS], ids=["requests", "grants"])
def test_links_in_a_circle_end_the_walk_and_nothing_else(fault: Begin, place: Place, lists: Lists, path: str) -> None:
    circle = fault(f"Link loop in {'requests' if path == REQUESTS else 'grants'}")
    grants, pending = lists.grants(), lists.pending()
    charged = place.github.state()["charged"]
    place.github.fail("loop", path, verb="GET", times=FOR_EVER)
    circle.decide()
    lists.look_again()
    eventually(lambda: "come to an end" in _trouble(place), 60, "the walk ends")
    assert place.github.state()["charged"] - charged < MOST_REQUESTS
    assert set(grants) <= set(lists.grants())
    assert set(pending) - {circle.request_id} <= set(lists.pending())
    place.github.heal()
    circle.settles("confirmed")


def _trouble(place: Place) -> str:
    """What the pages say about the newest walk."""
    return str(place.database.rows("SELECT error FROM tokens_syncstate"))
