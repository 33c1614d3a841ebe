"""Which days there are, and what is due on them, by every clock of the world."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from apps.tokens.reminder_rules import HOUR, Today, due_day

ZONES = st.sampled_from(sorted(name for name in available_timezones() if "/" in name)).map(ZoneInfo)
# Many zones change their clocks in March, April, September, October or November.
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
CHOSEN = st.sets(st.integers(0, 366), min_size=1, max_size=10).map(lambda days: tuple(sorted(days, reverse=True)))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def instants(zone: ZoneInfo, day: date, days: int, step: timedelta) -> list[datetime]:
    """From the first moment of a day on."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return [begin + number * step for number in range(int(days * DAY / step))]


@given(zone=ZONES, day=DAYS)
def test_each_day_is_opened_once_and_from_eight_on(zone: ZoneInfo, day: date) -> None:
    """Whatever clocks do that day: a beat that ticks every minute never sees a day after a later one."""
    seen: list[date] = []
    for now in instants(zone, day, 3, timedelta(minutes=5)):
        due = due_day(now, zone)
        if due is None:
            assert now.astimezone(zone).hour < HOUR
        elif due not in seen:
            seen.append(due)
    assert seen[:2] == [day, day + DAY]
    assert seen == sorted(seen)


@given(zone=ZONES, day=DAYS, chosen=CHOSEN, offset=st.integers(-3 * 24 * 60, 370 * 24 * 60))
def test_what_is_due_is_within_the_day_and_its_nearest_threshold(
    zone: ZoneInfo, day: date, chosen: tuple[int, ...], offset: int
) -> None:
    today = Today(day, zone, chosen)
    ends_at = today.begins + offset * MINUTE
    left = today.left(ends_at)
    assert (today.begins <= ends_at < today.ends) == (0 <= left <= max(chosen))
    if 0 <= left <= max(chosen):
        due = today.due(ends_at)
        assert due >= left
        assert not [days for days in chosen if left <= days < due]


@given(zone=ZONES, day=DAYS, chosen=CHOSEN, minutes=st.integers(0, 24 * 60 - 1), missed=st.sets(st.integers(0, 40)))
def test_day_after_day_each_threshold_comes_once_and_falling(
    zone: ZoneInfo, day: date, chosen: tuple[int, ...], minutes: int, missed: set[int]
) -> None:
    """A life of forty days, on some of which Patrol was down: never a threshold twice, never one that passed."""
    ends_at = Today(day + 40 * DAY, zone, chosen).begins + minutes * MINUTE
    told: list[int] = []
    for number in range(42):
        today = Today(day + number * DAY, zone, chosen)
        if number in missed or not today.begins <= ends_at < today.ends:
            continue
        if not told or min(told) > today.due(ends_at):
            told.append(today.due(ends_at))
    assert told == sorted(set(told), reverse=True)
    if not missed:
        last = Today(day + 40 * DAY, zone, chosen).left(ends_at)
        first = Today(day, zone, chosen).left(ends_at)
        nearest = [days for days in chosen if days >= first]
        assert told == [*nearest[-1:], *(days for days in chosen if last <= days < first)]
