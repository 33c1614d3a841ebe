"""Days, weeks and months of a time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.spans import Span

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Pacific/Apia", "America/Havana",
     "Australia/Lord_Howe", "America/Argentina/Buenos_Aires"]
)  # fmt: skip
DAYS = st.dates(date(2001, 1, 1), date(2990, 1, 1))


@given(DAYS, st.integers(0, 400), ZONES)
def test_a_span_is_found_by_its_key(first: date, days: int, zone: str) -> None:
    span = Span(first, first + timedelta(days=days), ZoneInfo(zone))
    assert Span.parse(span.key) == span
    forever = Span(first, None, ZoneInfo(zone))
    assert Span.parse(forever.key) == forever


@given(st.integers(10**9, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)), ZONES)
def test_every_moment_is_in_the_day_that_its_place_calls_it(at: datetime, zone: str) -> None:
    place = ZoneInfo(zone)
    day = at.astimezone(place).date()
    span = Span(day, day, place)
    assert span.ends is not None
    assert span.begins <= at < span.ends


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [("2026-03-29", "Europe/Berlin", 23), ("2026-10-25", "Europe/Berlin", 25), ("2026-12-01", "Europe/Berlin", 24),
     ("2026-04-24", "Africa/Cairo", 23), ("2026-10-29", "Africa/Cairo", 25)],
)  # fmt: skip
def test_a_day_is_as_long_as_it_is_there(day: str, zone: str, hours: int) -> None:
    span = Span.parse(f"{day}@{zone}")
    assert span is not None
    assert span.ends is not None
    assert span.ends - span.begins == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("2026-12-01", "1 December 2026"),
        ("2026-W49", "Week of 30 November 2026"),
        ("2026-12", "December 2026"),
        ("2026-12-02..2026-12-06", "2 December 2026 to 6 December 2026"),
        ("2027-12-01..", "From 1 December 2027 on"),
        ("2026-12-01@Europe/Berlin", "1 December 2026, Europe/Berlin"),
    ],
)
def test_a_span_has_a_name(key: str, title: str) -> None:
    span = Span.parse(key)
    assert span is not None
    assert (span.key, span.title) == (key, title)


@pytest.mark.parametrize(
    "key",
    ["", "2026", "2026-13", "2026-02-30", "1999-01-01", "2026-12-06..2026-12-01", "..2026-12-01", "2026-12-01 ",
     "2026-12-01@Mars/Base", "2026-12-01@../../etc/passwd", "2026-12-01@Europe", "２026-12-01",
     "2026-12-01@" + "A" * 65, "9999-12-31"],
)  # fmt: skip
def test_what_is_no_span_is_none(key: str) -> None:
    assert Span.parse(key) is None
