"""What GitHub's lists showed becomes rows: tokens, requests or grants, versions and events of one answer.

One short transaction with a constant number of statements, whatever the number of items. No network here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.audit import services as audit
from apps.core import bulk, clock, text
from apps.github import wire
from apps.tokens import causes, holdings, inventory, lineage, rating
from apps.tokens.kinds import GRANT_REQUESTS, Item, Kind, Row
from apps.tokens.models import Grant, Token

JUST_ENDED = timedelta(minutes=1)
"""An answer this much older than a decision may still show what the decision ended."""
_TOKEN_COLUMNS = ["owner_id", "owner_login", "owner_avatar_url", "name", "expired", "expires_at", "last_used_at"]
_OUR_COLUMNS = ["token_id", "state", "ended_at", "risk", "repositories_verified_at"]


@dataclass(frozen=True)
class Found:
    """One answer of GitHub: the items by their id, and the repositories of those whose list was fetched.

    `read_at` is when it was asked for. `first_sync`: the organization was never read whole; no event an item.
    `unread` had no list of repositories any more: what they reach stays unknown until they are read again.
    """

    kind: Kind
    organization_id: int
    items: Mapping[int, Item]
    repositories: Mapping[int, list[wire.Repository]]
    read_at: datetime
    first_sync: bool = False
    unread: frozenset[int] = frozenset()


@dataclass
class _Tokens:
    """The tokens of an answer by their token_id; primary keys of the new ones, and of those with another name or end.

    Use is no change; `moved` are all that are not as they stood.
    """

    by_id: dict[int, Token]
    new: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)


@dataclass
class _Rows:
    """The rows of an answer that have to be written, by GitHub's id: new (or back again), and changed."""

    new: dict[int, Row] = field(default_factory=dict)
    changed: dict[int, Row] = field(default_factory=dict)


def adopt(found: Found) -> int:
    """Write it down. Returns how many tokens got a new version. Inside the caller's transaction."""
    if not found.items:
        return 0
    tokens = _adopt_tokens(found)
    rows = _sorted_out(found, tokens)
    _save(found, tokens, rows)
    written = {**rows.changed, **rows.new}
    _follow(found, tokens, written)
    linked = holdings.link(found.kind, found.organization_id, written, found.repositories, set(rows.new))
    touched = {*tokens.changed, *linked, *(row.token_id for row in written.values())}
    if not touched:
        return 0
    first, steps = _versions(found, tokens, rows, touched)
    if not found.first_sync:
        _record(found, rows, steps)
    return first + len(steps)


def _versions(found: Found, tokens: _Tokens, rows: _Rows, touched: set[int]) -> tuple[int, list[lineage.Step]]:
    """New versions of what was touched: how many first ones, and the others.

    A new token with one row has nothing to be compared with.
    """
    explained = {} if found.first_sync else causes.explained(touched)
    fresh = {row.token_id for row in rows.new.values()}

    def cause(token_pk: int) -> str:
        if found.first_sync:
            return lineage.FIRST_SEEN
        return explained.get(token_pk) or (causes.NEWLY[found.kind.listing] if token_pk in fresh else causes.CHANGED)

    times = Counter(row.token_id for row in rows.new.values())
    alone = {
        row.token_id: lineage.facts_of_new(row.token, row, (one.id for one in found.repositories.get(number, ())))
        for number, row in rows.new.items()
        if row.token_id in tokens.new and times[row.token_id] == 1
    }
    first = lineage.first_versions(alone, cause)
    others = touched - alone.keys()
    return first, lineage.add_versions(others, cause, merge_first=found.first_sync) if others else []


def subsets(items: Mapping[int, Item]) -> dict[int, Item]:
    """Those that reach repositories by name."""
    return {number: item for number, item in items.items() if item.repository_selection == "subset"}


def unverified(kind: Kind, organization_id: int, items: Mapping[int, Item]) -> list[int]:
    """Ids of the "subset" items whose repositories have to be fetched: new, changed, or never read."""
    named = subsets(items)
    known = _known_rows(kind, organization_id, named)
    return [
        number
        for number, item in named.items()
        if number not in known or known[number].repositories_verified_at is None or _changes(kind, known[number], item)
    ]


def _known_rows(kind: Kind, organization_id: int, items: Mapping[int, Item]) -> dict[int, Row]:
    if not items:
        return {}
    rows = kind.model.objects.filter(organization_id=organization_id, **{f"{kind.number}__in": list(items)})
    return {kind.number_of(row): row for row in rows}


def _changes(kind: Kind, row: Row, item: Item) -> bool:
    return row.state != kind.active or any(getattr(row, name) != value for name, value in kind.values(item).items())


# --- tokens ----------------------------------------------------------------------------------------------


def _adopt_tokens(found: Found) -> _Tokens:
    """Insert first and ask about the rest: while an organization is read for the first time nearly all are new."""
    wanted = {item.token_id: _token_values(item) for item in found.items.values()}
    seen_at = clock.now()
    rows = {
        token_id: {
            "organization_id": found.organization_id, "token_id": token_id, "first_seen_at": seen_at, **values
        }
        for token_id, values in wanted.items()
    }  # fmt: skip
    inserted = bulk.write(Token, rows.values(), unique=["organization_id", "token_id"])
    new = {token_id: Token(id=pk, **rows[token_id]) for pk, _, token_id in inserted}
    tokens = _Tokens(new, {token.pk for token in new.values()})
    _update_tokens(found, tokens, {token_id: values for token_id, values in wanted.items() if token_id not in new})
    return tokens


