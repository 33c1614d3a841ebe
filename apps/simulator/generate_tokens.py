"""Tokens, grants and requests of one organization, spread as a real company's are.

Of the grants about 40 % reach a subset of repositories, 20 % all of them, the rest none. Some are expired,
some expire within a week, one in ten never; some were never used, some not for a year. The first requests of
every organization are one of each kind that an owner has to know: see `_KINDS`.
"""

from __future__ import annotations

from random import Random

from apps.simulator.clock import DAY, YEAR
from apps.simulator.model import Access, Grant, GrantRequest, Organization, Permissions, Selection, Token, User
from apps.simulator.purposes import HOSTILE_TEXTS, ORGANIZATION_PURPOSES, REPOSITORY_PURPOSES, Purpose
from apps.simulator.state import State

_KINDS = ("plain", "widening", "old", "left", "expired", "silent")


def fill_with_tokens(state: State, organization: Organization, *, grants: int, requests: int, left: list[User]) -> None:
    """Add this many grants and pending requests. `left` are people who were members once."""
    members = [state.users[number] for number in organization.members]
    for number in range(grants):
        owner = _holder(state, members, left, number)
        add_grant(state, organization, owner)
    askers = [user for user in members if not organization.is_admin(user)]
    for number in range(requests):
        kind = _KINDS[number] if number < len(_KINDS) else _some_kind(state.random)
        _add_request(state, organization, kind, askers, left)
    if state.options.hostile:
        _make_hostile(organization)


def some_purpose(random: Random, selection: Selection) -> Purpose:
    return random.choice(ORGANIZATION_PURPOSES if selection == "none" else REPOSITORY_PURPOSES)


def some_access(state: State, organization: Organization) -> tuple[Purpose, Access]:
    """What a token of a believable purpose may do, and that purpose."""
    selection: Selection = state.random.choices(("subset", "all", "none"), (40, 20, 40))[0]
    purpose = some_purpose(state.random, selection)
    permissions: Permissions = {}
    if purpose.organization:
        permissions["organization"] = dict(purpose.organization)
    if purpose.repository:
        permissions["repository"] = dict(purpose.repository)
    return purpose, Access(permissions, selection, _some_repositories(state.random, organization, selection))


def new_token(
    state: State, owner: User, name: str, *, created_at: int, expires_at: int | None, last_used_at: int | None
) -> Token:
    token = Token(state.next_id("token"), owner, name, created_at, expires_at, last_used_at)
    state.tokens[token.id] = token
    return token


def add_grant(state: State, organization: Organization, owner: User) -> Grant:
    """One grant somewhere in the last year and a half, with a token of that age."""
    random, now = state.random, state.born
    purpose, access = some_access(state, organization)
    granted = now - int(random.triangular(0, 500 * DAY, 60 * DAY)) - 60
    expires = _some_expiry(random, granted, now)
    used = _some_use(random, granted, min(now, expires or now))
    token = new_token(
        state,
        owner,
        _variant(random, random.choice(purpose.names)),
        created_at=granted - random.randrange(3 * DAY),
        expires_at=expires,
        last_used_at=used,
    )
    grant = Grant(state.next_id("grant"), token, access, granted)
    organization.grants[grant.id] = grant
    return grant


def _holder(state: State, members: list[User], left: list[User], number: int) -> User:
    """The first grants belong to the cast; some belong to people who left; a few people hold many."""
    if number < 4:
        return members[number % 3]
    if state.random.random() < 0.03:
        return state.random.choice(left)
    return members[min(int(state.random.expovariate(3) * len(members)), len(members) - 1)]


