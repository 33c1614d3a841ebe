"""Permissions in plain words, and what changes from one set of them to another. Pure.

A permission is (kind, name, level): kind is "repository", "organization" or "other" as in GitHub's lists,
level "read", "write" or "admin". Write includes read and admin includes write. A name or level that Patrol
does not know is kept and said to be unknown: GitHub adds permissions, and hiding one would be a lie.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from apps.policy.catalogue import CATALOGUE, Group
from apps.policy.facts import Permissions

# How much a level allows. One that Patrol does not know may allow anything, so it stands above all.
LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}
UNKNOWN_LEVEL = 4
SHOWN_CHANGES = 3


def rank(level: str) -> int:
    """How much `level` allows, to be compared with others."""
    return LEVELS.get(level, UNKNOWN_LEVEL)


@dataclass(frozen=True)
class PermissionLine:
    """One permission as a person reads it. `was` is the level it had before, where a difference shows it."""

    kind: str
    name: str
    level: str
    title: str
    meaning: str
    writes: bool
    group: Group = Group.OTHER
    known: bool = True
    was: str = ""

    @property
    def scope(self) -> str:
        """What it is of, where that is not a repository."""
        return "" if self.kind == "repository" else self.kind


@dataclass(frozen=True)
class Summary:
    """A set in one line: what `changes` something (empty: nothing does), and how much it only `reads` besides."""

    changes: str
    reads: str


@dataclass(frozen=True)
class Difference:
    """What a set of permissions has that another had not, has more of, has less of, and lost; sorted."""

    added: tuple[PermissionLine, ...] = ()
    upgraded: tuple[PermissionLine, ...] = ()
    removed: tuple[PermissionLine, ...] = ()
    lowered: tuple[PermissionLine, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.upgraded or self.removed or self.lowered)

    @property
    def widens(self) -> bool:
        """Whether the new set allows something that the old one did not."""
        return bool(self.added or self.upgraded)


def describe(kind: str, name: str, level: str) -> PermissionLine:
    """The line of one permission; an unknown name keeps its own words."""
    group, entry = CATALOGUE.get(kind, {}).get(name, (Group.OTHER, None))
    writes = rank(level) > LEVELS["read"]
    if entry is None:
        title = name.replace("_", " ").strip().capitalize() or name
        meaning = f"Not known to Patrol: see GitHub's documentation of {name}"
        return PermissionLine(kind, name, level, title, meaning, writes, group, known=False)
    if level not in LEVELS:
        meaning = f"A level that Patrol does not know ({level}) on {entry.reach}"
    elif level == "none":
        meaning = f"No access to {entry.reach}"
    elif level == "read":
        meaning = f"Read {entry.reach}"
    else:
        meaning = entry.write or f"Read and change {entry.reach}"
        meaning += ", as an administrator" if level == "admin" else ""
    return PermissionLine(kind, name, level, entry.title, meaning, writes, group, known=level in LEVELS)


def lines_of(permissions: Permissions) -> tuple[PermissionLine, ...]:
    """Every permission of a set, in the order of `sort_lines`."""
    return _lines(tuple(flat(permissions)))


@lru_cache(maxsize=512)
def _lines(every: tuple[tuple[str, str, str], ...]) -> tuple[PermissionLine, ...]:
    """Most tokens may do what others may."""
    return sort_lines(describe(*one) for one in every)


def sort_lines(lines: Iterable[PermissionLine]) -> tuple[PermissionLine, ...]:
    """What allows most first, then by group and title: a reader who stops early has seen the worst."""
    groups = list(Group)
    return tuple(
        sorted(lines, key=lambda one: (-rank(one.level), groups.index(one.group), one.title, one.kind, one.name))
    )


@lru_cache(maxsize=512)
def summary(lines: tuple[PermissionLine, ...]) -> Summary:
    """Of lines that `lines_of` sorted."""
    changing, reading = [one for one in lines if one.writes], [one.title for one in lines if not one.writes]
    return Summary(_changing(changing), _reading_too(reading) if changing else _only_reading(reading))


def _changing(lines: list[PermissionLine]) -> str:
    """The first by their level: "Administers Secrets; Writes Contents, organization Members and 2 more"."""
    levels = groupby(lines[:SHOWN_CHANGES], lambda one: one.level)
    said = "; ".join(f"{_VERBS.get(level) or f'Level “{level}” on'} {_names(those)}" for level, those in levels)
    more = len(lines) - SHOWN_CHANGES
    return f"{said} and {more} more" if more > 0 else said


def _names(lines: Iterable[PermissionLine]) -> str:
    return ", ".join(f"organization {one.title}" if one.kind == "organization" else one.title for one in lines)


def _reading_too(titles: list[str]) -> str:
    if not titles:
        return ""
    return f"reads {titles[0]}" if len(titles) == 1 else f"reads {len(titles)} more"


def _only_reading(titles: list[str]) -> str:
    if not titles:
        return "No permissions: reads what is public"
    if len(titles) > 2:
        return f"Reads {titles[0]}, {titles[1]} and {len(titles) - 2} more"
    return f"Reads {' and '.join(titles)}"


_VERBS = {"write": "Writes", "admin": "Administers"}


def grouped(lines: Iterable[PermissionLine]) -> tuple[tuple[Group, tuple[PermissionLine, ...]], ...]:
    """Lines under the groups they belong to, in the groups' order; groups without a line are left out."""
    every = sort_lines(lines)
    found = ((group, tuple(one for one in every if one.group is group)) for group in Group)
    return tuple((group, inside) for group, inside in found if inside)


def difference(old: Permissions | None, new: Permissions | None) -> Difference:
    """From `old` to `new`; None and an empty set are the same."""
    before, after = _levels(old), _levels(new)
    shared = [(one, describe(*one, after[one])) for one in before.keys() & after.keys()]
    changed = [(replace(line, was=before[one]), rank(line.level) - rank(before[one])) for one, line in shared]
    return Difference(
        added=sort_lines(describe(*one, after[one]) for one in after.keys() - before.keys()),
        upgraded=sort_lines(line for line, step in changed if step > 0 or _unlike_unknowns(line)),
        removed=sort_lines(describe(*one, before[one]) for one in before.keys() - after.keys()),
        lowered=sort_lines(line for line, step in changed if step < 0),
    )


def covers(wide: Permissions, narrow: Permissions) -> bool:
    """Whether `wide` allows everything that `narrow` does."""
    return not difference(wide, narrow).widens


def flat(permissions: Mapping[str, Mapping[str, str]] | None) -> list[tuple[str, str, str]]:
    """(kind, name, level) of every permission, sorted; "none" is no permission."""
    found = (
        (kind, name, level)
        for kind, names in (permissions or {}).items()
        for name, level in names.items()
        if level != "none"
    )
    return sorted(found)


def _levels(permissions: Permissions | None) -> dict[tuple[str, str], str]:
    return {(kind, name): level for kind, name, level in flat(permissions)}


def _unlike_unknowns(line: PermissionLine) -> bool:
    """Two unknown levels that differ cannot be ordered: taken as more, never as less."""
    return rank(line.level) == rank(line.was) and line.level != line.was
