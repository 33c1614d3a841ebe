"""Why a token fails: from what is known of it, and from what GitHub answered, to causes. Pure.

The value of a token is no input of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.policy.facts import Permissions
from apps.policy.permissions import PermissionLine, covers, describe

MOST = 4_000
"""Characters of an answer that are looked at."""


class State(StrEnum):
    """Where a token stands in one organization."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    DENIED = "denied"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    GONE = "gone"
    APPROVED = "approved"
    UNLISTED = "unlisted"
    """It is in no list that Patrol reads."""


class Why(StrEnum):
    """A cause; pages have a text for each."""

    PENDING = "pending"
    ASKS_MORE = "asks_more"
    DENIED = "denied"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    GONE = "gone"
    LIFETIME = "lifetime"
    SSO = "sso"
    NOT_A_MEMBER = "not_a_member"
    PERMISSION = "permission"
    REPOSITORY = "repository"
    CLASSIC = "classic"
    CLASSIC_UNSEEN = "classic_unseen"
    FORBIDDEN = "forbidden"
    UNLISTED = "unlisted"
    VALUE = "value"
    RATE = "rate"
    ADDRESS = "address"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Known:
    """What is known: of the token its state and access, of the organization what an owner entered (None: nothing).

    `began` is the first that Patrol knows of the token; its life may be longer. `kind`: "fine-grained", "classic" or
    "" where the person does not know. `member` False: GitHub does not call the person a member.
    """

    state: State
    permissions: Permissions
    selection: str = ""
    began: datetime | None = None
    ends: datetime | None = None
    asks_more: bool = False
    kind: str = "fine-grained"
    member: bool = True
    sso: bool = False
    max_days: int | None = None
    classic_allowed: bool | None = None
    fine_grained_allowed: bool | None = None


@dataclass(frozen=True)
class Told:
    """What an answer of GitHub says: causes it names, and the permissions it would have accepted, set by set."""

    causes: tuple[Why, ...] = ()
    accepted: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True)
class Cause:
    """One cause; `told`: GitHub's own answer names it. `missing`: permissions that were asked for and are not held."""

    why: Why
    told: bool = False
    missing: tuple[PermissionLine, ...] = ()


_SAYS: list[tuple[str, tuple[Why, ...]]] = [
    (r"saml|single sign-on|sso", (Why.SSO,)),
    (r"lifetime is greater|lifetime", (Why.LIFETIME,)),
    (r"forbids access via a personal access token \(classic\)", (Why.CLASSIC,)),
    (r"forbids access via a fine-grained", (Why.FORBIDDEN,)),
    (r"ip allow list|ip address is not permitted", (Why.ADDRESS,)),
    (r"rate limit|abuse detection|\b429\b", (Why.RATE,)),
    (r"not accessible by personal access token|must have (?:admin|push)", (Why.PERMISSION,)),
    (r"bad credentials|requires authentication|\b401\b", (Why.VALUE,)),
    (r"not found|\b404\b", (Why.REPOSITORY, Why.PERMISSION)),
    (r"forbidden|\b403\b", (Why.PERMISSION,)),
]
_ACCEPTED = re.compile(r"x-accepted-github-permissions:[ \t]*([a-z_=;, \t]{1,500})", re.IGNORECASE)


def told(answer: str) -> Told:
    """What GitHub's answer names: its message, status and headers, as far as they are known."""
    text = answer[:MOST].lower()
    causes: list[Why] = []
    for pattern, named in _SAYS:
        if not causes and re.search(pattern, text):
            causes += named
    header = _ACCEPTED.search(answer[:MOST])
    return Told(tuple(causes), _sets(header[1]) if header else ())


