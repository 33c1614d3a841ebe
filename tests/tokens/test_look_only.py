"""Look only: everything is seen, nothing is decided here, and the buttons lead to GitHub."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.effects.models import Effect
from apps.github import services as github
from apps.github.models import Installation, InstallationToken
from apps.github.permissions import LOOK_ONLY, REQUESTS, TOKENS
from apps.tokens import services, sync
from apps.tokens.models import Grant, GrantRequest, Review, SyncState
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.tokens.desk import Desk, digest, effect_of, later, work
from tests.tokens.pages import Page, get

pytestmark = pytest.mark.database
State = Effect.State
ORG = f"/orgs/{ORGANIZATION}/"
TURN_ON = f"{ORG}settings/on/decisions/"
READS = {"members": "read", REQUESTS: "read", TOKENS: "read"}


def let(desk: Desk, permissions: dict[str, str], *, known: bool = True) -> None:
    """The App has only these on the organization; `known`: Patrol was told."""
    desk.github.change("installations/permissions", organization=ORGANIZATION, permissions=permissions)
    if known:
        github.sync_installations()


def without(lacking: str) -> dict[str, str]:
    return {name: level for name, level in READS.items() if name != lacking}


def on_github(page: Page, path: str) -> list[str]:
    """The texts of links to that page of the organization's settings on GitHub."""
    ends = f"/organizations/{ORGANIZATION}/settings/{path}"
    return [one.text for one in page.all("a", href="*") if one.attributes["href"].endswith(ends)]


def forms(page: Page) -> list[str]:
    """The addresses of forms that decide."""
    words = ("approve", "deny", "revoke", "decide", "confirm")
    found = [one.attributes.get("action", "") for one in page.all("form")]
    found += [one.attributes["formaction"] for one in page.all(formaction="*")]
    return [one for one in found if any(f"/{word}/" in one for word in words)]


# --- pages ----------------------------------------------------------------------------------------------------


def test_the_queue_leads_to_github_and_chooses_nothing(desk: Desk) -> None:
    request = desk.request(name="nightly")
    page = get(desk.browser, f"{ORG}requests/")
    assert forms(page)
    assert page.all("input", data_select="*")
    let(desk, READS)
    page = get(desk.browser, f"{ORG}requests/")
    row = page.all(id=f"request-{desk.organization.pk}-{request.pat_request_id}")[0]
    assert [one.text for one in row.all("a", data_shortcut="a d")] == ["Decide on GitHub"]
    assert len(on_github(page, "personal-access-token-requests")) == len(page.names)
    assert (forms(page), page.all("input", data_select="*"), page.all(data_bulk_bar="*")) == ([], [], [])
    assert page.all("a", href=TURN_ON)[0].text == "Turn on decisions"
    assert not page.all(data_shortcut="a")


def test_the_inventory_and_a_token_lead_to_github(desk: Desk) -> None:
    grant = desk.grant(name="deploy")
    token = f"{ORG}tokens/{grant.pat_id}/"
    assert get(desk.browser, token).all("a", href=f"{token}revoke/")
    let(desk, READS)
    page = get(desk.browser, f"{ORG}tokens/")
    assert (forms(page), page.all("input", data_select="*"), page.all(data_bulk_bar="*")) == ([], [], [])
    assert page.all("a", href=TURN_ON)
    page = get(desk.browser, token)
    assert on_github(page, f"personal-access-tokens/{grant.pat_id}") == ["Revoke on GitHub"]
    assert not page.all("a", href=f"{token}revoke/")
    page = get(desk.browser, f"{token}revoke/")
    assert (forms(page), len(on_github(page, f"personal-access-tokens/{grant.pat_id}"))) == ([], 1)


def test_a_request_s_page_leads_to_github_and_still_helps_with_the_words(desk: Desk) -> None:
    request = desk.request(name="nightly", expires_in_days=300)
    path = f"{ORG}requests/{request.pat_request_id}/"
    assert forms(get(desk.browser, path)) == [f"{path}approve/", f"{path}deny/"]
    let(desk, READS)
    page = get(desk.browser, path)
    assert forms(page) == []
    assert "Decide on GitHub" in on_github(page, "personal-access-token-requests")
    page = get(desk.browser, f"{path}denial/", because="not-needed")
    assert forms(page) == []
    assert page.all("textarea", id="words")[0].text
    assert "Deny on GitHub" in on_github(page, "personal-access-token-requests")


