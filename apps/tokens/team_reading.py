"""When teams are read: after the lists, of organizations whose lists nobody reads now, who waited longest first."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

from apps.core import clock
from apps.github import errors, teams
from apps.github.models import App, Installation
from apps.tokens import leases, tallies
from apps.tokens.models import SyncState

log = structlog.get_logger(__name__)
EVERY = timedelta(minutes=1)
CALLS = 30
"""About so many requests to one organization a run: a thousand teams take half an hour, and a third of its quota."""
PATIENCE = timedelta(seconds=20)
"""A run ends after so long; the next one begins with those it did not come to."""


def read_teams() -> int:
    """Read what is due of every organization's teams. Returns how many requests were sent.

    While an organization is read for the first time, teams wait: somebody wants to see its tokens.
    """
    now, sent = clock.now(), 0
    if SyncState.objects.filter(completed_at__isnull=True, lease_until__gt=now).exists():
        return 0
    ready = SyncState.objects.filter(leases.free(now), completed_at__isnull=False).values("organization")
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE, organization__in=ready)
    waiting = F("organization__teams_read_at").asc(nulls_first=True)
    for installation in live.select_related("app", "organization").order_by(waiting, "pk"):
        if clock.now() > now + PATIENCE:
            break
        sent += _read(installation, now + PATIENCE)
    return sent


def _read(installation: Installation, until: datetime) -> int:
    """One organization's trouble is not the others'; GitHub's word that it wants to rest holds for its lists too."""
    organization_id, before = installation.organization_id, installation.organization.teams_read_at
    try:
        sent = teams.read(installation, calls=CALLS, until=until)
    except errors.RateLimited as error:
        SyncState.objects.filter(organization=organization_id).update(not_before=error.retry_at)
        log.info("tokens.teams_not_read", organization_id=organization_id, why=str(error))
    except errors.GitHubError as error:
        log.info("tokens.teams_not_read", organization_id=organization_id, why=str(error))
    else:
        if before is None and sent:
            _count(organization_id)
        return sent
    return 0


def _count(organization_id: int) -> None:
    """Teams that are known for the first time are offered at once, and not after the next sync."""
    with transaction.atomic():
        tallies.keep(organization_id)
