"""What came of an approval is read back: more than the token held and was approved is an alarm."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.core import clock
from apps.effects.models import Effect
from apps.github import deliveries
from apps.github.models import Delivery, Repository
from apps.tokens.models import Grant, GrantRequest, Review, Token, WiderGrant
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import SMALL_WORLD, sign_in
from tests.github import GitHub
from tests.github.webhooks import request_event, send
from tests.tokens.desk import Desk, effect_of, later, state_of, work
from tests.tokens.pages import Page, get

READS = {"repository": {"contents": "read", "metadata": "read"}}
WRITES = {"repository": {"contents": "write", "metadata": "read"}}
REVIEW = r"/personal-access-token-requests(/\d+)?$"
State = Effect.State
Browse = Callable[[str], Client]


@pytest.fixture
def strict(desk: Desk) -> Desk:
    """Where the organization has what is wider revoked again."""
    settings = f"/orgs/{ORGANIZATION}/settings/"
    answer = desk.browser.post(f"{settings}decisions/", {"revoke_wider": "on", "undo_seconds": "0"})
    assert answer.status_code == 302
    return desk


def request_path(request: GrantRequest) -> str:
    return f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/"


def token_path(grant: Grant, verb: str = "") -> str:
    return f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/" + (f"{verb}/" if verb else "")


def asked(desk: Desk, **fields: Any) -> GrantRequest:
    return desk.request(**{"permissions": READS, "repository_selection": "all", **fields})


def edit_at_review(desk: Desk, request: GrantRequest, **fields: Any) -> None:
    """The member edits it between Patrol's look and its write."""
    desk.github.change(f"requests/{request.pat_request_id}/edit", at_review=True, **fields)


def widened(desk: Desk, **fields: Any) -> tuple[GrantRequest, Grant]:
    """A request that was approved as it was, and became more at the last moment."""
    request = asked(desk, **fields)
    edit_at_review(desk, request, permissions=WRITES)
    outcome = desk.approve(request)
    work()
    assert state_of(outcome) == State.CONFIRMED
    return request, Grant.objects.get(token=request.token_id)


def tell_of_approval(request: dict[str, Any], by: str, action: str = "approved") -> None:
    """The webhook of a decision on github.com."""
    message = request_event(action, request) | {"sender": {"id": 77, "login": by}}
    send("personal_access_token_request", message)
    deliveries.process(Delivery.objects.latest("pk").pk)


def test_more_than_was_approved_is_an_alarm_on_every_page_it_belongs_to(desk: Desk) -> None:
    request, grant = widened(desk)
    alarm = WiderGrant.objects.get()
    assert alarm.beyond == {"permissions": {"repository": {"contents": "write"}}, "everywhere": False,
                            "repository_ids": []}  # fmt: skip
    (event,) = Event.objects.filter(name="grant.found_wider")
    assert (event.subject, event.data["beyond"]) == (grant.subject, "Contents: write")
    for path in (token_path(grant), request_path(request)):
        page = get(desk.browser, path)
        (notice,) = page.all("section", aria_labelledby="wider-1")
        assert "reaches further than was approved" in notice.text
        assert "Contents write" in notice.text
        assert "knows of no other approval" in notice.text
    for path in ("requests/", "tokens/", "settings/", "activity/"):
        page = get(desk.browser, f"/orgs/{ORGANIZATION}/{path}")
        assert "a token reaches further than what was approved" in page.text
        assert page.all("a", href=token_path(grant))
    assert "acme-robotics: a token reaches further" in get(desk.browser, "/").text
    assert "reaches further" not in get(desk.browser, "/orgs/northwind-labs/requests/").text


def test_an_approval_that_gives_what_was_approved_is_no_alarm(desk: Desk) -> None:
    held = desk.grant(permissions={"repository": {"issues": "write"}}, repository_selection="subset")
    request = asked(desk, token_id=held.token.token_id, repository_selection="none")
    outcome = desk.approve(request)
    work()
    assert state_of(outcome) == State.CONFIRMED
    review = Review.objects.get()
    assert review.read_back_at
    assert review.held is not None
    assert review.held["granted"]["permissions"] == {"repository": {"issues": "write"}}
    assert not WiderGrant.objects.exists()


