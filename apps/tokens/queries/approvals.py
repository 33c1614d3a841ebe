"""Who approved what a token has, on what they saw: Patrol's own review, else what GitHub told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.policy.permissions import PermissionLine, lines_of
from apps.tokens.models import Grant, GrantRequest, Review, ToldDecision
from apps.tokens.queries.changes import Change, access_changes, said
from apps.tokens.queries.rows import GrantRow, decision_of


@dataclass(frozen=True)
class Approval:
    """`saw` is what the request asked for when it was decided, `changes` what the token has otherwise today.

    `until` is the day it was given until, `given_days` from then and `asked_days` from the request (None: for ever).
    Without `digest` it was decided on github.com, and GitHub's message told of it at `at`; nobody knows what was seen.
    """

    login: str
    at: datetime
    pat_request_id: int
    confirmed_by: str = ""
    as_app: bool = False
    reason: str = ""
    digest: str = ""
    risk: str = ""
    saw: tuple[PermissionLine, ...] = ()
    selection: str = ""
    repository_count: int = 0
    ends: str = ""
    until: date | None = None
    given_days: int = 0
    asked_days: int | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def elsewhere(self) -> bool:
        """Whether it was decided on github.com."""
        return not self.digest


def reviews_of(grant: Grant, requests: Sequence[GrantRequest]) -> list[Review]:
    """Of the grant, and approvals of its token's requests, the newest first; one query."""
    return _REVIEWS(grant.pk, [one.pk for one in requests] or [_NO_REQUEST])


def _about(grant_pk: int, request_pks: list[int]) -> "QuerySet[Review]":
    approvals = Q(grant_request__in=request_pks, action=Review.Action.APPROVE)
    found = Review.objects.filter(Q(grant=grant_pk) | approvals)
    return found.select_related("effect", "grant_request").order_by("-pk")


_REVIEWS = Statement(_about)
_NO_REQUEST = 0
"""No row has it."""


def approval_of(row: GrantRow, reviews: Sequence[Review]) -> Approval | None:
    """The newest approval of the token, among these or on github.com; a query at the most.

    None: nobody told who it was.
    """
    for review in reviews:
        if review.action == Review.Action.APPROVE and review.effect.state == Effect.State.CONFIRMED:
            return _decided_here(review, row)
    word = _TOLD.first(row.organization.pk, row.token.token_id)
    return Approval(word.sender_login, word.told_at, word.pat_request_id) if word else None


_TOLD = Statement(
    lambda organization_id, token_id: ToldDecision.objects.filter(
        organization=organization_id, token_id=token_id, action=ToldDecision.Action.APPROVED
    ).order_by("-told_at", "-pk")[:1]
)


def _decided_here(review: Review, row: GrantRow) -> Approval:
    evidence: dict[str, Any] = review.evidence
    decision = decision_of(review)
    return Approval(
        login=review.reviewer_login or "a rule",
        at=review.decided_at,
        pat_request_id=review.request.pat_request_id,
        confirmed_by=review.confirmed_by_login,
        as_app=review.effect.token_kind == Effect.TokenKind.INSTALLATION,
        reason=review.reason,
        digest=review.digest,
        risk=str(evidence.get("risk", "")),
        saw=lines_of(evidence.get("permissions") or {}),
        selection=str(evidence.get("repository_selection", "")),
        repository_count=len(evidence.get("repository_ids") or ()),
        ends=said(evidence.get("expires_at")),
        until=decision.until,
        given_days=decision.given_days,
        asked_days=asked_days(evidence.get("expires_at"), review.request.requested_at),
        changes=access_changes(evidence, row.facts.as_evidence()),
    )


def asked_days(expires_at: str | None, requested_at: datetime) -> int | None:
    """For how many days a token was made, counted from its request."""
    return round((datetime.fromisoformat(expires_at) - requested_at).total_seconds() / 86_400) if expires_at else None
