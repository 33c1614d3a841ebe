"""Webhooks come twice, late, in another order or not at all: the queue ends true, and decisions end once."""

from collections.abc import Callable, Iterator

import pytest

from tests.cast import ORGANIZATION, SECOND_OWNER
from tests.faults.outcomes import Fault
from tests.faults.places import Place
from tests.processes import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
EVENT = "personal_access_token_request"
SECONDS = 120
"""A message that waits for its turn in a flood waits for a walk, and walks are 20 s apart."""
Begin = Callable[[str], Fault]


@pytest.fixture
def astray(place: Place) -> Iterator[Callable[..., None]]:
    """`astray("lose", times=2)`: so webhooks of requests go until the test is over."""

    def tell(kind: str, **how: int) -> None:
        place.github.change("webhook-faults", kind=kind, event=EVENT, **how)

    yield tell
    place.github.mend_webhooks()


def the_queue_is_true(place: Place) -> bool:
    """Whether the owner's page lists what waits at GitHub, and nothing else."""
    return sorted(place.owner.pending()) == place.github.pending(ORGANIZATION)


def ends_true(place: Place) -> None:
    eventually(lambda: the_queue_is_true(place), SECONDS, "the queue is what GitHub has")


@pytest.mark.parametrize("action", ["approve", "deny"])
def test_a_message_that_comes_twice_counts_once(
    fault: Begin, place: Place, astray: Callable[..., None], action: str
) -> None:
    astray("double", times=2)
    doubled = fault(f"webhooks come twice: {action}")
    doubled.decide(action)
    doubled.settles("confirmed")
    assert doubled.told() == [action]
    ends_true(place)


def test_a_late_message_changes_nothing_that_is_true(fault: Begin, place: Place, astray: Callable[..., None]) -> None:
    """That it was asked for is told when it is decided already."""
    late = fault("webhooks come late")
    astray("delay", times=2, seconds=4)
    other = int(place.github.ask(name="asked for, told late")["id"])
    late.decide()
    late.settles("confirmed")
    place.github.change(f"requests/{other}/decide", action="deny", by=SECOND_OWNER)
    ends_true(place)
    eventually(lambda: place.github.state()["webhook"]["waiting"] == 0, SECONDS, "all were sent")
    ends_true(place)
    assert other not in place.owner.pending()


def test_messages_in_the_wrong_order_end_in_what_is_true(
    fault: Begin, place: Place, astray: Callable[..., None]
) -> None:
    """First that a request was decided, then that it was asked for."""
    reordered = fault("webhooks in another order")
    astray("reorder")
    other = int(place.github.ask(name="told after its end")["id"])
    place.github.change(f"requests/{other}/decide", action="approve", by=SECOND_OWNER)
    reordered.decide("deny")
    reordered.settles("confirmed")
    place.github.mend_webhooks()
    ends_true(place)
    assert other not in place.owner.pending()


@pytest.mark.parametrize("how", ["redelivered", "walked"])
def test_what_a_lost_message_told_is_found_all_the_same(
    fault: Begin, place: Place, astray: Callable[..., None], how: str
) -> None:
    """GitHub's record of failed deliveries shows it, and so does the next walk."""
    lost = fault(f"webhooks are lost, and then {how}")
    astray("lose", times=100)
    other = int(place.github.ask(name="never told of")["id"])
    lost.decide()
    lost.settles("confirmed")
    place.github.mend_webhooks()
    if how == "redelivered":
        asked = "SELECT count(*) FROM github_redelivery"
        before = place.database.rows(asked)
        place.database.run_again("github.redeliver_failed")
        eventually(lambda: place.database.rows(asked) > before, SECONDS, "Patrol asks for what did not reach it")
    else:
        place.owner.press(f"/orgs/{ORGANIZATION}/requests/", f"/orgs/{ORGANIZATION}/sync/")
    eventually(lambda: other in place.owner.pending(), SECONDS, "the queue shows it")
    ends_true(place)


def test_a_decision_on_what_a_lost_message_ended_is_superseded(
    fault: Begin, place: Place, astray: Callable[..., None]
) -> None:
    """The queue still shows a request that another owner decided on github.com."""
    stale = fault("webhooks are lost, decided on github.com")
    astray("lose", times=100)
    place.github.change(f"requests/{stale.request_id}/decide", action="deny", by=SECOND_OWNER)
    stale.decide()
    stale.settles("superseded")
    assert stale.told() == []
    ends_true(place)
