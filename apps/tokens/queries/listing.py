"""Rows of a list with the cursors of their neighbours, whatever the rows are made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from apps.core import paging

M = TypeVar("M", bound=Model)
R = TypeVar("R")
PAGE = 25


@dataclass(frozen=True)
class Listing(Generic[R]):
    """One page of rows, how many there are in all, and the cursors before and after it."""

    rows: list[R] = field(default_factory=list)
    total: int = 0
    next_cursor: str | None = None
    previous_cursor: str | None = None


def listing(
    found: "QuerySet[M, Any]", order: paging.Order, cursor: str, make: Callable[[list[M]], list[R]]
) -> Listing[R]:
    """The page of `found` at `cursor`, each row made by `make` from the models of the whole page at once."""
    page = paging.page(found, order, cursor, PAGE)
    # A page that holds everything needs no counting.
    whole = page.next_cursor is None and page.previous_cursor is None
    return Listing(
        rows=make(page.rows),
        total=len(page.rows) if whole else found.order_by().count(),
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
    )
