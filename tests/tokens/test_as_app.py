"""Where GitHub does not let a person's token in, a decision waits; an organization may have it sent as the App."""

from datetime import timedelta

import pytest
import requests
from django.test import Client

from apps.accounts.models import Membership
from apps.audit.models import Event
from apps.core import clock
from apps.effects.models import Effect
from apps.tokens.models import GrantRequest
from tests.cast import OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.conftest import sign_in
from tests.github import TIMEOUT, GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, effect_of, state_of, work
from tests.tokens.pages import Page, get

State = Effect.State
SETTINGS = f"/orgs/{SAML_ORGANIZATION}/settings/decisions/"


@beginning
def desk(patrol: GitHub) -> Desk:
    """An owner with a single sign-on session at the organization."""
    open_session(patrol, OWNER)
    return Desk(patrol, organization=SAML_ORGANIZATION)


@pytest.fixture
def switched(desk: Desk) -> Desk:
    """The organization wants the App's token used then."""
    assert desk.browser.post(SETTINGS, {"installation_may_send": "on", "undo_seconds": "0"}).status_code == 302
    return desk


def open_session(github: GitHub, login: str) -> None:
    requests.get(f"{github.url}/orgs/{SAML_ORGANIZATION}/sso?login={login}", timeout=TIMEOUT).raise_for_status()


def end_session(desk: Desk, login: str = OWNER) -> None:
    """And Patrol's last look at the role is old enough to look again before a write."""
    desk.github.change("sso/end", organization=SAML_ORGANIZATION, login=login)
    Membership.objects.filter(user__login=login).update(checked_at=clock.now() - timedelta(seconds=90))


def path(request: GrantRequest, verb: str = "") -> str:
    return f"/orgs/{SAML_ORGANIZATION}/requests/{request.pat_request_id}/" + (f"{verb}/" if verb else "")


def senders(desk: Desk) -> list[tuple[str, str | None]]:
    return [(one["token_kind"], one["login"]) for one in desk.github.ledger()]


def test_off_by_default_a_decision_waits_for_the_named_person(desk: Desk) -> None:
    request = desk.request()
    page = get(desk.browser, path(request))
    assert "as Patrol's App" not in page.text
    outcome = desk.approve(request)
    end_session(desk)
    work()
    assert (state_of(outcome), senders(desk)) == (State.NEEDS_SIGN_IN, [])
    open_session(desk.github, OWNER)
    second = open_as_second(desk)
    (state,) = get(second, path(request)).all("div", class_="DecisionState")
    assert f"Approval by {OWNER} waits for {OWNER}" in state.text
    assert not state.all("a"), "only the one it waits for is asked to sign in"


def open_as_second(desk: Desk) -> Client:
    open_session(desk.github, SECOND_OWNER)
    return sign_in(Client(), SECOND_OWNER)


def test_every_form_says_so_before_the_click(switched: Desk) -> None:
    request, grant = switched.request(), switched.grant()
    for page in (
        path(request), f"{path(request)}denial/", f"/orgs/{SAML_ORGANIZATION}/requests/", "/requests/",
        f"/orgs/{SAML_ORGANIZATION}/tokens/{grant.pat_id}/revoke/",
    ):  # fmt: skip
        assert "will be sent as Patrol's App, not as you" in get(switched.browser, page).text, page


def test_it_is_sent_as_the_app_after_githubs_list_of_owners_was_read(switched: Desk) -> None:
    request = switched.request()
    outcome = switched.approve(request)
    end_session(switched)
    work()
    assert (state_of(outcome), senders(switched)) == (State.CONFIRMED, [("installation", None)])
    attempt = Event.objects.get(name="effect.attempted")
    done = Event.objects.get(name="grant_request.approved")
    assert [(one.actor_login, one.data["token"]) for one in (attempt, done)] == [(OWNER, "installation")] * 2
    second = open_as_second(switched)
    assert "Sent as Patrol's App." in get(second, path(request)).text
    assert "the token of Patrol's App" in get(second, f"/orgs/{SAML_ORGANIZATION}/activity/").text


def test_the_persons_own_token_comes_first(switched: Desk) -> None:
    outcome = switched.approve(switched.request())
    work()
    assert (state_of(outcome), senders(switched)) == (State.CONFIRMED, [("user", OWNER)])
    assert Event.objects.get(name="effect.attempted").data["token"] == "user"


def test_who_is_no_owner_any_more_is_not_sent_for(switched: Desk) -> None:
    outcome = switched.approve(switched.request())
    end_session(switched)
    switched.github.change("roles", organization=SAML_ORGANIZATION, login=OWNER, role="member")
    work()
    assert (state_of(outcome), senders(switched)) == (State.REFUSED, [])
    assert "not an owner" in effect_of(outcome).answer


def test_a_session_that_ends_between_the_look_and_the_call_changes_the_token(switched: Desk) -> None:
    """GitHub refuses the person's token in the call itself, which then counts for nothing."""
    outcome = switched.approve(switched.request())
    switched.github.change("sso/end", organization=SAML_ORGANIZATION, login=OWNER)
    work()
    assert (state_of(outcome), senders(switched)) == (State.CONFIRMED, [("installation", None)])
    assert [one.data["token"] for one in Event.objects.filter(name="effect.attempted").order_by("sequence")] == [
        "user", "installation",
    ]  # fmt: skip
    assert effect_of(outcome).attempts == 1


def test_a_click_without_a_session_is_taken_after_the_list_was_read(switched: Desk) -> None:
    request = switched.request()
    form = get(switched.browser, path(request)).form(path(request, "approve"))
    end_session(switched)
    assert switched.browser.post(path(request, "approve"), form).status_code == 302
    work()
    assert senders(switched) == [("installation", None)]


def test_a_click_without_a_session_asks_for_one_where_the_organization_does_not_want_it(desk: Desk) -> None:
    request = desk.request()
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    end_session(desk)
    answer = desk.browser.post(path(request, "approve"), form)
    assert answer.status_code == 403
    assert "single sign-on" in Page(answer).source
    assert not Effect.objects.exists()


def test_what_was_decided_before_the_switch_still_waits_for_its_person(desk: Desk) -> None:
    """It was not said before that click."""
    outcome = desk.approve(desk.request())
    desk.browser.post(SETTINGS, {"installation_may_send": "on", "undo_seconds": "0"})
    end_session(desk)
    work()
    assert (state_of(outcome), senders(desk)) == (State.NEEDS_SIGN_IN, [])


def test_a_proposal_waits_for_the_one_whose_token_sends_it(desk: Desk) -> None:
    desk.browser.post(SETTINGS, {"two_person": "on", "undo_seconds": "0"})
    request = desk.request()
    outcome = desk.approve(request)
    second = open_as_second(desk)
    form = get(second, path(request)).form(path(request, "confirm"))
    end_session(desk)
    second.post(path(request, "confirm"), form)
    work()
    assert (state_of(outcome), senders(desk)) == (State.NEEDS_SIGN_IN, [])
    for page in (get(second, path(request)), get(second, f"/orgs/{SAML_ORGANIZATION}/requests/")):
        assert f"Approval by {OWNER}, confirmed by {SECOND_OWNER}, waits for {OWNER}" in page.text
        assert not page.all("a", href=f"/sign-in/?next={path(request)}")
