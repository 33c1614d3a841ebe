"""Sending: once, checked again just before, with the deciding person's own token."""

from datetime import timedelta
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest
import requests
from django.db import connection
from django.test import Client

from apps.accounts.models import UserToken
from apps.core import clock
from apps.effects.models import Effect
from apps.github.models import Fact
from apps.tokens.models import GrantRequest
from tests.cast import OTHER_ORGANIZATION, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.conftest import SMALL_WORLD, sign_in
from tests.github import TIMEOUT, GitHub
from tests.tokens.desk import Desk, effect_of, later, state_of, work

State = Effect.State


def test_an_owner_removed_between_click_and_sending_is_refused_and_github_hears_nothing(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.change("members/remove", organization=desk.organization.login, login=OWNER)
    with clock.moved(timedelta(seconds=61)):
        work()
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts, effect.status) == (State.REFUSED, 0, None)
    assert "not an owner" in effect.answer
    assert desk.sent() == []
    assert desk.events(request.subject)[-1] == "effect.refused"
    request.refresh_from_db()
    assert request.state == GrantRequest.State.PENDING


def test_an_owner_removed_a_moment_ago_is_refused_by_github_itself(desk: Desk) -> None:
    """Patrol's last look is fresh, so it sends; the person's own token has lost the right."""
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.change("roles", organization=desk.organization.login, login=OWNER, role="member")
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.status) == (State.REFUSED, 403)
    assert desk.sent() == []
    assert desk.events(request.subject)[-2:] == ["effect.attempted", "effect.refused"]


def test_a_request_that_changed_on_github_is_not_decided(desk: Desk) -> None:
    request = desk.request(token_id=desk.grant().token.token_id)
    outcome = desk.approve(request)
    desk.github.change(f"tokens/{request.token.token_id}", expires_at=None)
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.SUPERSEDED, 0)
    assert "changed on GitHub after you decided" in effect.answer
    assert desk.sent() == []
    assert desk.events(request.subject)[-1] == "effect.superseded"


