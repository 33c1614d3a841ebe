"""One request and one token, whole: a dozen queries each, whatever the token or its owner has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from apps.audit import queries as audit
from apps.core.statements import Statement
from apps.github import team_names
from apps.github.models import Member, Organization, Repository
from apps.policy.permissions import PermissionLine, grouped, lines_of
from apps.tokens import sentences
from apps.tokens.models import Grant, GrantRequest, Review, Token, TokenVersion, WiderGrant
from apps.tokens.queries.alarms import Alarm, alarms_of
from apps.tokens.queries.approvals import Approval, approval_of, reviews_of
from apps.tokens.queries.bring_back import BringBack, Revoke, bring_back, revoke_before, with_newest_grant
from apps.tokens.queries.changes import Change, Version, access_changes, lineage
from apps.tokens.queries.elsewhere import Elsewhere, elsewhere
from apps.tokens.queries.replacing import Replacement, replacement, with_likeness
from apps.tokens.queries.rows import AccessRow, GrantRow, Known, RequestRow, grant_rows, loaded, request_rows
from apps.tokens.queries.seen import changed_since, changed_since_decision

A = TypeVar("A", GrantRequest, Grant)
SHOWN_REPOSITORIES = 100
SHOWN_HOLDINGS = 10
MOST_HOLDINGS = 51  # GitHub lets a person have fifty fine-grained tokens, this one included
SHOWN_VERSIONS = 30


@dataclass(frozen=True)
class Holding:
    """Another token of the same owner: `id` is its pat_id, or its pat_request_id while it is `pending`."""

    id: int
    pending: bool
    token: Token
    repository_selection: str
    writes: int
    since: datetime


@dataclass(frozen=True)
class Holdings:
    """What a token owner has and asks for here besides, newest first, and how many there are."""

    grants: list[Holding]
    grant_count: int
    pending: list[Holding]
    pending_count: int


@dataclass(frozen=True)
class Detail:
    """What both have: permissions by group, the first repositories of a subset, the record.

    `alarms` of its read-back that nobody has answered. `as_of` is when the organization was last read whole. `teams` of
    the owner, None where it is not known.
    """

    groups: list[tuple[str, tuple[PermissionLine, ...]]]
    repositories: list[Repository]
    holdings: Holdings
    history: list[sentences.Line]
    alarms: list[Alarm]
    owner_left: bool
    teams: tuple[team_names.Named, ...] | None
    as_of: datetime | None


@dataclass(frozen=True)
class RequestDetail(Detail):
    """A request with everything an owner decides on. `grant` is what its token already has (None: nothing).

    `changed_since` is what changed since the reader's page, or since a decision that was overtaken.
    `revoke`: while it waits, the revoke by which its token lost what it had here. `elsewhere`: who ended it, if not
    Patrol.
    """

    row: RequestRow
    grant: Grant | None
    changes: list[Change]
    changed_since: list[Change]
    revoke: Revoke | None
    elsewhere: Elsewhere | None


@dataclass(frozen=True)
class TokenDetail(Detail):
    """A grant with its token's whole life. `requests` are those of the same token, newest first.

    `bring_back` is there once it was revoked, `replacement` where another token looks like its successor.
    """

    row: GrantRow
    versions: list[Version]
    requests: list[GrantRequest]
    approval: Approval | None
    bring_back: BringBack | None
    replacement: Replacement | None


def find_request(organization: Organization, pat_request_id: int, reader_id: int) -> RequestRow | None:
    """The row of one request of the organization."""
    found = with_newest_grant(GrantRequest.objects.filter(organization=organization, pat_request_id=pat_request_id))
    return next(iter(request_rows(list(loaded(found)), reader_id)), None)


def find_grant(organization: Organization, pat_id: int, reader_id: int) -> GrantRow | None:
    """The row of one grant of the organization."""
    found = Grant.objects.filter(organization=organization, pat_id=pat_id)
    return next(iter(grant_rows(list(loaded(found)), reader_id)), None)


def request_detail(
    organization: Organization, pat_request_id: int, reader_id: int, seen: str = ""
) -> RequestDetail | None:
    """Everything about one request of the organization. `seen`: the digest of the page that was refused."""
    request = _REQUEST.first(organization.pk, pat_request_id)
    if request is None:
        return None
    repositories, granted, asked = _repositories(request), _granted(request), _asked(request)
    (row,) = request_rows([request], reader_id, _known(request, repositories, granted))
    grant = next((one for one in granted if one.token_id == request.token_id), None)
    waits = row.state == GrantRequest.State.PENDING
    return RequestDetail(
        **_detail(row, request, repositories, granted, asked),
        row=row,
        grant=grant,
        changed_since=changed_since(row, seen) if seen else changed_since_decision(row),
        elsewhere=elsewhere(request, row.decisions),
        changes=_against(grant, row) if grant and waits else [],
        revoke=revoke_before(request, row.facts, reader_id) if waits and not grant else None,
    )


def token_detail(organization: Organization, pat_id: int, reader_id: int) -> TokenDetail | None:
    """Everything about one grant of the organization and its token."""
    grant = _GRANT.first(organization.pk, pat_id)
    if grant is None:
        return None
    repositories, granted, asked = _repositories(grant), _granted(grant, grant), _asked(grant)
    requests = [one for one in asked if one.token_id == grant.token_id]
    reviews = reviews_of(grant, requests)
    (row,) = grant_rows([grant], reader_id, _known(grant, repositories, granted, reviews))
    versions = _VERSIONS(grant.token_id)
    return TokenDetail(
        **_detail(row, grant, repositories, granted, asked),
        row=row,
        versions=lineage(versions)[:SHOWN_VERSIONS],
        requests=requests,
        approval=approval_of(row, reviews),
        bring_back=bring_back(row, repositories, granted, asked),
        replacement=replacement(grant, granted),
    )


def what_is_lost(row: GrantRow) -> tuple[list[tuple[str, tuple[PermissionLine, ...]]], list[Repository]]:
    """Permissions by group and the first repositories, for the page before a revocation."""
    return _groups(row), _repositories(row.grant)[:SHOWN_REPOSITORIES]


# --- reading ---------------------------------------------------------------------------------------------------


def _whole(found: "QuerySet[A]") -> "QuerySet[A, Any]":
    """With its token and organization, when that was read, whether the owner is a member (`owner_here`) and of which
    teams (`owner_teams`), and whether there are alarms (`alarmed`).
    """
    here = Member.objects.filter(
        organization=OuterRef("organization"), user_id=OuterRef("token__owner_id"), left_at__isnull=True
    )
    alarms = WiderGrant.objects.open().filter(**{_ALARM_OF[found.model]: OuterRef("pk")})
    found = found.annotate(
        owner_here=Exists(here),
        alarmed=Exists(alarms),
        owner_teams=team_names.teams_of("organization", "token__owner_id"),
    )
    return loaded(found).select_related("organization__sync")


_ALARM_OF: dict[type, str] = {Grant: "grant", GrantRequest: "review__grant_request"}
_REQUEST = Statement(
    lambda organization_id, pat_id: _whole(
        GrantRequest.objects.filter(organization=organization_id, pat_request_id=pat_id)
    )
)
_GRANT = Statement(
    lambda organization_id, pat_id: _whole(Grant.objects.filter(organization=organization_id, pat_id=pat_id))
)
_VERSIONS = Statement(
    lambda token_pk: TokenVersion.objects.filter(token=token_pk).order_by("-seq")[: SHOWN_VERSIONS + 1]
)


def _repositories(access: GrantRequest | Grant) -> list[Repository]:
    """All of a subset, by name."""
    return list(access.repositories.order_by("name", "pk")) if access.repository_selection == "subset" else []


def _granted(access: GrantRequest | Grant, grant: Grant | None = None) -> list[Grant]:
    """What the token's owner has here, newest first, as far as it is shown; with how alike each is to `grant`."""
    theirs = access.organization_id, access.token.owner_id
    return _GRANTED_AND_ALIKE(*theirs, grant.pk) if grant else _GRANTED(*theirs)


