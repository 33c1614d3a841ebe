"""Who walks an organization's lists now: a lease on its SyncState, fenced.

A claim is one conditional UPDATE. Whoever lost the lease (it slept too long, somebody else took over) learns it
inside the next transaction, which then does not happen.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Value, When

from apps.core import clock, leases
from apps.tokens.models import SyncState

LEASE = leases.WORK
RENEW_AFTER = LEASE / 4
EVERY = timedelta(minutes=10)
"""The longest that an organization's lists are left alone, unless GitHub says so."""


class LeaseLost(Exception):
    """Somebody else walks this organization's lists by now."""


@dataclass
class Lease:
    """The right to walk one organization's lists until it is released, or not kept for two minutes."""

    organization_id: int
    fence: int
    claimed_at: datetime
    _kept_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._kept_at = self.claimed_at

    def keep(self) -> None:
        """Renew when half a minute has passed; called before each request. Raises LeaseLost."""
        if clock.now() - self._kept_at > RENEW_AFTER:
            self.hold()

    def hold(self) -> None:
        """Renew now. The first statement of every transaction of a walk. Raises LeaseLost."""
        now = clock.now()
        if self._mine().update(lease_until=now + LEASE) != 1:
            raise LeaseLost
        self._kept_at = now

    def release(self, *, due_at: datetime, error: str = "", not_before: datetime | None = None) -> None:
        """Give the lease back after a try that ended early; who asked for a sync meanwhile gets it at once."""
        self._mine().update(
            lease_until=None, due_at=self._next(due_at), error=error[:500], not_before=not_before,
            failures=F("failures") + 1,
        )  # fmt: skip

    def rest(self) -> None:
        """Give the lease back in the middle of a walk; it stays due."""
        self._mine().update(lease_until=None)

    def complete(self, *, due_at: datetime, requests: bool = True) -> None:
        """Give the lease back after the lists were read whole; `requests`: theirs among them."""
        read = {"requests_read_at": self.claimed_at} if requests else {}
        self._mine().update(
            lease_until=None, due_at=self._next(due_at), error="", not_before=None, failures=0,
            completed_at=clock.now(), **read,
        )  # fmt: skip

    def polled(self) -> None:
        """Give the lease back after the list of requests was read whole; when both are due stays as it is."""
        self._mine().update(lease_until=None, requests_read_at=self.claimed_at)

    def _mine(self) -> QuerySet[SyncState]:
        return SyncState.objects.filter(organization_id=self.organization_id, fence=self.fence)

    def _next(self, due_at: datetime) -> Case:
        asked_meanwhile = When(due_at__gt=self.claimed_at, due_at__lte=clock.now(), then=F("due_at"))
        return Case(asked_meanwhile, default=Value(due_at))


def free(now: datetime) -> Q:
    """SyncStates that nobody holds and GitHub allows to ask for."""
    return leases.over(now, LEASE) & (Q(not_before__isnull=True) | Q(not_before__lte=now))


def due(at: datetime) -> Q:
    """SyncStates whose time had come at `at`, or was set by a clock that has been set back since."""
    too_far = clock.now() + EVERY + clock.SKEW
    return Q(due_at__lte=at) | Q(due_at__gt=too_far, not_before__isnull=True)


def claim(organization_id: int, *, where: Q | None = None) -> Lease | None:
    """The lease, or None when somebody holds it, GitHub said "not before", or the row is not as `where` wants it."""
    now = clock.now()
    SyncState.objects.get_or_create(organization_id=organization_id, defaults={"due_at": now})
    states = SyncState.objects.filter(organization_id=organization_id)
    if states.filter(free(now), where or Q()).update(lease_until=now + LEASE, fence=F("fence") + 1) != 1:
        return None
    return Lease(organization_id, states.values_list("fence", flat=True).get(), now)
