"""A person's decisions that are on their way to GitHub, as one bar shows them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, Subquery

from apps.core import clock
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
    mine = Review.objects.filter(organization__in=organizations, reviewer_id=reviewer_id)
    oldest = mine.filter(effect__state__in=Effect.TRAVELLING).order_by("decided_at").values("decided_at")[:1]
    rests = Q(effect__state=Effect.State.READY, effect__attempts=0, effect__due_at__gt=clock.now())
    counts = (
        mine.filter(decided_at__gte=Subquery(oldest))
        .exclude(effect__state__in=(Effect.State.WITHDRAWN, Effect.State.PROPOSED))
        .aggregate(
            open=Count("pk", filter=Q(effect__state__in=Effect.TRAVELLING)),
            total=Count("pk"),
            resting=Count("pk", filter=rests),
            waiting=Count("pk", filter=Q(effect__state=Effect.State.NEEDS_SIGN_IN)),
            sent_at=Max("effect__due_at", filter=rests),
        )
    )
    return Travelling(**counts)


def resting_reviews(organization: Organization, reviewer_id: int) -> list[int]:
    """Reviews of the person that GitHub has not heard of."""
    mine = Review.objects.filter(organization=organization, reviewer_id=reviewer_id, effect__attempts=0)
    return list(
        mine.filter(effect__state__in=(Effect.State.READY, Effect.State.NEEDS_SIGN_IN))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