def test_old_requests_are_shown_for_github_and_not_denied_here(desk: Desk) -> None:
    desk.request(name="forgotten", requested_days_ago=50)
    page = get(desk.browser, f"{ORG}requests/cleanup/")
    assert "forgotten" in page.text
    assert forms(page) == [f"{ORG}requests/decide/"] * len(forms(page)) != []
    let(desk, READS)
    page = get(desk.browser, f"{ORG}requests/cleanup/")
    assert "forgotten" in page.text
    assert (forms(page), page.all("input", name="chosen")) == ([], [])
    assert on_github(page, "personal-access-token-requests")


def test_over_all_organizations_only_those_that_look_lose_their_forms(desk: Desk) -> None:
    here = desk.request(name="here")
    there = Desk(desk.github, organization=OTHER_ORGANIZATION).request(name="there")
    let(desk, READS)
    page = get(desk.browser, "/requests/")
    chosen = {one.attributes["value"] for one in page.all("input", name="chosen")}
    assert f"{there.organization_id}:{there.pat_request_id}" in chosen
    assert f"{here.organization_id}:{here.pat_request_id}" not in chosen
    assert page.all(data_bulk_bar="*")
    assert f"{ORGANIZATION}: look only" in page.text


def test_what_holds_for_several_organizations_is_said_once(desk: Desk) -> None:
    let(desk, READS)
    desk.github.change("installations/permissions", organization=OTHER_ORGANIZATION, permissions=READS)
    github.sync_installations()
    page = get(desk.browser, "/tokens/")
    assert page.text.count("look only") == 1
    assert f"{ORGANIZATION}, {OTHER_ORGANIZATION}: look only" in page.text
    assert not page.all("a", href=TURN_ON)


# --- posts ----------------------------------------------------------------------------------------------------


def nothing_came_of_it(desk: Desk) -> bool:
    work()
    return not Review.objects.exists() and desk.github.ledger() == []


@pytest.mark.parametrize("action", ["approve", "deny"])
def test_a_decision_is_refused_before_anything_is_written(desk: Desk, action: str) -> None:
    request = desk.request(name="nightly")
    path = f"{ORG}requests/{request.pat_request_id}/"
    form = {"digest": digest(request), "reason": "No"}
    let(desk, READS)
    answer = desk.browser.post(f"{path}{action}/", form)
    assert answer.status_code == 409
    assert "its App lacks Personal access token requests: read and write" in answer.content.decode()
    assert nothing_came_of_it(desk)
    desk.github.change("installations/accept-permissions", organization=ORGANIZATION)
    github.sync_installations()
    assert desk.browser.post(f"{path}{action}/", form).status_code == 302
    later(seconds=60)
    assert desk.decided() == [request.pat_request_id]


def test_many_decisions_are_refused_where_patrol_looks_and_go_out_elsewhere(desk: Desk) -> None:
    here, other = desk.request(name="here"), Desk(desk.github, organization=OTHER_ORGANIZATION)
    there = other.request(name="there")
    let(desk, READS)
    keys = {f"{one.organization_id}:{one.pat_request_id}": one for one in (here, there)}
    form = {"action": "approve", "chosen": list(keys), **{f"digest-{key}": digest(one) for key, one in keys.items()}}
    answer = desk.browser.post("/requests/decide/", form, follow=True)
    assert "its App lacks Personal access token requests" in answer.content.decode()
    later(seconds=60)
    assert desk.decided() == [there.pat_request_id]
    page = Page(desk.browser.post(f"{ORG}requests/decide/", {**form, "chosen": [next(iter(keys))], "ask": "deny"}))
    assert (forms(page), "can be decided here" in page.text) == ([], True)


def test_a_revocation_is_refused_before_anything_is_written(desk: Desk) -> None:
    grant = desk.grant(name="deploy")
    key = f"{grant.organization_id}:{grant.pat_id}"
    many = {"chosen": [key], f"digest-{key}": digest(grant), "confirmed": "yes"}
    let(desk, READS)
    one = desk.browser.post(f"{ORG}tokens/{grant.pat_id}/revoke/", {"digest": digest(grant)})
    all_ = desk.browser.post(f"{ORG}tokens/revoke/", many)
    for answer in (one, all_):
        assert answer.status_code == 409
        assert "its App lacks Personal access tokens: read and write" in answer.content.decode()
        assert forms(Page(answer)) == []
    assert nothing_came_of_it(desk)


