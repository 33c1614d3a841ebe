"""What the joined pages show: one function a page, a constant number of queries each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Value

from apps.core import clock
from apps.core.statements import Statement
from apps.github import permitted
from apps.github.models import Organization
from apps.github.permissions import LOOK_ONLY, REQUESTS, TOKENS, in_words, lacking
from apps.policy.risk import Risk
from apps.tokens.models import GrantRequest, Tally, WiderGrant
from apps.tokens.queries import freshness
from apps.tokens.queries.freshness import Progress
from apps.tokens.queries.seconding import proposals_for

SOON = "7"
"""Days, as the filter of the inventory has them."""
OLD = timedelta(days=30)


@dataclass(frozen=True)
class OrganizationSummary:
    """One organization on the Overview. Counts are as of `as_of` (None: never synced).

    `lacks` are the permissions to look that Patrol's App has not got there. Tokens are counted at the end of a reading.
    """

    organization: Organization
    pending: int
    high_risk: int
    oldest: datetime | None
    old: int
    grants: int | None
    ending_soon: int | None
    never_ending: int | None
    as_of: datetime | None
    first_reading: Progress | None
    error: str
    asks: bool
    stated: bool
    lacks: Mapping[str, str]

    @property
    def lacks_in_words(self) -> str:
        """As GitHub's page says them."""
        return in_words(self.lacks)

    @property
    def sees_requests(self) -> bool:
        """Whether counts of requests mean anything."""
        return REQUESTS not in self.lacks

    @property
    def sees_tokens(self) -> bool:
        """Whether counts of tokens mean anything."""
        return TOKENS not in self.lacks


def loaded(organizations: Iterable[Organization]) -> list[Organization]:
    """The same with how they were read last, what was stated and counted of them; one query."""
    ids = [one.pk for one in organizations]
    return list(Organization.objects.filter(pk__in=ids).select_related("sync", "stated_policy", "tally"))


def overview(organizations: Sequence[Organization]) -> list[OrganizationSummary]:
    """A summary of each organization, which is `loaded`; those with most waiting first."""
    ids = [one.pk for one in organizations]
    queue, fresh = _queue(ids), freshness.freshness(organizations)
    asking = {one.pk for one in fresh.asking}
    reading = {one.organization.pk: one for one in fresh.first_readings}
    may = permitted.held(ids)
    rows = []
    for organization in organizations:
        waits, sync = queue.get(organization.pk, {}), getattr(organization, "sync", None)
        held = _held(getattr(organization, "tally", None))
        rows.append(
            OrganizationSummary(
                organization=organization,
                pending=waits.get("pending", 0),
                high_risk=waits.get("high_risk", 0),
                oldest=waits.get("oldest"),
                old=waits.get("old", 0),
                grants=held["active"],
                ending_soon=held["ending_soon"],
                never_ending=held["never_ending"],
                as_of=sync.completed_at if sync else None,
                first_reading=reading.get(organization.pk),
                error=sync.error if sync else "",
                asks=organization.pk in asking,
                stated=hasattr(organization, "stated_policy"),
                lacks=lacking(may.get(organization.pk, LOOK_ONLY), LOOK_ONLY),
            )
        )
    return sorted(rows, key=lambda row: (-row.pending, row.organization.login))


def _held(tally: Tally | None) -> dict[str, int | None]:
    """What the tokens came to at the end of the last reading; None before the first."""
    if tally is None:
        return {"active": None, "ending_soon": None, "never_ending": None}
    ends = tally.counts["expiring"]
    return {"active": tally.counts["state"]["active"], "ending_soon": ends[SOON], "never_ending": ends["never"]}


def _queue(ids: list[int]) -> dict[int, dict[str, Any]]:
    now = clock.now()
    rows = (
        GrantRequest.objects.pending()
        .filter(organization_id__in=ids)
        .values("organization_id")
        .annotate(
            pending=Count("pk"),
            high_risk=Count("pk", filter=Q(risk__gte=Risk.HIGH)),
            old=Count("pk", filter=Q(requested_at__lt=now - OLD)),
            oldest=Min("requested_at"),
        )
    )
    return {row["organization_id"]: dict(row) for row in rows}


@dataclass(frozen=True)
class Waits:
    """What waits in one organization: `pending` requests, `proposals` for the reader's consent, grants that are `wider`
    than approved. The numbers name one of the latter two (None: there is none).
    """

    pending: int
    proposals: int
    wider: int
    pat_request_id: int | None
    pat_id: int | None


def waits(organization_ids: list[int], reader_id: int) -> dict[int, Waits]:
    """For the navigation, of each organization where anything waits; one query."""
    counts: dict[int, dict[str, tuple[int, int | None]]] = {}
    for organization_id, kind, count, number in _WAITING(organization_ids, reader_id):
        counts.setdefault(organization_id, {})[kind] = (count, number)
    return {organization_id: _waits(found) for organization_id, found in counts.items()}


def _waiting(organization_ids: list[int], reader_id: int) -> "QuerySet[Any, tuple[int, str, int, int | None]]":
    parts = [
        _of_each(GrantRequest.objects.pending(), organization_ids, "pending", "pk", Max("pat_request_id")),
        _of_each(proposals_for(reader_id), organization_ids, "proposals", "pk", Max("grant_request__pat_request_id")),
        _of_each(WiderGrant.objects.open(), organization_ids, "wider", "grant", Max("grant__pat_id")),
    ]
    return parts[0].union(*parts[1:], all=True)


_WAITING = Statement(_waiting)


def _of_each(rows: "QuerySet[Any]", organization_ids: list[int], kind: str, what: str, number: Max) -> "QuerySet[Any]":
    mine = rows.filter(organization__in=organization_ids).order_by().values_list("organization")
    found: QuerySet[Any, Any] = mine.annotate(kind=Value(kind), count=Count(what, distinct=True), number=number)
    return found


def _waits(found: dict[str, tuple[int, int | None]]) -> Waits:
    pending, proposals, wider = (found.get(kind, (0, None)) for kind in ("pending", "proposals", "wider"))
    return Waits(pending[0], proposals[0], wider[0], proposals[1], wider[1])
