"""Queries that many pages ask: Django writes their SQL once, and afterwards only what they are given in it differs.

Django makes the SQL of a queryset anew each time it is read. With joins and subqueries that takes several times as
long as the database takes to answer, and for the dozen queries of a page a third of its time.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

R = TypeVar("R")
Given = int | str | date | Sequence[int]
"""Instants are dates too, as Python has them; they bear their zone."""
_PLACES = 2_000_000_000
"""From here on stand-ins for the numbers while the SQL is made; they fit into every integer column."""
_BEYOND = 2**63
"""No column holds it."""
_FIRST_DAY = datetime(100, 6, 15, 13, 37, 11, 123457, tzinfo=UTC)
"""From here on stand-ins for days and instants, a hundred years apart: they may be moved by a span."""
_APART, _FAR = timedelta(days=36_525), timedelta(days=15_000)
_NO_CLOCK = 3_000
"""Instants from this year on are constants that no clock has told."""
_WORD = "%\\_word "
"""How the stand-ins for words begin: Django alters it wherever a word is more than what a column equals."""
_ALIKE = 2
"""So many stand-ins a list has where an array takes their place."""
_PARAMETER = re.compile(r"(?<!%)%s")
_INSTANT, _TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d+)?)?"), ":"
"""As SQLite has them."""


class Statement(Generic[R]):
    """What `make` says of numbers, of lists of numbers, of words, of days and of instants, as a queryset.

    `make` is called once, on SQLite once for each length of its lists. It must depend on nothing else: no clock, no
    setting, no choice by what it is given; a list may only be what a column is `__in`, a word only what a column
    equals. Of a day or an instant nothing may be asked; it may be moved by a span that is always the same.
    """

    def __init__(self, make: "Callable[..., QuerySet[Any, R]]") -> None:
        self._make = make
        self._written: dict[tuple[object, ...], _Written[R]] = {}

    def __call__(self, *given: Given) -> list[R]:
        """The rows for these; none where a list is empty. Raises ValueError where `make` may not do what it does."""
        lists = [one for one in given if not isinstance(one, int | str | date)]
        if not all(lists):
            return []
        numbers = [one for one in given if isinstance(one, int)]
        if not all(-_BEYOND <= one < _BEYOND for part in [numbers, *lists] for one in part):
            return list(self._make(*given))  # Django knows what finds nothing
        vendor = connections["default"].vendor
        if vendor != "postgresql":
            given = tuple(one if isinstance(one, int | str | date) else _padded(one) for one in given)
        shapes = tuple(_shape(one, vendor) for one in given)
        key = (vendor, *shapes)
        if key not in self._written:
            self._written[key] = _Written(self._make, shapes, as_arrays=vendor == "postgresql")
        return self._written[key].rows(given)

    def first(self, *given: Given) -> R | None:
        """The first of the rows, None where there is none."""
        return next(iter(self(*given)), None)


def _shape(given: Given, vendor: str) -> "_Shape":
    """What decides how a statement is written: of a list its length, of anything else its kind."""
    if isinstance(given, datetime):
        return datetime
    if isinstance(given, date):
        return date
    if isinstance(given, str):
        return str
    return int if isinstance(given, int) else _ALIKE if vendor == "postgresql" else len(given)


def by_key(statement: Statement[Any], keys: Sequence[int]) -> list[Any]:
    """What a statement reads by primary keys, in their order; those that are gone are left out."""
    found = {one.pk: one for one in statement(keys)}
    return [found[key] for key in keys if key in found]


def _padded(numbers: Sequence[int]) -> list[int]:
    """As many as the next power of two, the last one repeated: lists of any length are few statements."""
    filled = list(numbers)
    missing = (1 << (len(filled) - 1).bit_length()) - len(filled) if filled else 0
    return filled + filled[-1:] * missing


_Shape = type[int] | type[str] | type[date] | int


class _Written(Generic[R]):
    """The SQL of a queryset, and what stands at which of its parameters."""

    def __init__(self, make: "Callable[..., QuerySet[Any, R]]", shapes: Sequence[_Shape], *, as_arrays: bool) -> None:
        parts = _stand_ins(shapes)
        lists = [isinstance(one, int) for one in shapes]
        self._found = make(*(part if several else part[0] for part, several in zip(parts, lists, strict=True)))
        self._compiler = self._found.query.get_compiler(self._found.db)
        self._sql, parameters = self._compiler.as_sql()
        self._parameters = list(parameters)
        for part in (part for part, several in zip(parts, lists, strict=True) if several):
            with_array = _in_array(self._sql, self._parameters, part)
            if as_arrays:
                self._sql, self._parameters = with_array
        places = {place: (number, index) for number, part in enumerate(parts) for index, place in enumerate(part)}
        known = {at: places[one] for at, one in enumerate(self._parameters) if _is_place(one) and one in places}
        instants = {number: parts[number][0] for number, shape in enumerate(shapes) if shape in {date, datetime}}
        told = {at: one for at, parameter in enumerate(self._parameters) if (one := _instant(parameter))}
        self._moments = [(at, *moved) for at, one in told.items() if (moved := _moved(one, instants))]
        if any(one.year < _NO_CLOCK for at, one in told.items() if at not in {at for at, *_ in self._moments}):
            raise ValueError("A statement is written once and holds no instant but those it is given.")
        words = {number for number, shape in enumerate(shapes) if shape is str}
        altered = any("_word " in str(one) for at, one in enumerate(self._parameters) if at not in known)
        if altered or words - {number for number, _ in known.values()}:
            raise ValueError("A word of a statement may only be what a column equals.")
        # Numbers of the column's own kind, as Django has them: else a prepared statement is another for small ones.
        self._single = [
            (at, number, type(self._parameters[at])) for at, (number, _) in known.items() if not lists[number]
        ]
        self._listed = [(at, *place, type(self._parameters[at])) for at, place in known.items() if lists[place[0]]]
        self._arrays = [
            (at, places[one.first][0]) for at, one in enumerate(self._parameters) if isinstance(one, _Array)
        ]

    def rows(self, given: Sequence[Any]) -> list[R]:
        """Read, as any queryset is, with what is given in its places."""
        found, compiler, parameters = self._found.all(), copy.copy(self._compiler), list(self._parameters)
        compiler.connection = connections[found.db]
        for at, number, kind in self._single:
            parameters[at] = kind(given[number])
        for at, number, span in self._moments:
            parameters[at] = _prepared(given[number] + span, found.db)
        for at, number, index, kind in self._listed:
            parameters[at] = kind(given[number][index])
        for at, number in self._arrays:
            parameters[at] = f"{{{','.join(map(str, given[number]))}}}"
        compiler.as_sql = lambda *_, **__: (self._sql, tuple(parameters))
        found.query.get_compiler = _always(compiler)  # type: ignore[method-assign]
        return list(found)


def _stand_ins(shapes: Sequence[_Shape]) -> list[list[Any]]:
    """For each what is given while the SQL is made; a list of one where it is no list."""
    numbers = iter(range(_PLACES, _PLACES + 100_000))
    days = (_FIRST_DAY + one * _APART for one in range(len(shapes)))
    made: list[list[Any]] = []
    for shape in shapes:
        if isinstance(shape, int):
            made.append([next(numbers) for _ in range(shape)])
        elif shape is int:
            made.append([next(numbers)])
        elif shape is str:
            made.append([f"{_WORD}{next(numbers)}"])
        else:
            day = next(days)
            made.append([day if shape is datetime else day.date()])
    return made


def _prepared(one: date, using: str) -> Any:
    """As it stands among the parameters: SQLite has days and instants as text."""
    operations = connections[using].ops
    if isinstance(one, datetime):
        return operations.adapt_datetimefield_value(one)
    return operations.adapt_datefield_value(one)


def _is_place(parameter: object) -> bool:
    return isinstance(parameter, int | str)


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
    if any(_is_place(one) and one in places for one in kept):
        raise ValueError("A list of a statement may only be what a column is in.")
    return made, kept


def _instant(parameter: object) -> date | None:
    """The day or the instant that stands there, as itself or as SQLite has it."""
    if isinstance(parameter, date):
        return parameter
    if not isinstance(parameter, str) or not _INSTANT.fullmatch(parameter):
        return None
    read = datetime.fromisoformat(parameter).replace(tzinfo=UTC)
    return read if _TIME in parameter else read.date()


def _moved(found: date, instants: Mapping[int, date]) -> tuple[int, timedelta] | None:
    """Which of those given that is, and how far it was moved."""
    for number, one in instants.items():
        if type(found) is type(one) and abs(found - one) < _FAR:
            return number, found - one
    return None


def _always(compiler: SQLCompiler) -> Callable[..., SQLCompiler]:
    return lambda *_, **__: compiler