def test_what_the_app_may_is_told_apart(desk: Desk) -> None:
    """With the right to review and none to revoke, requests are decided here and tokens on GitHub."""
    request, grant = desk.request(name="nightly"), desk.grant(name="deploy")
    let(desk, READS | {REQUESTS: "write"})
    assert forms(get(desk.browser, f"{ORG}requests/"))
    assert not forms(get(desk.browser, f"{ORG}tokens/"))
    with pytest.raises(RuleBroken, match="Personal access tokens: read and write"):
        desk.revoke(grant)
    outcome = desk.approve(request)
    later(seconds=60)
    assert effect_of(outcome).state == State.CONFIRMED


def test_a_second_owner_cannot_confirm_but_reject(desk: Desk) -> None:
    desk.browser.post(f"{ORG}settings/decisions/", {"two_person": "on"})
    request = desk.request(name="nightly")
    outcome = desk.approve(request)
    second, path = sign_in(Client(), SECOND_OWNER), f"{ORG}requests/{request.pat_request_id}/"
    let(desk, READS)
    page = get(second, path)
    assert f"{path}confirm/" not in forms(page)
    answer = second.post(f"{path}confirm/", {"digest": digest(request)}, follow=True)
    assert "Patrol only looks at" in answer.content.decode()
    assert effect_of(outcome).state == State.PROPOSED
    second.post(f"{path}reject/", page.form(f"{path}reject/"))
    assert effect_of(outcome).state == State.WITHDRAWN
    assert desk.sent() == []


def test_what_rests_can_be_taken_back(desk: Desk) -> None:
    request = desk.request(name="nightly")
    outcome = desk.approve(request)
    let(desk, READS)
    (review,) = outcome.reviews
    assert services.undo_decisions(user=desk.user, organization=desk.organization, review_ids=[review.pk]) == 1
    later(seconds=60)
    assert desk.sent() == []


# --- decisions on their way -----------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_a_decision_on_its_way_ends_refused_with_a_plain_sentence(desk: Desk, known: bool) -> None:
    """Also where Patrol learns of it from GitHub's refusal."""
    request, grant = desk.request(name="nightly"), desk.grant(name="deploy")
    outcomes = [desk.approve(request), desk.revoke(grant)]
    let(desk, READS, known=known)
    later(seconds=60)
    later(seconds=120)
    for outcome in outcomes:
        effect = effect_of(outcome)
        assert effect.state == State.REFUSED
        assert "Patrol only looks at" in effect.answer or "Patrol's App lacks the permission" in effect.answer
    assert desk.sent() == []
    assert Installation.objects.get(organization=desk.organization).permissions[REQUESTS] == "read"


def test_many_decisions_end_refused_after_one_refusal_of_githubs(desk: Desk) -> None:
    requests = [desk.request(name=f"nightly {number}") for number in range(4)]
    outcome = desk.approve(*requests)
    let(desk, READS, known=False)
    for seconds in (60, 90, 120, 180, 300):
        later(seconds=seconds)
    states = Effect.objects.filter(pk__in=[one.effect_id for one in outcome.reviews]).values_list("state", flat=True)
    assert set(states) == {State.REFUSED}
    assert desk.sent() == []


@pytest.mark.parametrize("known", [True, False])
def test_a_decision_ends_where_not_even_looking_is_left(desk: Desk, known: bool) -> None:
    outcome = desk.approve(desk.request(name="nightly"))
    let(desk, {"members": "read"}, known=known)
    later(seconds=60)
    later(seconds=120)
    assert effect_of(outcome).state == State.REFUSED


@pytest.mark.parametrize("known", [True, False])
def test_an_approval_of_two_ends_where_the_second_s_role_cannot_be_read(desk: Desk, known: bool) -> None:
    desk.browser.post(f"{ORG}settings/decisions/", {"two_person": "on"})
    request = desk.request(name="nightly")
    outcome = desk.approve(request)
    second, path = sign_in(Client(), SECOND_OWNER), f"{ORG}requests/{request.pat_request_id}/"
    second.post(f"{path}confirm/", get(second, path).form(f"{path}confirm/"))
    assert effect_of(outcome).state == State.READY
    let(desk, {REQUESTS: "write", TOKENS: "write"}, known=known)
    for seconds in (60, 90, 120):
        later(seconds=seconds)
    effect = effect_of(outcome)
    assert effect.state == State.REFUSED
    assert "Patrol's App lacks the permission for this" in effect.answer
    assert desk.sent() == []


