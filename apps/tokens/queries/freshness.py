"""When a list was true, how far a reading is, and why a queue is empty."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from apps.core import clock
from apps.core.statements import Statement
from apps.github.models import Member, Organization
from apps.tokens.models import Grant, GrantRequest, StatedPolicy, SyncState, Walk
from apps.tokens.queries.facets import Counted
from apps.tokens.queries.liveness import Polled, polled


@dataclass(frozen=True)
class Progress:
    """A reading of one organization: pages done of pages known (0: not known yet)."""

    organization: Organization
    running: bool
    first: bool
    done: int
    known: int
    trouble: str


@dataclass(frozen=True)
class Freshness:
    """When the oldest of several lists was true (None: one was never read), and what keeps it from being read.

    `asking`: organizations whose last reading stopped, because too much would vanish at once. `polled`: those that no
    webhook tells of; `hooked`: whether there are others. `tallies` of the organizations, where they were asked for.
    """

    as_of: datetime | None
    trouble: str
    first_readings: list[Progress]
    asking: list[Organization]
    polled: list[Polled]
    hooked: bool
    tallies: list[Counted] = field(default_factory=list)

    @property
    def differ(self) -> bool:
        """Whether what is said of one polled organization has to name it."""
        return self.hooked or len(self.polled) > 1

    @property
    def never(self) -> bool:
        """Whether some organization has never been read whole."""
        return bool(self.first_readings)


@dataclass(frozen=True)
class EmptyQueue:
    """Why nothing waits: approval was stated to be off, or tokens appear without a request, or neither."""

    stated_off: list[Organization]
    unasked: int


def freshness(
    organizations: Sequence[Organization], *, unread: Sequence[Organization] = (), listing: str = "",
    tallied: bool = False,
) -> Freshness:  # fmt: skip
    """Over all given organizations; two queries. `unread`: of which the App may not read the list the page shows.

    `tallied` reads the tallies with them.
    """
    found = (_STATES_AND_TALLIES if tallied else _STATES)([one.pk for one in organizations])
    states = {one.organization_id: one for one in found}
    walks = _walks(organizations)
    known = [states[one.pk] for one in organizations if one.pk in states]
    new = [one for one in organizations if one.pk not in states or states[one.pk].completed_at is None]
    times = _times(known, walks, unread, listing)
    seen = [one for one in organizations if one not in unread]
    without_webhooks = polled(seen, states)
    return Freshness(
        as_of=None if new else min(filter(None, times.values()), default=None),
        trouble=next((state.error for state in known if state.error), ""),
        first_readings=[_progress(one, states.get(one.pk), walks[one.pk]) for one in new],
        asking=[one for one in organizations if _asks(walks[one.pk])],
        polled=without_webhooks,
        hooked=len(without_webhooks) < len(seen),
        tallies=_tallies(organizations, states) if tallied else [],
    )


def read_at(
    organizations: Sequence[Organization], *, unread: Sequence[Organization] = (), listing: str = ""
) -> dict[int, datetime | None]:
    """When the list of each organization was true, where it was ever read; two queries."""
    known = list(SyncState.objects.filter(organization__in=organizations))
    return _times(known, _walks(unread), unread, listing)


def _times(
    known: list[SyncState], walks: dict[int, list[Walk]], unread: Sequence[Organization], listing: str
) -> dict[int, datetime | None]:
    times = {state.organization_id: state.completed_at for state in known}
    return times | {one.pk: _last_read(walks[one.pk], listing) for one in unread}


def _last_read(walks: list[Walk], listing: str) -> datetime | None:
    """When a list was last read to its end, though the other was since."""
    return next((one.finished_at for one in walks if one.listing == listing and one.state not in _NOT_ENDED), None)


def progress(organization: Organization) -> Progress:
    """How far the reading of one organization is; two queries."""
    return progress_of([organization])[organization.pk]


def progress_of(organizations: Sequence[Organization]) -> dict[int, Progress]:
    """How far the reading of each is; one query, where each was read together with its `sync`."""
    walks = _walks(organizations)
    return {one.pk: _progress(one, getattr(one, "sync", None), walks[one.pk]) for one in organizations}


def _walks(organizations: Sequence[Organization]) -> dict[int, list[Walk]]:
    """Of each organization and list the newest walk and the newest that came to its end, newest first."""
    found: dict[int, list[Walk]] = {one.pk: [] for one in organizations}
    for walk in _WALKS(list(found)):
        found[walk.organization_id].append(walk)
    return found


def _last_walks(organization_ids: list[int]) -> "QuerySet[Walk]":
    by_list = Walk.objects.filter(organization__in=organization_ids).order_by().values("organization", "listing")
    newest = by_list.annotate(last=Max("pk")).values("last")
    ended = by_list.exclude(state__in=_NOT_ENDED).annotate(last=Max("pk")).values("last")
    shown = ("organization", "listing", "state", "finished_at", "pages_done", "pages_known")
    return Walk.objects.filter(Q(pk__in=newest) | Q(pk__in=ended)).order_by("-pk").only(*shown)


_NOT_ENDED = (Walk.State.WALKING, Walk.State.FAILED)
_WALKS = Statement(_last_walks)
_STATES = Statement(lambda ids: SyncState.objects.filter(organization__in=ids))
_STATES_AND_TALLIES = Statement(
    lambda ids: SyncState.objects.filter(organization__in=ids).annotate(
        counted_at=F("organization__tally__counted_at"),
        counts=Cast("organization__tally__counts", TextField()),  # most pages know already what it says
    )
)


def _tallies(organizations: Sequence[Organization], states: dict[int, SyncState]) -> list[Counted]:
    told = [(one, vars(states[one.pk])) for one in organizations if one.pk in states]
    return [
        Counted(one.pk, one.login, known["counted_at"], known["counts"]) for one, known in told if known["counted_at"]
    ]


def _asks(walks: list[Walk]) -> bool:
    """Whether the newest walk of a list that came to its end asks."""
    ended = {walk.listing: walk for walk in reversed(walks) if walk.state not in _NOT_ENDED}
    return any(walk.state == Walk.State.ASKS for walk in ended.values())


def _progress(organization: Organization, state: SyncState | None, walks: list[Walk]) -> Progress:
    now = clock.now()
    held = bool(state and state.lease_until and state.lease_until > now)
    first = state is None or state.completed_at is None
    waits = state is None or state.due_at <= now
    newest = {walk.listing: walk for walk in reversed(walks)}.values()
    current = [walk for walk in newest if walk.state == Walk.State.WALKING or first]
    return Progress(
        organization=organization,
        running=held or waits,
        first=first,
        done=sum(walk.pages_done for walk in current),
        known=sum(walk.pages_known or 0 for walk in current),
        trouble=state.error if state else "",
    )


def empty_queue(organizations: Sequence[Organization]) -> EmptyQueue:
    """What was stated and observed about approval; three queries."""
    off = set(
        StatedPolicy.objects.filter(organization__in=organizations, approval_required=False).values_list(
            "organization_id", flat=True
        )
    )
    return EmptyQueue([one for one in organizations if one.pk in off], granted_unasked(organizations))


def granted_unasked(organizations: Sequence[Organization]) -> int:
    """Tokens that were granted after the first reading without a request we saw; two queries."""
    walks = Walk.objects.filter(organization__in=organizations, state=Walk.State.COMPLETE)
    since = Q()
    for row in walks.values("organization_id").annotate(first=Min("finished_at")):
        since |= Q(organization_id=row["organization_id"], access_granted_at__gt=row["first"])
    return unasked(since).count() if since else 0


def unasked(since: Q) -> "QuerySet[Grant]":
    """Grants of those, without a request we saw.

    Owners' own tokens are approved by GitHub at once, so they prove nothing and are left out:
    https://docs.github.com/organizations/managing-programmatic-access-to-your-organization/managing-requests-for-personal-access-tokens-in-your-organization
    """
    owners = Member.objects.filter(organization=OuterRef("organization"), user_id=OuterRef("owner_id"), role="admin")
    asked = GrantRequest.objects.filter(token=OuterRef("token"))
    # Whatever became of them: the index by age begins with the state.
    granted = Grant.objects.filter(since, state__in=Grant.State.values)
    return granted.filter(~Exists(owners), ~Exists(asked))
