"""Which function answers which address, for which kind of token, with which permission."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from apps.simulator.http import Request, Response
from apps.simulator.identity import Caller, Kind
from apps.simulator.shapes import Urls
from apps.simulator.state import State

LEGACY_VERSION = "2022-11-28"
VERSIONS = (LEGACY_VERSION, "2026-03-10")
DOCS = "https://docs.github.com/rest"

ANY_TOKEN = frozenset({Kind.INSTALLATION, Kind.USER})
EVERYONE = frozenset(Kind)
ONLY_APP = frozenset({Kind.APP})
ONLY_INSTALLATION = frozenset({Kind.INSTALLATION})
ONLY_USER = frozenset({Kind.USER})


@dataclass(slots=True)
class Call:
    """One request on its way to its handler. `arguments` are the variable parts of the address."""

    state: State
    urls: Urls
    request: Request
    caller: Caller = field(default_factory=lambda: Caller(Kind.ANYONE))
    arguments: dict[str, str] = field(default_factory=dict)
    version: str = LEGACY_VERSION

    @property
    def has_downloads(self) -> bool:
        """Whether repositories of this API version still say `has_downloads`."""
        return self.version == LEGACY_VERSION


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """`permission` reads ``name=level``; it is checked by the handler's access function, named in a header here."""

    verb: str
    parts: tuple[str, ...]
    handler: Handler
    callers: frozenset[Kind] = EVERYONE
    permission: str = ""
    docs: str = ""

    def match(self, parts: tuple[str, ...]) -> dict[str, str] | None:
        """The variable parts, when this route's pattern fits."""
        arguments = {}
        for pattern, part in zip(self.parts, parts, strict=True):
            if pattern.startswith("{"):
                arguments[pattern[1:-1]] = part
            elif pattern != part:
                return None
        return arguments


class Routes:
    """The routes of one room of the simulator; rooms are added up into the table of the program."""

    def __init__(self) -> None:
        self._table: dict[tuple[str, int], list[Route]] = {}

    def add(
        self,
        verb: str,
        pattern: str,
        *,
        callers: frozenset[Kind] = EVERYONE,
        permission: str = "",
        docs: str = "",
    ) -> Callable[[Handler], Handler]:
        """Register a handler. `docs` is the page of GitHub's REST reference that describes the operation."""

        def register(handler: Handler) -> Handler:
            parts = split(pattern)
            route = Route(verb, parts, handler, callers, permission, docs)
            self._table.setdefault((verb, len(parts)), []).append(route)
            return handler

        return register

    def include(self, others: Iterable[Routes]) -> Routes:
        for other in others:
            for key, routes in other._table.items():
                self._table.setdefault(key, []).extend(routes)
        return self

    def find(self, verb: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of an address and its variable parts. Fixed parts win over variable ones by registration."""
        parts = split(path)
        for route in self._table.get((verb, len(parts)), ()):
            arguments = route.match(parts)
            if arguments is not None:
                return route, arguments
        return None


def split(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/")) if path != "/" else ()
