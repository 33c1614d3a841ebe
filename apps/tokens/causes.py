"""Why a token changed, as far as Patrol knows: its own confirmed reviews explain, all else is GitHub's secret."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from apps.core import clock
from apps.effects.models import Effect
from apps.tokens.models import Grant, Review, TokenVersion, Walk

CHANGED = "changed on GitHub"
NEWLY = {Walk.Listing.GRANT_REQUESTS: "requested", Walk.Listing.GRANTS: "granted on GitHub"}
APPROVED_ELSEWHERE = "approved on github.com"
EXPLAINS_FOR = timedelta(days=1)
DONE = {Review.Action.APPROVE: "approved", Review.Action.DENY: "denied", Review.Action.REVOKE: "revoked"}


def explained(token_pks: Iterable[int]) -> dict[int, str]:
    """token pk -> "approved by LOGIN" where Patrol's own approval of the last day was confirmed by GitHub.

    It is "restored by LOGIN" where it gave a token back what a revoke had taken.
    """
    reviews = Review.objects.filter(
        grant_request__token__in=list(token_pks),
        action=Review.Action.APPROVE,
        effect__state=Effect.State.CONFIRMED,
        decided_at__gte=clock.now() - EXPLAINS_FOR,
    ).order_by("decided_at")
    found = reviews.annotate(was_revoked=Exists(_REVOKED), before=Subquery(_LAST)).values_list(
        "grant_request__token", "reviewer_login", "was_revoked", "before"
    )
    return {
        token_pk: f"{_deed(was_revoked=was_revoked, before=before)} by {login}"
        for token_pk, login, was_revoked, before in found
    }


_REVOKED = Grant.objects.filter(
    organization=OuterRef("organization"), token=OuterRef("grant_request__token"), state=Grant.State.REVOKED
)
_LAST = TokenVersion.objects.filter(token=OuterRef("grant_request__token")).order_by("-seq").values("facts")[:1]


def _deed(*, was_revoked: bool, before: dict[str, Any] | None) -> str:
    """`before` are the token's facts until now: one that had access was given more, not restored."""
    return "restored" if was_revoked and not (before or {}).get("granted") else "approved"
