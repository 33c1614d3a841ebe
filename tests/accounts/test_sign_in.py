"""Signing in with GitHub: what Patrol asks, what it keeps, where it leads."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User, UserToken
from apps.audit.models import INSTANCE, Event
from apps.core import clock
from apps.github.models import App
from tests.accounts.steps import CALLBACK, SIGN_IN, begin, is_signed_in
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.github import GitHub

pytestmark = pytest.mark.database


def test_the_page_says_what_the_sign_in_is_for_and_has_one_button(patrol: GitHub, client: Client) -> None:
    page = client.get(SIGN_IN)
    assert page.status_code == 200
    assert page.content.count(b'type="submit"') == 1
    for words in (b"Sign in with GitHub", b"Learns who you are", b"Sends your decisions as you"):
        assert words in page.content
    assert "Location" not in page


def test_the_button_and_a_login_in_the_address_lead_to_github_at_once(patrol: GitHub, client: Client) -> None:
    for answer in (client.post(SIGN_IN), client.get(SIGN_IN, {"login": OWNER})):
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{patrol.url}/login/oauth/authorize?")


def test_github_is_asked_with_state_and_an_s256_challenge_that_differ_each_time(
    patrol: GitHub, client: Client, settings: Any
) -> None:
    first, second = begin(client).query, begin(client).query
    assert first["redirect_uri"] == f"{settings.PUBLIC_URL}{CALLBACK}"
    assert first["code_challenge_method"] == "S256"
    assert len(first["code_challenge"]) == 43
    assert len(base64.urlsafe_b64decode(first["state"] + "=")) == 32
    assert first["login"] == OWNER
    assert "scope" not in first
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_neither_verifier_nor_client_secret_ever_passes_through_the_browser(patrol: GitHub, client: Client) -> None:
    tab = begin(client)
    [[state, verifier, _, _]] = client.session["sign_in"]
    assert state == tab.query["state"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert challenge == tab.query["code_challenge"]
    assert verifier not in tab.github_url
    assert App.objects.get().client_secret not in tab.github_url


def test_a_login_that_github_could_not_have_given_only_shows_the_page(patrol: GitHub, client: Client) -> None:
    for login in ("a b", "x&y=1", "../up", "é", "-dash", "a" * 101):
        assert client.get(SIGN_IN, {"login": login}).status_code == 200
    assert client.get(SIGN_IN, {"login": "octo_emu"}).status_code == 302


def test_an_app_that_is_not_registered_is_said_on_the_page(database: None, client: Client) -> None:
    answer = client.post(SIGN_IN)
    assert answer.status_code == 503
    assert b"No App is registered yet" in answer.content


def test_a_sign_in_keeps_the_person_by_number_and_the_tokens_sealed(patrol: GitHub, client: Client) -> None:
    assert begin(client).finish().status_code == 302
    user = User.objects.get(login=OWNER)
    assert str(user.pk) == client.session["_auth_user_id"]
    assert not user.has_usable_password()
    token = UserToken.objects.get(user=user)
    assert token.access.startswith("ghu_")
    assert token.refresh.startswith("ghr_")
    for sealed, secret in ((token.sealed_access, token.access), (token.sealed_refresh, token.refresh)):
        assert secret not in sealed
    assert token.expires_at is not None
    assert timedelta(hours=7, minutes=59) < token.expires_at - clock.now() <= timedelta(hours=8)


def test_a_sign_in_is_one_event_of_the_instance_and_holds_no_secret(patrol: GitHub, client: Client) -> None:
    tab = begin(client)
    code = tab.code()
    assert tab.give(state=tab.query["state"], code=code).status_code == 302
    event = Event.objects.get(name="user.signed_in")
    assert (event.chain, event.actor_login) == (INSTANCE, OWNER)
    assert event.actor_id == User.objects.get().pk
    token = UserToken.objects.get()
    for secret in (code, token.access, token.refresh):
        assert secret.encode() not in bytes(event.canonical)


def test_a_sign_in_learns_the_roles_so_that_the_first_page_asks_nothing(patrol: GitHub, client: Client) -> None:
    begin(client).finish()
    user = User.objects.get()
    roles = {m.organization.login: m.role for m in user.memberships.select_related("organization")}
    assert roles[ORGANIZATION] == roles[OTHER_ORGANIZATION] == "admin"
    patrol.fail("500", "^/user", times=100)
    assert client.get("/").status_code == 200


def test_a_second_sign_in_renames_the_person_and_replaces_the_tokens(patrol: GitHub, client: Client) -> None:
    begin(client).finish()
    user = User.objects.get()
    User.objects.update(login="old-name")
    before = UserToken.objects.get()
    begin(client).finish()
    after = UserToken.objects.get()
    assert User.objects.get().login == OWNER
    assert User.objects.get().pk == user.pk
    assert after.access != before.access
    assert after.version == before.version + 1


def test_who_took_somebodys_old_login_inherits_nothing(browse: Callable[[str], Client], patrol: GitHub) -> None:
    """T28: people are compared by GitHub's number."""
    former = sign_in_and_rename(browse)
    newcomer = browse(OUTSIDER)
    now = User.objects.get(login=OUTSIDER, pk=int(newcomer.session["_auth_user_id"]))
    assert now.pk != former.pk
    assert newcomer.get(f"/orgs/{ORGANIZATION}/activity/").status_code == 404
    assert former.memberships.filter(role="admin").exists()


