"""Where Patrol's App stands on organizations, whether it works there or not: pages say it, coverage counts it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from apps.github import web
from apps.github.models import App, Installation


class State(StrEnum):
    """`NEVER`: nobody installed it there, as far as Patrol knows."""

    LIVE = "live"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    OUTSIDE = "outside"
    NEVER = "never"


@dataclass(frozen=True)
class Standing:
    """`since` when it is suspended (by GitHub's word) or gone (when Patrol found it so)."""

    state: State = State.NEVER
    since: datetime | None = None
    installation_id: int = 0
    permissions: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_closed(self) -> bool:
        """It worked once and does not now: what Patrol knew then is still shown."""
        return self.state in {State.SUSPENDED, State.REMOVED}


def standings(organization_ids: Iterable[int]) -> dict[int, Standing]:
    """Of each organization by its id, `NEVER` where there is no installation; one query.

    Of several installations, one after the other, the last counts.
    """
    ids = set(organization_ids)
    rows = Installation.objects.governing().filter(organization__in=ids).order_by("pk")
    found = {pk: Standing() for pk in ids}
    for row in rows:
        if row.removed_at is None or found[row.organization_id].state in {State.NEVER, State.REMOVED}:
            found[row.organization_id] = _standing(row)
    return found


def page(login: str, standing: Standing) -> str:
    """Where on GitHub an owner changes it: the installation's page, or the one that installs. Empty without an App."""
    if standing.state in {State.LIVE, State.SUSPENDED}:
        return web.installation(login, standing.installation_id)
    app = App.objects.filter(role=App.Role.GOVERNANCE).first()
    return (app.installation_page or web.new_installation(app.slug)) if app else ""


def _standing(row: Installation) -> Standing:
    since = row.removed_at or row.suspended_at
    if row.removed_at is not None:
        state = State.REMOVED
    elif row.is_outside:
        state, since = State.OUTSIDE, None
    else:
        state = State.SUSPENDED if row.suspended_at else State.LIVE
    return Standing(state, since, row.installation_id, row.permissions)
