"""A planned day has one instant, nine in the morning there, in every zone and over every change of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from apps.core.spans import zone_of
from apps.tokens.plans.agreed import agreed
from apps.tokens.plans.days import due_at

ZONES = sorted(available_timezones())
ahead = some.dates(date(2026, 1, 1), date(2037, 12, 31))


@settings(max_examples=400)
@given(day=ahead, zone=some.sampled_from(ZONES))
def test_it_is_nine_in_the_morning_of_that_day(day: date, zone: str) -> None:
    there = due_at(day, zone).astimezone(ZoneInfo(zone))
    assert (there.date(), there.hour, there.minute) == (day, 9, 0)
    # Once: the hour is neither left out nor repeated on that day.
    assert datetime.combine(day, there.time(), tzinfo=ZoneInfo(zone)).utcoffset() == there.utcoffset()
    assert there.replace(fold=1).utcoffset() == there.utcoffset()


@settings(max_examples=400)
@given(day=ahead, zone=some.sampled_from(ZONES))
def test_days_follow_each_other_by_about_a_day(day: date, zone: str) -> None:
    step = due_at(day + timedelta(days=1), zone) - due_at(day, zone)
    assert timedelta(hours=22) <= step <= timedelta(hours=26)


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/Berlin", date(2027, 3, 27), datetime(2027, 3, 27, 8, tzinfo=UTC)),
        ("Europe/Berlin", date(2027, 3, 28), datetime(2027, 3, 28, 7, tzinfo=UTC)),  # clocks went forward at two
        ("Europe/Berlin", date(2027, 10, 31), datetime(2027, 10, 31, 8, tzinfo=UTC)),  # and back at three
        ("America/New_York", date(2027, 3, 14), datetime(2027, 3, 14, 13, tzinfo=UTC)),
        ("Pacific/Kiritimati", date(2027, 1, 1), datetime(2026, 12, 31, 19, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2027, 4, 4), datetime(2027, 4, 3, 22, 30, tzinfo=UTC)),
    ],
)
def test_the_instant_is(zone: str, day: date, instant: datetime) -> None:
    assert due_at(day, zone) == instant


@pytest.mark.parametrize("name", ["", "Nowhere/Atlantis", "../../etc/passwd", "\x00"])
def test_a_zone_that_is_none_is_utc(name: str) -> None:
    assert zone_of(name) == ZoneInfo("UTC")


def test_what_is_agreed_to_differs_by_the_day() -> None:
    assert agreed("a" * 64, "") == "a" * 64
    assert len({agreed("a" * 64, day) for day in ("", "2026-12-01", "2026-12-02")}) == 3