def test_all_that_grows_by_a_repository_is_no_alarm(desk: Desk) -> None:
    held = desk.grant(permissions=READS, repository_selection="all")
    request = asked(desk, token_id=held.token.token_id, permissions=WRITES)
    desk.approve(request)
    work()
    assert Review.objects.get().read_back_at
    assert not WiderGrant.objects.exists()


@pytest.mark.parametrize(
    ("fields", "beyond"),
    [
        ({"repository_selection": "all"}, "all repositories"),
        ({"repositories": 3}, "2 more repositories"),
        ({"permissions": {"repository": {"issues": "write"}}}, "Issues: write"),
    ],
)
def test_repositories_and_other_permissions_are_wider_too(desk: Desk, fields: dict[str, Any], beyond: str) -> None:
    """The last one allows nothing of what was approved any more."""
    names = list(Repository.objects.filter(organization=desk.organization).values_list("name", flat=True)[:3])
    request = asked(desk, repository_selection="subset", repositories=names[:1])
    edit_at_review(desk, request, **({"repositories": names} if "repositories" in fields else fields))
    outcome = desk.approve(request)
    work()
    assert state_of(outcome) == State.CONFIRMED
    (event,) = Event.objects.filter(name="grant.found_wider")
    assert event.data["beyond"] == beyond


def test_of_many_in_one_call_the_edited_one_is_an_alarm(desk: Desk) -> None:
    one, other = asked(desk), asked(desk)
    edit_at_review(desk, other, permissions={"repository": {"actions": "write"}})
    outcome = desk.approve(one, other)
    work()
    later(seconds=5)
    assert {Effect.objects.get(pk=review.effect_id).state for review in outcome.reviews} == {State.CONFIRMED}
    assert WiderGrant.objects.get().review.grant_request == other


def test_an_edit_that_makes_it_another_request_is_refused_and_no_alarm(patrol: GitHub) -> None:
    """The other world: an edited request is cancelled, and a new one takes its place."""
    patrol.change("reset", **SMALL_WORLD, worlds={"edited_request_id": "B"})
    desk = Desk(patrol)
    request = asked(desk)
    edit_at_review(desk, request, permissions=WRITES)
    outcome = desk.approve(request)
    work()
    later(minutes=1)
    assert state_of(outcome) == State.SUPERSEDED
    assert not WiderGrant.objects.exists()


def test_it_is_not_revoked_unless_the_organization_wants_it(desk: Desk) -> None:
    _, grant = widened(desk)
    later(minutes=5)
    grant.refresh_from_db()
    assert [action for action, *_ in desk.sent()] == ["approve"]
    assert grant.state == Grant.State.ACTIVE


def test_where_the_organization_wants_it_it_is_revoked_once_as_a_rule(strict: Desk) -> None:
    _, grant = widened(strict)
    work()
    assert [action for action, *_ in strict.sent()] == ["approve"], "another approval may still explain it"
    later(seconds=11)
    later(minutes=5)
    assert [(action, login) for action, _, login in strict.sent()] == [("approve", OWNER), ("revoke", None)]
    grant.refresh_from_db()
    assert grant.state == Grant.State.REVOKED
    review = Review.objects.get(action="revoke")
    assert (review.reviewer, review.reviewer_login) == (None, "Patrol's rule")
    assert "Contents: write" in review.reason
    names = strict.events(grant.subject)
    assert names.index("grant.found_wider") < names.index("grant.revocation_proposed") < names.index("grant.revoked")
    attempt = Event.objects.get(name="effect.attempted", subject=grant.subject)
    assert (attempt.actor_login, attempt.data["token"]) == ("patrol", "installation")
    assert "reaches further" not in get(strict.browser, f"/orgs/{ORGANIZATION}/requests/").text
    assert "Revocation by Patrol's rule" in get(strict.browser, token_path(grant)).text


def test_an_approval_of_another_owner_on_github_explains_it(strict: Desk) -> None:
    """GitHub told of it before Patrol read back: the alarm says so, and nothing is revoked."""
    request = asked(strict)
    other = strict.github.ask(organization=ORGANIZATION, token_id=request.token.token_id, permissions=WRITES,
                              repository_selection="all")  # fmt: skip
    edit_at_review(strict, request, permissions=WRITES)
    tell_of_approval(other, "hubot")
    strict.approve(request)
    work()
    later(minutes=5)
    alarm = WiderGrant.objects.get()
    assert alarm.explanation == f"hubot approved request {other['id']} for the same token on github.com"
    assert [action for action, *_ in strict.sent()] == ["approve"]
    assert "hubot approved request" in get(strict.browser, token_path(alarm.grant)).text


