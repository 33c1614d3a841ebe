"""Each chain counts its events 1, 2, 3...: a number that is missing or doubled would show a hole in the record."""

from functools import partial

import pytest
from django.db import IntegrityError

from apps.audit.models import INSTANCE, Event, Head
from tests.audit.writing import CHAIN, OTHER_CHAIN, recorded, recorded_and_failed
from tests.threads import together

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
THREADS, EACH = 8, 25


def numbers(chain: int) -> list[int]:
    """The sequence numbers of a chain, in the order its events were written."""
    return list(Event.objects.filter(chain=chain).order_by("pk").values_list("sequence", flat=True))


def many(chain: int, count: int = EACH) -> None:
    """So many events, each in a transaction of its own."""
    for _ in range(count):
        recorded(chain=chain)


def test_threads_that_write_at_once_leave_neither_gap_nor_double() -> None:
    results = together([partial(many, CHAIN)] * THREADS)

    assert results == [None] * THREADS
    assert sorted(numbers(CHAIN)) == list(range(1, THREADS * EACH + 1))
    assert Head.objects.get(chain=CHAIN).sequence == THREADS * EACH


def test_threads_of_different_organizations_count_apart() -> None:
    chains = [CHAIN, OTHER_CHAIN] * (THREADS // 2)
    results = together([partial(many, chain) for chain in chains])

    assert results == [None] * THREADS
    for chain in (CHAIN, OTHER_CHAIN):
        assert sorted(numbers(chain)) == list(range(1, THREADS // 2 * EACH + 1))


def test_a_later_number_is_a_later_moment() -> None:
    together([partial(many, CHAIN, 5)] * THREADS)
    moments = list(Event.objects.order_by("sequence").values_list("recorded_at", flat=True))
    assert moments == sorted(moments)


def test_what_belongs_to_no_organization_has_a_chain_of_its_own() -> None:
    recorded(chain=None)
    recorded(chain=CHAIN)
    recorded(chain=None)
    assert numbers(INSTANCE) == [1, 2]
    assert numbers(CHAIN) == [1]


def test_a_number_that_was_rolled_back_is_given_again() -> None:
    recorded()
    with pytest.raises(LookupError):
        recorded_and_failed("thing.happened")
    recorded()
    assert numbers(CHAIN) == [1, 2]


def test_a_number_that_is_taken_is_refused_by_the_database() -> None:
    """Somebody turned the counter back: the next event fails instead of standing beside another one."""
    recorded()
    Head.objects.filter(chain=CHAIN).update(sequence=0)
    with pytest.raises(IntegrityError):
        recorded()
    assert numbers(CHAIN) == [1]
