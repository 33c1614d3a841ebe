"""The inventory, one token, and taking its access away."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core import clock
from apps.tokens.models import Grant, Review
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Page, get

TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
AtMost = Callable[[int], AbstractContextManager[object]]


def given(desk: Desk, name: str, **fields: object) -> dict[str, Any]:
    return desk.github.grant(organization=ORGANIZATION, name=name, login=MEMBER, **fields)


def path(grant: Grant, verb: str = "") -> str:
    return f"{TOKENS}{grant.pat_id}/{verb}/" if verb else f"{TOKENS}{grant.pat_id}/"


@pytest.mark.database
def test_each_filter_keeps_what_fits_and_leaves_the_rest(desk: Desk) -> None:
    given(desk, "ends-soon", expires_in_days=5, permissions={"repository": {"contents": "write"}})
    given(desk, "endless", expires_in_days=None, repository_selection="all")
    used = given(desk, "used-long-ago", expires_in_days=200)
    desk.github.change(f"tokens/{used['token_id']}", last_used_at="2020-01-01T00:00:00Z")
    desk.sync()
    all_three = {"ends-soon", "endless", "used-long-ago"}
    cases: list[tuple[dict[str, str], set[str]]] = [
        ({"owner": MEMBER}, all_three),
        ({"q": "ENDLESS"}, {"endless"}),
        ({"expiring": "7"}, {"ends-soon"}),
        ({"expiring": "never"}, {"endless"}),
        ({"expiring": "expired"}, set()),
        ({"unused": "365"}, {"used-long-ago"}),
        ({"unused": "never"}, {"ends-soon", "endless"}),
        ({"selection": "all"}, {"endless"}),
        ({"selection": "subset"}, {"ends-soon", "used-long-ago"}),
        ({"permission": "contents", "level": "write"}, {"ends-soon"}),
        ({"risk": "2"}, {"endless"}),
        ({"state": "revoked"}, set()),
        ({"state": "all"}, all_three),
    ]
    for query, kept in cases:
        assert set(get(desk.browser, TOKENS, **{"owner": MEMBER, **query}).names) & all_three == kept, query


@pytest.mark.database
def test_the_longest_unused_come_first(desk: Desk) -> None:
    never, recently = given(desk, "never-used"), given(desk, "used-today")
    long_ago = given(desk, "used-in-2020")
    desk.github.change(f"tokens/{long_ago['token_id']}", last_used_at="2020-01-01T00:00:00Z")
    desk.github.change(f"tokens/{recently['token_id']}", last_used_at=clock.now().isoformat())
    desk.sync()
    then = clock.now() - timedelta(days=90)
    Grant.objects.filter(pat_id=never["id"]).update(access_granted_at=then, idle_since=then)
    names = get(desk.browser, TOKENS, sort="unused", q="us").names
    wanted = [name for name in names if name in {"never-used", "used-in-2020", "used-today"}]
    assert wanted == ["used-in-2020", "never-used", "used-today"]


def test_the_inventory_over_all_names_the_organization(patrol: GitHub) -> None:
    patrol.grant(organization=OTHER_ORGANIZATION, name="elsewhere", login=MEMBER)
    settle()
    browser = sign_in(Client(), OWNER)
    page = get(browser, "/tokens/", q="elsewhere")
    (row,) = page.all("tr", data_row="*")
    assert OTHER_ORGANIZATION in row.text
    assert get(browser, "/tokens/", q="elsewhere", organization=ORGANIZATION).names == []


def test_one_token_shows_how_it_became_what_it_is(desk: Desk) -> None:
    grant = desk.grant(name="grows", permissions={"repository": {"contents": "read"}})
    desk.github.change(
        f"tokens/{grant.token.token_id}", permissions={"repository": {"contents": "write", "secrets": "read"}},
    )  # fmt: skip
    desk.sync()
    page = get(desk.browser, path(grant))
    assert "Version 2" in page.text
    said = [one.text for one in page.all("li") if "Changes-item" in one.attributes.get("class", "")]
    assert "Upgraded Contents read write" in said
    assert "Added Secrets read" in said
    assert "As Patrol first saw it." in page.text


def test_one_token_shows_its_requests_and_the_reason_it_was_asked_for(desk: Desk) -> None:
    request = desk.request(name="asked-and-got", reason="For the nightly export")
    desk.approve(request)
    work()
    page = get(desk.browser, path(Grant.objects.get(token=request.token)))
    assert "For the nightly export" in page.text
    assert page.all("a", href=f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/")


def test_one_token_that_came_without_a_request_says_that_its_reason_is_not_known(desk: Desk) -> None:
    assert "Not known: it was approved before Patrol looked" in get(desk.browser, path(desk.grant())).text


def test_before_a_revocation_stands_what_is_lost_and_what_goes_on(desk: Desk) -> None:
    grant = desk.grant(name="to-go", permissions={"repository": {"contents": "write"}}, login=MEMBER)
    page = get(desk.browser, path(grant, "revoke"))
    for words in (
        "Read and change code", grant.repositories.get().name, "SSH keys and deploy keys made with it",
        "still reads public resources", "never used",
    ):  # fmt: skip
        assert words in page.text
    assert not Review.objects.exists(), "looking is not revoking"


def test_a_revocation_is_sent_and_the_token_leaves_the_list(desk: Desk) -> None:
    grant = desk.grant(name="to-go", login=MEMBER)
    sent = get(desk.browser, path(grant, "revoke")).form(path(grant, "revoke"))
    answer = desk.browser.post(path(grant, "revoke"), sent, follow=True)
    assert "Revocation of to-go is on its way to GitHub." in Page(answer).text
    assert "on its way to GitHub" in get(desk.browser, path(grant)).text
    work()
    assert desk.sent() == [("revoke", f"/orgs/{ORGANIZATION}/personal-access-tokens/{grant.pat_id}", OWNER)]
    assert "to-go" not in get(desk.browser, TOKENS).names
    assert "to-go" in get(desk.browser, TOKENS, state="revoked").names


def test_a_revocation_of_what_changed_is_refused_and_shows_what_is_there_now(desk: Desk) -> None:
    grant = desk.grant(login=MEMBER)
    sent = get(desk.browser, path(grant, "revoke")).form(path(grant, "revoke"))
    grant.permissions = {"repository": {"pages": "write"}}
    grant.save(update_fields=["permissions"])
    answer = desk.browser.post(path(grant, "revoke"), sent)
    page = Page(answer)
    assert answer.status_code == 409
    assert "changed after you saw it" in page.text
    assert "GitHub Pages" in page.text
    assert desk.browser.post(path(grant, "revoke"), page.form(path(grant, "revoke"))).status_code == 302


def test_a_revocation_without_a_digest_is_refused(desk: Desk) -> None:
    grant = desk.grant(login=MEMBER)
    assert desk.browser.post(path(grant, "revoke"), {}).status_code == 422
    assert not Review.objects.exists()


def test_an_owners_own_token_cannot_be_revoked_by_them_and_says_why(desk: Desk) -> None:
    grant = desk.grant(login=OWNER)
    page = get(desk.browser, path(grant))
    assert "another owner has to decide" in page.text
    confirmation = get(desk.browser, path(grant, "revoke"))
    assert all("disabled" in one.attributes for one in confirmation.all("button", class_="btn btn-danger"))
    sent = confirmation.form(path(grant, "revoke"))
    assert desk.browser.post(path(grant, "revoke"), sent).status_code == 409


@pytest.mark.parametrize("address", [f"{TOKENS}revoke/", "/tokens/revoke/"])
def test_many_are_revoked_only_after_a_page_that_shows_them(desk: Desk, address: str) -> None:
    grants = [desk.grant(name=f"to-go-{number}", login=MEMBER) for number in range(2)]
    page = get(desk.browser, TOKENS if "orgs" in address else "/tokens/", q="to-go")
    keys = [one.attributes["value"] for one in page.all("input", name="chosen")]
    assert len(keys) == 2
    confirmation = Page(desk.browser.post(address, {**page.form(address), "chosen": keys}))
    assert "to-go-0" in confirmation.text
    assert "SSH keys and deploy keys" in confirmation.text
    assert not Review.objects.exists()
    assert desk.browser.post(address, confirmation.form(address)).status_code == 302
    assert {review.grant_id for review in Review.objects.all()} == {grant.pk for grant in grants}


def test_a_bulk_of_tokens_is_a_post(desk: Desk) -> None:
    assert desk.browser.get(f"{TOKENS}revoke/").status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_rows(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    first = desk.grant(login=MEMBER)
    for number in range(30):
        given(desk, f"one-more-{number}", expires_in_days=number + 1)
    desk.sync()
    with django_assert_max_num_queries(12):
        desk.browser.get(TOKENS)
    with django_assert_max_num_queries(12):
        desk.browser.get("/tokens/")
    with django_assert_max_num_queries(12):
        desk.browser.get(path(first))
