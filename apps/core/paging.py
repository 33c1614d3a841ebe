"""Keyset paging: one query a page however deep, stable while rows come and go."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Order:
    """A sort by one field, ties broken by the primary key. `nulls` sort as larger than everything."""

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
    if direction not in {"after", "before"} or not isinstance(key, int) or isinstance(value, dict | list):
        return None
    return direction, value, key


def page(rows: QuerySet[M], order: Order, cursor: str = "", size: int = 25) -> Page[M]:
    """The page of `rows` after (or before) `cursor`; a cursor that makes no sense starts over."""
    position = decode(cursor) if cursor else None
    backwards = position is not None and position[0] == "before"
    ordered = rows.order_by(*_ordering(order, backwards))
    if position is not None:
        try:
            ordered = ordered.filter(_beyond(order, position[1], position[2], backwards))
            found = list(ordered[: size + 1])
        except (ValueError, TypeError, OverflowError):
            return page(rows, order, "", size)
        except Exception as error:
            if type(error).__name__ in {"ValidationError", "DataError"}:
                return page(rows, order, "", size)
            raise
    else:
        found = list(ordered[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = backwards or more
    has_previous = (backwards and more) or (position is not None and not backwards)
    return Page(
        rows=found,
        next_cursor=_cursor("after", order, found[-1]) if found and has_next else None,
        previous_cursor=_cursor("before", order, found[0]) if found and has_previous else None,
    )


def _cursor(direction: str, order: Order, row: Model) -> str:
    value: Any = row
    for name in order.field.split("__"):
        value = getattr(value, name)
    return encode([direction, value.isoformat() if hasattr(value, "isoformat") else value, row.pk])


def _ordering(order: Order, backwards: bool) -> list[Any]:
    from django.db.models import F

    descending = order.descending != backwards
    expression = F(order.field)
    if not order.nullable:
        key = expression.desc() if descending else expression.asc()
    else:
        key = expression.desc(nulls_first=True) if descending else expression.asc(nulls_last=True)
    return [key, "-pk" if descending else "pk"]


def _beyond(order: Order, value: Any, key: int, backwards: bool) -> Q:
    """Rows strictly further on than (value, key); null is the largest value."""
    descending = order.descending != backwards
    name, step, key_step = order.field, ("lt" if descending else "gt"), ("pk__lt" if descending else "pk__gt")
    if value is None:
        ties = Q(**{f"{name}__isnull": True, key_step: key})
        return ties | Q(**{f"{name}__isnull": False}) if descending else ties
    beyond = Q(**{f"{name}__{step}": value}) | Q(**{name: value, key_step: key})
    if order.nullable and not descending:
        beyond |= Q(**{f"{name}__isnull": True})
    return beyond
