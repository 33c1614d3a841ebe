"""One request: everything a decision is taken on, and how far a decision is."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from apps.effects.models import Effect
from apps.github.services import sync_members
from apps.tokens.models import GrantRequest
from tests.cast import MEMBER, ORGANIZATION
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Page, get

QUEUE = f"/orgs/{ORGANIZATION}/requests/"
AtMost = Callable[[int], AbstractContextManager[object]]


def page_of(desk: Desk, request: GrantRequest) -> Page:
    return get(desk.browser, f"{QUEUE}{request.pat_request_id}/")


def test_it_shows_who_why_for_how_long_where_and_each_permission_in_plain_words(desk: Desk) -> None:
    request = desk.request(
        name="deploys", reason="Ships the site\nevery night", expires_in_days=30,
        permissions={"repository": {"contents": "write", "metadata": "read"}, "organization": {"members": "read"}},
    )  # fmt: skip
    page = page_of(desk, request)
    repository = request.repositories.get().name
    for words in (
        "deploys", MEMBER, "Ships the site", "asks for 30 days", repository, "all of it is new",
        "Read and change code, commits, branches, tags and releases", "Writes Contents",
    ):  # fmt: skip
        assert words in page.text
    bold = {one.text for one in page.all("strong")}
    assert {"Contents", "Read and change code, commits, branches, tags and releases"} <= bold
    assert "Metadata" not in bold


def test_it_says_when_no_reason_was_given(desk: Desk) -> None:
    assert "No reason was given." in page_of(desk, desk.request(reason="")).text


def test_it_shows_what_changes_against_what_the_token_already_has(desk: Desk) -> None:
    held = desk.grant(permissions={"repository": {"contents": "read", "issues": "write"}})
    request = desk.request(
        token_id=held.token.token_id, repository_selection="all",
        permissions={"repository": {"contents": "write", "actions": "read"}},
    )  # fmt: skip
    said = [one.text for one in page_of(desk, request).all("li") if "Changes-item" in one.attributes.get("class", "")]
    assert "Upgraded Contents read write" in said
    assert "Added Actions read" in said
    assert "Changed Issues write not asked for" in said, "nobody says that an approval takes it away"
    assert any(one.startswith("Upgraded Repositories") and "all repositories" in one for one in said)


def test_it_shows_what_its_owner_already_holds_and_asks_for(desk: Desk) -> None:
    desk.grant(name="held-already", login=MEMBER)
    desk.github.ask(organization=ORGANIZATION, name="asked-besides", login=MEMBER)
    page = page_of(desk, desk.request(name="this-one", login=MEMBER))
    assert "held-already" in page.text
    assert "asked-besides" in page.text


def test_it_says_when_its_owner_has_left(desk: Desk) -> None:
    request = desk.request(login=MEMBER)
    sync_members(desk.organization.pk)
    assert "left the organization" not in page_of(desk, request).text
    desk.github.change("members/remove", organization=ORGANIZATION, login=MEMBER)
    sync_members(desk.organization.pk)
    assert "left the organization" in page_of(desk, request).text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("ready", "on its way to GitHub"),
        ("sent", "Patrol reads it back"),
        ("unknown", "Patrol is reading GitHub to find out"),
        ("needs_sign_in", "to sign in again"),
    ],
)
def test_a_decision_on_its_way_says_how_far_it_is_and_looks_again_by_itself(desk: Desk, state: str, words: str) -> None:
    request = desk.request()
    desk.approve(request, reason="For the release")
    Effect.objects.update(state=state)
    page = page_of(desk, request)
    assert words in page.text
    assert "For the release" in page.text
    assert page.all(id="request")[0].attributes["hx-get"] == f"{QUEUE}{request.pat_request_id}/"
    assert not page.all("button", data_shortcut="a"), "nothing to decide while one is on its way"


def test_a_settled_decision_is_told_with_its_history_and_asks_no_more(desk: Desk) -> None:
    request = desk.request()
    desk.deny(request, reason="Too wide")
    work()
    page = page_of(desk, request)
    assert "Denied" in page.text
    assert "Denial by owner" in page.text
    assert "Too wide" in page.text
    assert "decided to deny" in page.text
    assert not page.all(id="request", hx_get="*")


def test_a_refusal_of_githubs_is_shown_and_the_request_can_be_decided_again(desk: Desk) -> None:
    request = desk.request()
    desk.approve(request)
    Effect.objects.update(state="refused", answer="Must have admin rights", status=403)
    page = page_of(desk, request)
    assert "was refused: Must have admin rights (403)" in page.text
    assert page.all("button", data_shortcut="a")


def test_one_that_left_the_list_says_that_it_was_decided_elsewhere(desk: Desk) -> None:
    request = desk.request()
    desk.github.change(f"requests/{request.pat_request_id}/cancel")
    desk.sync()
    page = page_of(desk, request)
    assert "cancelled by who asked, or decided there" in page.text
    assert not page.all("textarea", name="reason")


def test_an_unknown_permission_is_kept_and_said_to_be_unknown(desk: Desk) -> None:
    page = page_of(desk, desk.request(permissions={"repository": {"quantum_builds": "write"}}))
    assert "Quantum builds" in page.text
    assert "Not known to Patrol" in page.text


def test_a_number_that_is_none_of_this_organization_is_not_found(desk: Desk) -> None:
    for number in (999_999, 2**63, 10**30):
        assert desk.browser.get(f"{QUEUE}{number}/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_what_the_owner_holds(
    desk: Desk, django_assert_max_num_queries: AtMost
) -> None:
    request = desk.request(login=MEMBER)
    for number in range(8):
        desk.github.grant(organization=ORGANIZATION, name=f"held-{number}", login=MEMBER)
    desk.sync()
    with django_assert_max_num_queries(12):
        page_of(desk, request)
