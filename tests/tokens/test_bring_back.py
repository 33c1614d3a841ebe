"""A revoked token comes back: its owner is told how, and an owner sees what is asked for against what was revoked."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client, override_settings

from apps.github.models import Repository
from apps.tokens.models import Grant, GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Page, get

QUEUE, TOKENS = f"/orgs/{ORGANIZATION}/requests/", f"/orgs/{ORGANIZATION}/tokens/"
PERMISSIONS = {"repository": {"contents": "write", "metadata": "read"}, "organization": {"members": "read"}}
ACCESS = {"permissions": PERMISSIONS, "repository_selection": "all"}
AtMost = Callable[[int], AbstractContextManager[object]]


def revoked(desk: Desk, **fields: Any) -> Grant:
    """A member's grant, revoked by the desk's owner and confirmed by GitHub."""
    grant = desk.grant(**{"name": "nightly", **ACCESS, **fields})
    desk.revoke(grant)
    work()
    grant.refresh_from_db()
    assert grant.state == Grant.State.REVOKED
    return grant


def again(desk: Desk, grant: Grant, **fields: Any) -> GrantRequest:
    """Its owner hands the same token back: by default it asks for exactly what it had."""
    return desk.request(token_id=grant.token.token_id, **{**ACCESS, **fields})


def path(request: GrantRequest, verb: str = "") -> str:
    return f"{QUEUE}{request.pat_request_id}/{verb}"


def token_page(desk: Desk, grant: Grant) -> Page:
    return get(desk.browser, f"{TOKENS}{grant.pat_id}/")


def request_page(desk: Desk, request: GrantRequest) -> Page:
    return get(desk.browser, path(request))


def approve_button(page: Page) -> str:
    return page.all("button", data_shortcut="a")[0].text


def differences(page: Page) -> list[str]:
    (section,) = page.all("section", aria_labelledby="revoked")
    return [one.text for one in section.all("li")]


# --- the way back ------------------------------------------------------------------------------------------------


@override_settings(GITHUB_WEB_URL="https://github.example")
def test_a_revoked_grant_tells_how_its_owner_hands_the_same_token_back(desk: Desk) -> None:
    page = token_page(desk, revoked(desk))
    (section,) = page.all("section", aria_labelledby="bring-back")
    steps = [one.text for one in section.all("li")]
    assert steps[0].startswith(f"Sign in to GitHub as {MEMBER} and open Settings > Developer settings")
    assert 'Choose the token "nightly" and edit it. Do not regenerate it' in steps[1]
    assert steps[2] == f"Set its resource owner back to {ORGANIZATION}."
    assert "GitHub asks its owners again" in steps[4]
    assert section.all("a", href="https://github.example/settings/personal-access-tokens")
    (message,) = section.all("textarea", readonly="*")
    said = str(message.children[0])
    assert all(step in said for step in steps)
    assert "https://github.example/settings/personal-access-tokens\n" in said
    assert "- Contents: write\n" in said
    assert said.endswith("- on all repositories")


def test_the_message_names_the_repositories_it_had(desk: Desk) -> None:
    grant = revoked(desk, repository_selection="subset")
    (message,) = token_page(desk, grant).all("textarea", readonly="*")
    assert message.text.endswith(f"- on {grant.repositories.get().name}")


def test_a_token_name_stays_text_on_one_line_of_the_message(desk: Desk) -> None:
    page = token_page(desk, revoked(desk, name="</textarea><b hx-get=/x>\nnightly"))
    (message,) = page.all("textarea", readonly="*")
    assert 'the token "</textarea><b hx-get=/x> nightly" back' in message.text
    assert not page.all("b", hx_get="*")


def test_only_a_revoked_grant_tells_the_way_back(desk: Desk) -> None:
    active, gone = desk.grant(name="active"), desk.grant(name="gone")
    Grant.objects.filter(pk=gone.pk).update(state=Grant.State.GONE)
    for grant in (active, gone):
        assert not token_page(desk, grant).all("section", aria_labelledby="bring-back")


def test_the_way_back_gives_way_to_what_came_of_it(desk: Desk) -> None:
    grant = revoked(desk)
    request = again(desk, grant)
    page = token_page(desk, grant)
    assert page.all("a", href=path(request))[0].text == "it asks for access again"
    assert not page.all("textarea", readonly="*")
    desk.approve(request)
    work()
    back = Grant.objects.active().get(token=grant.token)
    (link,) = token_page(desk, grant).all("a", href=f"{TOKENS}{back.pat_id}/")
    assert link.text == "has access again"


# --- asked for again -----------------------------------------------------------------------------------------------


def test_the_same_access_asked_for_again_is_unchanged_and_one_click_restores_it(desk: Desk) -> None:
    grant = revoked(desk, repository_selection="subset")
    request = again(desk, grant, repository_selection="subset", repositories=[grant.repositories.get().name])
    page = request_page(desk, request)
    assert f"Revoked by {OWNER} , " in page.text
    assert "unchanged since your revoke. It asks for exactly what it had." in page.text
    assert page.all("a", href=f"{TOKENS}{grant.pat_id}/")
    assert approve_button(page) == "Restore access"
    approve = path(request, "approve/")
    assert desk.browser.post(approve, page.form(approve)).status_code == 302
    work()
    request.refresh_from_db()
    assert request.state == GrantRequest.State.APPROVED
    assert desk.decided() == sorted([grant.pat_id, request.pat_request_id])
    assert Grant.objects.active().filter(token=grant.token).count() == 1


def test_the_queue_marks_what_was_revoked_and_nothing_else(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    request, other = again(desk, revoked(desk)), desk.request(name="never-granted")
    again(desk, desk.grant(name="held", **ACCESS), permissions={"repository": {"contents": "read"}})
    with django_assert_max_num_queries(12):
        page = get(desk.browser, QUEUE)
    assert [row.all("a", data_row_open="*")[0].text for row in page.all(data_row="*") if "was revoked" in row.text] == [
        "nightly"
    ]
    for one, said in ((request, True), (other, False)):
        alone = desk.browser.get(path(one, "row/"), headers={"HX-Request": "true"}).content.decode()
        assert ("was revoked" in alone) is said
    desk.approve(request)
    work()
    alone = desk.browser.get(path(request, "row/"), headers={"HX-Request": "true"}).content.decode()
    assert "was revoked" not in alone


def test_another_owner_reads_who_revoked_it(desk: Desk) -> None:
    request = again(desk, revoked(desk))
    page = get(sign_in(Client(), SECOND_OWNER), path(request))
    assert f"Revoked by {OWNER} , " in page.text
    assert "unchanged since that revoke." in page.text


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"permissions": {**PERMISSIONS, "other": {"quantum": "read"}}}, "Added Quantum read"),
        ({"permissions": {**PERMISSIONS, "organization": {"members": "write"}}}, "Upgraded Members read write"),
        ({"permissions": {"repository": PERMISSIONS["repository"]}}, "Removed Members read"),
        ({"repository_selection": "subset"}, "Downgraded Repositories all repositories named repositories"),
    ],
)
def test_other_access_than_was_revoked_is_listed_and_approved_as_ever(
    desk: Desk, fields: dict[str, Any], line: str
) -> None:
    page = request_page(desk, again(desk, revoked(desk), **fields))
    assert [" ".join(one.replace(" to ", " ").split()) for one in differences(page)] == [line]
    assert "changed since your revoke:" in page.text
    assert "unchanged" not in page.text
    assert approve_button(page) == "Approve"


def test_other_repositories_than_were_revoked_are_listed(desk: Desk) -> None:
    names = list(Repository.objects.filter(organization=desk.organization).values_list("name", flat=True)[:2])
    grant = revoked(desk, repository_selection="subset", repositories=names[:1])
    page = request_page(desk, again(desk, grant, repository_selection="subset", repositories=names[1:]))
    assert differences(page) == ["Added 1 repository", "Removed 1 repository"]


def test_another_expiry_than_was_revoked_is_listed(desk: Desk) -> None:
    grant = revoked(desk)
    request = again(desk, grant)
    grant.token.expires_at = None
    grant.token.save(update_fields=["expires_at"])
    (line,) = differences(request_page(desk, request))
    assert line.startswith("Changed Expiry 20")
    assert line.endswith(" UTC never")


def test_its_lineage_says_who_restored_it_and_who_approved_more_later(desk: Desk) -> None:
    grant = revoked(desk)
    desk.approve(again(desk, grant))
    work()
    assert grant.token.versions.latest("seq").cause == f"restored by {OWNER}"
    desk.approve(again(desk, grant, permissions={"repository": {"contents": "write", "actions": "write"}}))
    work()
    assert grant.token.versions.latest("seq").cause == f"approved by {OWNER}"


# --- nothing to restore --------------------------------------------------------------------------------------------


def test_a_token_that_was_denied_and_never_revoked_shows_nothing(desk: Desk) -> None:
    first = desk.request(**ACCESS)
    desk.deny(first)
    work()
    page = request_page(desk, desk.request(token_id=first.token.token_id, **ACCESS))
    assert not page.all("section", aria_labelledby="revoked")
    assert approve_button(page) == "Approve"


def test_a_revoke_on_its_way_is_none_yet(desk: Desk) -> None:
    grant = desk.grant(**ACCESS)
    request = again(desk, grant, permissions={"repository": {"contents": "read"}})
    desk.revoke(grant)
    assert not request_page(desk, request).all("section", aria_labelledby="revoked")


def test_a_token_that_has_access_again_is_compared_with_what_it_has(desk: Desk) -> None:
    grant = revoked(desk)
    desk.approve(again(desk, grant))
    work()
    page = request_page(desk, again(desk, grant, permissions={"repository": {"actions": "write"}}))
    assert not page.all("section", aria_labelledby="revoked")
    assert page.all("section", aria_labelledby="changes")


def test_a_revoke_before_an_access_that_ended_otherwise_is_history(desk: Desk) -> None:
    grant = revoked(desk)
    desk.approve(again(desk, grant))
    work()
    Grant.objects.active().filter(token=grant.token).update(state=Grant.State.GONE)
    later = again(desk, grant)
    Grant.objects.active().filter(token=grant.token).update(state=Grant.State.GONE)
    assert not request_page(desk, later).all("section", aria_labelledby="revoked")


@pytest.mark.parametrize(("login", "status"), [(OUTSIDER, 404), (MEMBER, 403)])
def test_who_is_no_owner_neither_reads_of_a_revoke_nor_restores(desk: Desk, login: str, status: int) -> None:
    grant = revoked(desk)
    request = again(desk, grant)
    approve = path(request, "approve/")
    form = request_page(desk, request).form(approve)
    browser, before = sign_in(Client(), login), desk.sent()
    assert browser.get(path(request)).status_code == status
    assert browser.get(f"{TOKENS}{grant.pat_id}/").status_code == status
    assert browser.post(approve, form).status_code == status
    work()
    assert desk.sent() == before
    assert desk.browser.post(approve, form).status_code == 302


def test_a_request_that_changed_since_it_was_shown_is_not_restored(desk: Desk) -> None:
    request = again(desk, revoked(desk))
    approve = path(request, "approve/")
    form = request_page(desk, request).form(approve)
    GrantRequest.objects.filter(pk=request.pk).update(permissions={"repository": {"administration": "write"}})
    before = desk.sent()
    answer = Page(desk.browser.post(approve, form))
    assert answer.status == 409
    assert "changed since your revoke:" in answer.text
    work()
    assert desk.sent() == before


def test_its_pages_ask_as_little_of_the_database_as_others(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    grant = revoked(desk)
    for number in range(6):
        desk.github.grant(organization=ORGANIZATION, name=f"held-{number}", login=MEMBER)
    request = again(desk, grant, repository_selection="subset")
    with django_assert_max_num_queries(12):
        request_page(desk, request)
    with django_assert_max_num_queries(12):
        token_page(desk, grant)
