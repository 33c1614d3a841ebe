"""Approvals of the same token that were not Patrol's: a second owner may have approved on github.com.

Only GitHub's own word counts, the signed message of an approval. That a request left the list proves nothing here:
its requester may have cancelled it at the moment of another one's approval, to have it taken for an explanation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core import clock
from apps.effects.models import Effect
from apps.policy.reach import Reach, reach_of
from apps.tokens.models import GrantRequest, Review, ToldDecision

ROWS_LAG = timedelta(minutes=10)
"""So far what Patrol knew of a token may have been behind GitHub: lists are read that often."""


@dataclass(frozen=True)
class Rival:
    """One approval elsewhere: what it allowed, and a sentence part that names it."""

    reach: Reach
    sentence: str


def approvals_elsewhere(review: Review) -> list[Rival]:
    """Those that may have added to what `review`'s token had when it was sent: of another request, or of this one by
    somebody else than its reviewer.
    """
    since = (datetime.fromisoformat(review.held["at"]) if review.held else clock.now()) - ROWS_LAG
    request = review.request
    told = ToldDecision.objects.filter(
        organization=review.organization_id, token_id=request.token.token_id, action="approved", told_at__gte=since
    )
    ours = _ours(review, [one.pat_request_id for one in told])
    return [_rival(one) for one in told if one.pat_request_id not in ours and _is_anothers(review, request, one)]


def _ours(review: Review, numbers: list[int]) -> set[int]:
    """Requests among them that were approved through Patrol: compared as such."""
    confirmed = Review.objects.filter(
        organization=review.organization_id, action=Review.Action.APPROVE,
        grant_request__pat_request_id__in=numbers, effect__state=Effect.State.CONFIRMED,
    ).exclude(pk=review.pk)  # fmt: skip
    return set(confirmed.values_list("grant_request__pat_request_id", flat=True))


def _is_anothers(review: Review, request: GrantRequest, told: ToldDecision) -> bool:
    if told.pat_request_id != request.pat_request_id:
        return True
    by_person = review.effect.token_kind == Effect.TokenKind.USER
    return by_person and told.sender_id not in (None, review.reviewer_id)


def _rival(told: ToldDecision) -> Rival:
    by = told.sender_login or "somebody"
    return Rival(reach_of(told.asked), f"{by} approved request {told.pat_request_id} for the same token on github.com")
