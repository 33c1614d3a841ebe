"""Rows of a list with the cursors of their neighbours, whatever the rows are made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from apps.core import paging
from apps.tokens.models import RevocationPreview

M = TypeVar("M", bound=Model)
R = TypeVar("R")
PAGE = 25
COUNTED = RevocationPreview.CEILING
"""More are not counted: they are not chosen together either, and counting them would cost more than the page."""


@dataclass(frozen=True)
class Listing(Generic[R]):
    """One page of rows, how many there are in all, and the cursors before and after it.

    `more`: there are more than `total`, which was not counted further.
    """

    rows: list[R] = field(default_factory=list)
    total: int = 0
    more: bool = False
    next_cursor: str | None = None
    previous_cursor: str | None = None

    @property
    def counted(self) -> str:
        """The total as pages write it: "1,234", or "2,000+"."""
        return f"{self.total:,}+" if self.more else f"{self.total:,}"


def listing(
    found: "QuerySet[M, Any]", order: paging.Order, cursor: str, make: Callable[[list[M]], list[R]]
) -> Listing[R]:
    """The page of `found` at `cursor`, each row made by `make` from the models of the whole page at once."""
    page = paging.page(found, order, cursor, PAGE)
    # A page that holds everything needs no counting.
    whole = page.next_cursor is None and page.previous_cursor is None
    total = len(page.rows) if whole else found.order_by().values("pk")[: COUNTED + 1].count()
    return as_listing(page, total, make)


def as_listing(
    page: "paging.Page[M]", total: int, make: Callable[[list[M]], list[R]], *, bound: int | None = COUNTED
) -> Listing[R]:
    """The page with its total, which was counted up to one more than `bound`; None: to the end."""
    more = bound is not None and total > bound
    return Listing(
        rows=make(page.rows),
        total=bound if bound is not None and more else total,
        more=more,
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
    )
