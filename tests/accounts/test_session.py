"""A session: its cookie, its two limits, and its end on the server (security.md T31)."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from apps.accounts.middleware import SEEN, STARTED
from apps.accounts.schedule import forget_ended_sessions
from apps.audit.models import INSTANCE, Event
from apps.core import clock
from tests.accounts.steps import SIGN_OUT, begin, is_signed_in
from tests.cast import OWNER, SECOND_OWNER
from tests.github import GitHub

pytestmark = pytest.mark.database

COOKIES = """
import json
from config import settings as s
print(json.dumps({name: getattr(s, name) for name in dir(s) if "COOKIE" in name and name.isupper()}))
"""


def cookie_settings(public_url: str) -> dict[str, Any]:
    """Patrol's cookie settings at that address."""
    environment = {**os.environ, "PATROL_PUBLIC_URL": public_url}
    done = subprocess.run(
        [sys.executable, "-c", COOKIES], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_cookies_follow_the_scheme_of_the_public_address(
    patrol: GitHub, settings: Any, browse: Callable[[str], Client]
) -> None:
    for scheme, secure in (("https", True), ("http", False)):
        found = cookie_settings(f"{scheme}://patrol.example")
        for name, value in found.items():
            setattr(settings, name, value)
        for kind in ("session", "csrf"):
            name = f"__Host-patrol-{kind}" if secure else f"patrol-{kind}"
            client = browse(OWNER)
            assert client.get("/sign-in/").status_code == 200
            cookie = client.cookies[name]
            assert bool(cookie["secure"]) is secure
            assert bool(cookie["httponly"]) is True
            assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")


def test_the_session_gets_a_new_key_at_sign_in(patrol: GitHub, client: Client) -> None:
    """Fixation: who planted a key in the browser does not share the session that follows."""
    tab = begin(client)
    planted = client.session.session_key
    tab.finish()
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    stranger = Client()
    stranger.cookies["patrol-session"] = planted or ""
    assert not is_signed_in(stranger)


def test_signing_in_again_changes_the_key_too(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    before = client.session.session_key
    begin(client).finish()
    assert client.session.session_key != before


def test_signing_in_as_somebody_else_carries_nothing_over(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    session = client.session
    session["left"] = "by owner"
    session.save()
    begin(client, SECOND_OWNER).finish()
    assert "left" not in client.session
    assert f"signed in as <strong>{SECOND_OWNER}".encode() in client.get("/sign-in/").content


def test_both_limits_start_at_sign_in(browse: Callable[[str], Client]) -> None:
    session = browse(OWNER).session
    assert abs(session[STARTED] - clock.now().timestamp()) < 30
    assert session[SEEN] == session[STARTED]


def test_a_session_ends_an_hour_after_its_last_use(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    key = client.session.session_key
    with clock.moved(timedelta(minutes=59)):
        assert is_signed_in(client)
    with clock.moved(timedelta(minutes=118)):
        assert is_signed_in(client)
    with clock.moved(timedelta(minutes=180)):
        assert not is_signed_in(client)
        assert client.get("/").status_code == 302
    assert not Session.objects.filter(session_key=key).exists()


def test_a_session_ends_twelve_hours_after_sign_in_however_busy(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    for minutes in range(50, 12 * 60, 50):
        with clock.moved(timedelta(minutes=minutes)):
            assert is_signed_in(client), minutes
    with clock.moved(timedelta(hours=12, seconds=30)):
        assert not is_signed_in(client)


def test_a_session_without_its_limits_is_none(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    session = client.session
    del session[SEEN], session[STARTED]
    session.save()
    assert not is_signed_in(client)


def test_signing_out_kills_the_session_on_the_server_and_is_recorded(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    kept = Client()
    kept.cookies["patrol-session"] = client.session.session_key or ""
    assert is_signed_in(kept)
    answer = client.post(SIGN_OUT)
    assert answer.status_code == 302
    assert b"You are signed out" in client.get(answer["Location"]).content
    assert not is_signed_in(kept)
    event = Event.objects.get(name="user.signed_out")
    assert (event.chain, event.actor_login) == (INSTANCE, OWNER)


def test_signing_out_here_leaves_other_browsers_alone(browse: Callable[[str], Client]) -> None:
    here, there = browse(OWNER), browse(OWNER)
    here.post(SIGN_OUT)
    assert is_signed_in(there)


def test_signing_out_is_a_post_with_a_csrf_token(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    assert client.get(SIGN_OUT).status_code == 405
    client.handler.enforce_csrf_checks = True
    assert client.post(SIGN_OUT).status_code == 403
    assert is_signed_in(client)


def test_who_is_not_signed_in_may_sign_out_without_a_trace(patrol: GitHub, client: Client) -> None:
    assert client.post(SIGN_OUT).status_code == 302
    assert not Event.objects.filter(name="user.signed_out").exists()


def test_beginning_a_sign_in_needs_a_csrf_token_or_a_login(patrol: GitHub) -> None:
    assert Client(enforce_csrf_checks=True).post("/sign-in/").status_code == 403


def test_sessions_past_their_date_are_cleared_away(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    assert forget_ended_sessions() == 0
    with clock.moved(timedelta(hours=13)):
        assert forget_ended_sessions() >= 1
    assert not is_signed_in(client)


QUEUE = "/orgs/acme-robotics/requests/"
APPROVE = f"{QUEUE}480001/approve/"
PALETTE = "/find/palette/?q=api"
HERE = "http://testserver"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "said", "back"),
    [
        ("get", f"{QUEUE}?risk=2", {}, f"{QUEUE}?risk=2"),
        ("post", APPROVE, {"Referer": f"{HERE}{QUEUE}?risk=2#row"}, f"{QUEUE}?risk=2"),
        ("post", APPROVE, {}, ""),
        ("post", APPROVE, {"Referer": f"https://evil.example{QUEUE}"}, ""),
        ("post", APPROVE, {"Referer": "http://[evil"}, ""),
        ("post", APPROVE, {"HX-Request": "true", "HX-Current-URL": f"{HERE}{QUEUE}"}, QUEUE),
        ("get", PALETTE, {"HX-Request": "true", "HX-Current-URL": f"{HERE}/tokens/?q=a%26b"}, "/tokens/?q=a%26b"),
        ("get", PALETTE, {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}, ""),
        ("get", PALETTE, {"HX-Request": "true", "HX-Current-URL": "http://[evil"}, ""),
        ("get", "/tokens/", {"HX-Request": "true", "HX-Boosted": "true", "HX-Current-URL": f"{HERE}/"}, "/tokens/"),
    ],
)  # fmt: skip
def test_who_has_to_sign_in_comes_back_to_the_page_they_were_on(
    client: Client, method: str, path: str, said: dict[str, str], back: str
) -> None:
    """A form's address answers nobody who comes back from a sign-in, and a part of a page is no page."""
    answer = getattr(client, method)(path, headers=said)
    led = answer["HX-Redirect"] if "HX-Redirect" in answer else answer["Location"]
    assert led == (f"/sign-in/?{urlencode({'next': back})}" if back else "/sign-in/")
    assert answer.status_code == (302 if "Location" in answer else 200)
    assert answer["Cache-Control"] == client.get(QUEUE)["Cache-Control"]


def test_who_signed_out_is_led_nowhere_else(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    assert browse(OWNER).post(SIGN_OUT)["Location"] == "/sign-in/?signed-out"


ODD_KEYS = ["abcdefgh\0", "abcdefgh\xff", "%\\_word 2000000000", "' OR 1=1 --", "a" * 5_000, "a", ""]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_cookie_that_names_no_session_is_a_strangers(client: Client, key: str) -> None:
    client.cookies["patrol-session"] = key
    assert client.get("/tokens/")["Location"] == "/sign-in/?next=%2Ftokens%2F"
