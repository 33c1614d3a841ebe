"""Checks of how each organization is read: by webhooks or polling, and how old that is."""

from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings

from apps.core import clock, moments
from apps.dashboard.setup.check import Check
from apps.dashboard.setup.registered import Registered
from apps.github import redelivery, webhook_address
from apps.github.models import App, Delivery, Organization
from apps.tokens.models import SyncState
from apps.tokens.queries import liveness

PROCESSES = "see that worker, beat and sweeper run"


def reading(known: Registered) -> Iterator[Check]:
    """The webhook, where one is expected, then each organization."""
    if webhook_address.expected():
        yield _webhook(known.app)
    organizations = [one.organization for one in known.installations]
    states = {one.pk: one.sync for one in organizations if hasattr(one, "sync")}
    polled = {one.organization.pk: one for one in liveness.polled(organizations, states)}
    for organization in organizations:
        check = _organization(organization, states.get(organization.pk), polled.get(organization.pk))
        yield replace(check, organization=organization.login)


def _webhook(app: App | None) -> Check:
    last = Delivery.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    if last is None:
        failed = redelivery.last_failure(app) if app else None
        tried = f'GitHub tried {moments.lag(failed.delivered_at, clock.now())}: "{failed.status}". ' if failed else ""
        return Check(
            "webhook", False,
            f"{tried}None came yet. At the App set the webhook URL {settings.WEBHOOK_URL} and its secret, and look at "
            "Advanced, Recent Deliveries; where GitHub cannot reach it, set PATROL_WEBHOOKS=off.",
        )  # fmt: skip
    return Check("webhook", True, f"The last one came {moments.lag(last, clock.now())}.")


def _organization(organization: Organization, state: SyncState | None, polled: liveness.Polled | None) -> Check:
    name, now = f"reading {organization.login}", clock.now()
    if state is None or state.completed_at is None:
        return Check(name, False, f"It was not read yet: {PROCESSES}, or run `manage.py sync {organization.login}`.")
    if state.error:
        return Check(name, False, state.error)
    if polled is None:
        return Check(name, True, f"By webhooks; both lists were read {moments.lag(state.completed_at, now)}.")
    if polled.late or polled.read_at is None:
        read = moments.lag(polled.read_at, now) if polled.read_at else "never"
        return Check(name, False, f"By polling, last {read}, which should be a minute at most: {PROCESSES}.")
    if polled.missed_at is not None:
        missed = f"no webhook told of the request of {moments.exact(polled.missed_at)}"
        return Check(name, False, f"By polling, as {missed}: subscribe the App to Personal access token request.")
    return Check(name, True, f"By polling, last {moments.lag(polled.read_at, now)}.")
