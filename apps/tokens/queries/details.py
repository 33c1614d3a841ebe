"""One request and one token, whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.audit import queries as audit
from apps.github.models import Member, Organization, Repository
from apps.policy.permissions import Difference, PermissionLine, difference, grouped, lines_of
from apps.tokens import sentences
from apps.tokens.models import Grant, GrantRequest, Token, TokenVersion
from apps.tokens.queries.rows import (
    AccessRow,
    GrantRow,
    RequestRow,
    grant_rows,
    request_rows,
)

SHOWN_REPOSITORIES = 100
SHOWN_HOLDINGS = 10
MOST_HOLDINGS = 50  # GitHub lets a person have no more fine-grained tokens than this
SHOWN_VERSIONS = 30
SHOWN_REQUESTS = 20


@dataclass(frozen=True)
class Change:
    """One line of "what changes": `kind` is added, removed, upgraded, downgraded or changed."""

    kind: str
    title: str
    before: str = ""
    after: str = ""


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
class Version:
    """One step of a token's lineage, with what it changed against the step before (None: the first)."""

    version: TokenVersion
    changes: list[Change] | None


@dataclass(frozen=True)
class RequestDetail:
    """A request with everything an owner decides on. `grant` is what its token already has (None: nothing)."""

    row: RequestRow
    groups: list[tuple[str, tuple[PermissionLine, ...]]]
    repositories: list[Repository]
    grant: Grant | None
    changes: list[Change]
    holdings: Holdings
    history: list[sentences.Line]
    owner_left: bool


@dataclass(frozen=True)
class TokenDetail:
    """A grant with its token's whole life. `requests` are those of the same token, newest first."""

    row: GrantRow
    groups: list[tuple[str, tuple[PermissionLine, ...]]]
    repositories: list[Repository]
    versions: list[Version]
    requests: list[GrantRequest]
    holdings: Holdings
    history: list[sentences.Line]
    owner_left: bool


def find_request(organization: Organization, pat_request_id: int, reader_id: int) -> RequestRow | None:
    """The row of one request of the organization."""
    found = GrantRequest.objects.filter(organization=organization, pat_request_id=pat_request_id)
    return next(iter(request_rows(list(found.select_related("token", "organization")), reader_id)), None)


def find_grant(organization: Organization, pat_id: int, reader_id: int) -> GrantRow | None:
    """The row of one grant of the organization."""
    found = Grant.objects.filter(organization=organization, pat_id=pat_id)
    return next(iter(grant_rows(list(found.select_related("token", "organization")), reader_id)), None)


def request_detail(row: RequestRow) -> RequestDetail:
    """Everything about the request of `row`."""
    grant = Grant.objects.active().filter(token=row.token).first()
    return RequestDetail(
        row=row,
        groups=_groups(row),
        repositories=_repositories(row.request),
        grant=grant,
        changes=_against(grant, row) if grant else [],
        holdings=_holdings(row),
        history=_history(row, row.request.subject),
        owner_left=_left(row),
    )


def token_detail(row: GrantRow) -> TokenDetail:
    """Everything about the grant of `row` and its token."""
    requests = row.token.grant_requests.order_by("-requested_at", "-pk")[:SHOWN_REQUESTS]
    return TokenDetail(
        row=row,
        groups=_groups(row),
        repositories=_repositories(row.grant),
        versions=_versions(row.token),
        requests=list(requests),
        holdings=_holdings(row),
        history=_history(row, row.grant.subject),
        owner_left=_left(row),
    )


def _groups(row: AccessRow) -> list[tuple[str, tuple[PermissionLine, ...]]]:
    return [(group.value, lines) for group, lines in grouped(row.lines)]


def _repositories(access: GrantRequest | Grant) -> list[Repository]:
    """The first of a subset, by name."""
    if access.repository_selection != "subset":
        return []
    return list(access.repositories.order_by("name")[:SHOWN_REPOSITORIES])


def _history(row: AccessRow, subject: str) -> list[sentences.Line]:
    events = audit.history(row.organization.pk, subject)
    return [sentences.line(event, row.organization.login) for event in events]


def _left(row: AccessRow) -> bool:
    """Whether the last complete walk over the members did not show the token's owner."""
    if row.organization.members_synced_at is None:
        return False
    members = Member.objects.filter(organization=row.organization, user_id=row.token.owner_id)
    return not members.filter(left_at__isnull=True).exists()


