"""Deciding on requests: what may be decided, by whom, and what each decision leaves behind."""

import pytest

from apps.accounts.errors import NotAnOwner
from apps.audit.models import Event
from apps.core.errors import RuleBroken
from apps.effects.models import Effect
from apps.tokens import services
from apps.tokens.models import Grant, GrantRequest, Review
from tests.cast import MEMBER, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.tokens.desk import Desk, digest, state_of, work


def sentence(outcome: services.Outcome) -> str:
    """Why the only one was refused."""
    (refusal,) = outcome.refused
    assert not outcome.reviews
    return refusal.sentence


def test_an_approval_reaches_github_once_as_the_owner(desk: Desk) -> None:
    request = desk.request(reason="For the nightly build")
    outcome = desk.approve(request, reason="Fine for a month")
    assert desk.sent() == []
    work()
    (entry,) = desk.github.ledger()
    assert (entry["verb"], entry["token_kind"], entry["login"]) == ("POST", "user", OWNER)
    assert entry["path"].endswith(f"/personal-access-token-requests/{request.pat_request_id}")
    assert entry["body"] == {"action": "approve", "reason": "Fine for a month"}
    assert state_of(outcome) == Effect.State.CONFIRMED


def test_an_approved_request_leaves_the_queue_and_its_grant_is_there_at_once(desk: Desk) -> None:
    request = desk.request(permissions={"repository": {"contents": "write"}}, repository_selection="all")
    desk.approve(request)
    work()
    request.refresh_from_db()
    assert (request.state, request.ended_at is None) == (GrantRequest.State.APPROVED, False)
    grant = Grant.objects.active().get(token=request.token)
    assert grant.permissions["repository"]["contents"] == "write"
    version = request.token.versions.order_by("-seq")[0]
    assert version.cause == f"approved by {OWNER}"
    assert version.facts["requested"] is None
    assert version.facts["granted"]["repository_selection"] == "all"


def test_a_denied_request_leaves_the_queue_and_gets_no_grant(desk: Desk) -> None:
    request = desk.request()
    desk.deny(request, reason="Ask for less")
    work()
    request.refresh_from_db()
    assert request.state == GrantRequest.State.DENIED
    assert not Grant.objects.filter(token=request.token).exists()
    assert desk.github.ledger()[0]["body"] == {"action": "deny", "reason": "Ask for less"}
    assert request.token.versions.order_by("-seq")[0].cause == f"denied by {OWNER}"


def test_approving_more_for_a_token_widens_the_grant_it_has(desk: Desk) -> None:
    grant = desk.grant(permissions={"repository": {"contents": "read"}})
    request = desk.request(token_id=grant.token.token_id, permissions={"repository": {"issues": "write"}})
    desk.approve(request)
    work()
    (now,) = Grant.objects.active().filter(token=grant.token)
    assert now.pat_id == grant.pat_id
    assert now.permissions["repository"] == {"contents": "read", "issues": "write"}


def test_denying_more_for_a_token_leaves_the_grant_it_has(desk: Desk) -> None:
    grant = desk.grant(permissions={"repository": {"contents": "read"}})
    request = desk.request(token_id=grant.token.token_id, permissions={"repository": {"issues": "write"}})
    outcome = desk.deny(request)
    work()
    assert state_of(outcome) == Effect.State.CONFIRMED
    grant.refresh_from_db()
    assert (grant.state, grant.permissions["repository"]) == (Grant.State.ACTIVE, {"contents": "read"})


def test_the_record_tells_who_what_was_seen_and_what_github_answered(desk: Desk) -> None:
    request = desk.request(reason="For the nightly build")
    desk.deny(request, reason="Ask for less")
    work()
    told = ["grant_request.seen", "grant_request.denial_proposed", "effect.attempted", "grant_request.denied"]
    assert desk.events(request.subject) == told
    denied = Event.objects.get(name="grant_request.denied")
    assert (denied.actor_login, denied.data["status"], denied.data["reason"]) == (OWNER, 204, "Ask for less")
    assert denied.data["evidence"]["reason"] == "For the nightly build"
    assert denied.data["digest"] == digest(request)