def _add_request(
    state: State, organization: Organization, kind: str, askers: list[User], left: list[User]
) -> GrantRequest:
    random, now = state.random, state.born
    asked = now - (random.randrange(31 * DAY, 200 * DAY) if kind == "old" else random.randrange(600, 9 * DAY))
    first = not organization.requests
    owner = askers[0] if first else random.choice(left if kind == "left" else askers)
    purpose, access = some_access(state, organization)
    held = _widened_grant(state, organization) if kind == "widening" else None
    if held is not None:
        token, access = held.token, _wider(held.access, access)
    else:
        expires = _some_request_expiry(random, kind, asked, now)
        name = _variant(random, random.choice(purpose.names))
        token = new_token(state, owner, name, created_at=asked - 60, expires_at=expires, last_used_at=None)
    reason = None if kind == "silent" else random.choice(purpose.reasons)
    request = GrantRequest(state.next_id("request"), token, access, asked, reason)
    organization.requests[request.id] = request
    return request


def _widened_grant(state: State, organization: Organization) -> Grant | None:
    """A grant whose owner asks for more; its token must live, belong to a plain member, and not be asked for."""
    now, asked = state.born, {request.token.id for request in organization.requests.values()}
    for grant in organization.grants.values():
        owner = grant.token.owner
        usable = organization.members.get(owner.id) == "member" and not grant.token.expired(now)
        if usable and grant.token.id not in asked:
            return grant
    return None


def _wider(held: Access, more: Access) -> Access:
    """What the token would have: what it has and more, so that there is always something to see."""
    wider = held.joined(more)
    if wider == held:
        wider = held.joined(Access({"organization": {"members": "write"}}, "none"))
    return wider


def _some_kind(random: Random) -> str:
    return random.choices(("plain", *_KINDS[1:]), (62, 8, 12, 4, 4, 10))[0]


def _some_repositories(random: Random, organization: Organization, selection: Selection) -> tuple[int, ...]:
    if selection != "subset":
        return ()
    known = list(organization.repositories)
    wanted = min(len(known), 1 + int(random.expovariate(0.35)))
    return tuple(sorted(random.sample(known, wanted)))


def _some_expiry(random: Random, granted: int, now: int) -> int | None:
    kind = random.random()
    if kind < 0.10:
        return None
    if kind < 0.18:
        return now - random.randrange(3600, 60 * DAY) if granted < now - 60 * DAY else now + 30 * DAY
    if kind < 0.26:
        return now + random.randrange(3600, 7 * DAY)
    return now + random.randrange(8 * DAY, 366 * DAY)


def _some_request_expiry(random: Random, kind: str, asked: int, now: int) -> int | None:
    if kind == "expired":
        return random.randrange(asked, now)
    if random.random() < 0.12:
        return None
    return now + random.choice((7, 30, 60, 90, 180, 365)) * DAY - random.randrange(DAY)


def _some_use(random: Random, granted: int, until: int) -> int | None:
    kind = random.random()
    if kind < 0.15 or until <= granted:
        return None
    if kind < 0.22 and granted < until - YEAR - 10 * DAY:
        return random.randrange(granted, until - YEAR)
    return max(granted, until - int(random.expovariate(1 / (6 * DAY))))


def _variant(random: Random, name: str) -> str:
    """Names repeat in real companies, with small differences."""
    kind = random.random()
    if kind < 0.5:
        return name
    suffixes = ("prod", "staging", "eu", "us-east", "v2", "new", "temp", "2026", "do not delete")
    return (
        f"{name} ({random.choice(suffixes)})" if " " in name or kind > 0.85 else f"{name}-{random.choice(suffixes[:6])}"
    )


def _make_hostile(organization: Organization) -> None:
    """Every name and every reason of what is listed comes from a corpus of strings that break careless programs."""
    for number, request in enumerate(organization.requests.values()):
        request.reason = HOSTILE_TEXTS[number % len(HOSTILE_TEXTS)]
        request.token.name = HOSTILE_TEXTS[(number + 1) % len(HOSTILE_TEXTS)]
    for number, grant in enumerate(organization.grants.values()):
        grant.token.name = HOSTILE_TEXTS[number % len(HOSTILE_TEXTS)]