@pytest.mark.parametrize("known", [True, False])
def test_what_was_sent_ends_where_it_cannot_be_read_any_more(desk: Desk, known: bool) -> None:
    outcome = desk.approve(desk.request(name="nightly"))
    desk.github.fail("500", "/personal-access-token", verb="POST", after=True)
    later(seconds=60)
    assert effect_of(outcome).state == State.UNKNOWN
    let(desk, {"members": "read"}, known=known)
    for seconds in (300, 900, 1800):
        later(seconds=seconds)
    effect = effect_of(outcome)
    assert effect.state == State.SUPERSEDED
    assert "see on GitHub what is so" in effect.answer


# --- reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_without_the_right_to_requests_the_queue_says_so_and_tokens_are_read(desk: Desk, known: bool) -> None:
    let(desk, without(REQUESTS), known=known)
    given = desk.github.grant(organization=ORGANIZATION, login=MEMBER, name="after")
    sync.sync_organization(desk.organization.pk)
    sync.sync_organization(desk.organization.pk)
    assert Grant.objects.filter(pat_id=given["id"]).exists()
    GrantRequest.objects.filter(organization=desk.organization).update(state=GrantRequest.State.DENIED)
    page = get(desk.browser, f"{ORG}requests/")
    assert "Patrol cannot see requests there. Its App lacks Personal access token requests: read-only" in page.text
    assert "does not mean that none waits" in page.text
    assert page.all("a", href=f"{ORG}settings/on/looking/")
    assert "cannot see" not in get(desk.browser, f"{ORG}tokens/").text
    card = get(desk.browser, "/").all(aria_labelledby=f"organization-{desk.organization.pk}")[0].text
    assert "Its App lacks Personal access token requests: read-only." in card
    assert "Requests not available" in card
    assert "Pending requests" not in card
    assert "Active tokens" in card


def test_without_the_right_to_tokens_the_inventory_says_so_and_requests_are_read(desk: Desk) -> None:
    let(desk, without(TOKENS))
    asked = desk.github.ask(organization=ORGANIZATION, name="after")
    assert sync.sync_organization(desk.organization.pk).state == "complete"
    assert GrantRequest.objects.filter(pat_request_id=asked["id"]).exists()
    assert (
        "Patrol cannot see tokens there. Its App lacks Personal access tokens: read-only"
        in get(desk.browser, f"{ORG}tokens/").text
    )
    assert "cannot see" not in get(desk.browser, f"{ORG}requests/").text


def test_a_list_that_is_not_read_any_more_is_as_old_as_its_last_reading(desk: Desk) -> None:
    let(desk, without(REQUESTS))
    with clock.moved(timedelta(minutes=20)):
        desk.sync()
        assert "as of 20 minutes ago" in get(desk.browser, f"{ORG}requests/").text
        assert "Webhooks tell of new requests" not in get(desk.browser, f"{ORG}requests/").text
        assert "as of just now" in get(desk.browser, f"{ORG}tokens/").text
    read_at = SyncState.objects.get(organization=desk.organization).requests_read_at
    assert read_at is not None
    assert read_at <= clock.now()


def test_without_either_the_sync_says_why_and_goes_on_when_it_may(desk: Desk) -> None:
    let(desk, {"members": "read"})
    report = sync.sync_organization(desk.organization.pk)
    assert (report.state, report.error) == ("failed", "Patrol's App may read neither requests nor tokens here.")
    let(desk, READS)
    settle(seconds=640)
    assert SyncState.objects.get(organization=desk.organization).error == ""


def test_without_members_pages_say_what_patrol_cannot_say(desk: Desk) -> None:
    words = "cannot say there who left, or read a second owner's role. Its App lacks Members: read-only"
    assert words not in get(desk.browser, f"{ORG}requests/").text
    let(desk, without("members"))
    for page in ("requests/", "requests/cleanup/", "tokens/"):
        assert words in get(desk.browser, f"{ORG}{page}").text


def test_a_kept_token_ends_with_the_permissions_it_was_made_with(desk: Desk) -> None:
    kept = InstallationToken.objects.filter(installation__organization=desk.organization)
    assert kept.count() == 1
    github.sync_installations()
    assert kept.count() == 1
    let(desk, READS)
    assert kept.count() == 0
    event = Event.objects.get(chain=desk.organization.pk, name="installation.permissions_changed")
    assert (event.data["before"][REQUESTS], event.data["after"]) == ("write", LOOK_ONLY)
    text = get(desk.browser, f"{ORG}activity/").text
    assert "has other permissions on this organization" in text
    assert OWNER not in event.actor_login
