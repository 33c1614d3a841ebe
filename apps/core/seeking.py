"""A page of a list that filters narrow, however much they leave of how much.

Where few rows are left they are found once, counted and sorted. Where many are, an index in the list's order comes
upon a page of them soon, and counting ends at a bound. A database left to itself guesses which of the two it is, and
guesses badly where filter and order go together: what was unused longest stands last among the newest.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from apps.core import paging


@dataclass(frozen=True)
class Sought:
    """The primary keys of a page and one more, in the list's order, and how many rows there are, up to the bound + 1.

    `keys` is None where there are more: then they were not sought.
    """

    total: int
    keys: list[int] | None = None


Rows = QuerySet[Any, Any]
Position = tuple[str, Any, int] | None


def few(matching: Rows, order: paging.Order, cursor: str, *, size: int = 25, bound: int = 10_000) -> Sought:
    """Count `matching` up to `bound`; below it, find the page at `cursor` among them. One query.

    The order's field is a column of the model, without null.
    """
    return _at(cursor, lambda position: _few(matching, order, position, size=size, bound=bound))


def few_or_many(
    matching: Rows, order: paging.Order, cursor: str, *, size: int = 25, bound: int = 10_000,
    parts: Sequence[Rows] = (),
) -> Sought:  # fmt: skip
    """The same; above the bound the page is found in the order of an index, of all `parts` where there are some.

    One query too: the database counts first and then goes one of the two ways.
    """
    return _at(
        cursor, lambda position: _few(matching, order, position, size=size, bound=bound, parts=parts or [matching])
    )


def _at(cursor: str, seek: Callable[[Position], Sought]) -> Sought:
    """At the beginning where that is no cursor."""
    try:
        return seek(paging.decode(cursor) if cursor else None)
    except paging.NOT_A_CURSOR:
        return seek(None)


def _few(
    matching: Rows, order: paging.Order, position: Position, *, size: int, bound: int, parts: Sequence[Rows] = ()
) -> Sought:
    connection = connections[matching.db]
    walk, also = "", tuple[Any, ...]()
    try:
        found, given = matching.order_by().values_list("pk", order.field)[: bound + 1].query.sql_with_params()
        if parts:
            many = _merged(parts, order, position, size).values_list("pk", order.field)
            walk, also = many.query.sql_with_params()
    except EmptyResultSet:
        return Sought(0, [])
    descending = order.descending != _is_backwards(position)
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    beyond, value = "", []
    if position is not None:
        if position[1] is None:
            raise ValueError("Nothing of this order is null.")
        field = matching.model._meta.get_field(order.field)
        value = [field.get_db_prep_value(field.to_python(position[1]), connection), position[2]]
        beyond = f"WHERE (field, pk) {sign} (%s, %s)"
    instead = f"UNION ALL SELECT * FROM ({walk}) AS walk WHERE (SELECT total FROM counted) > {bound}" if walk else ""  # noqa: S608
    statement = f"""
        WITH matching (pk, field) AS {"MATERIALIZED " if connection.vendor == "postgresql" else ""}({found}),
        counted AS (SELECT count(*) AS total FROM matching),
        page AS (SELECT pk, field FROM matching {beyond} ORDER BY field {direction}, pk {direction} LIMIT {size + 1}),
        either (pk, field) AS (SELECT * FROM page WHERE (SELECT total FROM counted) <= {bound} {instead})
        SELECT counted.total, either.pk FROM counted
        LEFT JOIN either ON true ORDER BY either.field {direction}, either.pk {direction}
    """  # noqa: S608  Django's own SQL, and words of this function
    with _planned_for_its_values(connection), connection.cursor() as asked:
        asked.execute(statement, [*given, *value, *also])
        rows = asked.fetchall()
    total = rows[0][0]
    return Sought(total) if total > bound and not walk else Sought(total, [pk for _, pk in rows if pk is not None])


@contextmanager
def _planned_for_its_values(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """PostgreSQL keeps no plan meanwhile: how many a filter leaves depends on what was chosen in it."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    prepared_from, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = prepared_from


def ordered(matching: Rows, order: paging.Order, cursor: str, *, size: int = 25, bound: int = 10_000) -> Sought:
    """The same of rows which an index has in the list's order: the keys are walked to however many there are."""
    return _at(cursor, lambda position: _ordered(matching, order, position, size, bound))


def walked(matching: Rows, order: paging.Order, cursor: str, *, total: int, size: int = 25) -> Sought:
    """The same where somebody counted already."""

    def seek(position: Position) -> Sought:
        with _planned_for_its_values(connections[matching.db]):
            return Sought(total, list(_merged([matching], order, position, size).values_list("pk", flat=True)))

    return _at(cursor, seek)


def _ordered(matching: Rows, order: paging.Order, position: Position, size: int, bound: int) -> Sought:
    try:
        walk, given = _merged([matching], order, position, size).values_list("pk", order.field).query.sql_with_params()
        every, also = matching.order_by().values_list("pk")[: bound + 1].query.sql_with_params()
    except EmptyResultSet:
        return Sought(0, [])
    direction = "DESC" if order.descending != _is_backwards(position) else "ASC"
    statement = f"""
        WITH page (pk, field) AS ({walk})
        SELECT counted.total, page.pk FROM (SELECT count(*) AS total FROM ({every}) AS matching) AS counted
        LEFT JOIN page ON true ORDER BY page.field {direction}, page.pk {direction}
    """  # noqa: S608  Django's own SQL, and words of this function
    connection = connections[matching.db]
    with _planned_for_its_values(connection), connection.cursor() as asked:
        asked.execute(statement, [*given, *also])
        found = asked.fetchall()
    return Sought(found[0][0], [pk for _, pk in found if pk is not None])


def _merged(parts: Sequence[Rows], order: paging.Order, position: Position, size: int) -> Rows:
    """A page and one more of all `parts` together, each of which an index has in order."""
    backwards = _is_backwards(position)
    ordering = paging.ordering(order, backwards=backwards)
    walks = [part.order_by(*ordering) for part in parts]
    if position is not None:
        beyond = paging.beyond(order, position[1], position[2], backwards=backwards)
        walks = [walk.filter(beyond) for walk in walks]
    return (walks[0] if len(walks) == 1 else heads(walks, size + 1).order_by(*ordering))[: size + 1]


def _is_backwards(position: Position) -> bool:
    return position is not None and position[0] == "before"


def heads(parts: Sequence[Rows], size: int) -> Rows:
    """The first `size` rows of each of the `parts`, which are of one model and ordered; in one query, not read yet."""
    statements: list[str] = []
    given: list[Any] = []
    for part in parts:
        try:
            statement, values = part.values_list("pk")[:size].query.sql_with_params()
        except EmptyResultSet:
            continue
        statements.append(f"SELECT * FROM ({statement}) AS part{len(statements)}")  # noqa: S608  Django's own SQL
        given += values
    every: Rows = parts[0].model._default_manager.using(parts[0].db)
    if not statements:
        return every.none()
    return every.filter(pk__in=RawSQL(" UNION ALL ".join(statements), given))  # noqa: S611  the same
