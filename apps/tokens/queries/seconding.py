"""Approvals that wait for a second owner's consent."""

from django.db.models import QuerySet

from apps.effects.models import Effect
from apps.tokens.models import GrantRequest, Review


def proposals_for(reader_id: int) -> "QuerySet[Review]":
    """Those that the reader may consent to: another owner's, and not about the reader's own token."""
    proposed = Review.objects.filter(
        action=Review.Action.APPROVE, effect__state=Effect.State.PROPOSED,
        grant_request__state=GrantRequest.State.PENDING,
    )  # fmt: skip
    return proposed.exclude(reviewer=reader_id).exclude(grant_request__token__owner_id=reader_id)