def test_a_request_cancelled_on_github_is_not_decided_and_leaves_the_queue(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.change(f"requests/{request.pat_request_id}/cancel")
    work()
    assert state_of(outcome) == State.SUPERSEDED
    desk.sync()
    request.refresh_from_db()
    assert request.state == GrantRequest.State.ENDED
    assert desk.sent() == []


def test_a_superseded_decision_may_be_taken_again_on_what_there_is_now(desk: Desk) -> None:
    request = desk.request(token_id=desk.grant().token.token_id)
    desk.approve(request)
    desk.github.change(f"tokens/{request.token.token_id}", expires_at=None)
    work()
    desk.sync()
    request = GrantRequest.objects.get(pk=request.pk)
    again = desk.approve(request)
    work()
    assert state_of(again) == State.CONFIRMED
    assert len(desk.sent()) == 1


@pytest.fixture(params=["A", "B"])
def world(request: pytest.FixtureRequest, simulator_server: Any, patrol: GitHub) -> tuple[str, Desk]:
    """Both answers GitHub may give to a review of what is decided: A is 404, B is 422."""
    from apps.github import services

    patrol.change("reset", **SMALL_WORLD, worlds={"review_decided": request.param})
    services.sync_installations()
    return request.param, Desk(patrol)


def test_a_request_decided_elsewhere_at_the_last_moment_is_superseded(world: tuple[str, Desk]) -> None:
    """The second owner approves on github.com after Patrol's last look and before Patrol's call."""
    answer, desk = world
    request = desk.request(repository_selection="all")
    outcome = desk.deny(request)
    path = f"personal-access-token-requests/{request.pat_request_id}"
    desk.github.fail("hang", "personal-access-token-requests$", verb="GET", after=True, seconds=1.5)
    sending = Thread(target=work_apart)
    sending.start()
    decide_on_github(desk, path)
    sending.join(TIMEOUT)
    effect = effect_of(outcome)
    assert (effect.state, effect.status) == (State.SUPERSEDED, {"A": 404, "B": 422}[answer])
    assert "approved on GitHub meanwhile" in effect.answer
    assert [(action, login) for action, _, login in desk.sent()] == [("approve", SECOND_OWNER)]
    assert Fact.objects.get(key="review_decided").answer == answer


def work_apart() -> None:
    """As another process: with a database connection of its own, closed at the end."""
    try:
        work()
    finally:
        connection.close()


def decide_on_github(desk: Desk, path: str, action: str = "approve") -> None:
    """The second owner, past Patrol: with a token of the same App, as github.com's page would."""
    from apps.accounts.models import User

    sign_in(Client(), SECOND_OWNER)
    access = UserToken.objects.get(user=User.objects.get(login=SECOND_OWNER)).access
    answer = requests.post(
        f"{desk.github.url}/orgs/{desk.organization.login}/{path}",
        json={"action": action}, headers={"Authorization": f"Bearer {access}"}, timeout=TIMEOUT,
    )  # fmt: skip
    assert answer.status_code == 204, answer.text


def test_without_a_token_the_decision_waits_and_goes_out_after_the_next_sign_in(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    UserToken.objects.all().update(sealed_access="", sealed_refresh="")
    work()
    assert state_of(outcome) == State.NEEDS_SIGN_IN
    assert desk.sent() == []
    sign_in(Client(), OWNER)
    work()
    assert state_of(outcome) == State.CONFIRMED
    assert [login for _, _, login in desk.sent()] == [OWNER]
    assert desk.events(request.subject).count("effect.needs_sign_in") == 1


def test_a_token_github_does_not_take_any_more_makes_the_decision_wait(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    token = UserToken.objects.get(user=desk.user)
    token.set_tokens(access="ghu_expired", refresh="")
    token.save()
    work()
    effect = effect_of(outcome)
    assert (effect.state, effect.attempts) == (State.NEEDS_SIGN_IN, 0)
    later(minutes=11)
    assert state_of(outcome) == State.NEEDS_SIGN_IN
    sign_in(Client(), OWNER)
    work()
    assert state_of(outcome) == State.CONFIRMED
    assert len(desk.sent()) == 1


def test_without_a_single_sign_on_session_the_decision_waits_for_one(patrol: GitHub) -> None:
    """The session the person signed in with ends between click and sending."""
    from apps.github import services

    patrol.change("reset", **SMALL_WORLD, saml_organizations=1, worlds={"sso_session": "B"})
    services.sync_installations()
    open_sso_session(patrol)
    desk = Desk(patrol, organization=SAML_ORGANIZATION)
    request = desk.request()
    outcome = desk.approve(request)
    open_sso_session(patrol)
    work()
    assert (effect_of(outcome).state, effect_of(outcome).attempts) == (State.NEEDS_SIGN_IN, 0)
    with clock.moved(timedelta(minutes=11)):
        work()
        assert state_of(outcome) == State.NEEDS_SIGN_IN
        assert desk.sent() == []
        sign_in(Client(), OWNER)
        work()
    assert state_of(outcome) == State.CONFIRMED
    assert [login for _, _, login in desk.sent()] == [OWNER]
    assert desk.events(request.subject).count("effect.needs_sign_in") == 1


def open_sso_session(patrol: GitHub) -> None:
    """A new one; in this world tokens from before it do not see it."""
    answer = requests.get(f"{patrol.url}/orgs/{SAML_ORGANIZATION}/sso", {"login": OWNER}, timeout=TIMEOUT)
    assert answer.status_code == 200


def test_somebody_elses_sign_in_wakes_nothing(desk: Desk) -> None:
    outcome = desk.approve(desk.request())
    UserToken.objects.all().update(sealed_access="", sealed_refresh="")
    work()
    sign_in(Client(), SECOND_OWNER)
    work()
    assert state_of(outcome) == State.NEEDS_SIGN_IN
    assert desk.sent() == []


def test_if_the_attempt_cannot_be_written_down_nothing_is_sent(desk: Desk) -> None:
    """The next number of the record is taken, so the event is refused; once it is free the decision goes out."""
    from apps.audit.models import Head

    request = desk.request()
    outcome = desk.approve(request)
    head = Head.objects.get(chain=desk.organization.pk)
    Head.objects.filter(pk=head.pk).update(sequence=0)
    work()
    assert (effect_of(outcome).state, effect_of(outcome).attempts) == (State.READY, 0)
    assert desk.sent() == []
    head.save()
    later(seconds=31)
    assert state_of(outcome) == State.CONFIRMED
    assert len(desk.sent()) == 1


def test_an_unexpected_kind_stops_neither_its_organization_nor_others(desk: Desk) -> None:
    """A row of a version that knew more kinds."""
    Effect.objects.create(
        organization=desk.organization, kind="tokens.of_tomorrow", subject="grant:1", actor=desk.user,
        due_at=clock.now() - timedelta(hours=1), timed_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    elsewhere = Desk(desk.github, organization=OTHER_ORGANIZATION)
    here, there = desk.approve(desk.request()), elsewhere.approve(elsewhere.request())
    work()
    work()
    assert (state_of(here), state_of(there)) == (State.CONFIRMED, State.CONFIRMED)


def test_writes_to_one_organization_are_a_pause_apart(desk: Desk, settings: Any) -> None:
    settings.GITHUB_WRITE_PAUSE_MILLISECONDS = 400
    for words in ("one", "another", "a third"):
        desk.approve(desk.request(), reason=words)
    work()
    times = [attempt.attempted_at for attempt in Effect.objects.order_by("attempted_at")]
    gaps = [(after - before).total_seconds() for before, after in pairwise(times) if after and before]
    assert len(gaps) == 2
    assert min(gaps) >= 0.4


def test_two_organizations_do_not_wait_for_each_other(desk: Desk, settings: Any) -> None:
    settings.GITHUB_WRITE_PAUSE_MILLISECONDS = 60_000
    elsewhere = Desk(desk.github, organization=OTHER_ORGANIZATION)
    here, there = desk.approve(desk.request()), elsewhere.approve(elsewhere.request())
    work()
    assert (state_of(here), state_of(there)) == (State.CONFIRMED, State.CONFIRMED)


def test_nothing_is_written_before_github_says_so(desk: Desk) -> None:
    """What waits for GitHub's Retry-After does not go out, while what only needs reading goes on."""
    from apps.effects.models import Pace

    first = desk.approve(desk.request())
    work()
    Pace.objects.update(not_before=clock.now() + timedelta(minutes=5))
    second = desk.approve(desk.request())
    work()
    assert (state_of(first), state_of(second)) == (State.CONFIRMED, State.READY)
    assert len(desk.sent()) == 1
    later(minutes=5, seconds=1)
    assert state_of(second) == State.CONFIRMED
