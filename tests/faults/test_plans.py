"""What is planned is revoked once, or not at all where somebody kept it, whatever happens to Patrol at that moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.faults.outcomes import Fault
from tests.faults.places import Place
from tests.faults.planned import Plan, planned
from tests.faults.proxy import Mode

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
APPROVALS = (
    "SELECT review.reason, plan.state FROM tokens_plannedrevocation plan "
    "JOIN tokens_review review ON review.id = plan.approval_id"
)
CARRIERS = ("worker", "sweeper")
LIST = r"personal-access-tokens$"
Begin = Callable[[str], Fault]


def test_a_plan_that_nothing_happens_to_is_carried_out(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, and nothing"))
    plan.comes_due()
    plan.settles("sent")


def test_who_is_killed_before_the_claim_of_a_plan_leaves_it(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, kill -9 before its claim"))
    place.freeze(*CARRIERS)
    plan.comes_due()
    with place.database.locked():
        place.thaw(*CARRIERS)
        place.database.await_waiting()
        place.kill(*CARRIERS)
    plan.settles("sent")


def test_who_is_killed_before_the_post_of_a_plan_sent_nothing(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, kill -9 before the POST"))
    place.github.fail("hang", LIST, verb="GET", times=50, seconds=20)
    plan.comes_due()
    plan.stands("sending")
    place.kill(*CARRIERS)
    assert plan.told() == []
    place.github.heal()
    plan.settles("sent")


def test_a_revocation_that_github_carried_out_is_never_sent_again(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, kill -9 after the POST"))
    place.github.fail("hang", f"personal-access-tokens/{plan.pat_id}$", verb="POST", times=1, seconds=20, after=True)
    plan.comes_due()
    plan.reaches_github()
    place.kill(*CARRIERS)
    place.github.heal()
    plan.settles("sent")


def test_an_answer_that_is_cut_off_is_settled_by_looking(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, its answer is cut off"))
    with place.github_wire.being(Mode.CUT_ANSWERS, asked=b"POST /orgs/"):
        plan.comes_due()
        plan.reaches_github()
    plan.settles("sent")


def test_github_that_fails_puts_it_off(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, GitHub answers 500 and 502"))
    place.github.fail("500", r"personal-access-tokens/\d+$", verb="POST", times=1)
    place.github.fail("502", LIST, verb="GET", times=2)
    plan.comes_due()
    plan.settles("sent")


def test_a_day_that_passed_in_an_outage_is_made_up_for_once(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, three days of outage"))
    place.freeze("worker", "sweeper", "beat")
    plan.comes_due(ago=timedelta(days=3))
    place.thaw("worker", "sweeper", "beat")
    found = plan.settles("sent")
    assert found.reason is not None
    assert "72 hours late" in found.reason


def test_the_broker_away_costs_seconds(fault: Begin, place: Place) -> None:
    plan = planned(place, fault("a plan, the broker is away"))
    with place.redis_wire.being(Mode.REFUSE):
        plan.comes_due()
        plan.settles("sent")


def test_a_word_for_the_token_races_with_its_day_and_one_of_them_holds(fault: Begin, place: Place) -> None:
    plans = [planned(place, fault(f"a word for a token as its day comes, {number}")) for number in range(4)]

    def race(plan: Plan) -> int:
        plan.comes_due()
        return plan.keep()

    with ThreadPoolExecutor(len(plans)) as pool:
        answers = list(pool.map(race, plans))
    for plan, status in zip(plans, answers, strict=True):
        found = plan.settles("kept", "sent")
        assert (found.state == "kept") == (status == 200), (found, status)


def test_an_approval_until_a_day_keeps_its_plan_when_its_answer_was_lost(fault: Begin, place: Place) -> None:
    lost = fault("approve until, kill -9 after the POST")
    lost.stands_at_github("hang", verb="POST", seconds=20, after=True)
    plan = planned(place, lost, "approved_until")
    lost.reaches_github()
    place.kill(*CARRIERS)
    place.github.heal()
    lost.settles("confirmed")
    plan.find_grant()
    plan.found().comes_due()
    plan.settles("sent")


def test_an_approval_until_a_day_that_was_overtaken_leaves_no_plan(fault: Begin, place: Place) -> None:
    overtaken = fault("approve until, decided on github.com meanwhile")
    place.freeze(*CARRIERS)
    plan = planned(place, overtaken, "approved_until")
    place.github.change(f"requests/{overtaken.request_id}/decide", action="approve", by="second-owner")
    place.thaw(*CARRIERS)
    overtaken.settles("superseded")
    found = place.database.rows(APPROVALS)
    assert [state for reason, state in found if reason == overtaken.name] == ["ended"]
    assert plan.pk == 0
