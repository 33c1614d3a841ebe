"""A person's decisions that are on their way to GitHub, as one bar shows them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet, Subquery

from apps.core import clock
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.github.models import Organization
from apps.tokens.models import Review

MANY = 2


@dataclass(frozen=True)
class Travelling:
    """`open` of `total` are on their way since the oldest of them was taken; the latest is sent at `sent_at`.

    `resting` of them may still be undone. `waiting` need a sign-in.
    """

    open: int = 0
    total: int = 0
    resting: int = 0
    waiting: int = 0
    sent_at: datetime | None = None

    @property
    def done(self) -> int:
        """How many are settled."""
        return self.total - self.open

    @property
    def moves(self) -> bool:
        """Whether anything of it happens without the person."""
        return self.open > self.waiting

    @property
    def many(self) -> bool:
        """One is told by its own row."""
        return self.total >= MANY

    @property
    def seconds(self) -> int:
        """Until the last of those that rest is sent."""
        return max(0, round((self.sent_at - clock.now()).total_seconds())) if self.sent_at else 0


def travelling(organizations: list[Organization], reviewer_id: int) -> Travelling:
    """What the person decided in these organizations and is on its way; one query."""
    now, counts, sent_at = clock.now(), Counter[str](), None
    for state, attempts, due_at, many in _TRAVELLING([one.pk for one in organizations], reviewer_id):
        counts["total"] += many
        counts["open"] += many * (state in Effect.TRAVELLING)
        counts["waiting"] += many * (state == Effect.State.NEEDS_SIGN_IN)
        if state == Effect.State.READY and attempts == 0 and due_at > now:
            counts["resting"] += many
            sent_at = max(sent_at or due_at, due_at)
    return Travelling(**counts, sent_at=sent_at)


def _since_the_oldest(
    organization_ids: list[int], reviewer_id: int
) -> "QuerySet[Review, tuple[str, int, datetime, int]]":
    mine = Review.objects.filter(organization__in=organization_ids, reviewer_id=reviewer_id)
    oldest = mine.filter(effect__state__in=Effect.TRAVELLING).order_by("decided_at").values("decided_at")[:1]
    since = mine.filter(decided_at__gte=Subquery(oldest))
    told = since.exclude(effect__state__in=(Effect.State.WITHDRAWN, Effect.State.PROPOSED)).order_by()
    states = told.values_list("effect__state", "effect__attempts", "effect__due_at")
    return states.annotate(many=Count("pk"))


_TRAVELLING = Statement(_since_the_oldest)


def resting_reviews(organization: Organization, reviewer_id: int) -> list[int]:
    """Reviews of the person that GitHub has not heard of."""
    mine = Review.objects.filter(organization=organization, reviewer_id=reviewer_id, effect__attempts=0)
    return list(
        mine.filter(effect__state__in=(Effect.State.READY, Effect.State.NEEDS_SIGN_IN))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
