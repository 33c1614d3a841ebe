"""Approvals that wait for a second owner's consent."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from apps.effects.models import Effect
from apps.tokens.models import GrantRequest, Review


@dataclass(frozen=True)
class Waiting:
    """How many approvals of an organization wait for one reader; `pat_request_id` names one of them."""

    count: int
    pat_request_id: int


def proposals_for(reader_id: int) -> "QuerySet[Review]":
    """Those that the reader may consent to: another owner's, and not about the reader's own token."""
    proposed = Review.objects.filter(
        action=Review.Action.APPROVE, effect__state=Effect.State.PROPOSED,
        grant_request__state=GrantRequest.State.PENDING,
    )  # fmt: skip
    return proposed.exclude(reviewer=reader_id).exclude(grant_request__token__owner_id=reader_id)


def waiting_for(reader_id: int, organization_ids: Iterable[int]) -> dict[int, Waiting]:
    """By organization, those with any; one query."""
    found = proposals_for(reader_id).filter(organization__in=list(organization_ids)).order_by().values("organization")
    counted = found.annotate(count=Count("pk"), newest=Max("grant_request__pat_request_id"))
    return {row["organization"]: Waiting(row["count"], row["newest"]) for row in counted}
