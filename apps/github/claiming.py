"""Who processes which webhook messages: claimed by conditional UPDATE, each alone or, in a flood, all alike together.

A flood costs a constant number of statements, however many messages wait.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import F, Max, Q, QuerySet

from apps.core import clock, leases, logs
from apps.github import errors, registry
from apps.github.models import Delivery
from apps.jobs import services as jobs

log = structlog.get_logger(__name__)
State = Delivery.State
TASK = "github.process_delivery"
LEASE = leases.WORK
ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
FLOOD, FLOOD_WITHIN = 10, timedelta(seconds=20)
"""More than so many messages alike that wait, those that came within so long, are a flood."""
_ALIKE = ("app_id", "installation_id", "organization_id", "event", "action")


@dataclass(frozen=True)
class Claim:
    """`delivery`, and `together` in a flood those alike, leased to us; the end of the lease is the fence."""

    delivery: Delivery
    rows: QuerySet[Delivery]
    together: bool

    def newest(self) -> datetime:
        """When the last of them came."""
        newest: datetime | None = self.rows.aggregate(newest=Max("received_at"))["newest"]
        return newest or self.delivery.received_at

    def close(self, **values: object) -> bool:
        """Done; false when the lease was lost meanwhile."""
        done = {"state": State.PROCESSED, "processed_at": clock.now(), "body": "", "error": "", **values}
        return self.rows.update(**done) > 0

    def put_off(self, at: datetime) -> None:
        """No failure: due at `at`, and rung for then."""
        if self.rows.update(state=State.RECEIVED, due_at=at, attempts=F("attempts") - 1):
            seconds = max((at - clock.now()).total_seconds(), 0)
            jobs.ring_in(min(seconds + 0.1, jobs.LONGEST_DELAY), TASK, self.delivery.pk)

    def fail(self, error: Exception) -> None:
        """Due again after a pause that doubles, or when GitHub allows."""
        pause = min(FIRST_PAUSE * (1 << min(self.delivery.attempts - 1, 10)), LONGEST_PAUSE)
        due_at = error.retry_at if isinstance(error, errors.RateLimited) else clock.now() + pause
        self.rows.update(state=State.FAILED, due_at=due_at, error=logs.scrub(repr(error))[:500])
        if isinstance(error, errors.GitHubError):
            log.warning("github.delivery_failed", guid=self.delivery.guid, error=type(error).__name__)
        else:
            log.error("github.delivery_failed", guid=self.delivery.guid, exc_info=error)


def claimable(at: datetime) -> QuerySet[Delivery]:
    """Due at `at`, or by a clock that has been set back since: new ones, and those of a process that died.

    What failed too often is left alone.
    """
    ahead = clock.now() + clock.SKEW
    new = Q(state=State.RECEIVED, attempts=0, received_at__gt=ahead, due_at__gte=F("received_at"))
    left = Q(state=State.PROCESSING, due_at__gt=clock.now() + 2 * LEASE)
    due = Q(due_at__lte=at) | new | left
    return Delivery.objects.filter(due, ~Q(state=State.PROCESSED), attempts__lt=ATTEMPTS)


def claim(delivery_id: int) -> Claim | None:
    """The message, and in a flood those alike; None when it is not due, done, or somebody else's."""
    now = clock.now()
    delivery = claimable(now).select_related("app").filter(pk=delivery_id).first()
    if delivery is None:
        return None
    wanted = Q(pk=delivery_id, state=delivery.state, due_at=delivery.due_at)
    together = is_flood(delivery, due_at__lte=now)
    if together:
        wanted |= Q(state=State.RECEIVED, due_at__lte=now, attempts__lt=ATTEMPTS)
    kin, lease = _alike(delivery), {"state": State.PROCESSING, "due_at": now + LEASE}
    if not kin.filter(wanted).update(**lease, attempts=F("attempts") + 1):
        return None
    delivery.attempts += 1
    mine = kin if together else Delivery.objects.filter(pk=delivery_id)
    return Claim(delivery, mine.filter(**lease), together)


def is_flood(delivery: Delivery, **which: Any) -> bool:
    """Whether too many like it wait (`which` narrows those), and all who want to hear can hear of many at once."""
    if not registry.hearers_of_floods(delivery.event, delivery.action):
        return False
    waiting = _alike(delivery).filter(state=State.RECEIVED, **which)
    return len(waiting.values_list("pk", flat=True)[: FLOOD + 1]) > FLOOD


def _alike(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(**{name: getattr(delivery, name) for name in _ALIKE})
