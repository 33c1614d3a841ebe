"""Webhook messages: written down when they come, processed once, and found again when something went wrong.

What is written down was signed by GitHub. It is still only a hint, see registry.py.
"""

import hashlib
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.core import clock, logs
from apps.github import errors, registry, wire
from apps.github.models import App, Delivery, Installation
from apps.jobs import services as jobs

log = structlog.get_logger(__name__)
State = Delivery.State
TASK = "github.process_delivery"
LEASE = timedelta(minutes=2)
ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
UNCLAIMED = timedelta(seconds=5)
"""So long the workers have, before the sweeper processes itself."""
SWEPT_AT_ONCE = 100
KEPT = timedelta(days=90)
# Messages about installations are how new ones are learned of: GitHub's own list is read then, nothing else.
_OF_INSTALLATIONS = {"installation", "installation_repositories", "installation_target"}


class Foreign(Exception):
    """The organization of the message is not its installation's, or not one that Patrol governs."""


def receive(*, app_id: int, guid: str, event: str, body: bytes) -> None:
    """Write a signed message down and ring; seen before, it is taken up again only where it failed.

    Raises wire.Malformed.
    """
    told = wire.part(wire.decode_utf8(body), wire.Hook)
    now = clock.now()
    with transaction.atomic():
        delivery, new = Delivery.objects.get_or_create(
            guid=guid,
            defaults={
                "app": App.objects.get(app_id=app_id), "event": event, "action": told.action[:64],
                "installation_id": told.installation.id if told.installation else None,
                "organization_id": _organization(told), "digest": hashlib.sha256(body).hexdigest(),
                "body": body.decode("utf-8"), "due_at": now, "received_at": now,
            },
        )  # fmt: skip
        if not new:
            failed = Delivery.objects.filter(pk=delivery.pk, state=State.FAILED)
            new = failed.update(state=State.RECEIVED, attempts=0, due_at=now, error="") == 1
        if new:
            jobs.ring(TASK, delivery.pk)


def _organization(told: wire.Hook) -> int | None:
    if told.organization is not None:
        return told.organization.id
    account = told.installation.account if told.installation else None
    return account.id if account else None


def process(delivery_id: int) -> bool:
    """Claim the message, call everybody who wants to hear of it, close it. True when that was done here."""
    delivery = _claim(delivery_id)
    if delivery is None:
        return False
    try:
        _call_handlers(delivery, _verified(delivery))
    except Foreign:
        log.warning(
            "github.delivery_dropped", guid=delivery.guid, event_name=delivery.event,
            installation_id=delivery.installation_id, organization_id=delivery.organization_id,
        )  # fmt: skip
        return _close(delivery, organization_id=None, error="Dropped: the organization is not its installation's.")
    except registry.Later as later:
        _mine(delivery).update(state=State.RECEIVED, due_at=later.at, attempts=delivery.attempts - 1)
        return False
    except Exception as error:
        _failed(delivery, error)
        return False
    return _close(delivery)


def sweep() -> int:
    """Process what has been due for 5 s and nobody took. Returns how many were processed."""
    left = _claimable(clock.now() - UNCLAIMED).order_by("due_at", "pk")
    return sum(process(pk) for pk in left.values_list("pk", flat=True)[:SWEPT_AT_ONCE])


def forget_old_deliveries(older_than: timedelta = KEPT) -> int:
    """What is older than GitHub sends again is no use. Returns how many were deleted."""
    deleted, _ = Delivery.objects.filter(received_at__lt=clock.now() - older_than).delete()
    return deleted


# --- claiming ------------------------------------------------------------------------------------------------


def _claimable(at: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(~Q(state=State.PROCESSED), due_at__lte=at, attempts__lt=ATTEMPTS)


def _claim(delivery_id: int) -> Delivery | None:
    """The message, leased to us; the end of the lease is the fence."""
    now = clock.now()
    delivery = _claimable(now).select_related("app").filter(pk=delivery_id).first()
    if delivery is None:
        return None
    mine = {"state": State.PROCESSING, "due_at": now + LEASE, "attempts": delivery.attempts + 1}
    seen = Delivery.objects.filter(pk=delivery_id, state=delivery.state, due_at=delivery.due_at)
    if seen.update(**mine) != 1:
        return None
    delivery.state, delivery.due_at, delivery.attempts = State.PROCESSING, now + LEASE, delivery.attempts + 1
    return delivery


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=delivery.pk, state=State.PROCESSING, due_at=delivery.due_at)


def _close(delivery: Delivery, **values: object) -> bool:
    done = {"state": State.PROCESSED, "processed_at": clock.now(), "body": "", "error": "", **values}
    return _mine(delivery).update(**done) == 1


def _failed(delivery: Delivery, error: Exception) -> None:
    """Due again after a pause that doubles, or when GitHub allows."""
    pause = min(FIRST_PAUSE * (1 << min(delivery.attempts - 1, 10)), LONGEST_PAUSE)
    due_at = error.retry_at if isinstance(error, errors.RateLimited) else clock.now() + pause
    _mine(delivery).update(state=State.FAILED, due_at=due_at, error=logs.scrub(repr(error))[:500])
    if isinstance(error, errors.GitHubError):
        log.warning("github.delivery_failed", guid=delivery.guid, error=type(error).__name__)
    else:
        log.error("github.delivery_failed", guid=delivery.guid, exc_info=error)


# --- calling -------------------------------------------------------------------------------------------------


def _verified(delivery: Delivery) -> int | None:
    """The organization the message is about, by our rows. Raises Foreign."""
    told = delivery.organization_id
    rows = Installation.objects.filter(app=delivery.app)
    if delivery.installation_id is not None:
        rows = rows.filter(installation_id=delivery.installation_id)
        owner = rows.values_list("organization_id", flat=True).first()
        if owner is None and delivery.event in _OF_INSTALLATIONS:
            return None
        if owner is None or told not in (None, owner):
            raise Foreign
        return owner
    if told is not None and not rows.live().filter(organization_id=told).exists():
        raise Foreign
    return told


def _call_handlers(delivery: Delivery, organization_id: int | None) -> None:
    """Every one of them; what one raises does not keep the others from hearing, and is raised afterwards."""
    payload = wire.decode(delivery.body)
    hook = registry.Hook(delivery.event, delivery.action, organization_id, payload, delivery.received_at)
    trouble: Exception | None = None
    for handler in registry.handlers_of(delivery.event, delivery.action):
        try:
            handler(hook)
        except Exception as error:
            if trouble is None or isinstance(trouble, registry.Later):
                trouble = error
    if trouble is not None:
        raise trouble
