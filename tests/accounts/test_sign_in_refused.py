"""Every way a sign-in can go wrong ends on a page with a way on, and with nobody signed in (security.md T24)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User, UserToken
from apps.audit.models import Event
from apps.core import clock
from tests.accounts.steps import CALLBACK, Tab, begin, is_signed_in
from tests.cast import OWNER, SECOND_OWNER
from tests.github import GitHub

pytestmark = pytest.mark.database


def refused(answer: Any, status: int, words: str) -> None:
    """The page says why, and nothing came of it."""
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert b"Sign in again" in answer.content
    assert not UserToken.objects.exists()
    assert not Event.objects.filter(name="user.signed_in").exists()
    assert not is_signed_in(answer.client)


NOT_BEGUN = "This sign-in was not begun here"
NOT_ACCEPTED = "GitHub did not accept this sign-in"
NO_ANSWER = "GitHub did not answer"


def test_an_answer_without_state_is_refused(patrol: GitHub, client: Client) -> None:
    """T25: "authorize during installation" sends a code that nobody here asked for."""
    tab = begin(client)
    refused(tab.give(code=tab.code()), 400, NOT_BEGUN)
    refused(tab.give(code=tab.code(), state="", setup_action="install", installation_id="1"), 400, NOT_BEGUN)


def test_an_answer_to_nobodys_question_is_refused(patrol: GitHub, client: Client) -> None:
    refused(client.get(CALLBACK), 400, NOT_BEGUN)
    refused(client.get(CALLBACK, {"state": "x" * 43, "code": "y"}), 400, NOT_BEGUN)
    refused(client.get(CALLBACK + "?state=%FF%ED%B3%BF%00%C3%A9&code=y"), 400, NOT_BEGUN)


def test_another_sessions_state_is_refused(patrol: GitHub, client: Client) -> None:
    """Login CSRF: the attacker's answer, brought to the victim's browser."""
    attacker = begin(Client(), SECOND_OWNER)
    begin(client)
    refused(client.get(attacker.answer()), 400, NOT_BEGUN)


def test_an_answer_is_good_once(patrol: GitHub, client: Client) -> None:
    address = begin(client).answer()
    assert client.get(address).status_code == 302
    again = client.get(address)
    assert again.status_code == 400
    assert NOT_BEGUN.encode() in again.content
    assert f"Go on as {OWNER}".encode() in again.content
    assert Event.objects.filter(name="user.signed_in").count() == 1


def test_a_failed_answer_uses_its_state_up(patrol: GitHub, client: Client) -> None:
    tab = begin(client)
    refused(tab.give(state=tab.query["state"], code="wrong"), 400, NOT_ACCEPTED)
    refused(tab.finish(), 400, NOT_BEGUN)


def test_ten_minutes_are_enough_and_eleven_too_many(patrol: GitHub, client: Client) -> None:
    tab, late = begin(client), begin(client)
    with clock.moved(timedelta(minutes=11)):
        refused(late.finish(), 400, NOT_BEGUN)
    with clock.moved(timedelta(minutes=9)):
        assert tab.finish().status_code == 302


def test_ten_tabs_may_be_open_and_the_eleventh_closes_the_first(patrol: GitHub, client: Client) -> None:
    tabs = [begin(client) for _ in range(11)]
    refused(tabs[0].finish(), 400, NOT_BEGUN)
    assert tabs[1].finish().status_code == 302
    assert tabs[10].finish().status_code == 302


def test_a_code_of_another_sign_in_fails_at_its_verifier(patrol: GitHub, client: Client) -> None:
    """Code injection: state is ours, the code was got with another challenge (RFC 9700, 4.5)."""
    mine, other = begin(client), begin(Client(), SECOND_OWNER)
    refused(mine.give(state=mine.query["state"], code=other.code()), 400, NOT_ACCEPTED)


def test_a_code_is_good_once(patrol: GitHub, client: Client) -> None:
    first, second = begin(client), begin(client)
    code = first.code()
    assert first.give(state=first.query["state"], code=code).status_code == 302
    assert second.give(state=second.query["state"], code=code).status_code == 400
    assert UserToken.objects.get().version == 1


@pytest.mark.parametrize("query", [{}, {"code": ""}, {"error": "redirect_uri_mismatch"}])
def test_an_answer_without_a_code_is_refused(patrol: GitHub, client: Client, query: dict[str, str]) -> None:
    tab = begin(client)
    refused(tab.give(state=tab.query["state"], **query), 400, NOT_ACCEPTED)


def test_who_cancels_at_github_is_told_so(patrol: GitHub, client: Client) -> None:
    tab = begin(client, next="/requests/")
    answer = Tab(client, tab.github_url + "&cancel=1").finish()
    refused(answer, 403, "You did not let Patrol know who you are")
    assert b'name="next" value="/requests/"' in answer.content


def test_a_cancellation_nobody_asked_for_is_no_cancellation(patrol: GitHub, client: Client) -> None:
    refused(client.get(CALLBACK, {"error": "access_denied", "state": "foreign"}), 400, NOT_BEGUN)


@pytest.mark.parametrize(
    "path", ["^/login/oauth/access_token", "^/user$", "^/user/installations", "^/user/memberships"]
)
def test_a_github_that_fails_half_way_leaves_nothing_behind(patrol: GitHub, client: Client, path: str) -> None:
    tab = begin(client)
    address = tab.answer()
    patrol.fail("500", path, times=10)
    refused(client.get(address), 502, NO_ANSWER)
    assert not User.objects.exists()
    patrol.heal()
    assert begin(client).finish().status_code == 302


def test_a_github_that_cannot_be_reached_is_said_so(patrol: GitHub, client: Client, settings: Any) -> None:
    tab = begin(client)
    address = tab.answer()
    settings.GITHUB_WEB_URL = "http://127.0.0.1:9"
    refused(client.get(address), 502, NO_ANSWER)


def test_a_page_in_place_of_tokens_is_no_answer(patrol: GitHub, client: Client, settings: Any) -> None:
    """A proxy's page, or the wrong address of an Enterprise Server."""
    tab = begin(client)
    address = tab.answer()
    settings.GITHUB_WEB_URL = f"{patrol.url}/_simulator"
    refused(client.get(address), 502, NO_ANSWER)


