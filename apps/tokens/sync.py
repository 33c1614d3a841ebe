"""Reconciling Patrol's rows with GitHub's two lists: requests before grants, one worker an organization.

GitHub is the truth. What goes wrong ends the try, never a token: progress is kept and the next due time says
when it goes on.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from apps.audit import services as audit
from apps.core import clock
from apps.github import errors, permissions, permitted
from apps.github.models import App, Installation
from apps.github.services import live_installation
from apps.jobs import services as jobs
from apps.tokens import leases, rating, readback, tallies, vanishing, walk
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind
from apps.tokens.models import Grant, GrantRequest, SyncState, Walk
from apps.tokens.reading import QuotaReserved, Reader

log = structlog.get_logger(__name__)
UNCLAIMED = timedelta(seconds=15)
"""So long the workers have, before the sweeper walks itself."""
SWEEPS_FOR = timedelta(minutes=1)
"""A sweep rests after so long: other rows are due as well."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
TASK = "tokens.sync_organization"
BARRED = "The organization's IP allow list keeps Patrol out."
BUSY = "Somebody else reads it now, or GitHub asked to wait."


class NotInstalled(Exception):
    """The App is not installed on this organization (any more)."""


@dataclass(frozen=True)
class SyncReport:
    """One try. `grant_requests` and `grants` are what Patrol holds as pending and active afterwards.

    `changed` counts tokens that got a new version, new ones included. `state` is "complete", "asks" (read
    whole, but too much vanished), "paused" or "failed" (`error` says why), or "busy": somebody else walks, or
    GitHub's rate limit is not over; then nothing was done.
    """

    organization: str
    grant_requests: int
    grants: int
    changed: int
    http_requests: int
    not_modified: int
    seconds: float
    state: str = "complete"
    error: str = ""


def sync_organization(organization_id: int, *, only_due: bool = False, patience: timedelta | None = None) -> SyncReport:
    """Walk both lists of one organization. Raises NotInstalled.

    `only_due`: a doubled message does nothing. `patience`: rest after so long and stay due.
    """
    installation = live_installation(organization_id)
    if installation is None:
        raise NotInstalled("Patrol's App is not installed on this organization.")
    return tried(Attempt, installation, where=leases.due(clock.now()) if only_due else None, patience=patience)


def tried(
    kind: "type[Attempt]", installation: Installation, *, where: Q | None, patience: timedelta | None
) -> SyncReport:
    """One try under a lease, where the organization's row is as `where` wants it."""
    organization_id = installation.organization_id
    lease = leases.claim(organization_id, where=where)
    if lease is None:
        return _report(installation, time.monotonic(), state="busy", error=BUSY)
    attempt = kind(installation, lease, SyncState.objects.get(organization_id=organization_id))
    try:
        return attempt.run(patience)
    except Exception:
        attempt.stumbled()
        raise


def request_sync(organization_id: int) -> None:
    """Make the organization due now and ring; a rate limit of GitHub's still holds."""
    now = clock.now()
    with transaction.atomic():
        SyncState.objects.update_or_create(organization_id=organization_id, defaults={"due_at": now})
        jobs.ring(TASK, organization_id)


def ring_due() -> int:
    """Every live installation has a state; ring for those that are due. Returns how many."""
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE)
    live_ids = list(live.values_list("organization_id", flat=True))
    known = set(SyncState.objects.values_list("organization_id", flat=True))
    now = clock.now()
    new = [SyncState(organization_id=pk, due_at=now) for pk in live_ids if pk not in known]
    SyncState.objects.bulk_create(new, ignore_conflicts=True)
    due = _due(live_ids, now)
    for organization_id in due:
        jobs.ring(TASK, organization_id)
    return len(due)


def sweep() -> int:
    """Walk what has been due for 15 s and nobody took. Returns how many were walked."""
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE)
    left = _due(list(live.values_list("organization_id", flat=True)), clock.now() - UNCLAIMED)
    return sum(_swept(organization_id) for organization_id in left)


def _swept(organization_id: int) -> bool:
    try:
        report = sync_organization(organization_id, only_due=True, patience=SWEEPS_FOR)
    except NotInstalled:
        return False
    except Exception:  # one organization's trouble is not the others'
        log.exception("tokens.sync_failed", organization_id=organization_id)
        return False
    return report.state != "busy"


def _due(organization_ids: list[int], at: datetime) -> list[int]:
    states = SyncState.objects.filter(leases.free(clock.now()), leases.due(at), organization_id__in=organization_ids)
    return list(states.order_by("due_at").values_list("organization_id", flat=True))


# --- one try -----------------------------------------------------------------------------------------------


