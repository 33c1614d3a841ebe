"""What a filter shows, whole: one record a grant, read in chunks so that a hundred thousand need no more memory than
a page. Newest first, as Patrol came to know them; each chunk begins where the last one ended, so nobody waits in a
transaction for a slow reader.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from apps.core import clock
from apps.github.models import Organization
from apps.policy.risk import assess
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANTS
from apps.tokens.models import Grant
from apps.tokens.queries import freshness
from apps.tokens.queries.filters import GrantFilters, grants_matching
from apps.tokens.queries.permitted import permitted_on

FIRST_CHUNK, CHUNK = 20, 400
"""The first one is small: something arrives at once."""


@dataclass(frozen=True)
class Record:
    """One grant as files tell it; instants in UTC, `None` where there is none. `as_of`: when GitHub said so."""

    organization: str
    token_name: str
    token_id: int
    pat_id: int
    owner_id: int
    owner_login: str
    state: str
    permissions: dict[str, dict[str, str]]
    repository_selection: str
    repositories: list[str]
    access_granted_at: datetime
    token_expires_at: datetime | None
    token_last_used_at: datetime | None
    risk: str
    risk_reasons: list[str]
    as_of: datetime | None

    @property
    def values(self) -> dict[str, Any]:
        """By column, in their order; permissions and repositories as they are."""
        return {name: _said(value) for name, value in asdict(self).items()}

    @property
    def cells(self) -> list[Any]:
        """For a table: what is many in one cell."""
        return [_in_one_cell(value) for value in self.values.values()]


COLUMNS = [one.name for one in fields(Record)]


@dataclass(frozen=True)
class Export:
    """How many there were of each organization when it began, and each of them as it is read."""

    counts: dict[int, int]
    records: Iterator[Record]


def export(organizations: Sequence[Organization], filters: GrantFilters) -> Export:
    """Everything of these organizations that the filters leave; only the count is read before it is asked for."""
    now = clock.now()
    found = grants_matching(Grant.objects.filter(organization__in=organizations), filters, now)
    unread = permitted_on(organizations, GRANTS).unread
    as_of = freshness.read_at(organizations, unread=unread, listing=GRANTS.listing)
    counts = found.order_by().values_list("organization_id").annotate(count=Count("pk"))
    return Export(dict(counts), _records(found, now, as_of))


def _records(found: "QuerySet[Grant, Any]", now: datetime, as_of: Mapping[int, datetime | None]) -> Iterator[Record]:
    for chunk in _chunks(found.select_related("token", "organization").order_by("-pk")):
        repositories, holdings = _repositories(chunk), _holdings(chunk)
        for one in chunk:
            named = repositories.get(one.pk, {})
            held = holdings[one.organization_id, one.token.owner_id] - (one.state == Grant.State.ACTIVE)
            judged = assess(facts_of(one, named), now=now, other_tokens=held)
            yield Record(
                organization=one.organization.login, token_name=one.token.name, token_id=one.token.token_id,
                pat_id=one.pat_id, owner_id=one.token.owner_id, owner_login=one.token.owner_login, state=one.state,
                permissions=one.permissions, repository_selection=one.repository_selection,
                repositories=sorted(named.values()), access_granted_at=one.access_granted_at,
                token_expires_at=one.token.expires_at, token_last_used_at=one.token.last_used_at,
                risk=judged.risk.label, risk_reasons=[reason.text for reason in judged.reasons],
                as_of=as_of.get(one.organization_id),
            )  # fmt: skip


def _chunks(found: "QuerySet[Grant, Any]") -> Iterator[list[Grant]]:
    """By descending key, so that what comes meanwhile is not read and nothing is read twice."""
    chunk = list(found[:FIRST_CHUNK])
    while chunk:
        yield chunk
        chunk = list(found.filter(pk__lt=chunk[-1].pk)[:CHUNK])


def _repositories(chunk: Sequence[Grant]) -> dict[int, dict[int, str]]:
    """Of each subset its repositories: id -> name."""
    subsets = [one.pk for one in chunk if one.repository_selection == "subset"]
    found: dict[int, dict[int, str]] = defaultdict(dict)
    links = Grant.repositories.through._default_manager.filter(grant_id__in=subsets)
    for pk, repository_id, name in links.values_list("grant_id", "repository_id", "repository__name"):
        found[pk][repository_id] = name
    return found


def _holdings(chunk: Sequence[Grant]) -> Counter[tuple[int, int]]:
    """How many active grants each (organization, owner) has."""
    active = Grant.objects.active().filter(
        organization_id__in={one.organization_id for one in chunk},
        owner_id__in={one.token.owner_id for one in chunk},
    )
    counted = active.values_list("organization_id", "owner_id").annotate(count=Count("pk"))
    return Counter({(organization_id, owner_id): count for organization_id, owner_id, count in counted})


def _said(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _in_one_cell(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{kind}:{name}={level}" for kind, names in value.items() for name, level in names.items())
    if isinstance(value, list):
        return "; ".join(value)
    return value
