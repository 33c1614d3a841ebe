"""Whether an effect may be taken up is said twice, of a row that was read and in SQL: both say the same."""

from datetime import timedelta

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock, leases
from apps.effects.models import Effect
from apps.effects.recording import is_due, is_free
from tests.tokens.desk import Desk, effect_of

pytestmark = pytest.mark.database
EDGES = [timedelta(), leases.CALL, 2 * leases.CALL]
SPANS = st.one_of(
    st.builds(lambda edge, off: edge + timedelta(microseconds=off), st.sampled_from(EDGES), st.integers(-2, 2)),
    st.timedeltas(timedelta(days=-2), timedelta(days=2)),
)


def test_a_row_that_was_read_is_free_where_the_database_finds_it_free(desk: Desk) -> None:
    pk = effect_of(desk.approve(desk.request())).pk
    said = set()

    @settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.sampled_from(Effect.State.values), SPANS, SPANS, st.one_of(st.none(), SPANS))
    def check(state: str, due: timedelta, timed: timedelta, lease: timedelta | None) -> None:
        now = clock.now()
        until = None if lease is None else now + lease
        Effect.objects.filter(pk=pk).update(state=state, due_at=now + due, timed_at=now + timed, lease_until=until)
        free = Effect.objects.filter(Q(state=Effect.State.SENDING) | is_due(now), leases.over(now), pk=pk)
        found = free.filter(state__in=Effect.OPEN).exists()
        assert is_free(Effect.objects.get(pk=pk), now) == found
        said.add(found)

    check()
    assert said == {True, False}
