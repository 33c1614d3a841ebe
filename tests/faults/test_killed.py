"""The process that carries a decision is killed or stands still, wherever it is on its way.

Where it is: the database is locked so that it cannot go on, or GitHub keeps back an answer. Nothing of Patrol is
patched. "Carriers" are the worker and the sweeper: either may have taken the decision.
"""

import time
from collections.abc import Callable

import pytest

from tests.faults.outcomes import Fault
from tests.faults.places import LEASE_SECONDS, Place

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
CARRIERS = ("worker", "sweeper")
LISTS = r"personal-access-token(-request)?s$"
Begin = Callable[[str], Fault]


def test_a_decision_that_nothing_happens_to_is_confirmed(fault: Begin) -> None:
    nothing = fault("nothing")
    nothing.decide()
    nothing.settles("confirmed")
    assert nothing.told() == ["approve"]


def test_who_is_killed_before_the_claim_loses_nothing(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 before the claim")
    place.freeze(*CARRIERS)
    killed.decide()
    with place.database.locked():
        place.thaw(*CARRIERS)
        place.database.await_waiting()
        place.kill(*CARRIERS)
    killed.settles("confirmed")
    assert killed.told() == ["approve"]


def test_who_is_killed_after_the_claim_sent_nothing(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 after the claim")
    place.github.fail("hang", LISTS, verb="GET", times=50, seconds=20)
    killed.decide("deny")
    killed.stands("sending")
    place.kill(*CARRIERS)
    assert killed.told() == []
    place.github.heal()
    killed.settles("confirmed")
    assert killed.told() == ["deny"]


def test_a_call_that_was_cut_off_before_github_did_anything_is_sent_again(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 during the POST")
    killed.stands_at_github("hang", verb="POST", seconds=20)
    killed.decide()
    killed.await_arrival()
    place.kill(*CARRIERS)
    place.github.heal()
    assert killed.told() == []
    assert killed.settles("confirmed").attempts == 2
    assert killed.told() == ["approve"]


def test_a_call_that_github_carried_out_is_never_sent_again(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 after the POST")
    killed.stands_at_github("hang", verb="POST", seconds=20, after=True)
    killed.decide("deny")
    killed.reaches_github()
    place.kill(*CARRIERS)
    place.github.heal()
    assert killed.settles("confirmed").attempts == 1
    assert killed.told() == ["deny"]


def test_an_answer_that_could_not_be_written_down_is_found_by_looking(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 after the answer")
    killed.stands_at_github("hang", verb="POST", seconds=20, after=True)
    killed.decide()
    killed.reaches_github()
    with place.database.locked():
        place.github.heal()
        place.database.await_waiting()
        place.kill(*CARRIERS)
    assert killed.settles("confirmed").attempts == 1
    assert killed.told() == ["approve"]


def test_who_is_killed_after_the_answer_was_written_down_only_has_to_be_looked_up(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 after the commit of the answer")
    killed.stands_at_github("hang", verb="POST", seconds=2, after=True)
    killed.decide()
    killed.reaches_github()
    place.github.fail("hang", LISTS, verb="GET", times=50, seconds=20)
    killed.stands("sent")
    place.kill(*CARRIERS)
    place.github.heal()
    assert killed.settles("confirmed").attempts == 1
    assert killed.told() == ["approve"]


def test_nothing_is_done_again_after_the_last_commit(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 after the last commit")
    killed.decide("deny")
    killed.stands("confirmed")
    place.kill(*CARRIERS)
    killed.settles("confirmed")
    another = fault("the decision after that")
    another.decide()
    another.settles("confirmed")
    assert killed.told() == ["deny"]


def test_the_sweeper_settles_what_a_worker_left(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 of the worker, and no other hand but the sweeper's")
    place.freeze("sweeper")
    killed.stands_at_github("hang", verb="POST", seconds=20, after=True)
    killed.decide()
    killed.reaches_github()
    place.kill("worker")
    place.thaw("sweeper")
    place.github.heal()
    assert killed.settles("confirmed").attempts == 1
    assert killed.told() == ["approve"]


@pytest.mark.parametrize("answered", [True, False], ids=["GitHub answers", "GitHub does not answer"])
def test_a_pool_whose_main_process_was_killed_sends_nothing_twice(fault: Begin, place: Place, answered: bool) -> None:
    """Its children may finish what they do, or not; who reads their row afterwards cannot tell and looks."""
    killed = fault(f"kill -9 of the worker's main process only, GitHub {'answers' if answered else 'does not answer'}")
    place.freeze("sweeper")
    with place.worker_of_processes() as main:
        killed.stands_at_github("hang", verb="POST", seconds=20, after=True)
        killed.decide()
        killed.reaches_github()
        main.kill()
        if answered:
            place.github.heal()
        place.thaw("sweeper")
        assert killed.settles("confirmed").attempts == 1
    place.github.heal()
    assert killed.told() == ["approve"]


def test_a_decision_is_not_lost_with_the_web_process(fault: Begin, place: Place) -> None:
    killed = fault("kill -9 of web and worker after the click")
    killed.decide()
    place.kill("web", "worker")
    killed.settles("confirmed")
    assert killed.told() == ["approve"]


def test_the_sweeper_sends_what_a_worker_that_hangs_does_not(fault: Begin, place: Place) -> None:
    hung = fault("the worker hangs")
    place.freeze("worker")
    hung.decide()
    hung.settles("confirmed")
    place.thaw("worker")
    assert hung.told() == ["approve"]


def test_who_slept_over_its_lease_after_the_post_writes_nothing_down(fault: Begin, place: Place) -> None:
    zombie = fault("SIGSTOP after the POST, past the lease, SIGCONT")
    place.freeze("sweeper")
    zombie.stands_at_github("hang", verb="POST", seconds=60, after=True)
    zombie.decide()
    zombie.reaches_github()
    _sleep_over_the_lease(zombie, place)
    found = zombie.settles("confirmed")
    place.thaw("worker")
    _loses_on_the_fence(place)
    assert zombie.decision() == found
    assert zombie.told() == ["approve"]


def test_who_slept_over_its_lease_before_the_post_sends_nothing(fault: Begin, place: Place) -> None:
    zombie = fault("SIGSTOP before the POST, past the lease, SIGCONT")
    place.freeze("sweeper")
    place.github.fail("hang", LISTS, verb="GET", times=50, seconds=60)
    zombie.decide("deny")
    zombie.stands("sending")
    _sleep_over_the_lease(zombie, place)
    found = zombie.settles("confirmed")
    place.thaw("worker")
    _loses_on_the_fence(place)
    assert zombie.decision() == found
    assert zombie.told() == ["deny"]


def _sleep_over_the_lease(zombie: Fault, place: Place) -> None:
    """The worker stands still until its lease is over, with GitHub's answer waiting for it; the sweeper goes on."""
    place.freeze("worker")
    place.github.heal()
    time.sleep(LEASE_SECONDS + 1)
    place.thaw("sweeper")


def _loses_on_the_fence(place: Place) -> None:
    """The worker says so in its log, and nothing follows from what it brought."""
    place.hears("worker", "effects.late_result")