def test_word_of_it_that_comes_a_moment_later_stops_the_revocation(strict: Desk) -> None:
    request = asked(strict)
    other = strict.github.ask(organization=ORGANIZATION, token_id=request.token.token_id, permissions=WRITES,
                              repository_selection="all")  # fmt: skip
    edit_at_review(strict, request, permissions=WRITES)
    strict.approve(request)
    work()
    tell_of_approval(other, "hubot")
    later(seconds=11)
    assert [action for action, *_ in strict.sent()] == ["approve"]
    assert Effect.objects.get(kind="tokens.revoke_grant").state == State.SUPERSEDED
    assert WiderGrant.objects.get().explanation


@pytest.mark.parametrize("action", ["cancelled", "denied"])
def test_a_request_that_ended_otherwise_explains_nothing(strict: Desk, action: str) -> None:
    """Else a requester would cancel a wide one at the moment of a narrow one's approval."""
    request = asked(strict)
    other = strict.github.ask(organization=ORGANIZATION, token_id=request.token.token_id, permissions=WRITES,
                              repository_selection="all")  # fmt: skip
    edit_at_review(strict, request, permissions=WRITES)
    strict.github.change(f"requests/{other['id']}/cancel")
    strict.approve(request)
    work()
    tell_of_approval(other, "hubot", action)
    later(seconds=11)
    assert [one for one, *_ in strict.sent()] == ["approve", "revoke"]


def test_an_approval_that_does_not_allow_as_much_explains_nothing(strict: Desk) -> None:
    request = asked(strict)
    other = strict.github.ask(organization=ORGANIZATION, token_id=request.token.token_id, permissions=READS,
                              repository_selection="all")  # fmt: skip
    tell_of_approval(other, "hubot")
    edit_at_review(strict, request, permissions=WRITES)
    strict.approve(request)
    later(seconds=11)
    later(seconds=30)
    assert [one for one, *_ in strict.sent()] == ["approve", "revoke"]


def test_two_requests_of_one_token_approved_through_patrol_are_no_alarm(strict: Desk) -> None:
    one = asked(strict)
    two = asked(strict, token_id=one.token.token_id, permissions=WRITES)
    strict.approve(one, two)
    work()
    later(seconds=30)
    assert len(strict.decided()) == 2
    assert not WiderGrant.objects.exists()


def test_who_switches_the_rule_off_in_time_stops_it(strict: Desk) -> None:
    widened(strict)
    strict.browser.post(f"/orgs/{ORGANIZATION}/settings/decisions/", {"undo_seconds": "0"})
    later(seconds=11)
    assert [action for action, *_ in strict.sent()] == ["approve"]
    assert Effect.objects.get(kind="tokens.revoke_grant").state == State.SUPERSEDED


def test_an_owner_acknowledges_it_and_it_is_revoked_no_more(strict: Desk) -> None:
    _, grant = widened(strict)
    page = get(strict.browser, token_path(grant))
    form = page.form(token_path(grant, "acknowledge"))
    answer = strict.browser.post(token_path(grant, "acknowledge"), form, follow=True)
    assert "Noted" in Page(answer).text
    assert "reaches further" not in Page(answer).text
    later(seconds=11)
    assert [action for action, *_ in strict.sent()] == ["approve"]
    (event,) = Event.objects.filter(name="grant.wider_acknowledged")
    assert (event.actor_login, event.data["beyond"]) == (OWNER, "Contents: write")
    again = strict.browser.post(token_path(grant, "acknowledge"), form, follow=True)
    assert "Nothing waits for an answer" in Page(again).text