def test_a_person_who_is_switched_off_is_not_let_in_and_that_is_recorded(patrol: GitHub, client: Client) -> None:
    begin(client).finish()
    client.post("/sign-out/")
    User.objects.update(is_active=False)
    answer = begin(client).finish()
    assert answer.status_code == 403
    assert b"switched off in this Patrol" in answer.content
    assert not is_signed_in(client)
    assert Event.objects.get(name="user.sign_in_refused").actor_login == OWNER
    assert Event.objects.filter(name="user.signed_in").count() == 1


def test_strangers_cannot_make_the_record_grow(patrol: GitHub, client: Client) -> None:
    before = Event.objects.count()
    client.get(CALLBACK, {"state": "x", "code": "y"})
    tab = begin(client)
    tab.give(state=tab.query["state"], code="guess")
    assert Event.objects.count() == before


def test_a_refusal_shows_nothing_of_what_was_sent(patrol: GitHub, client: Client) -> None:
    page = client.get(CALLBACK, {"state": "<b>state</b>", "code": "secret-code", "error_description": "<i>hi</i>"})
    for sent in (b"<b>state", b"secret-code", b"<i>hi"):
        assert sent not in page.content


@pytest.mark.parametrize("verb", ["post", "put", "delete", "patch"])
def test_the_way_back_is_a_get(patrol: GitHub, client: Client, verb: str) -> None:
    assert getattr(client, verb)(CALLBACK).status_code == 405