def sign_in_and_rename(browse: Callable[[str], Client]) -> User:
    """An owner whose login, as Patrol knows it, is by now the outsider's."""
    browse(OWNER)
    User.objects.filter(login=OWNER).update(login=OUTSIDER)
    return User.objects.get()


def test_people_who_own_nothing_may_sign_in_and_see_nothing(browse: Callable[[str], Client]) -> None:
    for login in (MEMBER, OUTSIDER):
        page = browse(login).get("/", follow=True)
        assert page.redirect_chain == [("/my/tokens/", 302)]
        assert f"/orgs/{ORGANIZATION}/".encode() not in page.content


OWN = ["/", "/requests/", "/orgs/acme-robotics/requests/?q=deploy%20key&age=30", "/orgs/acme-robotics/tokens/7/"]
NOT_OWN = [
    "https://evil.example/", "http://evil.example", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\\\evil.example", "/\\/evil.example", "https:evil.example", "http:///evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "/\t/evil.example", "/%5cevil.example\\x",
    " //evil.example", "\x00//evil.example", "/ok\r\nSet-Cookie: x=1", "/ok\nLocation: //evil.example",
    "//evil.example@testserver/", "http://testserver@evil.example/", "https://testserver/requests/", "evil.example",
    "/\u202e/evil", "/sign-in/", "/sign-in/callback/?state=x", "/sign-out/", "?next=//evil.example", "",
    "/" + "a" * 2_001,
]  # fmt: skip


@pytest.mark.parametrize("path", OWN)
def test_next_leads_to_our_own_pages(patrol: GitHub, client: Client, path: str) -> None:
    assert begin(client, next=path).finish()["Location"] == path


def test_who_came_for_a_page_is_told_that_it_comes_next(patrol: GitHub, client: Client) -> None:
    """As after a session that ended in the middle of something."""
    said = b"Patrol takes you to the page you asked for"
    assert said in client.get("/sign-in/", {"next": "/activity/"}).content
    assert said not in client.get("/sign-in/").content


@pytest.mark.parametrize("address", NOT_OWN)
def test_next_never_leads_anywhere_else(patrol: GitHub, client: Client, address: str) -> None:
    assert begin(client, next=address).finish()["Location"] == "/"


def test_next_survives_the_page_and_its_button(patrol: GitHub, client: Client) -> None:
    page = client.get(SIGN_IN, {"next": "/requests/?q=%22%3E"})
    assert b'name="next" value="/requests/?q=%22%3E"' in page.content
    assert b"evil" not in client.get(SIGN_IN, {"next": "//evil.example"}).content
    started = client.post(SIGN_IN, {"next": "/requests/", "login": OWNER})
    assert client.session["sign_in"][-1][2] == "/requests/"
    assert started.status_code == 302


def test_a_page_that_needs_a_person_leads_to_the_sign_in_and_back(patrol: GitHub, client: Client) -> None:
    answer = client.get(f"/orgs/{ORGANIZATION}/activity/?q=x")
    assert answer.status_code == 302
    page: Any = client.get(answer["Location"])
    assert f'value="/orgs/{ORGANIZATION}/activity/?q=x"'.encode() in page.content
    assert not is_signed_in(client)