def test_nobody_acknowledges_for_their_own_token(desk: Desk) -> None:
    _, grant = widened(desk)
    second = sign_in(Client(), SECOND_OWNER)
    Token.objects.filter(pk=grant.token_id).update(owner_id=int(second.session["_auth_user_id"]))
    page = get(second, token_path(grant))
    assert not page.all("form", action=token_path(grant, "acknowledge"))
    answer = second.post(token_path(grant, "acknowledge"), follow=True)
    assert "This is your own token" in Page(answer).text
    assert WiderGrant.objects.open().exists()


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_acknowledge(desk: Desk, login: str, status: int) -> None:
    _, grant = widened(desk)
    browser = sign_in(Client(), login)
    assert browser.post(token_path(grant, "acknowledge")).status_code == status
    assert browser.get(token_path(grant, "acknowledge")).status_code == 405
    assert WiderGrant.objects.open().exists()


def test_a_grant_that_is_narrow_again_needs_no_answer(desk: Desk) -> None:
    _, grant = widened(desk)
    desk.github.change(f"tokens/{grant.token.token_id}", permissions=READS)
    desk.sync()
    assert WiderGrant.objects.get().ended_as == "narrowed"
    assert "grant.found_narrowed" in desk.events(grant.subject)
    assert "reaches further" not in get(desk.browser, token_path(grant)).text


def test_a_grant_that_was_revoked_needs_no_answer(desk: Desk) -> None:
    _, grant = widened(desk)
    desk.revoke(grant)
    work()
    assert not WiderGrant.objects.open().exists()
    desk.sync()
    assert WiderGrant.objects.get().ended_as == "revoked"


def test_several_are_found_under_tokens(desk: Desk) -> None:
    grants = [widened(desk)[1] for _ in range(2)]
    plain = desk.grant(name="plain")
    assert "2 tokens reach further" in get(desk.browser, f"/orgs/{ORGANIZATION}/requests/").text
    names = get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/", state="wider").names
    assert len(names) == len(grants)
    assert plain.token.name not in names


def test_what_the_list_did_not_show_in_time_is_read_back_later(desk: Desk) -> None:
    """GitHub said yes and its list lags: the approval is confirmed unread, and a later reading compares it."""
    request = asked(desk)
    edit_at_review(desk, request, permissions=WRITES)
    outcome = desk.approve(request)
    work()
    effect = effect_of(outcome)
    assert effect.state == State.CONFIRMED
    WiderGrant.objects.all().delete()
    Review.objects.update(read_back_at=None)
    desk.sync()
    assert WiderGrant.objects.get().review == outcome.reviews[0]
    desk.sync()
    assert WiderGrant.objects.count() == 1


def test_a_read_back_that_failed_comes_with_the_confirmation(desk: Desk) -> None:
    """It is part of what settles: until the grant was read, the approval is not confirmed."""
    request = asked(desk)
    edit_at_review(desk, request, permissions=WRITES)
    outcome = desk.approve(request)
    desk.github.fail("500", r"/personal-access-tokens$", verb="GET", times=1)
    work()
    assert state_of(outcome) == State.SENT
    assert not WiderGrant.objects.exists()
    with clock.moved(timedelta(minutes=1)):
        work()
    assert state_of(outcome) == State.CONFIRMED
    assert WiderGrant.objects.count() == 1


def test_an_approval_whose_answer_was_lost_is_read_back_as_well(desk: Desk) -> None:
    """Nobody knows whether GitHub carried it out, and the request was edited before it did."""
    request = asked(desk)
    edit_at_review(desk, request, permissions=WRITES)
    outcome = desk.approve(request)
    desk.github.fail("reset", r"/personal-access-token-requests/\d+$", verb="POST", after=True)
    work()
    assert state_of(outcome) == State.UNKNOWN
    later(seconds=6)
    assert state_of(outcome) == State.CONFIRMED
    desk.sync()
    assert WiderGrant.objects.get().review == outcome.reviews[0]
    assert len(desk.sent()) == 1


def test_a_strangers_name_in_the_explanation_is_only_text(desk: Desk) -> None:
    request = asked(desk)
    other = desk.github.ask(organization=ORGANIZATION, token_id=request.token.token_id, permissions=WRITES,
                            repository_selection="all")  # fmt: skip
    tell_of_approval(other, "<script>alert(1)</script>\u202e")
    edit_at_review(desk, request, permissions=WRITES)
    desk.approve(request)
    work()
    page = get(desk.browser, request_path(request))
    assert "<script>alert" not in page.source
    assert "\u202e" not in page.source
    assert "alert(1)" in page.text
