"""The things of the world, in GitHub's own words.

Three ids are three different numbers: a request's (`pat_request_id`), a grant's (`pat_id`) and the token's
(`token_id`), which joins both. Instants are seconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from apps.simulator.app_model import Installation

Role = Literal["admin", "member"]
Selection = Literal["none", "all", "subset"]
Permissions = dict[str, dict[str, str]]

LEVELS = {"read": 1, "write": 2, "admin": 3}
_BREADTH = {"none": 0, "subset": 1, "all": 2}


@dataclass(slots=True, eq=False)
class User:
    """A person with an account; `note` says what a member of the cast is for. `email` is shown on their profile."""

    id: int
    login: str
    name: str
    created_at: int
    two_factor: bool = True
    note: str = ""
    email: str | None = None
    rendered: bytes = b""


@dataclass(slots=True, eq=False)
class Issue:
    """`author` is a login; `bot` the id of the App whose bot that is, 0 for a person."""

    id: int
    number: int
    title: str
    body: str
    labels: list[str]
    author: str
    bot: int
    created_at: int
    updated_at: int
    state: str = "open"
    closed_at: int | None = None


@dataclass(slots=True, eq=False)
class Repository:
    """`issues` by their number."""

    id: int
    name: str
    description: str
    private: bool
    language: str | None
    created_at: int
    pushed_at: int
    issues: dict[int, Issue] = field(default_factory=dict)
    rendered: dict[bool, bytes] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Team:
    """Direct members only; those of child teams are members too. `parent_id` is another team's id."""

    id: int
    name: str
    slug: str
    maintainers: list[int]
    members: list[int]
    privacy: Literal["closed", "secret"] = "closed"
    parent_id: int | None = None


@dataclass(slots=True)
class Access:
    """What a token may do in one organization, or asks for."""

    permissions: Permissions
    repository_selection: Selection
    repository_ids: tuple[int, ...] = ()

    def joined(self, other: Access) -> Access:
        """The union: every permission at its higher level, the wider selection, the repositories of both."""
        wider = max(self.repository_selection, other.repository_selection, key=_BREADTH.__getitem__)
        repositories = tuple(sorted({*self.repository_ids, *other.repository_ids})) if wider == "subset" else ()
        return Access(_joined_permissions(self.permissions, other.permissions), wider, repositories)


@dataclass(slots=True, eq=False)
class Token:
    """A fine-grained personal access token whose resource owner is an organization."""

    id: int
    owner: User
    name: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    version: int = 0

    def expired(self, now: float) -> bool:
        return self.expires_at is not None and self.expires_at <= now


@dataclass(slots=True, eq=False)
class GrantRequest:
    """A pending request to use a token on an organization."""

    id: int
    token: Token
    access: Access
    created_at: int
    reason: str | None
    rendered: bytes = b""
    rendered_key: tuple[int, bool] = (-1, False)


@dataclass(slots=True, eq=False)
class Grant:
    """The access a token has to an organization; `created_at` is when it was granted."""

    id: int
    token: Token
    access: Access
    created_at: int
    rendered: bytes = b""
    rendered_key: tuple[int, bool] = (-1, False)


@dataclass(slots=True, eq=False)
class Organization:
    """An organization, its people, repositories, what tokens reach it, and the Apps on it, by the App's id.

    `barred` are the kinds of tokens ("user", "installation") that its IP allow list keeps out, wherever they come from.
    """

    id: int
    login: str
    name: str
    description: str
    created_at: int
    saml: bool
    installations: dict[int, Installation] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    members: dict[int, Role] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    requests: dict[int, GrantRequest] = field(default_factory=dict)
    grants: dict[int, Grant] = field(default_factory=dict)
    decided: set[int] = field(default_factory=set)
    sso_sessions: dict[int, float] = field(default_factory=dict)
    oldest_first: dict[str, list[Any]] = field(default_factory=dict)

    def ordered_requests(self) -> list[GrantRequest]:
        """Pending requests by time asked; kept until `reorder`, since a walk asks for them page by page."""
        if "requests" not in self.oldest_first:
            self.oldest_first["requests"] = sorted(self.requests.values(), key=_by_time)
        return self.oldest_first["requests"]

    def ordered_grants(self) -> list[Grant]:
        """Grants by time granted; kept until `reorder`."""
        if "grants" not in self.oldest_first:
            self.oldest_first["grants"] = sorted(self.grants.values(), key=_by_time)
        return self.oldest_first["grants"]

    def reorder(self) -> None:
        """To be called by whoever adds, removes or re-dates a request or a grant."""
        self.oldest_first.clear()

    def repository_named(self, name: str) -> Repository | None:
        folded = name.casefold()
        return next((r for r in self.repositories.values() if r.name.casefold() == folded), None)

    def grant_of(self, token: Token) -> Grant | None:
        return next((grant for grant in self.grants.values() if grant.token is token), None)

    def is_admin(self, user: User) -> bool:
        return self.members.get(user.id) == "admin"


def _by_time(item: GrantRequest | Grant) -> tuple[int, int]:
    return item.created_at, item.id


def _joined_permissions(left: Permissions, right: Permissions) -> Permissions:
    joined: Permissions = {}
    for kind in (*left, *(k for k in right if k not in left)):
        both = dict(left.get(kind, {}))
        for name, level in right.get(kind, {}).items():
            both[name] = max(both.get(name, level), level, key=lambda value: LEVELS.get(value, 0))
        joined[kind] = both
    return joined
