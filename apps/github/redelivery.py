"""GitHub does not try again by itself: what did not reach Patrol in the last three days is asked for once more.

https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from apps.core import clock
from apps.github import auth, errors, wire
from apps.github.client import Client
from apps.github.models import App, Delivery, Redelivery

log = structlog.get_logger(__name__)
REACHES_BACK = timedelta(days=3)
ONCE_IN = timedelta(hours=1)
MOST = 100
"""So many in one run: an endpoint that was wrong for days is not flooded when it is right again."""
_told: set[str] = set()


def redeliver_failed() -> int:
    """Ask for the failed ones again. Returns how many. A GitHub without such a list is told of once."""
    app = App.objects.filter(role=App.Role.GOVERNANCE).first()
    if app is None:
        return 0
    with auth.app_client(app) as client:
        try:
            chosen = choose(client.failed_deliveries(), now=clock.now())
        except errors.NotFound:
            if "absent" not in _told:
                _told.add("absent")
                log.warning("github.deliveries_not_listed")
            return 0
        return sum(_asked_for(client, one) for one in chosen)


def choose(failed: Iterable[wire.HookDelivery], *, now: datetime) -> list[wire.HookDelivery]:
    """Of tries, newest first, the one of each message to send again: not older than GitHub takes, none that
    Patrol has meanwhile, none that was asked for within the hour; oldest first, and not too many."""
    newest: dict[str, wire.HookDelivery] = {}
    for one in failed:
        if one.delivered_at < now - REACHES_BACK:
            break
        newest.setdefault(one.guid.lower(), one)
    guids = list(newest)
    here = Delivery.objects.filter(guid__in=guids).exclude(state=Delivery.State.FAILED)
    asked = Redelivery.objects.filter(guid__in=guids, asked_at__gt=now - ONCE_IN)
    left_out = {*here.values_list("guid", flat=True), *asked.values_list("guid", flat=True)}
    chosen = [one for guid, one in newest.items() if guid not in left_out]
    return sorted(chosen, key=lambda one: one.delivered_at)[:MOST]


def _asked_for(client: Client, one: wire.HookDelivery) -> bool:
    """Ask for one; noted before, so that the hour counts whatever becomes of the call."""
    Redelivery.objects.update_or_create(guid=one.guid.lower()[:36], defaults={"asked_at": clock.now()})
    try:
        client.redeliver(one.id)
    except errors.Permanent as error:
        log.warning("github.not_redelivered", guid=one.guid, status=error.status)
        return False
    return True


def last_failure(app: App) -> wire.HookDelivery | None:
    """GitHub's last try that failed; None where there is none, or GitHub does not say."""
    try:
        with auth.app_client(app, patient=False) as client:
            return next(iter(client.failed_deliveries()), None)
    except errors.GitHubError:
        return None


def forget_old_redeliveries() -> int:
    """Those GitHub would not send again anyway. Returns how many were deleted."""
    deleted, _ = Redelivery.objects.filter(asked_at__lt=clock.now() - 2 * REACHES_BACK).delete()
    return deleted
