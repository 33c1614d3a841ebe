"""Instants in words: what a page says before the browser knows the reader's zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apps.core import moments

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(days=29, hours=23), "29 days ago"),
        (timedelta(days=30), "on Oct 23, 2026"),
        (-timedelta(seconds=2), "just now"),
        (-timedelta(seconds=40), "in a moment"),
        (-timedelta(days=1), "in 1 day"),
        (-timedelta(days=30), "on Dec 22, 2026"),
    ],
)
def test_a_span_is_said_in_its_largest_unit_and_beyond_a_month_as_a_date(ago: timedelta, words: str) -> None:
    assert moments.relative(NOW - ago, NOW) == words


def test_every_form_is_utc_whatever_zone_the_instant_came_in() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=13)))
    assert moments.day(there) == "Nov 22, 2026"
    assert moments.exact(there) == "2026-11-22 03:04:05 UTC"
    assert moments.machine(there) == "2026-11-22T03:04:05Z"