def test_evidence_keeps_what_was_seen_when_everything_changes_later(desk: Desk) -> None:
    request = desk.request(permissions={"repository": {"secrets": "write"}}, expires_in_days=None)
    (review,) = desk.approve(request).reviews
    GrantRequest.objects.filter(pk=request.pk).update(permissions={}, reason="Changed")
    review = Review.objects.get(pk=review.pk)
    assert review.evidence["permissions"]["repository"]["secrets"] == "write"
    assert review.evidence["risk"] == "critical"
    assert "Never expires" in review.evidence["risk_reasons"]


def test_nobody_decides_on_their_own_token_while_another_owner_may(desk: Desk) -> None:
    request = desk.request()
    request.token.owner_id = desk.user.pk
    request.token.save()
    assert "your own token" in sentence(desk.approve(request))
    second = Desk(desk.github, SECOND_OWNER)
    request.refresh_from_db()
    assert second.approve(request).reviews
    assert not Review.objects.filter(reviewer=desk.user).exists()


def test_what_changed_after_it_was_shown_is_refused_and_nothing_is_sent(desk: Desk) -> None:
    request = desk.request()
    shown = digest(request)
    request.permissions = {"repository": {"administration": "write"}}
    request.save()
    chosen = {request.pat_request_id: shown}
    outcome = services.decide_requests(
        user=desk.user, organization=desk.organization, action="approve", reason="", chosen=chosen
    )
    assert "changed after you saw it" in sentence(outcome)
    work()
    assert desk.sent() == []
    assert not Effect.objects.exists()


def test_a_digest_that_is_nonsense_is_refused(desk: Desk) -> None:
    request = desk.request()
    outcome = services.decide_requests(
        user=desk.user, organization=desk.organization, action="deny", reason="", chosen={request.pat_request_id: ""}
    )
    assert "changed after you saw it" in sentence(outcome)


def test_a_second_click_adds_nothing_whether_early_or_late(desk: Desk) -> None:
    request = desk.request()
    desk.approve(request)
    assert "already on its way" in sentence(desk.approve(request))
    assert "already on its way" in sentence(desk.deny(request))
    work()
    request.refresh_from_db()
    assert "approved already" in sentence(desk.approve(request))
    work()
    assert [action for action, _, _ in desk.sent()] == ["approve"]
    assert Review.objects.count() == 1


def test_what_is_unknown_or_elsewhere_is_refused_as_if_it_did_not_exist(desk: Desk) -> None:
    request = desk.request()
    elsewhere = Desk(desk.github, organization=OTHER_ORGANIZATION)
    outcome = elsewhere.approve(request)
    assert sentence(outcome) == f"Patrol does not know this in {OTHER_ORGANIZATION}."
    work()
    assert desk.sent() == []


def test_one_refusal_among_many_does_not_stop_the_others(desk: Desk) -> None:
    first, gone, last = desk.request(), desk.request(), desk.request()
    GrantRequest.objects.filter(pk=gone.pk).update(state=GrantRequest.State.ENDED)
    outcome = desk.approve(first, gone, last, reason="All for the release")
    assert [review.grant_request_id for review in outcome.reviews] == [first.pk, last.pk]
    assert [refusal.subject_id for refusal in outcome.refused] == [gone.pat_request_id]
    work()
    assert desk.decided() == sorted([first.pat_request_id, last.pat_request_id])


def test_a_member_decides_nothing(desk: Desk) -> None:
    request = desk.request()
    desk.user = Desk(desk.github, MEMBER).user
    with pytest.raises(NotAnOwner):
        desk.approve(request)
    assert not Effect.objects.exists()


def test_a_reason_is_made_harmless_and_one_too_long_is_refused(desk: Desk) -> None:
    request = desk.request()
    with pytest.raises(RuleBroken, match="at most 1024 characters; this one has 1025"):
        desk.deny(request, reason="x" * 1025)
    desk.deny(request, reason="  no\x00 \u202egood  ")
    work()
    assert desk.github.ledger()[0]["body"]["reason"] == "no⟨U+0000⟩ ⟨U+202E⟩good"


def test_if_the_event_cannot_be_written_nothing_is_decided(desk: Desk, settings: object) -> None:
    """The chain's next number is taken: the event is refused, and the review and effect with it."""
    from apps.audit.models import Head

    request = desk.request()
    Head.objects.filter(chain=desk.organization.pk).update(sequence=0)
    with pytest.raises(Exception, match=r"(?i)unique"):
        desk.approve(request)
    assert not Review.objects.exists()
    assert not Effect.objects.exists()
    work()
    assert desk.sent() == []
