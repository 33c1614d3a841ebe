"""A token's lineage: what was true of it from when on, and why.

The facts of a version are {"name", "expires_at", "granted", "requested"}; the last two are None or
{"permissions", "repository_selection", "repository_ids"}, of the newest active grant and pending request.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import Max, QuerySet

from apps.core import bulk, clock
from apps.core.statements import Statement
from apps.tokens.models import Grant, GrantRequest, Selection, Token, TokenVersion

FIRST_SEEN = "first seen"
UNKNOWN = "unknown"
Facts = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One new version, and the facts before it (None: there was no version)."""

    token: Token
    version: TokenVersion
    before: Facts | None


def add_version(token: Token, cause: str) -> TokenVersion | None:
    """Append a version when the facts in the database differ from the last one's; inside the caller's transaction."""
    steps = add_versions([token.pk], lambda _: cause)
    return steps[0].version if steps else None


def add_versions(token_pks: Iterable[int], cause: Callable[[int], str], *, merge_first: bool = False) -> list[Step]:
    """Append a version to every token whose facts differ from its last one's; a constant number of statements.

    `merge_first`: while an organization is read for the first time a second look at a token (its request, then
    its grant) belongs to version 1.
    """
    tokens = {one.pk: one for one in Token.objects.select_for_update().filter(pk__in=list(token_pks)).order_by("pk")}
    facts, last = facts_now(tokens), _last_versions(tokens)
    steps, merged = [], []
    for pk, token in tokens.items():
        before = last.get(pk)
        if before is not None and before.facts == facts[pk]:
            continue
        if before is not None and merge_first and before.seq == 1:
            before.facts = facts[pk]
            merged.append(before)
            continue
        version = TokenVersion(
            token=token, seq=before.seq + 1 if before else 1, facts=facts[pk], cause=cause(pk)[:120],
            seen_at=clock.now(),
        )  # fmt: skip
        steps.append(Step(token, version, before.facts if before else None))
    _append(step.version for step in steps)
    if merged:
        TokenVersion.objects.bulk_update(merged, ["facts"])
    return steps


def first_versions(facts: Mapping[int, Facts], cause: Callable[[int], str]) -> int:
    """Version 1 of tokens (by primary key) whose rows are new in this transaction: nothing has to be compared.

    Returns how many.
    """
    seen_at = clock.now()
    rows = [
        {"token_id": pk, "seq": 1, "facts": one, "cause": cause(pk)[:120], "seen_at": seen_at}
        for pk, one in facts.items()
    ]
    return len(bulk.write(TokenVersion, rows, refuse=True))


def _append(versions: Iterable[TokenVersion]) -> None:
    columns = ("token_id", "seq", "facts", "cause", "seen_at")
    bulk.write(TokenVersion, [{name: getattr(one, name) for name in columns} for one in versions], refuse=True)


def facts_of_new(token: Token, row: GrantRequest | Grant, repository_ids: Iterable[int]) -> Facts:
    """The facts of a token whose only request or grant is `row`."""
    access = _access(row.permissions, row.repository_selection, repository_ids)
    granted = isinstance(row, Grant)
    return _facts(token, granted=access if granted else None, requested=None if granted else access)


def facts_now(tokens: Mapping[int, Token]) -> dict[int, Facts]:
    """The facts of each token (by primary key) as the rows hold them now."""
    granted = _accesses(Grant, _GRANTED(list(tokens)))
    requested = _accesses(GrantRequest, _REQUESTED(list(tokens)))
    return {pk: _facts(token, granted=granted.get(pk), requested=requested.get(pk)) for pk, token in tokens.items()}


_COLUMNS = ("pk", "token_id", "permissions", "repository_selection")
_GRANTED = Statement(
    lambda pks: Grant.objects.active().filter(token__in=pks).order_by("access_granted_at").values_list(*_COLUMNS)
)
_REQUESTED = Statement(
    lambda pks: GrantRequest.objects.pending().filter(token__in=pks).order_by("requested_at").values_list(*_COLUMNS)
)


def _facts(token: Token, *, granted: Facts | None, requested: Facts | None) -> Facts:
    ends = token.expires_at.astimezone(UTC).isoformat() if token.expires_at else None
    return {"name": token.name, "expires_at": ends, "granted": granted, "requested": requested}


def _access(permissions: Any, selection: str, repository_ids: Iterable[int]) -> Facts:
    subset = selection == Selection.SUBSET
    return {
        "permissions": permissions,
        "repository_selection": selection,
        "repository_ids": sorted(repository_ids) if subset else [],
    }


def _accesses(model: Any, rows: Iterable[tuple[int, int, Any, str]]) -> dict[int, Facts]:
    """token pk -> its newest access; `rows` are in the order of their age."""
    newest = {token_pk: (pk, permissions, selection) for pk, token_pk, permissions, selection in rows}
    subsets = [pk for pk, _, selection in newest.values() if selection == Selection.SUBSET]
    repositories = repository_ids(model, subsets)
    return {
        token_pk: _access(permissions, selection, repositories.get(pk, ()))
        for token_pk, (pk, permissions, selection) in newest.items()
    }


def repository_ids(model: Any, row_pks: list[int]) -> dict[int, set[int]]:
    """The repositories of GrantRequests or Grants, by the row's primary key; one statement, none for no rows."""
    found: dict[int, set[int]] = {}
    for pk, number in _REPOSITORIES[model](row_pks):
        found.setdefault(pk, set()).add(number)
    return found


def _repositories(model: Any) -> Statement[tuple[int, int]]:
    through, link = model.repositories.through, f"{model._meta.model_name}_id"
    return Statement(lambda pks: through.objects.filter(**{f"{link}__in": pks}).values_list(link, "repository_id"))


_REPOSITORIES = {model: _repositories(model) for model in (GrantRequest, Grant)}


def _last_versions(tokens: Mapping[int, Token]) -> dict[int, TokenVersion]:
    return {version.token_id: version for version in _LAST(list(tokens))}


def _last(token_pks: Sequence[int]) -> "QuerySet[TokenVersion]":
    last = TokenVersion.objects.filter(token__in=token_pks).values("token").annotate(last=Max("pk")).values("last")
    return TokenVersion.objects.filter(pk__in=last)


_LAST = Statement(_last)


def difference(before: Facts | None, after: Facts) -> dict[str, Any]:
    """What changed, as an event keeps it: path -> [old, new], repositories as {"added", "removed"}."""
    old, new = _flat(before or {}), _flat(after)
    changed: dict[str, Any] = {}
    for path in sorted(old.keys() | new.keys()):
        left, right = old.get(path), new.get(path)
        if left == right:
            continue
        if path.endswith("repository_ids"):
            was, now = set(left or ()), set(right or ())
            changed[path] = {"added": sorted(now - was), "removed": sorted(was - now)}
        else:
            changed[path] = [left, right]
    return changed


def _flat(value: Facts, path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        here = f"{path}.{name}" if path else name
        if isinstance(inner, dict):
            flat |= _flat(inner, here)
        else:
            flat[here] = inner
    return flat