def _held(organization_id: int, owner_id: int) -> "QuerySet[Grant]":
    mine = Grant.objects.active().filter(organization=organization_id, owner_id=owner_id)
    return mine.select_related("token").only(*_COMPARED).order_by("-access_granted_at", "-pk")


_COMPARED = (
    "organization", "pat_id", "state", "owner_id", "permissions", "repository_selection", "access_granted_at",
    "ends_at", "token__name",
)  # fmt: skip
_GRANTED = Statement(lambda organization_id, owner_id: _held(organization_id, owner_id)[:MOST_HOLDINGS])
_GRANTED_AND_ALIKE = Statement(
    lambda organization_id, owner_id, pk: with_likeness(_held(organization_id, owner_id), pk)[:MOST_HOLDINGS]
)


def _asked(access: GrantRequest | Grant) -> list[GrantRequest]:
    """What the token's owner asks for here, and whatever was asked for this token, newest first."""
    return _ASKED(access.organization_id, access.token.owner_id, access.token_id)


def _asked_by(organization_id: int, owner_id: int, token_pk: int) -> "QuerySet[GrantRequest]":
    here = GrantRequest.objects.filter(organization=organization_id)
    theirs = here.filter(state=GrantRequest.State.PENDING, token__owner_id=owner_id).values("pk")
    mine = here.filter(pk__in=theirs.union(here.filter(token=token_pk).values("pk")))
    return mine.select_related("token").order_by("-requested_at", "-pk")[:MOST_HOLDINGS]


