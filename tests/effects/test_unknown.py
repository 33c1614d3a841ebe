"""When nobody knows what became of a write: it is looked up, and never sent again blindly."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.effects import execution, pace
from apps.effects.models import Effect
from apps.github import services
from apps.tokens.models import GrantRequest
from tests.cast import MEMBER, OWNER
from tests.tokens.desk import Desk, effect_of, later, state_of, work

State = Effect.State
REVIEWS = "personal-access-token-requests/[0-9]+$"


@pytest.fixture
def desk(desk: Desk, settings: Any) -> Desk:
    settings.GITHUB_READ_SECONDS = 1
    return desk


def test_an_answer_lost_after_github_did_it_ends_confirmed_with_one_call(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.fail("hang", REVIEWS, verb="POST", after=True, seconds=3)
    work()
    assert state_of(outcome) == State.UNKNOWN
    request.refresh_from_db()
    assert request.state == GrantRequest.State.PENDING
    later(seconds=6)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 1)
    request.refresh_from_db()
    assert request.state == GrantRequest.State.APPROVED
    assert len(desk.sent()) == 1
    told = ["effect.attempted", "effect.unknown", "grant_request.approved"]
    assert [name for name in desk.events(request.subject) if name in told] == told


def test_a_call_that_never_arrived_is_sent_again_once_that_is_certain(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.fail("hang", REVIEWS, verb="POST", seconds=3)
    work()
    later(seconds=6)
    assert state_of(outcome) == State.UNKNOWN, "GitHub may still be working on it"
    later(seconds=60)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 2)
    assert len(desk.sent()) == 1


def test_what_is_gone_when_it_would_be_sent_again_was_revoked_by_the_first_call(desk: Desk) -> None:
    """GitHub did it after all, later than it says that it does anything."""
    grant = desk.grant(name="deploy", login=MEMBER)
    outcome = desk.revoke(grant)
    desk.github.fail("500", r"personal-access-tokens/[0-9]+$", verb="POST")
    work()
    assert state_of(outcome) == State.UNKNOWN
    with clock.moved(timedelta(seconds=60)):
        turn = pace.take(desk.organization.pk)
        assert turn is not None
        execution.advance(effect_of(outcome).pk, turn)
        turn.give_back()
        assert state_of(outcome) == State.READY, "it was read, and was still there"
        desk.github.delete_grant(grant.pat_id)
        work()
    later(minutes=3)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 1)


def test_an_error_of_githubs_own_is_settled_by_reading(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.deny(request, reason="No")
    desk.github.fail("500", REVIEWS, verb="POST")
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.status) == (State.UNKNOWN, 500)
    later(seconds=60)
    assert state_of(outcome) == State.CONFIRMED
    assert [(action, login) for action, _, login in desk.sent()] == [("deny", OWNER)]


@pytest.mark.parametrize("after", [True, False])
def test_a_page_instead_of_githubs_answer_is_no_yes(desk: Desk, after: bool) -> None:
    """Something before GitHub answers with status 200, whether GitHub heard of the decision or not."""
    outcome = desk.approve(desk.request())
    desk.github.fail("html", REVIEWS, verb="POST", after=after)
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.status) == (State.UNKNOWN, None)
    later(seconds=16)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts, len(desk.sent())) == (State.CONFIRMED, 1 if after else 2, 1)


def test_a_request_that_is_taken_back_behind_a_page_with_status_200_was_not_approved(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.fail("html", REVIEWS, verb="POST")
    work()
    desk.github.change(f"requests/{request.pat_request_id}/cancel")
    for minutes in (1, 3, 9, 27):
        later(minutes=minutes)
    assert state_of(outcome) == State.SUPERSEDED
    assert desk.sent() == []


@pytest.mark.parametrize("how", ["delete", "suspend"])
def test_what_cannot_be_looked_up_any_more_ends_and_says_so(desk: Desk, how: str) -> None:
    """The App was taken off the organization while nobody knew what became of the call."""
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.fail("500", REVIEWS, verb="POST", after=True)
    work()
    desk.github.change(f"installations/{how}", organization=desk.organization.login)
    later(seconds=6)
    assert state_of(outcome) == State.UNKNOWN, "Patrol does not know yet that it is not installed"
    services.sync_installations()
    later(minutes=3)
    effect = effect_of(outcome)
    assert (effect.state, len(desk.sent())) == (State.SUPERSEDED, 1)
    assert "not installed" in effect.answer
    assert desk.events(request.subject)[-1] == "effect.superseded"


@pytest.mark.parametrize("how", ["delete", "suspend"])
def test_what_was_not_sent_is_refused_where_the_app_is_gone(desk: Desk, how: str) -> None:
    outcome = desk.approve(desk.request())
    desk.github.change(f"installations/{how}", organization=desk.organization.login)
    services.sync_installations()
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.REFUSED, 0)
    assert "not installed" in effect.answer


def test_five_attempts_are_enough(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.fail("500", REVIEWS, verb="POST", times=50)
    for minutes in range(0, 60, 3):
        later(minutes=minutes)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts, effect.status) == (State.REFUSED, 5, 500)
    assert "did not carry this out in 5 attempts" in effect.answer
    assert desk.sent() == []
    assert desk.events(request.subject).count("effect.attempted") == 5


def test_while_github_cannot_be_read_nothing_is_decided_about_it(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.fail("hang", REVIEWS, verb="POST", after=True, seconds=3)
    desk.github.fail("500", "personal-access-token", verb="GET", times=100)
    with clock.moved(timedelta(seconds=1)):
        work()
    assert state_of(outcome) == State.READY, "the last look before sending failed, so nothing was sent"
    assert desk.sent() == []
    desk.github.heal()
    desk.github.fail("hang", REVIEWS, verb="POST", after=True, seconds=3)
    later(seconds=10)
    assert state_of(outcome) == State.UNKNOWN
    desk.github.fail("500", "personal-access-token", verb="GET", times=100)
    later(minutes=2)
    assert state_of(outcome) == State.UNKNOWN
    desk.github.heal()
    later(minutes=15)
    assert state_of(outcome) == State.CONFIRMED
    assert len(desk.sent()) == 1


@pytest.mark.parametrize("listing", ["personal-access-tokens", "personal-access-token-requests"])
def test_an_empty_list_is_not_taken_for_a_decision(desk: Desk, listing: str) -> None:
    """GitHub failed to do it, and its next answers show nothing at all."""
    grant, request = desk.grant(), desk.request()
    outcome = desk.revoke(grant) if listing.endswith("tokens") else desk.deny(request)
    desk.github.fail("500", f"{listing}/[0-9]+$", verb="POST")
    desk.github.fail("empty", f"{listing}$", verb="GET", times=2, skip=1)
    work()
    later(seconds=16)
    assert state_of(outcome) == State.UNKNOWN
    desk.github.heal()
    later(minutes=3)
    assert (state_of(outcome), len(desk.sent())) == (State.CONFIRMED, 1)


def test_an_empty_list_before_sending_only_puts_it_off(desk: Desk) -> None:
    desk.github.fail("empty", "personal-access-token-requests$", verb="GET", times=1, skip=1)
    outcome = desk.approve(desk.request())
    work()
    assert (state_of(outcome), desk.sent()) == (State.READY, [])
    later(seconds=6)
    assert state_of(outcome) == State.CONFIRMED


def test_a_rate_limit_is_kept_for_the_whole_organization_and_costs_no_attempt(desk: Desk) -> None:
    first, second = desk.approve(desk.request()), desk.deny(desk.request())
    desk.github.fail("429", REVIEWS, verb="POST", seconds=120)
    work()
    effect = effect_of(first)
    assert (effect.state, effect.attempts, effect.status) == (State.READY, 0, 429)
    assert state_of(second) == State.READY
    later(seconds=100)
    assert desk.sent() == []
    later(seconds=121)
    assert {state_of(first), state_of(second)} == {State.CONFIRMED}
    assert len(desk.sent()) == 2


def test_what_a_dead_process_left_is_looked_up_before_anything_else(desk: Desk) -> None:
    """It died after GitHub did it: the row says SENDING, its lease runs out."""
    request = desk.request()
    outcome = desk.approve(request)
    work()
    (review,) = outcome.reviews
    GrantRequest.objects.filter(pk=request.pk).update(state=GrantRequest.State.PENDING, ended_at=None)
    left = {"state": State.SENDING, "lease_until": clock.now() + timedelta(seconds=40), "settled_at": None}
    Effect.objects.filter(pk=review.effect_id).update(**left)
    work()
    assert state_of(outcome) == State.SENDING, "its lease still runs"
    later(seconds=41)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 1)
    assert len(desk.sent()) == 1
    assert "effect.unknown" in desk.events(request.subject)


def test_what_a_process_left_before_it_sent_anything_is_sent(desk: Desk) -> None:
    outcome = desk.approve(desk.request())
    (review,) = outcome.reviews
    left = {"state": State.SENDING, "lease_until": clock.now() - timedelta(seconds=1), "fence": 1}
    Effect.objects.filter(pk=review.effect_id).update(**left)
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.CONFIRMED, 1)
    assert len(desk.sent()) == 1


def test_github_away_before_the_call_costs_no_attempt(desk: Desk, settings: Any) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    here = settings.GITHUB_API_URL
    settings.GITHUB_API_URL = "http://127.0.0.1:9"
    for minutes in (0, 1, 3, 14):
        later(minutes=minutes)
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.READY, 0)
    settings.GITHUB_API_URL = here
    later(minutes=25)
    assert state_of(outcome) == State.CONFIRMED
    assert desk.events(request.subject).count("effect.attempted") == 1
