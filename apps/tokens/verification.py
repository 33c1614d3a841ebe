"""Repository lists of "subset" tokens, read again in turn: GitHub's lists do not show when they change.

Longest unread first, never read before all. Small on purpose: a hundred calls a run, and never from the second
half of the hour's quota.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F

from apps.core import clock
from apps.github import errors, wire
from apps.github.models import App, Installation
from apps.tokens import adopt, causes, holdings, lineage, rating
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind, Row
from apps.tokens.models import Selection
from apps.tokens.reading import QuotaReserved, Reader

log = structlog.get_logger(__name__)
CALLS_A_RUN = 100
RESERVE = 0.5
FRESH_FOR = timedelta(hours=6)


def verify_repositories(calls: int = CALLS_A_RUN) -> int:
    """Read the oldest repository lists of every live installation again. Returns how many lists were read."""
    left = calls
    for installation in Installation.objects.live().filter(app__role=App.Role.GOVERNANCE).order_by("organization_id"):
        if left <= 0:
            break
        try:
            left -= _verify(installation, left)
        except (errors.GitHubError, QuotaReserved) as error:
            log.info("tokens.verification_stopped", organization=installation.organization_id, why=str(error))
    return calls - left


def _verify(installation: Installation, calls: int) -> int:
    rows = [(kind, row) for kind in (GRANT_REQUESTS, GRANTS) for row in _stalest(kind, installation, calls)][:calls]
    if not rows:
        return 0
    with Reader(installation, reserve=RESERVE) as reader:
        for kind, row in rows:
            read_at = clock.now()
            fetched = reader.repositories(kind, kind.number_of(row))
            if fetched is not None:
                with transaction.atomic():
                    _write(kind, row, fetched)
                    kind.model.objects.filter(pk=row.pk).update(repositories_verified_at=read_at)
            # What is not there any more is the next walk's to look up; it must not block the line until then.
            elif row.repositories_verified_at is not None:
                kind.model.objects.filter(pk=row.pk).update(repositories_verified_at=read_at)
    return len(rows)


def _stalest(kind: Kind, installation: Installation, limit: int) -> list[Row]:
    rows = kind.model.objects.filter(
        organization_id=installation.organization_id,
        state=kind.active,
        repository_selection=Selection.SUBSET,
    ).exclude(repositories_verified_at__gt=clock.now() - FRESH_FOR)
    return list(rows.order_by(F("repositories_verified_at").asc(nulls_first=True), "pk")[:limit])


def _write(kind: Kind, row: Row, fetched: list[wire.Repository]) -> None:
    """The links, a version and an event; nothing when a walk read the list meanwhile."""
    current = (
        kind.model.objects.select_for_update(of=("self",))
        .select_related("token")
        .filter(pk=row.pk, state=kind.active, repositories_verified_at=row.repositories_verified_at)
        .first()
    )
    if current is None:
        return
    number = kind.number_of(current)
    moved = holdings.link(kind, current.organization_id, {number: current}, {number: fetched})
    for step in lineage.add_versions(moved, lambda _: causes.CHANGED):
        adopt.record_change(step)
    if moved:
        held = rating.held_by({current.token.owner_id}, current.organization_id)
        kind.model.objects.filter(pk=current.pk).update(risk=rating.risk_of(current, held))
