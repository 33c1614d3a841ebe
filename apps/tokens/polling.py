"""Polling: where no webhook comes, GitHub is asked for new requests itself, within a minute.

A poll asks of each page of the requests' list whether it is what it was; GitHub answers 304, which costs no quota, to
the installation token that read it. Where a page is another one, or the token is, the list is walked as a sync does.
The grants are left to the sync, but for those that tell whether a request that is gone was approved.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Max, Min, Q

from apps.core import clock
from apps.github import permissions, webhook_address
from apps.github.models import App, Delivery, Installation
from apps.github.services import live_installation
from apps.jobs import services as jobs
from apps.tokens import leases, rating, readback, sync, vanishing, walk
from apps.tokens.kinds import GRANT_REQUESTS
from apps.tokens.models import GrantRequest, ListPage, SyncState, Walk
from apps.tokens.reading import Reader

log = structlog.get_logger(__name__)
TASK = "tokens.poll_requests"
EVERY = timedelta(seconds=30)
"""So long a poll holds: the tick comes once a minute, and the sweeper 15 s after a poll was due."""
EVENT = "personal_access_token_request"
PATIENCE = timedelta(minutes=2)
"""So long the webhook about a request may take before it counts as missed."""
LOOKS_BACK = timedelta(days=1)


def poll_requests(organization_id: int, *, patience: timedelta | None = None) -> sync.SyncReport:
    """Read what is new in the list of requests, if that is due. Raises sync.NotInstalled."""
    installation = live_installation(organization_id)
    if installation is None:
        raise sync.NotInstalled("Patrol's App is not installed on this organization.")
    return sync.tried(_Poll, installation, where=_due(clock.now()), patience=patience)


def ring_due() -> int:
    """See where webhooks are missing, and ring for the polls that are due. Returns how many."""
    note_missed_webhooks()
    due = _due_ids(clock.now())
    for organization_id in due:
        jobs.ring(TASK, organization_id)
    return len(due)


def sweep() -> int:
    """Poll what has been due for 15 s and nobody took. Returns how many were polled."""
    return sum(_swept(organization_id) for organization_id in _due_ids(clock.now() - sync.UNCLAIMED))


def _swept(organization_id: int) -> bool:
    try:
        return poll_requests(organization_id, patience=sync.SWEEPS_FOR).state != "busy"
    except sync.NotInstalled:
        return False
    except Exception:  # one organization's trouble is not the others'
        log.exception("tokens.poll_failed", organization_id=organization_id)
        return False


def _due_ids(at: datetime) -> list[int]:
    # Where the list may not be read the sync looks whether that has changed.
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE, permissions__has_key=permissions.REQUESTS)
    states = SyncState.objects.filter(
        leases.free(clock.now()), _due(at), organization_id__in=live.values("organization")
    )
    return list(states.order_by("requests_read_at").values_list("organization_id", flat=True))


def _due(at: datetime) -> Q:
    """States that are polled, were read before the last poll was over, and stumbled over nothing since.

    Where a sync is due, or a try ended early, the sync reads the requests anyway.
    """
    polled = Q() if not webhook_address.expected() else Q(webhook_missed_at__isnull=False)
    old = Q(requests_read_at__lte=at - EVERY) | Q(requests_read_at__gt=clock.now() + clock.SKEW)
    read_before = Q(completed_at__isnull=False) & (old | Q(requests_read_at__isnull=True))
    return polled & read_before & Q(failures=0) & ~leases.due(clock.now())


# --- one poll ----------------------------------------------------------------------------------------------


class _Poll(sync.Attempt):
    """One try to read what is new in the list of requests."""

    def read(self, trip: walk.Trip) -> tuple[int, bool]:
        """Nothing, as long as every page is what it was."""
        return (0, False) if _is_unchanged(trip) else _walked(trip)

    def completed(self, lease: leases.Lease) -> None:
        """The sync stays due when it was."""
        lease.polled()


def _is_unchanged(trip: walk.Trip) -> bool:
    """Whether GitHub says so of every page. A new request is on the first: GitHub lists the newest first."""
    pages = ListPage.objects.filter(organization=trip.organization_id, listing=GRANT_REQUESTS.listing)
    kept = list(pages.order_by("number"))
    if not kept or any(not page.etag or page.token_fingerprint != trip.reader.fingerprint for page in kept):
        return False
    return all(_is_what_it_was(trip.reader, page) for page in kept)


def _is_what_it_was(reader: Reader, page: ListPage) -> bool:
    return reader.page(GRANT_REQUESTS, page.url, etag=page.etag, fingerprint=page.token_fingerprint).not_modified


def _walked(trip: walk.Trip) -> tuple[int, bool]:
    row = walk.walk(trip, GRANT_REQUESTS)
    changed = row.changed + vanishing.adopt_grants(trip, row) + vanishing.settle(trip, GRANT_REQUESTS, row)
    if changed:
        rating.rate_all(trip.organization_id)
    with transaction.atomic():
        trip.lease.hold()
        readback.look_again(trip.organization_id)
    return changed, row.state == Walk.State.ASKS


# --- webhooks that do not come --------------------------------------------------------------------------------


def note_missed_webhooks() -> None:
    """Where webhooks are expected: set, or clear, since when requests come that none tells of."""
    if not webhook_address.expected():
        return
    newest = _newest_requests()
    for state in SyncState.objects.filter(completed_at__isnull=False):
        at = max(filter(None, [newest.get(state.organization_id), state.webhook_missed_at]), default=None)
        missed = None if at is None or _was_told(state.organization_id, at) else at
        if missed != state.webhook_missed_at:
            SyncState.objects.filter(pk=state.pk).update(webhook_missed_at=missed)


def _newest_requests() -> dict[int, datetime]:
    """When the newest request was asked that came after Patrol's first reading, and long enough ago to be told of."""
    now = clock.now()
    lately = GrantRequest.objects.filter(requested_at__gt=now - LOOKS_BACK, requested_at__lt=now - PATIENCE)
    first = dict(
        Walk.objects.filter(listing=GRANT_REQUESTS.listing, state=Walk.State.COMPLETE)
        .values("organization_id").annotate(first=Min("finished_at")).values_list("organization_id", "first")
    )  # fmt: skip
    newest = lately.values("organization_id").annotate(newest=Max("requested_at"))
    found = dict(newest.values_list("organization_id", "newest"))
    return {pk: at for pk, at in found.items() if pk in first and at > first[pk]}


def _was_told(organization_id: int, at: datetime) -> bool:
    """Whether GitHub sent a message about a request since then; its clock may be a little ahead of ours."""
    told = Delivery.objects.filter(organization_id=organization_id, received_at__gte=at - clock.SKEW, event=EVENT)
    return told.exists()
