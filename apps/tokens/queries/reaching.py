"""Which tokens reach one repository and with which rights: a constant number of queries, however many do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Contains, In

from apps.core import clock, paging
from apps.github.models import Organization, Repository
from apps.policy.permissions import PermissionLine, lines_of, rank
from apps.policy.risk import Risk
from apps.tokens.models import Grant, GrantRequest, Selection, Token

A = TypeVar("A", GrantRequest, Grant)
PAGE = 25
SHOWN_REQUESTS = 20
LEVELS = {"read": ["read", "write", "admin"], "write": ["write", "admin"], "admin": ["admin"]}
_ORDER = paging.Order("risk", descending=True)


@dataclass(frozen=True)
class Rights:
    """What narrows the list: GitHub's name of a repository permission, and the least level; "" narrows nothing."""

    permission: str = ""
    level: str = ""


@dataclass(frozen=True)
class Reaching:
    """One token that reaches the repository, or would: `number` is its pat_id, or its pat_request_id.

    `lines` are its rights on repositories, the strongest first; `everywhere`: because it reaches all repositories.
    """

    number: int
    token: Token
    lines: tuple[PermissionLine, ...]
    everywhere: bool
    risk: Risk
    since: datetime
    expired: bool

    @property
    def level(self) -> str:
        """The strongest right; "" where it has none on repositories."""
        return self.lines[0].level if self.lines else ""

    @property
    def writes(self) -> tuple[PermissionLine, ...]:
        """The rights that change something."""
        return tuple(line for line in self.lines if line.writes)

    @property
    def reads(self) -> tuple[PermissionLine, ...]:
        """The rights that only read."""
        return tuple(line for line in self.lines if not line.writes)


@dataclass(frozen=True)
class Counts:
    """Active tokens that reach it; how many of them may write at least, and administer."""

    all: int = 0
    write: int = 0
    admin: int = 0


@dataclass(frozen=True)
class ReachPage:
    """One page of tokens that reach a repository, how many do, and the requests that would."""

    rows: list[Reaching]
    counts: Counts
    total: int
    requests: list[Reaching]
    more_requests: bool
    next_cursor: str | None = None
    previous_cursor: str | None = None


def reach_page(
    organization: Organization, repositories: Sequence[Repository], rights: Rights, cursor: str = ""
) -> ReachPage:
    """Of a repository known by these rows; without any of them, the tokens that reach all repositories.

    Four queries.
    """
    numbers = [one.pk for one in repositories]
    tokens = _reaching(Grant.objects.active().filter(organization=organization), numbers)
    holding = tokens.filter(_may(rights.permission, "")) if rights.permission else tokens
    counts = Counts(**holding.aggregate(**{name: _counted(rights.permission, name) for name in _COUNTED}))
    found = holding.filter(_may(rights.permission, rights.level))
    page = paging.page(found.select_related("token"), _ORDER, cursor, PAGE)
    asking = _reaching(GrantRequest.objects.pending().filter(organization=organization), numbers)
    requests = list(asking.select_related("token").order_by("-risk", "pk")[: SHOWN_REQUESTS + 1])
    return ReachPage(
        rows=[_row(one, one.pat_id, one.access_granted_at) for one in page.rows],
        counts=counts,
        total={"write": counts.write, "admin": counts.admin}.get(rights.level, counts.all),
        requests=[_row(one, one.pat_request_id, one.requested_at) for one in requests[:SHOWN_REQUESTS]],
        more_requests=len(requests) > SHOWN_REQUESTS,
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
    )


def _reaching(found: "QuerySet[A]", repository_ids: list[int]) -> "QuerySet[A]":
    """A token for all repositories reaches this one too; of a subset those that name it."""
    everywhere = Q(repository_selection=Selection.ALL)
    if not repository_ids:
        return found.filter(everywhere)
    through, column = (
        (GrantRequest.repositories.through, "grantrequest_id")
        if found.model is GrantRequest
        else (Grant.repositories.through, "grant_id")
    )
    naming = through._default_manager.filter(repository__in=repository_ids).values(column)
    return found.filter(everywhere | Q(repository_selection=Selection.SUBSET, pk__in=naming))


def _may(permission: str, level: str) -> Q:
    """At the level or above on that permission; on any repository permission where none is named."""
    if permission and not level:
        return Q(permissions__repository__has_key=permission)
    if permission:
        held = KeyTextTransform(permission, KeyTransform("repository", F("permissions")))
        return Q(In(held, LEVELS[level]))
    if not level or level == "read":
        return Q()
    text = Cast(KeyTextTransform("repository", F("permissions")), TextField())
    wanted = Q()
    for one in LEVELS[level]:
        wanted |= Q(Contains(text, Value(f'"{one}"')))
    return wanted


_COUNTED = ("all", "write", "admin")


def _counted(permission: str, name: str) -> Count:
    return Count("pk") if name == "all" else Count("pk", filter=_may(permission, name))


def _row(access: Grant | GrantRequest, number: int, since: datetime) -> Reaching:
    token = access.token
    lines = [line for line in lines_of(access.permissions) if line.kind == "repository"]
    return Reaching(
        number=number,
        token=token,
        lines=tuple(sorted(lines, key=lambda line: -rank(line.level))),
        everywhere=access.repository_selection == Selection.ALL,
        risk=Risk(access.risk),
        since=since,
        expired=token.expired or bool(token.expires_at and token.expires_at <= clock.now()),
    )
