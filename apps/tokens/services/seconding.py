"""Two people for an approval: one owner proposes, another confirms or rejects."""

from datetime import date, timedelta

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken, Stale
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.github import permitted
from apps.github.models import Organization
from apps.jobs import services as jobs
from apps.tokens.facts import facts_of
from apps.tokens.inheritance import Way
from apps.tokens.kinds import GRANT_REQUESTS
from apps.tokens.models import GrantRequest, Review
from apps.tokens.names import Name
from apps.tokens.plans import days, following
from apps.tokens.plans.agreed import agreed, until_of
from apps.tokens.services.deciding import Outcome, Refusal, how_decided

_GONE = "This approval does not wait for a second owner any more."


def confirm_approval(*, user: User, organization: Organization, pat_request_id: int, digest: str) -> Review:
    """Consent to what another owner proposed: it is sent after the undo window, with the proposer's token.

    Raises what `decide_requests` raises, Stale where it is not what both saw, and RuleBroken when it waits no
    more, is the person's own proposal, or their own token.
    """
    how = _require_owner(user, organization)
    permitted.require(organization, GRANT_REQUESTS.deciding)
    with transaction.atomic():
        review = _confirm(user, organization, pat_request_id, digest, how)
        jobs.ring_in(how.rests, "effects.run", review.effect_id)
    return review


def confirm_approvals(*, user: User, organization: Organization, chosen: dict[int, str]) -> Outcome:
    """The same for many: `chosen` is pat_request_id -> digest. Each one is refused on its own."""
    how, outcome = _require_owner(user, organization), Outcome()
    permitted.require(organization, GRANT_REQUESTS.deciding)
    with transaction.atomic():
        for pat_request_id, digest in sorted(chosen.items()):
            try:
                outcome.reviews.append(_confirm(user, organization, pat_request_id, digest, how))
            except RuleBroken as error:
                outcome.refused.append(Refusal(pat_request_id, str(error)))
        if outcome.reviews:
            jobs.ring_in(how.rests, "effects.run", outcome.reviews[0].effect_id)
    return outcome


def reject_approval(*, user: User, organization: Organization, pat_request_id: int) -> Review:
    """Refuse consent: nothing is sent, and the request waits as before. Raises as `confirm_approval`, but Stale."""
    _require_owner(user, organization)
    with transaction.atomic():
        review = _proposed(user, organization, pat_request_id)
        request = review.grant_request
        assert request is not None
        if not effects.withdraw([review.effect_id], answer=f"{user.login} rejected it."):
            raise RuleBroken(_GONE)
        following.follow_approval(review)
        _record(Name.APPROVAL_REJECTED, user, review, request)
    return review


def _require_owner(user: User, organization: Organization) -> Way:
    how = how_decided(organization)
    access.require_owner_or_listed(user, organization, listed=how.installation_may_send)
    return how


def _confirm(user: User, organization: Organization, pat_request_id: int, digest: str, how: Way) -> Review:
    """One consent, in the caller's transaction; nothing was written when it raises."""
    review = _proposed(user, organization, pat_request_id)
    request = review.grant_request
    assert request is not None
    if request.token.owner_id == user.pk:
        raise RuleBroken("This is your own token: another owner has to confirm.")
    now, until = facts_of(request, _repository_ids(request)).digest(), until_of(review.evidence)
    if review.digest != now or digest != agreed(now, until):
        raise Stale("It changed after it was proposed. Reject it, and decide on what there is now.")
    if until and days.due_at(date.fromisoformat(until), organization.time_zone) <= clock.now():
        raise RuleBroken("The day until which it was to be approved has passed. Reject it, and decide anew.")
    due_at = clock.now() + timedelta(seconds=how.rests)
    if not effects.release(review.effect_id, second=user, due_at=due_at):
        raise RuleBroken(_GONE)
    review.confirmed_by_login = user.login
    review.save(update_fields=["confirmed_by_login"])
    _record(Name.APPROVAL_CONFIRMED, user, review, request)
    return review


def _proposed(user: User, organization: Organization, pat_request_id: int) -> Review:
    waiting = Review.objects.select_for_update(of=("self",)).select_related("grant_request__token")
    review = waiting.filter(
        organization=organization,
        grant_request__pat_request_id=pat_request_id,
        grant_request__state=GrantRequest.State.PENDING,
        effect__state=Effect.State.PROPOSED,
    ).first()
    if review is None:
        raise RuleBroken(_GONE)
    if review.reviewer_id == user.pk:
        raise RuleBroken("You proposed this yourself: another owner has to confirm or reject it.")
    return review


def _repository_ids(request: GrantRequest) -> list[int]:
    return list(request.repositories.values_list("pk", flat=True)) if request.repository_selection == "subset" else []


def _record(name: Name, user: User, review: Review, request: GrantRequest) -> None:
    audit.record(
        name, organization_id=review.organization_id, actor=user.actor, subject=request.subject,
        token_name=review.evidence["token_name"], owner_login=review.evidence["owner_login"], digest=review.digest,
        evidence=review.evidence,
    )  # fmt: skip
