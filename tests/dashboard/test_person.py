"""One person: everything they hold in the reader's organizations, told by GitHub's number and not by the login."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from apps.core import clock
from apps.github.models import Member, Organization
from apps.tokens.models import Grant, Token
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get

AtMost = Callable[[int], AbstractContextManager[object]]
STRANGER = 987_654_321


@beginning
def desk(patrol: GitHub) -> Desk:
    """Every organization is read."""
    settle()
    return Desk(patrol)


def number_of(login: str) -> int:
    return Member.objects.filter(login=login).values_list("user_id", flat=True)[0]


def path(login: str, verb: str = "") -> str:
    return f"/people/{login}/{number_of(login)}/" + (f"{verb}/" if verb else "")


def held_elsewhere(desk: Desk, name: str) -> None:
    desk.github.grant(organization=OTHER_ORGANIZATION, login=MEMBER, name=name)
    Desk(desk.github, OWNER, OTHER_ORGANIZATION)


def test_a_login_leads_to_its_only_bearer(desk: Desk) -> None:
    for spelled in (MEMBER, MEMBER.upper()):
        answer = desk.browser.get(f"/people/{spelled}/")
        assert answer.status_code == 302
        assert answer["Location"] == path(MEMBER)


def test_every_token_of_the_person_stands_there_wherever_it_is(desk: Desk) -> None:
    grant = desk.grant(name="this-one", login=MEMBER, permissions={"repository": {"contents": "write"}})
    held_elsewhere(desk, "that-one")
    request = desk.request(name="wanted-one", login=MEMBER)
    page = get(desk.browser, path(MEMBER))
    assert page.fault == ""
    for words in ("this-one", "that-one", ORGANIZATION, OTHER_ORGANIZATION, "Writes Contents", "wanted-one"):
        assert words in page.text
    assert grant.repositories.get().name in page.text
    assert page.all("a", href=f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/")
    only = get(desk.browser, path(MEMBER), organization=OTHER_ORGANIZATION)
    assert "that-one" in only.text
    assert "this-one" not in only.text


def test_what_may_run_on_the_tokens_names_repositories_and_whom_to_ask(desk: Desk) -> None:
    grant = desk.grant(name="runs", login=MEMBER)
    desk.github.change(f"tokens/{grant.token.token_id}", last_used_at=clock.now().isoformat())
    desk.sync()
    page = get(desk.browser, path(MEMBER))
    (box,) = page.all(id="runs")
    assert grant.repositories.get().full_name in box.text
    assert SECOND_OWNER in box.text
    assert "GitHub tells when a token was used, not where" in box.text


def test_who_left_is_shown_as_such_with_their_tokens(desk: Desk) -> None:
    desk.grant(name="stays-behind", login=MEMBER)
    Member.objects.filter(login=MEMBER).update(left_at=clock.now())
    page = get(desk.browser, path(MEMBER))
    assert "stays-behind" in page.text
    assert f"left {ORGANIZATION}" in page.text


def test_two_people_of_one_login_are_told_apart(desk: Desk) -> None:
    """The login was given up, and somebody else took it: an old token still bears it."""
    old = desk.grant(name="of-the-first", login=MEMBER)
    Token.objects.filter(pk=old.token_id).update(owner_id=STRANGER)
    Grant.objects.filter(pk=old.pk).update(owner_id=STRANGER)
    page = get(desk.browser, f"/people/{MEMBER}/")
    assert page.status == 200
    assert "2 people called" in page.text
    assert str(number_of(MEMBER)) in page.text
    assert str(STRANGER) in page.text
    first = get(desk.browser, f"/people/{MEMBER}/{STRANGER}/")
    assert "of-the-first" in first.text
    assert "Somebody else bears this login" in first.text
    assert "of-the-first" not in get(desk.browser, path(MEMBER)).text
    assert "Somebody else bears this login" in get(desk.browser, path(MEMBER)).text


def test_somebody_renamed_is_one_person_under_both_logins(desk: Desk) -> None:
    desk.grant(name="before", login=MEMBER)
    number = number_of(MEMBER)
    Member.objects.filter(user_id=number).update(login="renamed")
    page = get(desk.browser, f"/people/renamed/{number}/")
    assert "before" in page.text
    assert f"seen as {MEMBER} too" in page.text
    assert desk.browser.get(f"/people/{MEMBER}/")["Location"] == f"/people/{MEMBER}/{number}/"


def test_what_was_not_looked_at_is_said_and_never_taken_for_nothing(desk: Desk) -> None:
    page = get(desk.browser, path(MEMBER))
    assert "Not looked at:" in page.text
    assert SAML_ORGANIZATION in page.text


def test_decisions_of_an_owner_stand_on_their_page(desk: Desk) -> None:
    desk.deny(desk.request(name="turned-down", login=MEMBER), reason="no")
    assert "turned-down" in get(desk.browser, path(OWNER)).text
    assert f"decided by {OWNER}" in get(desk.browser, path(MEMBER)).text


def test_tokens_of_organizations_that_the_reader_does_not_own_are_never_shown(desk: Desk) -> None:
    """The member is in both; the reader owns one of them."""
    held_elsewhere(desk, "not-yours")
    other = Organization.objects.get(login=OTHER_ORGANIZATION)
    desk.user.memberships.filter(organization=other).update(role="none", checked_at=clock.now())
    page = get(desk.browser, path(MEMBER))
    assert "not-yours" not in page.text
    assert desk.browser.get(path(MEMBER), {"organization": OTHER_ORGANIZATION}).status_code == 404


@pytest.mark.parametrize("login", [MEMBER, OUTSIDER])
@pytest.mark.parametrize("verb", ["", "revoke", "record"])
def test_who_owns_nothing_finds_nobody(desk: Desk, login: str, verb: str) -> None:
    desk.grant(name="hidden", login=MEMBER)
    browser = sign_in(Client(), login)
    assert browser.get(path(MEMBER, verb)).status_code == 404
    assert browser.get(f"/people/{MEMBER}/").status_code == 404


@pytest.mark.parametrize(
    "address", ["/people/nobody-at-all/", f"/people/nobody/{STRANGER}/", "/people/%00/", f"/people/x/{10**30}/"]
)
def test_who_is_not_known_is_a_404(desk: Desk, address: str) -> None:
    assert desk.browser.get(address).status_code == 404


@pytest.mark.parametrize("verb", ["", "revoke", "record"])
def test_a_page_about_a_person_asks_for_a_sign_in(desk: Desk, verb: str) -> None:
    answer = Client().get(path(MEMBER, verb))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("verb", ["", "record"])
def test_these_pages_are_only_read(desk: Desk, verb: str) -> None:
    assert desk.browser.post(path(MEMBER, verb)).status_code == 405


@pytest.mark.parametrize("verb", ["", "revoke", "record"])
def test_the_number_of_queries_does_not_grow_with_what_they_hold(
    desk: Desk, verb: str, django_assert_max_num_queries: AtMost
) -> None:
    for number in range(12):
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"many-{number}")
        desk.github.ask(organization=ORGANIZATION, login=MEMBER, name=f"more-{number}")
    held_elsewhere(desk, "there")
    desk.sync()
    address = path(MEMBER, verb)
    desk.browser.get(address)
    with django_assert_max_num_queries(12):
        assert desk.browser.get(address).status_code == 200


def test_names_of_strangers_are_only_words(desk: Desk) -> None:
    desk.grant(name='<img src=x onerror="alert(1)">', login=MEMBER)
    page: Page = get(desk.browser, path(MEMBER))
    assert page.all("img", src="x") == []
