"""A page that is sought among few, or walked to among many, is the same page as a plain one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import paging, seeking
from apps.github.models import Organization
from tests.core.test_paging import undone

pytestmark = pytest.mark.database
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.lists(st.integers(0, 4), max_size=25)
ORDERS = st.builds(paging.Order, st.sampled_from(["members_synced_at", "login"]), descending=st.booleans())
quietly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def put(moments: list[int]) -> None:
    """One row for each; a third of them are named otherwise."""
    Organization.objects.bulk_create(
        Organization(
            id=1000 - number, login=f"{'odd' if number % 3 else 'even'}-{moment}", name=str(number % 4),
            members_synced_at=START + timedelta(microseconds=moment),
        )
        for number, moment in enumerate(moments)
    )  # fmt: skip


def cursors(order: paging.Order, size: int) -> list[str]:
    """Every cursor that the plain pages lead to, forward and back, and none."""
    found = [""]
    for cursor in found:  # grows on the way
        page = paging.page(Organization.objects.exclude(name="3"), order, cursor, size)
        found += [one for one in (page.next_cursor, page.previous_cursor) if one and one not in found]
    return found


@quietly
@given(MOMENTS, ORDERS, st.integers(1, 7))
def test_the_page_among_few_is_the_plain_page_with_its_count(
    db: None, moments: list[int], order: paging.Order, size: int
) -> None:
    with undone():
        put(moments)
        rows = Organization.objects.exclude(name="3")
        for cursor in cursors(order, size):
            plain = paging.rows(rows, order, cursor, size)
            sought = seeking.few(rows, order, cursor, size=size, bound=100)
            assert (sought.total, sought.keys) == (rows.count(), [one.pk for one in plain])
            assert seeking.few_or_many(rows, order, cursor, size=size, bound=100) == sought
            assert seeking.ordered(rows, order, cursor, size=size, bound=100) == sought
            assert seeking.walked(rows, order, cursor, total=sought.total, size=size) == sought


@quietly
@given(MOMENTS, ORDERS, st.integers(1, 7))
def test_the_page_of_many_parts_is_the_plain_page_of_all(
    db: None, moments: list[int], order: paging.Order, size: int
) -> None:
    with undone():
        put(moments)
        rows = Organization.objects.exclude(name="3")
        parts = [rows.filter(Q(login__startswith="odd")), rows.filter(login__startswith="even"), rows.filter(pk__in=[])]
        for cursor in cursors(order, size):
            keys = [one.pk for one in paging.rows(rows, order, cursor, size)]
            for bound in (0, 2, 100):
                sought = seeking.few_or_many(rows, order, cursor, size=size, bound=bound, parts=parts)
                assert sought == seeking.Sought(min(rows.count(), bound + 1), keys)
                assert seeking.few_or_many(rows, order, cursor, size=size, bound=bound) == sought


def test_counting_ends_behind_the_bound_and_nothing_is_sought_then(db: None) -> None:
    put([0, 1, 2, 3])
    order = paging.Order("login")
    assert seeking.few(Organization.objects.all(), order, "", bound=3) == seeking.Sought(4, None)
    assert seeking.few(Organization.objects.all(), order, "", bound=4).total == 4
    for seek in (seeking.ordered, seeking.few_or_many):
        walked = seek(Organization.objects.all(), order, "", size=1, bound=3)
        assert (walked.total, len(walked.keys or [])) == (4, 2)


@pytest.mark.parametrize("value", ["nonsense", 7, True, None, "2026-13-01", "0000", "\x00"])
def test_a_forged_cursor_starts_over(db: None, value: object) -> None:
    put([0, 1, 2])
    rows, order = Organization.objects.all(), paging.Order("members_synced_at")
    first = [one.pk for one in paging.rows(rows, order, "", 2)]
    cursor = paging.encode(["after", value, 1])
    assert seeking.few(rows, order, cursor, size=2).keys == first
    assert seeking.ordered(rows, order, cursor, size=2).keys == first
    assert seeking.few_or_many(rows, order, cursor, size=2, bound=1).keys == first
    assert seeking.walked(rows, order, cursor, total=3, size=2).keys == first
    assert [one.pk for one in paging.rows(rows, order, cursor, 2)] == first


def test_a_page_of_nothing_is_empty(db: None) -> None:
    order = paging.Order("login")
    assert seeking.few(Organization.objects.all(), order, "") == seeking.Sought(0, [])
    assert seeking.few(Organization.objects.none(), order, "") == seeking.Sought(0, [])
    assert seeking.ordered(Organization.objects.none(), order, "") == seeking.Sought(0, [])
    for seek in (seeking.few_or_many, seeking.ordered):
        assert seek(Organization.objects.none(), order, "") == seeking.Sought(0, [])
    parts = [Organization.objects.none()]
    assert seeking.few_or_many(Organization.objects.all(), order, "", parts=parts) == seeking.Sought(0, [])
