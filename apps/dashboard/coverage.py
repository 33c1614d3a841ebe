"""Coverage: which organizations Patrol reads, and of every other exactly why not and who does what about it.

Owners see their own, those without Patrol's App too. Administrators see in addition where the App is or was installed,
by login and state: coverage must show that, and nothing else of organizations that they do not own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max

from apps.core import paging
from apps.dashboard.coverage_gaps import Gap, Seen, gaps, notes
from apps.github.models import App, Delivery, Installation, Organization
from apps.github.standing import standings
from apps.tokens.models import SyncState
from apps.tokens.queries import liveness

PAGE = 50
BY_LOGIN = paging.Order("login")


@dataclass(frozen=True)
class Covered:
    """One organization: `gaps` keep Patrol from reading it, `notes` do not. `owned` by the reader."""

    organization: Organization
    owned: bool
    gaps: list[Gap]
    notes: list[Gap]
    as_of: datetime | None
    polled: liveness.Polled | None
    last_delivery: datetime | None = None

    @property
    def connected(self) -> bool:
        """Whether Patrol reads it as it should."""
        return not self.gaps


@dataclass(frozen=True)
class Coverage:
    """`connected` of `known`; the page's rows, in the order of logins."""

    connected: int
    known: int
    rows: list[Covered]
    page: paging.Page[Organization] = field(default_factory=paging.Page)


def coverage(owned: Mapping[int, str], *, everywhere: bool, only_gaps: bool = False, cursor: str = "") -> Coverage:
    """Over what the reader owns, with the addresses of its single sign-on where they have no session there.

    `everywhere`: for administrators also where the App is or was installed. A constant number of queries.
    """
    seen = _seen(owned, {*owned, *(_installed() if everywhere else ())})
    bad = {pk for pk, one in seen.items() if gaps(one)}
    wanted = bad if only_gaps else seen
    page = paging.page(Organization.objects.filter(pk__in=wanted), BY_LOGIN, cursor, PAGE)
    told = _last_deliveries(one.pk for one in page.rows)
    rows = [_row(one, seen[one.pk], owned, told.get(one.pk)) for one in page.rows]
    return Coverage(len(seen) - len(bad), len(seen), rows, page)


def _installed() -> Iterable[int]:
    return Installation.objects.governing().values_list("organization_id", flat=True)


def _seen(owned: Mapping[int, str], ids: set[int]) -> dict[int, Seen]:
    """What decides of each; three queries."""
    app = App.objects.filter(role=App.Role.GOVERNANCE).first()
    states = {one.organization_id: one for one in SyncState.objects.filter(organization__in=ids)}
    return {
        pk: Seen(app, one, states.get(pk), sso_url=owned.get(pk, ""), owned=pk in owned)
        for pk, one in standings(ids).items()
    }


def _last_deliveries(ids: Iterable[int]) -> dict[int, datetime]:
    came = Delivery.objects.filter(organization_id__in=list(ids), state=Delivery.State.PROCESSED)
    newest = came.values("organization_id").annotate(at=Max("received_at"))
    return {row["organization_id"]: row["at"] for row in newest if row["organization_id"] is not None}


def _row(organization: Organization, seen: Seen, owned: Mapping[int, str], told: datetime | None) -> Covered:
    state = seen.sync
    polled = liveness.polled([organization], {organization.pk: state} if state else {}) if seen.live else []
    return Covered(
        organization=organization,
        owned=organization.pk in owned,
        gaps=gaps(seen, organization.login),
        notes=notes(seen, organization.login),
        as_of=state.completed_at if state else None,
        polled=polled[0] if polled else None,
        last_delivery=told,
    )
