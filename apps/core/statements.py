"""Queries that many pages ask: Django writes their SQL once, and afterwards only the numbers in it differ.

Django makes the SQL of a queryset anew each time it is read. With joins and subqueries that takes several times as
long as the database takes to answer, and for the dozen queries of a page a third of its time.
"""

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

R = TypeVar("R")
Numbers = int | Sequence[int]
_PLACES = 2_000_000_000
"""From here on stand-ins for the numbers while the SQL is made; they fit into every integer column."""
_BEYOND = 2**63
"""No column holds it."""
_ALIKE = 2
"""So many stand-ins a list has where an array takes their place."""
_PARAMETER = re.compile(r"(?<!%)%s")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d")
"""As SQLite has them."""


class Statement(Generic[R]):
    """What `make` says of numbers, and of lists of numbers, as a queryset.

    `make` is called once, on SQLite once for each length of its lists. It must depend on nothing else: no clock, no
    setting, no choice by what the numbers are; and a list may only be what a column is `__in`.
    """

    def __init__(self, make: "Callable[..., QuerySet[Any, R]]") -> None:
        self._make = make
        self._written: dict[tuple[object, ...], _Written[R]] = {}

    def __call__(self, *numbers: Numbers) -> list[R]:
        """The rows for these numbers; none where a list is empty. Raises ValueError where a list is not `__in`."""
        given = [[one] if isinstance(one, int) else one for one in numbers]
        if not all(given):
            return []
        if not all(-_BEYOND <= one < _BEYOND for part in given for one in part):  # Django knows what finds nothing
            return list(self._make(*numbers))
        vendor = connections["default"].vendor
        if vendor != "postgresql":
            given = [_padded(part) for part in given]
        lengths = (_ALIKE if vendor == "postgresql" else len(part) for part in given)
        shapes = tuple(None if isinstance(one, int) else length for one, length in zip(numbers, lengths, strict=True))
        key = (vendor, *shapes)
        if key not in self._written:
            self._written[key] = _Written(self._make, shapes, as_arrays=vendor == "postgresql")
        return self._written[key].rows(given)

    def first(self, *numbers: Numbers) -> R | None:
        """The first of the rows, None where there is none."""
        return next(iter(self(*numbers)), None)


def by_key(statement: Statement[Any], keys: Sequence[int]) -> list[Any]:
    """What a statement reads by primary keys, in their order; those that are gone are left out."""
    found = {one.pk: one for one in statement(keys)}
    return [found[key] for key in keys if key in found]


def _padded(numbers: Sequence[int]) -> list[int]:
    """As many as the next power of two, the last one repeated: lists of any length are few statements."""
    filled = list(numbers)
    missing = (1 << (len(filled) - 1).bit_length()) - len(filled) if filled else 0
    return filled + filled[-1:] * missing


class _Written(Generic[R]):
    """The SQL of a queryset, and what stands at which of its parameters."""

    def __init__(
        self, make: "Callable[..., QuerySet[Any, R]]", shapes: Sequence[int | None], *, as_arrays: bool
    ) -> None:
        places = iter(range(_PLACES, _PLACES + sum(one or 1 for one in shapes)))
        parts = [[next(places) for _ in range(one or 1)] for one in shapes]
        self._found = make(*(part[0] if one is None else part for one, part in zip(shapes, parts, strict=True)))
        self._compiler = self._found.query.get_compiler(self._found.db)
        self._sql, parameters = self._compiler.as_sql()
        if any(_is_instant(one) for one in parameters):
            raise ValueError("A statement is written once and holds no instant.")
        self._parameters = list(parameters)
        for part in (part for one, part in zip(shapes, parts, strict=True) if one is not None):
            with_array = _in_array(self._sql, self._parameters, part)
            if as_arrays:
                self._sql, self._parameters = with_array
        of_place = {place: (number, index) for number, part in enumerate(parts) for index, place in enumerate(part)}
        # Of the column's own kind, as Django has them: else a prepared statement is another for small numbers.
        self._numbers = [
            (at, *of_place[one], type(one))
            for at, one in enumerate(self._parameters)
            if isinstance(one, int) and one in of_place
        ]
        self._arrays = [
            (at, of_place[one.first][0]) for at, one in enumerate(self._parameters) if isinstance(one, _Array)
        ]

    def rows(self, given: Sequence[Sequence[int]]) -> list[R]:
        """Read, as any queryset is, with the numbers in their places."""
        found, compiler, parameters = self._found.all(), copy.copy(self._compiler), list(self._parameters)
        compiler.connection = connections[found.db]
        for at, number, index, kind in self._numbers:
            parameters[at] = kind(given[number][index])
        for at, number in self._arrays:
            parameters[at] = f"{{{','.join(map(str, given[number]))}}}"
        compiler.as_sql = lambda *_, **__: (self._sql, tuple(parameters))
        found.query.get_compiler = _always(compiler)  # type: ignore[method-assign]
        return list(found)


@dataclass(frozen=True)
class _Array:
    """Stands where the list goes whose first stand-in this is."""

    first: int


def _in_array(sql: str, parameters: list[Any], places: list[int]) -> tuple[str, list[Any]]:
    """`IN (…)` of these places as one array: then the statement is the same for any length, and short.

    PostgreSQL itself makes an array of what stands behind IN.
    """
    texts, kept = _PARAMETER.split(sql), list[Any]()
    made = texts[0]
    at = 0
    while at < len(parameters):
        if parameters[at : at + len(places)] == places:
            between, after = texts[at + 1 : at + len(places)], texts[at + len(places)]
            if not made.endswith(" IN (") or any(one != ", " for one in between) or not after.startswith(")"):
                raise ValueError("A list of a statement may only be what a column is in.")
            made = f"{made.removesuffix(' IN (')} = ANY(%s::bigint[]{after}"
            kept.append(_Array(places[0]))
            at += len(places)
        else:
            made += f"%s{texts[at + 1]}"
            kept.append(parameters[at])
            at += 1
    if any(isinstance(one, int) and one in places for one in kept):
        raise ValueError("A list of a statement may only be what a column is in.")
    return made, kept


def _is_instant(parameter: object) -> bool:
    return isinstance(parameter, date) or (isinstance(parameter, str) and _INSTANT.match(parameter) is not None)


def _always(compiler: SQLCompiler) -> Callable[..., SQLCompiler]:
    return lambda *_, **__: compiler
