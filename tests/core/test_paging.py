"""Keyset pages: put together they are the whole list, in both directions, with ties and nulls."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import paging
from apps.github.models import Organization

pytestmark = pytest.mark.database
START = datetime(2026, 1, 1, tzinfo=UTC)
# Few different instants, so that most rows tie; some without.
MOMENTS = st.lists(st.none() | st.integers(0, 4), max_size=25)
ORDERS = st.builds(
    paging.Order,
    st.just("members_synced_at"),
    descending=st.booleans(),
    nullable=st.just(True),
)
quietly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def undone() -> Iterator[None]:
    """A block whose rows are gone afterwards, so that the next example starts empty."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def put(moments: list[int | None]) -> None:
    """One row for each."""
    Organization.objects.bulk_create(
        Organization(
            id=1000 - number,
            login=f"organization-{number}",
            members_synced_at=None if moment is None else START + timedelta(microseconds=moment),
        )
        for number, moment in enumerate(moments)
    )


def whole(order: paging.Order) -> list[int]:
    """Keys in the order's own words: null is larger than everything, ties by key."""
    rows = list(Organization.objects.all())
    rows.sort(
        key=lambda row: (row.members_synced_at is None, row.members_synced_at or START, row.pk),
        reverse=order.descending,
    )
    return [row.pk for row in rows]


def walk(order: paging.Order, size: int) -> tuple[list[list[int]], list[list[int]]]:
    """All pages forward, and all pages back from the last one."""
    forward, cursor = [], ""
    page = paging.page(Organization.objects.all(), order, cursor, size)
    forward.append([row.pk for row in page.rows])
    while page.next_cursor:
        page = paging.page(Organization.objects.all(), order, page.next_cursor, size)
        forward.append([row.pk for row in page.rows])
    backward = [[row.pk for row in page.rows]]
    while page.previous_cursor:
        page = paging.page(Organization.objects.all(), order, page.previous_cursor, size)
        backward.insert(0, [row.pk for row in page.rows])
    return forward, backward


@quietly
@given(MOMENTS, ORDERS, st.integers(1, 7))
def test_pages_are_the_whole_list_forward_and_back(
    db: None, moments: list[int | None], order: paging.Order, size: int
) -> None:
    with undone():
        put(moments)
        expected = whole(order)
        forward, backward = walk(order, size)
        assert [key for page in forward for key in page] == expected
        assert [key for page in backward for key in page] == expected
        assert all(len(page) == size for page in forward[:-1])
        assert all(page for page in forward[1:])


@quietly
@given(st.integers(1, 7), st.booleans())
def test_pages_by_the_primary_key_alone_work_too(db: None, size: int, descending: bool) -> None:
    with undone():
        put([None] * 15)
        forward, backward = walk(paging.Order("pk", descending=descending), size)
        expected = sorted(range(986, 1001), reverse=descending)
        assert [key for page in forward for key in page] == expected
        assert [key for page in backward for key in page] == expected


def test_a_row_that_comes_or_goes_moves_no_other(db: None) -> None:
    put([0, 1, 2, 3, 4, None])
    order = paging.Order("members_synced_at", nullable=True)
    first = paging.page(Organization.objects.all(), order, "", 2)
    Organization.objects.filter(pk=first.rows[0].pk).delete()
    Organization.objects.create(id=5, login="early", members_synced_at=START)
    second = paging.page(Organization.objects.all(), order, first.next_cursor or "", 2)
    assert [row.login for row in second.rows] == ["organization-2", "organization-3"]


def test_a_page_costs_one_query_however_deep(db: None, django_assert_num_queries: object) -> None:
    put([0, 1, 2, 3, 4, None])
    order = paging.Order("members_synced_at", nullable=True)
    cursor = paging.page(Organization.objects.all(), order, "", 3).next_cursor or ""
    with django_assert_num_queries(1):  # type: ignore[operator]
        paging.page(Organization.objects.all(), order, cursor, 3)


def test_an_empty_list_has_one_empty_page(db: None) -> None:
    page = paging.page(Organization.objects.all(), paging.Order("login"))
    assert (page.rows, page.next_cursor, page.previous_cursor) == ([], None, None)


FORGED = [
    "", "x", "====", "eyJhIjoxfQ", paging.encode([]), paging.encode(["after"]), paging.encode(["sideways", 1, 1]),
    paging.encode(["after", {"a": 1}, 1]), paging.encode(["after", [1], 1]), paging.encode(["after", "x", "1"]),
    paging.encode(["after", "x", True]), paging.encode(["after", "x", 2**80]), paging.encode(["after", "x\x00", 1]),
    paging.encode(["after", "\ud800", 1]), paging.encode(["after", "not a date", 1]), "\u202e", "a" * 9_000,
    paging.encode(["after", 1e400, 1]), paging.encode(["before", True, 1]), paging.encode(["after", None, -1]),
]  # fmt: skip


@pytest.mark.parametrize("field", ["login", "members_synced_at", "pk"])
@pytest.mark.parametrize("cursor", FORGED)
def test_a_forged_cursor_is_harmless(db: None, cursor: str, field: str) -> None:
    """Either it happens to mean a place in the list, or the list starts over; it is never an error."""
    put([0, 1, None])
    page = paging.page(
        Organization.objects.all(), paging.Order(field, nullable=field == "members_synced_at"), cursor, 2
    )
    assert {row.pk for row in page.rows} <= {998, 999, 1000}


@given(st.text(max_size=80))
def test_any_text_is_a_cursor_or_none(cursor: str) -> None:
    found = paging.decode(cursor)
    assert found is None or (found[0] in {"after", "before"} and isinstance(found[2], int))
