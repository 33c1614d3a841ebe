"""Webhook messages: written down when they come, processed once, and found again when something went wrong.

What is written down was signed by GitHub. It is still only a hint, see registry.py.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction

from apps.core import bulk, clock
from apps.github import claiming, registry, wire
from apps.github.claiming import TASK, Claim
from apps.github.models import App, Delivery, Installation
from apps.jobs import services as jobs

log = structlog.get_logger(__name__)
State = Delivery.State
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
    row = _row(app_id, guid, event, body, told)
    with transaction.atomic():
        delivery = _written(row) or _taken_up_again(guid)
        if delivery is not None:
            transaction.on_commit(partial(_ring, delivery))


def _row(app_id: int, guid: str, event: str, body: bytes, told: wire.Hook) -> dict[str, Any]:
    now = clock.now()
    return {
        "app_id": App.objects.values_list("pk", flat=True).get(app_id=app_id), "guid": guid, "event": event,
        "action": told.action[:64], "installation_id": told.installation.id if told.installation else None,
        "organization_id": _organization(told), "digest": hashlib.sha256(body).hexdigest(),
        "body": body.decode("utf-8"), "state": State.RECEIVED, "attempts": 0, "error": "",
        "due_at": now, "received_at": now,
    }  # fmt: skip


def _written(row: dict[str, Any]) -> Delivery | None:
    """None when the guid is known."""
    written = bulk.write(Delivery, [row], unique=["guid"])
    return Delivery(id=written[0][0], **row) if written else None


def _taken_up_again(guid: str) -> Delivery | None:
    """None unless it failed."""
    failed = Delivery.objects.filter(guid=guid, state=State.FAILED)
    if failed.update(state=State.RECEIVED, attempts=0, due_at=clock.now(), error="") != 1:
        return None
    return Delivery.objects.defer("body").get(guid=guid)


def _ring(delivery: Delivery) -> None:
    """After commit. In a flood one more bell tells nothing new: its messages are heard together."""
    if not claiming.is_flood(delivery, received_at__gte=clock.now() - claiming.FLOOD_WITHIN):
        jobs.ring(TASK, delivery.pk)


def _organization(told: wire.Hook) -> int | None:
    if told.organization is not None:
        return told.organization.id
    account = told.installation.account if told.installation else None
    return account.id if account else None


def process(delivery_id: int) -> bool:
    """Claim the message, call everybody who wants to hear of it, close it. True when that was done here.

    In a flood all that wait and are alike are claimed and closed with it.
    """
    claim = claiming.claim(delivery_id)
    if claim is None:
        return False
    delivery = claim.delivery
    try:
        _call_handlers(claim, _verified(delivery))
    except Foreign:
        log.warning(
            "github.delivery_dropped", guid=delivery.guid, event_name=delivery.event,
            installation_id=delivery.installation_id, organization_id=delivery.organization_id,
        )  # fmt: skip
        return claim.close(organization_id=None, error="Dropped: the organization is not its installation's.")
    except registry.Later as later:
        claim.put_off(later.at)
        return False
    except Exception as error:
        claim.fail(error)
        return False
    return claim.close()


def sweep() -> int:
    """Process what has been due for 5 s and nobody took. Returns how many bells were made up for."""
    left = claiming.claimable(clock.now() - UNCLAIMED).order_by("due_at", "pk")
    return sum(process(pk) for pk in list(left.values_list("pk", flat=True)[:SWEPT_AT_ONCE]))


def forget_old_deliveries(older_than: timedelta = KEPT) -> int:
    """What is older than GitHub sends again is no use. Returns how many were deleted."""
    deleted, _ = Delivery.objects.filter(received_at__lt=clock.now() - older_than).delete()
    return deleted


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


def _call_handlers(claim: Claim, organization_id: int | None) -> None:
    """Every one of them; what one raises does not keep the others from hearing, and is raised afterwards."""
    trouble: Exception | None = None
    for call in _calls(claim, organization_id):
        try:
            call()
        except Exception as error:
            if trouble is None or isinstance(trouble, registry.Later):
                trouble = error
    if trouble is not None:
        raise trouble


def _calls(claim: Claim, organization_id: int | None) -> list[Callable[[], None]]:
    delivery = claim.delivery
    event, action = delivery.event, delivery.action
    if claim.together:
        newest = claim.newest()
        return [partial(one, organization_id, newest) for one in registry.hearers_of_floods(event, action)]
    hook = registry.Hook(event, action, organization_id, wire.decode(delivery.body), delivery.received_at)
    return [partial(one, hook) for one in registry.handlers_of(event, action)]
