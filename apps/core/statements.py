"""Queries that many pages ask: Django writes their SQL once, and afterwards only the numbers in it differ.

Django makes the SQL of a queryset anew each time it is read. With joins and subqueries that takes several times as
long as the database takes to answer, and for the dozen queries of a page a third of its time.
"""

import copy
import re
from collections.abc import Callable, Sequence
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
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d")
"""As SQLite has them."""


class Statement(Generic[R]):
    """What `make` says of numbers, and of lists of numbers, as a queryset.

    `make` is called once for each length of its lists. It must depend on nothing else: no clock, no setting, no choice
    by what the numbers are.
    """

    def __init__(self, make: "Callable[..., QuerySet[Any, R]]") -> None:
        self._make = make
        self._written: dict[tuple[object, ...], _Written[R]] = {}

    def __call__(self, *numbers: Numbers) -> list[R]:
        """The rows for these numbers; none where a list is empty."""
        given = [[one] if isinstance(one, int) else _padded(one) for one in numbers]
        if not all(given):
            return []
        if not all(-_BEYOND <= one < _BEYOND for part in given for one in part):  # Django knows what finds nothing
            return list(self._make(*numbers))
        lengths = tuple(None if isinstance(one, int) else len(part) for one, part in zip(numbers, given, strict=True))
        key = (connections["default"].vendor, *lengths)
        if key not in self._written:
            self._written[key] = _Written(self._make, lengths)
        return self._written[key].rows([one for part in given for one in part])

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
    """The SQL of a queryset, and at which of its parameters the numbers stand."""

    def __init__(self, make: "Callable[..., QuerySet[Any, R]]", lengths: Sequence[int | None]) -> None:
        self._count = sum(one or 1 for one in lengths)
        places = iter(range(_PLACES, _PLACES + self._count))
        self._found = make(*(next(places) if one is None else [next(places) for _ in range(one)] for one in lengths))
        self._compiler = self._found.query.get_compiler(self._found.db)
        self._sql, parameters = self._compiler.as_sql()
        if any(_is_instant(one) for one in parameters):
            raise ValueError("A statement is written once and holds no instant.")
        self._parameters = list(parameters)

    def rows(self, numbers: Sequence[int]) -> list[R]:
        """Read, as any queryset is, with the numbers in their places."""
        found, compiler = self._found.all(), copy.copy(self._compiler)
        compiler.connection = connections[found.db]
        # Of the column's own kind, as Django has them: else a prepared statement is another for small numbers.
        parameters = tuple(
            type(one)(numbers[one - _PLACES]) if self._is_place(one) else one for one in self._parameters
        )
        compiler.as_sql = lambda *_, **__: (self._sql, parameters)
        found.query.get_compiler = _always(compiler)  # type: ignore[method-assign]
        return list(found)

    def _is_place(self, parameter: object) -> bool:
        return isinstance(parameter, int) and _PLACES <= parameter < _PLACES + self._count


def _is_instant(parameter: object) -> bool:
    return isinstance(parameter, date) or (isinstance(parameter, str) and _INSTANT.match(parameter) is not None)


def _always(compiler: SQLCompiler) -> Callable[..., SQLCompiler]:
    return lambda *_, **__: compiler
