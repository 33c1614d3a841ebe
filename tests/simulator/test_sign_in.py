"""A person signs in with GitHub: the web flow with state and PKCE, and the refresh of its tokens."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs

import pytest
import requests

from tests.simulator.client import CALLBACK, TIMEOUT, Person, SimulatedGitHub, returned

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def test_the_page_lists_whom_to_sign_in_as_and_says_it_is_no_github(simulator: SimulatedGitHub) -> None:
    page = simulator.authorize()
    assert page.status_code == 200
    assert "GitHub simulator, not GitHub" in page.text
    for login in ("owner", "second-owner", "member", "outsider"):
        assert f"login={login}" in page.text


def test_the_page_is_searched_without_script(simulator: SimulatedGitHub) -> None:
    page = simulator.authorize(q="OUTSIDER")
    assert "login=outsider" in page.text
    assert "login=member" not in page.text
    assert "&lt;i&gt;" in simulator.authorize(q="<i>").text


def test_a_chosen_login_goes_straight_back_with_code_and_state(simulator: SimulatedGitHub) -> None:
    back = simulator.authorize(login="owner", state="a&b")
    assert back.headers["Location"].startswith(CALLBACK + "?")
    assert returned(back)["state"] == "a&b"
    assert returned(back)["code"]


def test_a_person_who_says_no_comes_back_with_an_error(simulator: SimulatedGitHub) -> None:
    assert returned(simulator.authorize(cancel="1"))["error"] == "access_denied"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"client_id": "Iv1.other"}, 404),
        ({"redirect_uri": "javascript:alert(1)"}, 400),
        ({"redirect_uri": "https://"}, 400),
        ({"login": "nobody-here"}, 404),
    ],
)
def test_a_wrong_request_shows_a_page_and_sends_nobody_anywhere(
    simulator: SimulatedGitHub, query: dict[str, str], status: int
) -> None:
    refused = simulator.authorize(**query)
    assert refused.status_code == status
    assert "Location" not in refused.headers


def test_only_registered_callbacks_are_used_when_some_are_registered(simulator: SimulatedGitHub) -> None:
    simulator.change("reset", callback_urls=[CALLBACK])
    assert simulator.authorize(login="owner").status_code == 302
    assert simulator.authorize(login="owner", redirect_uri=CALLBACK + "/more").status_code == 400


def test_a_code_becomes_tokens_that_speak_for_the_person(simulator: SimulatedGitHub) -> None:
    tokens = simulator.exchange(code=simulator.code("owner"))
    assert tokens["access_token"].startswith("ghu_")
    assert tokens["refresh_token"].startswith("ghr_")
    assert (tokens["expires_in"], tokens["refresh_token_expires_in"]) == (28_800, 15_897_600)
    assert (tokens["scope"], tokens["token_type"]) == ("", "bearer")
    assert Person(simulator.url, tokens["access_token"]).get("/user").json()["login"] == "owner"


def test_a_code_works_once(simulator: SimulatedGitHub) -> None:
    code = simulator.code("owner")
    assert "access_token" in simulator.exchange(code=code)
    assert simulator.exchange(code=code)["error"] == "bad_verification_code"


def test_a_code_dies_after_ten_minutes(simulator: SimulatedGitHub) -> None:
    code = simulator.code("owner")
    simulator.change("clock", advance_seconds=601)
    assert simulator.exchange(code=code)["error"] == "bad_verification_code"


def test_the_verifier_must_fit_the_challenge(simulator: SimulatedGitHub) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert "access_token" in simulator.exchange(code=simulator.code("owner", **pkce), code_verifier=VERIFIER)
    for wrong in ({}, {"code_verifier": "w" * 64}, {"code_verifier": CHALLENGE}):
        assert simulator.exchange(code=simulator.code("owner", **pkce), **wrong)["error"] == "bad_verification_code"


def test_a_plain_challenge_is_refused(simulator: SimulatedGitHub) -> None:
    back = simulator.authorize(login="owner", code_challenge=VERIFIER, code_challenge_method="plain")
    assert returned(back)["error"] == "invalid_request"


def test_the_callback_must_be_the_same_in_both_steps(simulator: SimulatedGitHub) -> None:
    assert "access_token" in simulator.exchange(code=simulator.code("owner"), redirect_uri=CALLBACK)
    other = simulator.exchange(code=simulator.code("owner"), redirect_uri="http://127.0.0.1:9/elsewhere")
    assert other["error"] == "redirect_uri_mismatch"


def test_a_wrong_client_secret_spends_no_code(simulator: SimulatedGitHub) -> None:
    code = simulator.code("owner")
    assert simulator.exchange(code=code, client_secret="guess")["error"] == "incorrect_client_credentials"
    assert "access_token" in simulator.exchange(code=code)


def test_a_refresh_kills_both_old_tokens_at_once(simulator: SimulatedGitHub) -> None:
    old = simulator.exchange(code=simulator.code("owner"))
    new = simulator.exchange(grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert Person(simulator.url, new["access_token"]).get("/user").json()["login"] == "owner"
    assert Person(simulator.url, old["access_token"]).get("/user").status_code == 401
    again = simulator.exchange(grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert again["error"] == "bad_refresh_token"


def test_a_user_token_ends_after_eight_hours_and_its_refresh_token_lives_on(simulator: SimulatedGitHub) -> None:
    tokens = simulator.exchange(code=simulator.code("owner"))
    simulator.change("clock", advance_seconds=28_801)
    assert Person(simulator.url, tokens["access_token"]).get("/user").status_code == 401
    renewed = simulator.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert Person(simulator.url, renewed["access_token"]).get("/user").status_code == 200


def test_the_answer_is_a_form_unless_json_is_asked_for(simulator: SimulatedGitHub) -> None:
    given = {"client_id": simulator.app.client_id, "client_secret": simulator.app.client_secret}
    address = simulator.url + "/login/oauth/access_token"
    body = {**given, "code": simulator.code("owner")}
    answer = requests.post(address, json=body, timeout=TIMEOUT)
    assert parse_qs(answer.text)["token_type"] == ["bearer"]