class Attempt:
    """One try to walk both lists under a lease. A poll differs in what it reads and what is due after it."""

    def __init__(self, installation: Installation, lease: leases.Lease, state: SyncState) -> None:
        self._installation = installation
        self._lease = lease
        self._state = state
        self._started = time.monotonic()
        self._reader: Reader | None = None

    def run(self, patience: timedelta | None) -> SyncReport:
        """Walk; whatever GitHub does wrong is told, with how far it came."""
        until = clock.now() + patience if patience else None
        try:
            with Reader(self._installation, keep=self._lease.keep) as self._reader:
                first_sync = self._state.completed_at is None
                trip = walk.Trip(self._reader, self._lease, self._state.organization_id, first_sync, until)
                changed, asks = self.read(trip)
        except leases.LeaseLost:
            return self._report(state="busy", error=BUSY)
        except (errors.GitHubError, QuotaReserved, walk.OutOfPatience) as error:
            return self._stopped(error)
        self.completed(self._lease)
        _ring_if_asked_meanwhile(self._state.organization_id)
        return self._report(changed=changed, state="asks" if asks else "complete")

    def read(self, trip: walk.Trip) -> tuple[int, bool]:
        """Returns how many tokens changed, and whether a walk asks."""
        return _both_lists(trip, self._readable())

    def _readable(self) -> list[Kind]:
        """The lists that the App may read here. Raises errors.Permanent where it is neither."""
        held = self._installation.permissions
        kinds = [kind for kind in (GRANT_REQUESTS, GRANTS) if not permissions.lacking(held, kind.reading)]
        if not kinds:
            raise errors.Permanent("Patrol's App may read neither requests nor tokens here.")
        return kinds

    def completed(self, lease: leases.Lease) -> None:
        """Everything that may be was read: say so, and when it is due again."""
        requests = GRANT_REQUESTS in self._readable()
        lease.complete(due_at=clock.now() + leases.EVERY, requests=requests)

    def stumbled(self) -> None:
        """Patrol itself failed: wait as after any failure, the walk goes on where it was."""
        self._lease.release(
            due_at=clock.now() + self._pause(), error="Reading stopped on a fault of Patrol's; see its log."
        )

    def _stopped(self, error: Exception) -> SyncReport:
        """When it goes on, and what people read about it."""
        why, final = _sentence(error), isinstance(error, errors.Permanent)
        walk.fail(self._state.organization_id, why, final=final)
        if isinstance(error, errors.NotPermitted | errors.NotFound):
            # What it may, or what the organization is called, is another than was known: read that.
            final = final and not permitted.read_again(self._state.organization_id)
        if isinstance(error, walk.OutOfPatience):
            self._lease.rest()
        elif isinstance(error, errors.RateLimited):
            self._lease.release(due_at=error.retry_at, not_before=error.retry_at, error=why)
        elif isinstance(error, QuotaReserved):
            self._lease.release(due_at=error.resets_at, not_before=error.resets_at, error=why)
        else:
            self._lease.release(due_at=clock.now() + (leases.EVERY if final else self._pause()), error=why)
            login = self._installation.organization.login
            log.warning("tokens.sync_stopped", organization=login, error=type(error).__name__)
        return self._report(state="failed" if final else "paused", error=why)

    def _pause(self) -> timedelta:
        doublings = min(self._state.failures, 10)
        return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)

    def _report(self, *, changed: int = 0, state: str, error: str = "") -> SyncReport:
        return _report(
            self._installation, self._started, self._reader, changed=changed, state=state, error=error
        )  # fmt: skip


def _both_lists(trip: walk.Trip, kinds: list[Kind]) -> tuple[int, bool]:
    """Requests, grants, then what neither met. Returns the changes, and whether a walk asks."""
    walks = [(kind, walk.walk(trip, kind)) for kind in kinds]
    changed = sum(one.changed for _, one in walks)
    changed += sum(vanishing.settle(trip, kind, one) for kind, one in walks)
    if changed:
        rating.rate_all(trip.organization_id)
    asks = any(one.state == Walk.State.ASKS for _, one in walks)
    with transaction.atomic():
        trip.lease.hold()
        readback.look_again(trip.organization_id)
        tallies.keep(trip.organization_id)
        if not asks:
            SyncState.objects.filter(organization_id=trip.organization_id).update(vanishing_accepted=False)
        if trip.first_sync:
            held = _held(trip.organization_id)
            audit.record(
                "sync.first_completed",
                organization_id=trip.organization_id,
                grant_requests=held["grant_requests"],
                grants=held["grants"],
            )
    return changed, asks


def _sentence(error: Exception) -> str:
    if isinstance(error, walk.OutOfPatience):
        return ""
    if isinstance(error, errors.RateLimited):
        return f"GitHub asked to wait until {error.retry_at:%H:%M} UTC."
    if isinstance(error, errors.Barred):
        return BARRED
    if isinstance(error, errors.NotFound | errors.SsoRequired) or getattr(error, "status", 0) == 403:
        return f"GitHub does not let Patrol read this organization's tokens: {error}"
    return str(error)


def _ring_if_asked_meanwhile(organization_id: int) -> None:
    if _due([organization_id], clock.now()):
        jobs.ring(TASK, organization_id)


def _held(organization_id: int) -> dict[str, int]:
    return {
        "grant_requests": GrantRequest.objects.pending().filter(organization_id=organization_id).count(),
        "grants": Grant.objects.active().filter(organization_id=organization_id).count(),
    }


def _report(
    installation: Installation,
    started: float,
    reader: Reader | None = None,
    *,
    changed: int = 0,
    state: str,
    error: str = "",
) -> SyncReport:
    return SyncReport(
        organization=installation.organization.login,
        **_held(installation.organization_id),
        changed=changed,
        http_requests=reader.requests_sent if reader else 0,
        not_modified=reader.not_modified if reader else 0,
        seconds=round(time.monotonic() - started, 3),
        state=state,
        error=error,
    )
