"""A page of a list that filters narrow, however much they leave of how much.

Where few rows are left they are found once, counted and sorted. Where many are, an index in the list's order comes
upon a page of them soon, and counting ends at a bound. A database left to itself guesses which of the two it is, and
guesses badly where filter and order go together: what was unused longest stands last among the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
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


def few(
    matching: "QuerySet[Any, Any]", order: paging.Order, cursor: str, *, size: int = 25, bound: int = 10_000
) -> Sought:
    """Count `matching` up to `bound`; below it, find the page at `cursor` among them. One query.

    The order's field is a column of the model, without null.
    """
    try:
        return _run(matching, order, paging.decode(cursor) if cursor else None, size, bound)
    except paging.NOT_A_CURSOR:
        return _run(matching, order, None, size, bound)


def _run(
    matching: "QuerySet[Any, Any]", order: paging.Order, position: tuple[str, Any, int] | None, size: int, bound: int
) -> Sought:
    connection = connections[matching.db]
    try:
        found, given = matching.order_by().values_list("pk", order.field)[: bound + 1].query.sql_with_params()
    except EmptyResultSet:
        return Sought(0, [])
    backwards = position is not None and position[0] == "before"
    descending = order.descending != backwards
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    beyond, value = "", []
    if position is not None:
        if position[1] is None:
            raise ValueError("Nothing of this order is null.")
        field = matching.model._meta.get_field(order.field)
        value = [field.get_db_prep_value(field.to_python(position[1]), connection), position[2]]
        beyond = f"WHERE (field, pk) {sign} (%s, %s)"
    statement = f"""
        WITH matching (pk, field) AS {"MATERIALIZED " if connection.vendor == "postgresql" else ""}({found}),
        page AS (SELECT pk, field FROM matching {beyond} ORDER BY field {direction}, pk {direction} LIMIT {size + 1})
        SELECT counted.total, page.pk FROM (SELECT count(*) AS total FROM matching) AS counted
        LEFT JOIN page ON true ORDER BY page.field {direction}, page.pk {direction}
    """  # noqa: S608  Django's own SQL, and words of this function
    with connection.cursor() as asked:
        asked.execute(statement, [*given, *value])
        rows = asked.fetchall()
    total = rows[0][0]
    return Sought(total) if total > bound else Sought(total, [pk for _, pk in rows if pk is not None])


def ordered(
    matching: "QuerySet[Any, Any]", order: paging.Order, cursor: str, *, size: int = 25, bound: int = 10_000
) -> Sought:
    """The same of rows which an index has in the list's order: the keys are walked to however many there are."""
    try:
        return _ordered(matching, order, paging.decode(cursor) if cursor else None, size, bound)
    except paging.NOT_A_CURSOR:
        return _ordered(matching, order, None, size, bound)


def _ordered(
    matching: "QuerySet[Any, Any]", order: paging.Order, position: tuple[str, Any, int] | None, size: int, bound: int
) -> Sought:
    backwards = position is not None and position[0] == "before"
    rows = matching.order_by(*paging.ordering(order, backwards=backwards))
    if position is not None:
        rows = rows.filter(paging.beyond(order, position[1], position[2], backwards=backwards))
    try:
        walk, given = rows.values_list("pk", order.field)[: size + 1].query.sql_with_params()
        every, also = matching.order_by().values_list("pk")[: bound + 1].query.sql_with_params()
    except EmptyResultSet:
        return Sought(0, [])
    direction = "DESC" if order.descending != backwards else "ASC"
    statement = f"""
        WITH page (pk, field) AS ({walk})
        SELECT counted.total, page.pk FROM (SELECT count(*) AS total FROM ({every}) AS matching) AS counted
        LEFT JOIN page ON true ORDER BY page.field {direction}, page.pk {direction}
    """  # noqa: S608  Django's own SQL, and words of this function
    with connections[matching.db].cursor() as asked:
        asked.execute(statement, [*given, *also])
        found = asked.fetchall()
    return Sought(found[0][0], [pk for _, pk in found if pk is not None])


def many(
    parts: "Sequence[QuerySet[Any, Any]]", order: paging.Order, cursor: str, *, size: int = 25
) -> "QuerySet[Any, Any]":
    """The rows of a page and one more of all `parts` together, each of which an index has in order; not read yet."""
    try:
        return _many(parts, order, paging.decode(cursor) if cursor else None, size)
    except paging.NOT_A_CURSOR:
        return _many(parts, order, None, size)


def _many(
    parts: "Sequence[QuerySet[Any, Any]]", order: paging.Order, position: tuple[str, Any, int] | None, size: int
) -> "QuerySet[Any, Any]":
    backwards = position is not None and position[0] == "before"
    ordering = paging.ordering(order, backwards=backwards)
    ordered = [part.order_by(*ordering) for part in parts]
    if position is not None:
        beyond = paging.beyond(order, position[1], position[2], backwards=backwards)
        ordered = [part.filter(beyond) for part in ordered]
    return heads(ordered, size + 1).order_by(*ordering)[: size + 1]


def heads(parts: "Sequence[QuerySet[Any, Any]]", size: int) -> "QuerySet[Any, Any]":
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
    every: QuerySet[Any, Any] = parts[0].model._default_manager.using(parts[0].db)
    if not statements:
        return every.none()
    return every.filter(pk__in=RawSQL(" UNION ALL ".join(statements), given))  # noqa: S611  the same
