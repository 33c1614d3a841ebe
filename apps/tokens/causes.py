"""Why a token changed, as far as Patrol knows: its own confirmed reviews explain, all else is GitHub's secret."""

from collections.abc import Iterable
from datetime import timedelta

from apps.core import clock
from apps.effects.models import Effect
from apps.tokens.models import Review, Walk

CHANGED = "changed on GitHub"
NEWLY = {Walk.Listing.GRANT_REQUESTS: "requested", Walk.Listing.GRANTS: "granted on GitHub"}
APPROVED_ELSEWHERE = "approved on github.com"
EXPLAINS_FOR = timedelta(days=1)
DONE = {Review.Action.APPROVE: "approved", Review.Action.DENY: "denied", Review.Action.REVOKE: "revoked"}


def explained(token_pks: Iterable[int]) -> dict[int, str]:
    """token pk -> "approved by LOGIN" where Patrol's own approval of the last day was confirmed by GitHub."""
    reviews = Review.objects.filter(
        grant_request__token__in=list(token_pks),
        action=Review.Action.APPROVE,
        effect__state=Effect.State.CONFIRMED,
        decided_at__gte=clock.now() - EXPLAINS_FOR,
    ).order_by("decided_at")
    return {
        token_pk: f"approved by {login}"
        for token_pk, login in reviews.values_list("grant_request__token", "reviewer_login")
    }
