"""A statement is written once and read with other numbers: what it finds is what the queryset would find."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Case, Count, DateField, DateTimeField, Q, QuerySet, Value, When
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apps.core import clock
from apps.core.statements import Statement
from apps.github.models import Organization, Repository
from tests.core.test_paging import undone

pytestmark = pytest.mark.database
BIG = 2_000_000_000
"""Here numbers are like those that stand in for them."""
HELD = st.integers(1, 6) | st.integers(BIG, BIG + 6)
NUMBERS = HELD | st.sampled_from([2**63 - 1, 2**63, 10**30])
quietly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def of_repositories(ids: list[int], other: int) -> "QuerySet[Organization]":
    """With a join, a subquery, an annotation, and a number that stands in two places."""
    held = Repository.objects.filter(organization__in=ids).exclude(pk=other).values("organization")
    found = Organization.objects.filter(Q(pk__in=held) | Q(pk=other))
    return found.annotate(many=Count("repositories")).order_by("pk")


KEPT = Statement(of_repositories)


@quietly
@given(st.lists(HELD, max_size=12), st.lists(HELD, min_size=1, max_size=9), NUMBERS)
def test_a_statement_finds_what_its_queryset_finds(db: None, held: list[int], ids: list[int], other: int) -> None:
    with undone():
        Organization.objects.bulk_create(Organization(id=one, login=f"org-{one}") for one in set(held))
        for number, organization_id in enumerate(held):
            Repository.objects.create(id=number + 1, organization_id=organization_id, name=f"name-{number}")

        def told(found: Any) -> list[tuple[int, str, int]]:
            return [(one.pk, one.login, one.many) for one in found]

        assert told(KEPT(ids, other)) == told(of_repositories(ids, other))
        assert KEPT([], other) == []


def test_a_statement_with_an_instant_is_refused(db: None) -> None:
    late = Statement(lambda pk: Organization.objects.filter(pk=pk, members_synced_at__lt=clock.now()))
    with pytest.raises(ValueError, match="no instant"):
        late(1)


def test_a_statement_with_a_list_that_nothing_is_in_is_refused(db: None) -> None:
    first = Statement(lambda ids: Organization.objects.filter(pk=ids[0]))
    with pytest.raises(ValueError, match="what a column is in"):
        first([1, 2])


def test_a_statement_takes_lists_of_any_length(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Organization.objects.bulk_create(Organization(id=one, login=f"org-{one}") for one in range(1, 40))
    for count in (1, 2, 3, 7, 39):
        wanted = list(range(count, 0, -1))
        with django_assert_num_queries(1):
            assert sorted(one.pk for one in KEPT(wanted, 39)) == [39], "none of them holds a repository"


FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  it bears UTC

DAYS = st.dates(date(1990, 1, 1))


def of_times(ids: list[int], since: datetime, day: date) -> "QuerySet[Any, Any]":
    """An instant and a day as what is compared with, and as a value."""
    late = Q(members_synced_at__gte=since) & ~Q(members_synced_at__gt=since + timedelta(days=9_000, microseconds=1))
    found = Organization.objects.filter(late, pk__in=ids, members_synced_at__lt=FOR_EVER).order_by("pk")
    before = day - timedelta(days=400)
    on = Case(When(members_synced_at__date__lt=day, then=Value(before)), default=None, output_field=DateField())
    return found.annotate(on=on, at=Value(since, output_field=DateTimeField())).values_list("pk", "on", "at")


TIMES = Statement(of_times)


@quietly
@given(
    st.dictionaries(HELD, MOMENTS, max_size=6),
    st.lists(HELD, min_size=1, max_size=4),
    MOMENTS,
    DAYS,
)
def test_a_statement_of_days_and_instants_finds_what_its_queryset_finds(
    db: None, synced: dict[int, datetime], ids: list[int], since: datetime, day: date
) -> None:
    with undone():
        Organization.objects.bulk_create(
            Organization(id=one, login=f"org-{one}", members_synced_at=at) for one, at in synced.items()
        )
        assert TIMES(ids, since, day) == list(of_times(ids, since, day))


def called(login: str, name: str) -> "QuerySet[Organization]":
    """Two words, one of which stands in two places."""
    return Organization.objects.filter(Q(login=login) | Q(name=login), name=name).order_by("pk")


CALLED = Statement(called)
WORDS = st.sampled_from(["a", "A", "a_b", "a%b", "a\\b", "", "%", "_", "\u202eb", "' OR 1=1", "%\\_word 2000000000"])


@quietly
@given(st.lists(st.tuples(WORDS, WORDS), max_size=6, unique_by=lambda pair: pair[0].lower()), WORDS, WORDS)
def test_words_find_what_bears_them_and_nothing_else(
    db: None, there: list[tuple[str, str]], login: str, name: str
) -> None:
    with undone():
        Organization.objects.bulk_create(
            Organization(id=number, login=one, name=other) for number, (one, other) in enumerate(there, 1)
        )
        assert list(CALLED(login, name)) == list(called(login, name))


@pytest.mark.parametrize("lookup", ["contains", "icontains", "startswith"])
def test_a_statement_with_a_word_that_is_looked_for_inside_others_is_refused(db: None, lookup: str) -> None:
    inside = Statement(lambda word: Organization.objects.filter(**{f"name__{lookup}": word}))
    with pytest.raises(ValueError, match="what a column equals"):
        inside("a")


def test_a_statement_that_leaves_a_word_out_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="what a column equals"):
        Statement(lambda _: Organization.objects.filter(pk=1))("a")
