"""The main job, from sign-in to approval, through Patrol's pages alone, against GitHub over HTTP.

An owner signs in, sees what waits in every organization they own, approves, denies and revokes, and finds each
act in the activity log. GitHub's ledger holds exactly what the owner did, each with the owner's own token.
"""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.tokens.pages import Page, get

Browse = Callable[[str], Client]
QUEUE = f"/orgs/{ORGANIZATION}/requests/"


@pytest.fixture
def owner(patrol: GitHub) -> Client:
    """The owner's browser, which sends forms only with their own protection, as a real one has to."""
    return sign_in(Client(enforce_csrf_checks=True), OWNER)


def ask(patrol: GitHub, name: str, organization: str = ORGANIZATION) -> int:
    """A member asks for a token; its pat_request_id."""
    return int(patrol.ask(organization=organization, login=MEMBER, name=name, reason=f"Because of {name}")["id"])


def fill(page: Page, address: str, /, **words: object) -> dict[str, object]:
    """What the page's form sends with some fields filled in."""
    return {**page.form(address), **words}


def decisions(patrol: GitHub) -> list[tuple[str, str, str, str]]:
    """(who, with what kind of token, action, number) of everything GitHub accepted, in its order."""
    return [
        (one["login"], one["token_kind"], one["body"]["action"], str(number))
        for one in patrol.ledger()
        for number in one["body"].get("pat_request_ids", [one["path"].rsplit("/", 1)[1]])
    ]


def test_a_stranger_is_sent_to_the_sign_in_and_comes_back_to_the_page_they_wanted(patrol: GitHub) -> None:
    browser = Client()
    away = browser.get(QUEUE)
    assert away.status_code == 302
    assert away["Location"].startswith("/sign-in/?next=")
    sign_in(browser, OWNER)
    assert browser.get(QUEUE).status_code == 200


def test_an_owner_decides_on_what_they_saw_and_finds_each_act_in_the_record(patrol: GitHub, owner: Client) -> None:
    wanted, unwanted = ask(patrol, "nightly-export"), ask(patrol, "take-it-all")
    leaving = patrol.grant(organization=ORGANIZATION, login=MEMBER, name="old-laptop")["id"]
    settle()
    queue = get(owner, QUEUE)
    assert {"nightly-export", "take-it-all"} <= set(queue.names)

    page = get(owner, f"{QUEUE}{wanted}/")
    assert "Because of nightly-export" in page.text
    approve = f"{QUEUE}{wanted}/approve/"
    assert owner.post(approve, fill(page, approve, reason="For a month")).status_code == 302
    deny = f"{QUEUE}{unwanted}/deny/"
    asked_why = get(owner, f"{QUEUE}{unwanted}/denial/")
    assert owner.post(deny, fill(asked_why, deny, reason="Ask for one repository")).status_code == 302
    revoke = f"/orgs/{ORGANIZATION}/tokens/{leaving}/revoke/"
    assert owner.post(revoke, fill(get(owner, revoke), revoke)).status_code == 302
    assert decisions(patrol) == [], "GitHub hears of it only after it was written down"

    settle()
    assert decisions(patrol) == [
        (OWNER, "user", "approve", str(wanted)),
        (OWNER, "user", "deny", str(unwanted)),
        (OWNER, "user", "revoke", str(leaving)),
    ]
    assert not {"nightly-export", "take-it-all"} & set(get(owner, QUEUE).names)
    tokens = get(owner, f"/orgs/{ORGANIZATION}/tokens/").names
    assert "nightly-export" in tokens
    assert "old-laptop" not in tokens
    activity = get(owner, f"/orgs/{ORGANIZATION}/activity/").text
    for told in ("approved", "denied", "revoked", "For a month", "Ask for one repository", "204", OWNER):
        assert told in activity


def test_many_are_approved_at_once_over_all_organizations(patrol: GitHub, owner: Client) -> None:
    numbers = [ask(patrol, f"build-{n}", place) for n, place in enumerate((ORGANIZATION, OTHER_ORGANIZATION) * 2)]
    settle()
    page = get(owner, "/requests/", q="build-")
    assert len(page.names) == len(numbers)
    boxes = [box.attributes["value"] for box in page.all("input", name="chosen")]
    sent = fill(page, "/requests/decide/", chosen=boxes, action="approve", reason="Release week")
    assert owner.post("/requests/decide/", sent).status_code == 302
    settle()
    assert {number for *_, number in decisions(patrol)} == {str(number) for number in numbers}
    assert len(patrol.ledger()) == 2, "one call for each organization"
    assert {(who, kind, action) for who, kind, action, _ in decisions(patrol)} == {(OWNER, "user", "approve")}
    assert get(owner, "/requests/", q="build-").names == []


def test_a_form_whose_request_changed_meanwhile_is_refused_with_the_words_kept(patrol: GitHub, owner: Client) -> None:
    held = patrol.grant(organization=ORGANIZATION, login=MEMBER)
    number = patrol.ask(organization=ORGANIZATION, token_id=held["token_id"], permissions={"issues": "write"})["id"]
    settle()
    page, action = get(owner, f"{QUEUE}{number}/"), f"{QUEUE}{number}/approve/"
    form = fill(page, action, reason="As discussed")
    patrol.change(f"tokens/{held['token_id']}", expires_at=None)
    owner.post(f"/orgs/{ORGANIZATION}/sync/", get(owner, QUEUE).form(f"/orgs/{ORGANIZATION}/sync/"))
    settle()
    refused = owner.post(action, form)
    assert refused.status_code == 409
    assert "changed after you saw it" in refused.content.decode()
    assert "As discussed" in refused.content.decode()
    settle()
    assert decisions(patrol) == []
    again = get(owner, f"{QUEUE}{number}/")
    assert owner.post(action, fill(again, action, reason="As discussed")).status_code == 302
    settle()
    assert decisions(patrol) == [(OWNER, "user", "approve", str(number))]


def test_two_owners_who_click_on_the_same_request_make_one_decision(
    patrol: GitHub, owner: Client, browse: Browse
) -> None:
    number = ask(patrol, "contested")
    settle()
    other = browse(SECOND_OWNER)
    approve, deny = f"{QUEUE}{number}/approve/", f"{QUEUE}{number}/deny/"
    first = fill(get(owner, f"{QUEUE}{number}/"), approve)
    second = fill(get(other, f"{QUEUE}{number}/denial/"), deny, reason="No")
    assert owner.post(approve, first).status_code == 302
    assert other.post(deny, second).status_code == 409
    settle()
    assert decisions(patrol) == [(OWNER, "user", "approve", str(number))]


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_who_owns_nothing_sees_and_decides_nothing(patrol: GitHub, browse: Browse, login: str, status: int) -> None:
    number = ask(patrol, "hidden")
    sign_in(Client(), OWNER)
    settle()
    browser = browse(login)
    assert browser.get(QUEUE).status_code == status
    assert browser.get(f"{QUEUE}{number}/").status_code == status
    assert browser.post(f"{QUEUE}{number}/approve/", {"digest": "0" * 64}).status_code == status
    settle()
    assert decisions(patrol) == []
