"""Weeks of ISO 8601, in UTC."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.weeks import Week

MOMENTS = st.integers(10**9, 29 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS)
def test_every_moment_is_in_its_week_and_the_week_is_found_by_its_key(moment: datetime) -> None:
    week = Week.of(moment)
    assert week.begins <= moment < week.ends
    assert week.begins.weekday() == 0
    assert Week.parse(week.key) == week
    assert Week.of(week.ends) == week.later(1)


def test_a_moment_elsewhere_is_in_the_week_it_is_in_utc() -> None:
    auckland = timezone(timedelta(hours=13))
    assert Week.of(datetime(2026, 11, 30, 1, tzinfo=auckland)).monday == date(2026, 11, 23)


def test_a_year_may_begin_in_the_last_week_of_another() -> None:
    assert [Week.of(date(2027, 1, day)).key for day in (1, 3, 4)] == ["2026-W53", "2026-W53", "2027-W01"]


@pytest.mark.parametrize("key", ["", "2026", "2026-W00", "2026-W54", "0001-W01", "9999-W52", "2026-w01", "2026-W01 "])
def test_what_is_no_week_is_none(key: str) -> None:
    assert Week.parse(key) is None
