"""From one state of a token to another, line by line. Pure over rows that were read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.policy.permissions import Difference, difference
from apps.tokens.models import TokenVersion


@dataclass(frozen=True)
class Change:
    """One line of "what changes": `kind` is added, removed, upgraded, downgraded or changed."""

    kind: str
    title: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Version:
    """One step of a token's lineage, with what it changed against the step before (None: the first)."""

    version: TokenVersion
    changes: list[Change] | None


def access_changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    """From one {"permissions", "repository_selection", "repository_ids"} to another; None is no access."""
    old, new = before or {}, after or {}
    changed = list(_permission_changes(difference(old.get("permissions"), new.get("permissions"))))
    return changed + _repository_changes(old, new)


def _permission_changes(found: Difference) -> Iterable[Change]:
    for kind, lines in (("added", found.added), ("upgraded", found.upgraded), ("downgraded", found.lowered)):
        for line in lines:
            yield Change(kind, line.title, line.was, line.level)
    for line in found.removed:
        yield Change("removed", line.title, line.level)


def _repository_changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    before, after = _reach(old), _reach(new)
    had, has = set(old.get("repository_ids") or ()), set(new.get("repository_ids") or ())
    if before != after:
        kind = "upgraded" if _REACHES.index(after) > _REACHES.index(before) else "downgraded"
        return (
            [Change(kind, "Repositories", before, after or "no access")]
            if before
            else [Change("added", "Repositories", "", after)]
        )
    changed = []
    if has - had:
        changed.append(Change("added", _repositories_in_words(len(has - had))))
    if had - has:
        changed.append(Change("removed", _repositories_in_words(len(had - has))))
    return changed


def _repositories_in_words(count: int) -> str:
    return f"{count} {'repository' if count == 1 else 'repositories'}"


_REACHES = ["", "no repositories", "named repositories", "all repositories"]


def _reach(access: dict[str, Any]) -> str:
    words = {"none": _REACHES[1], "subset": _REACHES[2], "all": _REACHES[3]}
    return words.get(str(access.get("repository_selection")), "")


def lineage(versions: Sequence[TokenVersion]) -> list[Version]:
    """Versions, newest first, each compared with the one before it."""
    older = [*versions[1:], None]
    return [Version(version, _between(before, version)) for version, before in zip(versions, older, strict=True)]


def _between(before: TokenVersion | None, after: TokenVersion) -> list[Change] | None:
    if before is None:
        return None
    old, new = before.facts, after.facts
    changed = [
        Change("changed", title, said(old.get(key)), said(new.get(key)))
        for key, title in (("name", "Name"), ("expires_at", "Expiry"))
        if old.get(key) != new.get(key)
    ]
    changed += access_changes(old.get("granted"), new.get("granted"))
    asked = access_changes(old.get("granted"), new.get("requested")) if new.get("requested") else []
    if asked and old.get("requested") != new.get("requested"):
        changed += [Change(one.kind, f"Asked for: {one.title}", one.before, one.after) for one in asked]
    return changed


def said(value: object) -> str:
    """A fact of a token in words: the day of an instant, "never" for none."""
    return str(value)[:10] if value and "T" in str(value)[10:11] else str(value or "never")