def _holdings(row: AccessRow) -> Holdings:
    mine = {"organization": row.organization, "token__owner_id": row.token.owner_id}
    grants = Grant.objects.active().filter(**mine).exclude(token=row.token).order_by("-access_granted_at")
    pending = GrantRequest.objects.pending().filter(**mine).exclude(token=row.token).order_by("-requested_at")
    granted = [
        _holding(one, one.pat_id, one.access_granted_at) for one in grants.select_related("token")[:MOST_HOLDINGS]
    ]
    asked = [
        _holding(one, one.pat_request_id, one.requested_at) for one in pending.select_related("token")[:MOST_HOLDINGS]
    ]
    return Holdings(granted[:SHOWN_HOLDINGS], len(granted), asked[:SHOWN_HOLDINGS], len(asked))


def _holding(access: Grant | GrantRequest, pat_id: int, since: datetime) -> Holding:
    writes = sum(line.writes for line in lines_of(access.permissions))
    pending = isinstance(access, GrantRequest)
    return Holding(pat_id, pending, access.token, access.repository_selection, writes, since)


# --- what changes ---------------------------------------------------------------------------------------------


def _against(grant: Grant, row: RequestRow) -> list[Change]:
    """From what the token has to what it asks for."""
    has = {"permissions": grant.permissions, "repository_selection": grant.repository_selection}
    asks = {"permissions": row.facts.permissions, "repository_selection": row.facts.repository_selection}
    held = grant.repositories.values_list("pk", flat=True) if grant.repository_selection == "subset" else []
    return access_changes(
        has | {"repository_ids": list(held)}, asks | {"repository_ids": list(row.facts.repository_ids)}
    )


def access_changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    """From one {"permissions", "repository_selection", "repository_ids"} to another; None is no access."""
    old, new = before or {}, after or {}
    changed = list(_permission_changes(difference(old.get("permissions"), new.get("permissions"))))
    return changed + _repository_changes(old, new)


def _permission_changes(found: Difference) -> Iterable[Change]:
    for kind, lines in (("added", found.added), ("upgraded", found.upgraded), ("removed", found.removed)):
        for line in lines:
            yield Change(kind, line.title, line.was, "" if kind == "removed" else line.level)
    for line in found.lowered:
        yield Change("downgraded", line.title, line.was, line.level)


def _repository_changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    before, after = _reach(old), _reach(new)
    had, has = set(old.get("repository_ids") or ()), set(new.get("repository_ids") or ())
    if before != after:
        order = ["", "no repositories", "named repositories", "all repositories"]
        kind = "upgraded" if order.index(after) > order.index(before) else "downgraded"
        return [Change(kind, "Repositories", before, after or "no access")] if before else []
    changed = []
    if has - had:
        changed.append(Change("added", _repositories_in_words(len(has - had))))
    if had - has:
        changed.append(Change("removed", _repositories_in_words(len(had - has))))
    return changed


def _repositories_in_words(count: int) -> str:
    return f"{count} {'repository' if count == 1 else 'repositories'}"


def _reach(access: dict[str, Any]) -> str:
    words = {"none": "no repositories", "subset": "named repositories", "all": "all repositories"}
    return words.get(str(access.get("repository_selection")), "")


def _versions(token: Token) -> list[Version]:
    """Newest first; each is compared with the one before it."""
    rows = list(token.versions.order_by("-seq")[: SHOWN_VERSIONS + 1])
    older = [*rows[1:], None]
    return [Version(row, _between(before, row)) for row, before in zip(rows, older, strict=True)][:SHOWN_VERSIONS]


def _between(before: TokenVersion | None, after: TokenVersion) -> list[Change] | None:
    if before is None:
        return None
    old, new = before.facts, after.facts
    changed = [
        Change("changed", title, _said(old.get(key)), _said(new.get(key)))
        for key, title in (("name", "Name"), ("expires_at", "Expiry"))
        if old.get(key) != new.get(key)
    ]
    changed += access_changes(old.get("granted"), new.get("granted"))
    asked = access_changes(old.get("granted"), new.get("requested")) if new.get("requested") else []
    if asked and old.get("requested") != new.get("requested"):
        changed += [Change(one.kind, f"Asked for: {one.title}", one.before, one.after) for one in asked]
    return changed


def _said(value: object) -> str:
    return str(value)[:10] if value and "T" in str(value)[10:11] else str(value or "never")
