"""How far access goes, and what of it goes beyond what was allowed: the one meaning of "wider". Pure.

GitHub gives a token one set of permissions and one selection of repositories, so the two are compared apart. A token
for all repositories reaches those to come too: `all` that grew by a new repository is the same reach.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.policy.facts import Permissions
from apps.policy.permissions import covers as covers_permissions
from apps.policy.permissions import flat


@dataclass(frozen=True)
class Reach:
    """What may be done, and where. `repository_ids` counts only for the selection "subset"."""

    permissions: Permissions
    repository_selection: str = "none"
    repository_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Excess:
    """What of a reach nothing allowed: permissions at their level, all repositories, or single ones. Falsy: nothing."""

    permissions: Permissions
    everywhere: bool = False
    repository_ids: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything beyond."""
        return bool(self.permissions or self.everywhere or self.repository_ids)

    def as_data(self) -> dict[str, Any]:
        """JSON of it."""
        return {
            "permissions": self.permissions, "everywhere": self.everywhere, "repository_ids": list(self.repository_ids)
        }  # fmt: skip


def reach_of(facts: Mapping[str, Any]) -> Reach:
    """The reach in the evidence of a decision, or in one part of a token's facts."""
    return Reach(
        permissions=facts["permissions"],
        repository_selection=facts["repository_selection"],
        repository_ids=frozenset(facts["repository_ids"]),
    )


def excess(now: Reach, *allowed: Reach) -> Excess:
    """What `now` has beyond everything in `allowed` taken together; two unlike unknown levels allow nothing of each
    other.
    """
    return Excess(_permissions_beyond(now, allowed), *_repositories_beyond(now, allowed))


def covers(wide: Reach, narrow: Reach) -> bool:
    """Whether `wide` allows everything that `narrow` does."""
    return not excess(narrow, wide)


def _permissions_beyond(now: Reach, allowed: tuple[Reach, ...]) -> Permissions:
    beyond: Permissions = {}
    for kind, name, level in flat(now.permissions):
        one = {kind: {name: level}}
        if not any(covers_permissions(other.permissions, one) for other in allowed):
            beyond.setdefault(kind, {})[name] = level
    return beyond


def _repositories_beyond(now: Reach, allowed: tuple[Reach, ...]) -> tuple[bool, tuple[int, ...]]:
    if any(other.repository_selection == "all" for other in allowed) or now.repository_selection == "none":
        return False, ()
    if now.repository_selection != "subset":
        return True, ()
    named = (other.repository_ids for other in allowed if other.repository_selection == "subset")
    return False, tuple(sorted(now.repository_ids.difference(*named)))
