"""The catalogue: an endpoint by its verb and address, and the sets of permissions of which it needs one. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Permission = tuple[str, str, str]
"""Kind (repository, organization, account or enterprise), name, level."""
Set = tuple[Permission, ...]
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SWALLOWING = ("{path}", "{ref}")
"""Parameters that take slashes where they end a template: a file's path, a branch's name."""


@dataclass(frozen=True)
class Endpoint:
    """One of `sets` is enough, and all of a set is needed; an empty set: any token.

    `token` False: no fine-grained token can call it. `sure` False: GitHub's table names several permissions and does
    not say whether one of them is enough; the set holds them all.
    """

    verb: str
    path: str
    sets: tuple[Set, ...]
    token: bool = True
    sure: bool = True

    @property
    def key(self) -> str:
        """As people write it."""
        return f"{self.verb} {self.path}"


def endpoint(route: str, sets: tuple[Set, ...], *, token: bool = True, sure: bool = True) -> Endpoint:
    """Of "GET /path"."""
    verb, _, path = route.partition(" ")
    return Endpoint(verb, path, sets, token, sure)


class Catalogue:
    """Endpoints to look up. The template with most literal parts, from the left, wins."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = {(one.verb, _shape(one.path)): one for one in endpoints}
        self._by_size: dict[tuple[str, int], list[tuple[Sequence[str], Endpoint]]] = defaultdict(list)
        self._swallowing: dict[str, list[tuple[Sequence[str], Endpoint]]] = defaultdict(list)
        for one in self.endpoints.values():
            parts = _parts(one.path)
            self._by_size[one.verb, len(parts)].append((parts, one))
            if parts and parts[-1] in _SWALLOWING:
                self._swallowing[one.verb].append((parts, one))

    def __len__(self) -> int:
        return len(self.endpoints)

    def find(self, verb: str, path: str) -> Endpoint | None:
        """The endpoint that `path` reaches: an address below the API's root, without a query."""
        parts = _parts(path)
        exact = [(names, one) for names, one in self._by_size.get((verb, len(parts)), ()) if _fits(names, parts)]
        longer = [
            (names, one)
            for names, one in self._swallowing.get(verb, ())
            if len(parts) > len(names) and _fits(names, parts[: len(names)])
        ]
        best = max(exact or longer, key=lambda found: [not _is_name(part) for part in found[0]], default=None)
        return best[1] if best else None

    def verbs(self, path: str) -> list[str]:
        """With which other verbs the address is known."""
        return [verb for verb in VERBS if self.find(verb, path)]

    def difference(self, newer: "Catalogue") -> tuple[list[str], list[str], list[str]]:
        """What `newer` adds, drops, and says differently, each as "GET /path", sorted."""
        mine, theirs = self.endpoints, newer.endpoints
        added = [theirs[key].key for key in theirs.keys() - mine.keys()]
        dropped = [mine[key].key for key in mine.keys() - theirs.keys()]
        changed = [theirs[key].key for key in mine.keys() & theirs.keys() if _said(mine[key]) != _said(theirs[key])]
        return sorted(added), sorted(dropped), sorted(changed)


def _said(one: Endpoint) -> tuple[object, ...]:
    return {frozenset(each) for each in one.sets}, one.token, one.sure


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _is_name(part: str) -> bool:
    """Whether it is a parameter of a template."""
    return part.startswith("{")


def _shape(path: str) -> str:
    """Two names of one parameter are the same endpoint."""
    return "/".join("{}" if _is_name(part) else part for part in _parts(path))


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    return all(_is_name(name) or name == part for name, part in zip(names, parts, strict=True))