def _sets(header: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """ "issues=write; pull_requests=write": a set after each ";", what is needed together divided by ","."""
    sets = []
    for one in header.lower().split(";"):
        pairs = [part.strip().partition("=") for part in one.split(",")]
        sets.append(tuple((name, level) for name, _, level in pairs if name and level))
    return tuple(one for one in sets if one)


def causes(known: Known, says: Told, now: datetime) -> list[Cause]:
    """The most certain first; never empty."""
    found = [*_by_state(known, now), *_by_organization(known, now)]
    missing = _missing(known, says)
    named = [_named(why, known) for why in says.causes]
    found += [Cause(why, told=True, missing=missing) for why in named if why and why not in [one.why for one in found]]
    if missing and not any(one.missing for one in found):
        found.append(Cause(Why.PERMISSION, told=True, missing=missing))
    seen = {one.why: one for one in reversed([_marked(one, says) for one in found])}
    return list(reversed(seen.values())) or [Cause(Why.NOTHING)]


def _marked(cause: Cause, says: Told) -> Cause:
    return Cause(cause.why, cause.told or cause.why in says.causes, cause.missing)


_ALONE = {
    State.PENDING: Why.PENDING, State.DENIED: Why.DENIED, State.REVOKED: Why.REVOKED, State.EXPIRED: Why.EXPIRED,
    State.CANCELLED: Why.CANCELLED, State.GONE: Why.GONE,
}  # fmt: skip


def _by_state(known: Known, now: datetime) -> list[Cause]:
    if not known.member:
        return [Cause(Why.NOT_A_MEMBER)]
    if known.state in _ALONE:
        return [Cause(_ALONE[known.state])]
    found = [Cause(Why.EXPIRED)] if known.ends and known.ends <= now else []
    if known.state is State.UNLISTED and known.kind == "classic":
        found.append(Cause(Why.CLASSIC if known.classic_allowed is False else Why.CLASSIC_UNSEEN))
    elif known.state is State.UNLISTED:
        found.append(Cause(Why.UNLISTED))
    return found


def _by_organization(known: Known, now: datetime) -> list[Cause]:
    found = [Cause(Why.SSO)] if known.sso else []
    if known.kind == "fine-grained" and known.fine_grained_allowed is False:
        found.append(Cause(Why.FORBIDDEN))
    if known.state is State.ACTIVE and is_too_long(known):
        found.append(Cause(Why.LIFETIME))
    if known.asks_more:
        found.append(Cause(Why.ASKS_MORE))
    return found


def is_too_long(known: Known) -> bool:
    """Whether its life is surely longer than the limit that an owner entered: for ever, or by what Patrol knows."""
    if known.max_days is None:
        return False
    if known.ends is None:
        return True
    return known.began is not None and known.ends - known.began > timedelta(days=known.max_days + 1)


def _named(why: Why, known: Known) -> Why | None:
    """What GitHub's answer names, where it can be so of this token."""
    if why is Why.REPOSITORY and (known.selection == "all" or known.state is not State.ACTIVE):
        return None
    if why is Why.PERMISSION and known.state is not State.ACTIVE:
        return None
    if why is Why.VALUE and known.state in _ALONE and known.state is not State.PENDING:
        return None
    return why


def _missing(known: Known, says: Told) -> tuple[PermissionLine, ...]:
    """Of the sets that GitHub would have accepted the one with least to add; nothing where one is held."""
    if known.state is not State.ACTIVE or not says.accepted:
        return ()
    lacks = [tuple(_line(*one) for one in each if not _holds(known.permissions, *one)) for each in says.accepted]
    return min(lacks, key=len)


def _holds(permissions: Permissions, name: str, level: str) -> bool:
    return any(covers({kind: dict(names)}, {kind: {name: level}}) for kind, names in _kinds(permissions).items())


def _kinds(permissions: Permissions) -> Mapping[str, Mapping[str, str]]:
    return permissions or {"repository": {}}


def _line(name: str, level: str) -> PermissionLine:
    """GitHub's header does not say what a permission is of: the organization where only that has one of the name."""
    line = describe("repository", name, level)
    return line if line.known else describe("organization", name, level)