def _update_tokens(found: Found, tokens: _Tokens, wanted: Mapping[int, dict[str, Any]]) -> None:
    """Load tokens that stood already, and make them what the answer says."""
    if not wanted:
        return
    write = []
    for token in Token.objects.filter(organization_id=found.organization_id, token_id__in=list(wanted)):
        values, tokens.by_id[token.token_id] = wanted[token.token_id], token
        if all(getattr(token, name) == value for name, value in values.items()):
            continue
        if (token.name, token.expires_at) != (values["name"], values["expires_at"]):
            tokens.changed.add(token.pk)
        for name, value in values.items():
            setattr(token, name, value)
        write.append(token)
        tokens.moved.add(token.pk)
    bulk.save(write, unique=["organization_id", "token_id"], update=_TOKEN_COLUMNS)


def _token_values(item: Item) -> dict[str, Any]:
    avatar = item.owner.avatar_url
    return {
        "owner_id": item.owner.id,
        "owner_login": text.visible(item.owner.login, limit=120),
        "owner_avatar_url": avatar if len(avatar) <= 500 else "",
        "name": text.visible(item.token_name),
        "expired": item.token_expired,
        "expires_at": item.token_expires_at,
        "last_used_at": item.token_last_used_at,
    }


# --- requests and grants -----------------------------------------------------------------------------------


def _sorted_out(found: Found, tokens: _Tokens) -> _Rows:
    """Rows with the answer's values set, not saved yet. What was decided meanwhile is left out."""
    kind, rows = found.kind, _Rows()
    known = _locked(found, tokens)
    for number, item in found.items.items():
        row = known.get(number)
        if row is None:
            row = kind.model(organization_id=found.organization_id, **{kind.number: number})
            rows.new[number] = row
        elif _decided_since(kind, row, found.read_at):
            continue
        elif row.state != kind.active:
            rows.new[number] = row
        elif number in found.repositories or _changes(kind, row, item):
            rows.changed[number] = row
        else:
            continue
        _set(found, row, item, tokens.by_id[item.token_id])
    return rows


def _locked(found: Found, tokens: _Tokens) -> dict[int, Row]:
    """The rows that stand already, by GitHub's id; a token that is new has none."""
    kind = found.kind
    asked = [number for number, item in found.items.items() if tokens.by_id[item.token_id].pk not in tokens.new]
    if not asked:
        return {}
    locked = kind.model.objects.select_for_update().order_by("pk")
    rows = locked.filter(organization_id=found.organization_id, **{f"{kind.number}__in": asked})
    return {kind.number_of(row): row for row in rows}


def _decided_since(kind: Kind, row: Row, read_at: datetime) -> bool:
    """Whether the row ended after GitHub was asked: the answer is older than the decision."""
    return row.state != kind.active and (row.ended_at is None or row.ended_at > read_at - JUST_ENDED)


def _set(found: Found, row: Row, item: Item, token: Token) -> None:
    for name, value in found.kind.values(item).items():
        setattr(row, name, value)
    row.token, row.state, row.ended_at = token, found.kind.active, None
    known = item.repository_selection != "subset" or item.id in found.repositories
    row.repositories_verified_at = found.read_at if known else None


def _mirror(write: Iterable[Row], tokens: _Tokens) -> None:
    """What grants carry of their tokens; a new token was not asked for."""
    grants = [row for row in write if isinstance(row, Grant)]
    reasons = inventory.reasons_of({one.token_id for one in grants} - tokens.new)
    for one in grants:
        inventory.mirror(one, one.token, reasons.get(one.token_id, ()))
        one.top_level = inventory.top_level(one.permissions)


def _save(found: Found, tokens: _Tokens, rows: _Rows) -> None:
    write = [*rows.new.values(), *rows.changed.values()]
    if not write:
        return
    _mirror(write, tokens)
    # While an organization is read for the first time nobody's holdings are known; they are counted at the end.
    held = {} if found.first_sync else rating.held_by({row.token.owner_id for row in write}, found.organization_id)
    for row in write:
        row.risk = rating.risk_of(row, held)
    columns = [*found.kind.columns, *found.kind.derived, *_OUR_COLUMNS]
    bulk.save(write, unique=["organization_id", found.kind.number], update=columns)


def _follow(found: Found, tokens: _Tokens, written: Mapping[int, Row]) -> None:
    """Grants carry what tokens are now, and the reasons they were asked for with."""
    asked = {row.token_id for row in written.values()} if found.kind is GRANT_REQUESTS else set()
    inventory.follow(tokens.moved | asked - tokens.new)


# --- events ------------------------------------------------------------------------------------------------


def _record(found: Found, rows: _Rows, steps: list[lineage.Step]) -> None:
    """One event for each new request or grant, one for each token that changed otherwise."""
    for row in rows.new.values():
        audit.record(
            f"{found.kind.name}.seen",
            organization_id=found.organization_id,
            subject=row.subject,
            token_id=row.token.token_id,
            token_name=row.token.name,
            owner_id=row.token.owner_id,
            owner_login=row.token.owner_login,
        )
    seen = {row.token_id for row in rows.new.values()}
    for step in steps:
        if step.token.pk not in seen:
            record_change(step)


def record_change(step: lineage.Step) -> None:
    """The event of a version that no other event tells of."""
    audit.record(
        "token.changed",
        organization_id=step.token.organization_id,
        subject=f"token:{step.token.token_id}",
        token_name=step.token.name,
        owner_login=step.token.owner_login,
        cause=step.version.cause,
        difference=lineage.difference(step.before, step.version.facts),
    )