_ASKED = Statement(_asked_by)


def _known(
    access: GrantRequest | Grant,
    repositories: list[Repository],
    granted: list[Grant],
    reviews: list[Review] | None = None,
) -> Known:
    owner = access.organization_id, access.token.owner_id
    return Known({access.pk: [one.pk for one in repositories]}, Counter({owner: len(granted)}), reviews)


# --- putting together ------------------------------------------------------------------------------------------


def _detail(
    row: AccessRow,
    access: GrantRequest | Grant,
    repositories: list[Repository],
    granted: list[Grant],
    asked: list[GrantRequest],
) -> dict[str, Any]:
    organization, events = row.organization, audit.history(row.organization.pk, access.subject)
    others = [one for one in granted if one.token_id != access.token_id]
    pending = [one for one in asked if one.state == GrantRequest.State.PENDING and one.token_id != access.token_id]
    members_known, owner_here = organization.members_synced_at is not None, getattr(access, "owner_here", True)
    return {
        "groups": _groups(row),
        "repositories": repositories[:SHOWN_REPOSITORIES],
        "holdings": _holdings(others, pending),
        "alarms": alarms_of(access) if getattr(access, "alarmed", False) else [],
        "history": [sentences.line(event, organization.login) for event in events],
        "owner_left": members_known and not owner_here,
        "teams": team_names.told(
            organization, getattr(access, "owner_teams", None), here=owner_here or not members_known
        ),
        "as_of": getattr(getattr(organization, "sync", None), "completed_at", None),
    }


def _groups(row: AccessRow) -> list[tuple[str, tuple[PermissionLine, ...]]]:
    return [(group.value, lines) for group, lines in grouped(row.lines)]


def _holdings(granted: Sequence[Grant], pending: Sequence[GrantRequest]) -> Holdings:
    has = [_holding(one, one.pat_id, one.access_granted_at) for one in granted[:SHOWN_HOLDINGS]]
    asks = [_holding(one, one.pat_request_id, one.requested_at) for one in pending[:SHOWN_HOLDINGS]]
    return Holdings(has, len(granted), asks, len(pending))


def _holding(access: Grant | GrantRequest, pat_id: int, since: datetime) -> Holding:
    writes = sum(line.writes for line in lines_of(access.permissions))
    pending = isinstance(access, GrantRequest)
    return Holding(pat_id, pending, access.token, access.repository_selection, writes, since)


def _against(grant: Grant, row: RequestRow) -> list[Change]:
    """From what the token has to what it asks for. What it has and does not ask for again may stay: GitHub's
    documents do not say that an approval takes anything away.
    """
    held = grant.repositories.values_list("pk", flat=True) if grant.repository_selection == "subset" else []
    found = access_changes(
        _access(grant.permissions, grant.repository_selection, held),
        _access(row.facts.permissions, row.facts.repository_selection, row.facts.repository_ids),
    )
    wider = [one for one in found if one.kind in _WIDER]
    return wider + [
        Change("changed", one.title, one.before, one.after or "not asked for") for one in found if one not in wider
    ]


_WIDER = {"added", "upgraded"}


def _access(permissions: Any, selection: str, repository_ids: Any) -> dict[str, Any]:
    return {
        "permissions": permissions, "repository_selection": selection, "repository_ids": list(repository_ids)
    }  # fmt: skip
