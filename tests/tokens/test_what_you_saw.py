"""Decided is what was seen. What became of it since is shown as a difference, and asked anew."""

from typing import Any

from apps.effects.models import Effect
from apps.tokens.models import GrantRequest
from tests.cast import ORGANIZATION
from tests.tokens.desk import Desk, state_of, work
from tests.tokens.pages import Page, get

READS = {"repository": {"contents": "read", "metadata": "read"}}
WRITES = {"repository": {"contents": "write", "issues": "read", "metadata": "read"}}


def path(request: GrantRequest, verb: str = "") -> str:
    return f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/" + (f"{verb}/" if verb else "")


def asked(desk: Desk, **fields: Any) -> GrantRequest:
    return desk.request(**{"permissions": READS, "repository_selection": "all", "expires_in_days": 30, **fields})


def edit(desk: Desk, request: GrantRequest, **fields: Any) -> None:
    """The member edits the request on GitHub."""
    desk.github.change(f"requests/{request.pat_request_id}/edit", **fields)


def differences(page: Page) -> str:
    (shown,) = page.all("section", **{"aria-labelledby": "changed-since"})
    return shown.text


def test_a_refused_page_shows_what_changed_since_it_was_made(desk: Desk) -> None:
    request = asked(desk)
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    edit(desk, request, permissions=WRITES)
    desk.sync()
    answer = desk.browser.post(path(request, "approve"), form)
    assert answer.status_code == 409
    said = differences(Page(answer))
    assert "Contents" in said
    assert "Upgraded" in said
    assert "Issues" in said
    assert "Metadata" not in said, "what stayed as it was is no difference"
    assert not Effect.objects.exists()


def test_it_is_asked_anew_and_then_decided(desk: Desk) -> None:
    request = asked(desk)
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    edit(desk, request, permissions=WRITES)
    desk.sync()
    again = Page(desk.browser.post(path(request, "approve"), form)).form(path(request, "approve"))
    assert desk.browser.post(path(request, "approve"), again).status_code == 302
    work()
    assert [action for action, *_ in desk.sent()] == ["approve"]


def test_a_decision_that_was_overtaken_shows_what_overtook_it(desk: Desk) -> None:
    """It changed between the click and the sending: nothing was sent."""
    request = asked(desk)
    outcome = desk.approve(request)
    edit(desk, request, permissions=WRITES)
    work()
    assert (state_of(outcome), desk.sent()) == ("superseded", [])
    desk.sync()
    page = get(desk.browser, path(request))
    assert "Contents" in differences(page)
    assert page.form(path(request, "approve")), "it can be decided again"


def test_a_wider_reach_and_another_end_are_differences_too(desk: Desk) -> None:
    held = desk.grant(expires_in_days=30)
    request = asked(desk, token_id=held.token.token_id, repository_selection="none")
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    desk.github.change(f"tokens/{held.token.token_id}", expires_at=None)
    edit(desk, request, repository_selection="all")
    desk.sync()
    said = differences(Page(desk.browser.post(path(request, "deny"), form)))
    assert "Expiry" in said
    assert "never" in said
    assert "all repositories" in said


def test_a_digest_of_nothing_that_was_is_refused_without_a_difference(desk: Desk) -> None:
    request = asked(desk)
    answer = desk.browser.post(path(request, "approve"), {"digest": "0" * 64})
    assert answer.status_code == 409
    assert not Page(answer).all("section", **{"aria-labelledby": "changed-since"})


def test_what_did_not_change_shows_no_difference(desk: Desk) -> None:
    page = get(desk.browser, path(asked(desk)))
    assert not page.all("section", **{"aria-labelledby": "changed-since"})
