"""Keyset paging: one query a page however deep, stable while rows come and go."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import BooleanField, F, Func, Model, Q, QuerySet, Value

M = TypeVar("M", bound=Model)
NOT_A_CURSOR = (ValueError, TypeError, OverflowError, ValidationError, DataError)
"""What comes of a cursor whose value is not of its field's kind."""


@dataclass(frozen=True)
class Order:
    """A sort by one field, ties broken by the primary key. Of a `nullable` one, null sorts as larger than everything.

    Only one that is not nullable is read from an index at any depth.
    """

    field: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Page(Generic[M]):
    """Some rows of a longer list, with the cursors of its neighbours (None at the ends)."""

    rows: list[M] = field(default_factory=list)
    next_cursor: str | None = None
    previous_cursor: str | None = None


def encode(values: Sequence[Any]) -> str:
    """A cursor: opaque to people, harmless when forged."""
    return base64.urlsafe_b64encode(json.dumps(list(values), default=str).encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, Any, int] | None:
    """(direction, value, key) of a cursor, or None when it is not one of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        direction, value, key = values
    except (ValueError, TypeError):
        return None
    if direction not in {"after", "before"} or type(key) is not int or isinstance(value, dict | list):
        return None
    return direction, value, key


def page(found: QuerySet[M], order: Order, cursor: str = "", size: int = 25) -> Page[M]:
    """The page of `found` after (or before) `cursor`; a cursor that makes no sense starts over."""
    return cut(rows(found, order, cursor, size), order, cursor, size)


def rows(found: QuerySet[M], order: Order, cursor: str = "", size: int = 25) -> list[M]:
    """The rows that `cut` makes a page of: one more than a page, if there are so many."""
    position = decode(cursor) if cursor else None
    if position is None:
        return list(found.order_by(*ordering(order))[: size + 1])
    backwards = position[0] == "before"
    ordered = found.order_by(*ordering(order, backwards=backwards))
    try:
        ordered = ordered.filter(beyond(order, position[1], position[2], backwards=backwards))
        return list(ordered[: size + 1])
    except NOT_A_CURSOR:
        return rows(found, order, "", size)


def cut(found: list[M], order: Order, cursor: str, size: int = 25) -> Page[M]:
    """The page of the rows from `cursor` on, one more than a page if there are so many, in the order they were read."""
    position = decode(cursor) if cursor else None
    backwards = position is not None and position[0] == "before"
    more, kept = len(found) > size, found[:size]
    if backwards:
        kept.reverse()
    has_next = backwards or more
    has_previous = (backwards and more) or (position is not None and not backwards)
    return Page(
        rows=kept,
        next_cursor=_cursor("after", order, kept[-1]) if kept and has_next else None,
        previous_cursor=_cursor("before", order, kept[0]) if kept and has_previous else None,
    )


def _cursor(direction: str, order: Order, row: Model) -> str:
    value: Any = row
    for name in order.field.split("__"):
        value = getattr(value, name)
    return encode([direction, value.isoformat() if hasattr(value, "isoformat") else value, row.pk])


def ordering(order: Order, *, backwards: bool = False) -> list[Any]:
    """For `order_by`."""
    descending = order.descending != backwards
    expression = F(order.field)
    if not order.nullable:
        key = expression.desc() if descending else expression.asc()
    else:
        key = expression.desc(nulls_first=True) if descending else expression.asc(nulls_last=True)
    return [key, "-pk" if descending else "pk"]


def beyond(order: Order, value: Any, key: int, *, backwards: bool = False) -> Q:
    """Rows strictly further on than (value, key); null is the largest value. Raises ValueError for no cursor of it."""
    descending = order.descending != backwards
    if not order.nullable:
        if value is None:
            raise ValueError("Nothing of this order is null.")
        return Q(_Beyond(order.field, value, key, descending=descending))
    name, step, key_step = order.field, ("lt" if descending else "gt"), ("pk__lt" if descending else "pk__gt")
    if value is None:
        ties = Q(**{f"{name}__isnull": True, key_step: key})
        return ties | Q(**{f"{name}__isnull": False}) if descending else ties
    further = Q(**{f"{name}__{step}": value}) | Q(**{name: value, key_step: key})
    if not descending:
        further |= Q(**{f"{name}__isnull": True})
    return further


class _Beyond(Func):
    """(field, primary key) beyond (value, key) as a comparison of rows: an index of the two goes straight there."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, field: str, value: Any, key: int, *, descending: bool) -> None:
        sign = "<" if descending else ">"
        super().__init__(F(field), F("pk"), Value(value), Value(key), template="(%(expressions)s)", sign=sign)

    def resolve_expression(self, *arguments: Any, **options: Any) -> Any:
        """The value is of the field's kind, whatever text the cursor held."""
        resolved: Any = super().resolve_expression(*arguments, **options)
        sources = resolved.get_source_expressions()
        sources[2] = Value(sources[2].value, output_field=sources[0].output_field)
        resolved.set_source_expressions(sources)
        return resolved

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Both databases compare rows."""
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        (left, key), (value, other) = [sql for sql, _ in parts[:2]], [sql for sql, _ in parts[2:]]
        return f"({left}, {key}) {self.extra['sign']} ({value}, {other})", [one for _, given in parts for one in given]
