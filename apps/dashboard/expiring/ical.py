"""Entries as iCalendar (RFC 5545, and 7986 for what a subscription says of itself), written by the library `icalendar`.

No METHOD: it is a calendar to be read, not an invitation. DTSTAMP is then when the event was last revised (RFC 5545,
3.8.7.2), so that the same entries are the same bytes.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from apps.core import text
from apps.core.spans import ONE_DAY
from apps.dashboard.expiring.ending import Entry

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Patrol//Token expiry//EN"
EVERY = timedelta(hours=6)
"""How often a calendar is asked to come back; it decides itself."""
MORNING = timedelta(hours=9)
"""Of the day on which an alarm rings, by the calendar's clock."""
FORM = 1
"""Counts on when the same entries become other bytes."""
_END = b"END:VCALENDAR\r\n"


def tag(name: str, zone: str, alarm_days: int | None, entries: Sequence[Entry]) -> str:
    """The ETag of what `written` would give, for much less."""
    seen = hashlib.sha256(repr((FORM, name, zone, alarm_days)).encode())
    for one in entries:
        seen.update(repr(one).encode("utf-8", "backslashreplace"))
    return f'"{seen.hexdigest()}"'


def written(name: str, zone: str, alarm_days: int | None, entries: Sequence[Entry]) -> bytes:
    """The whole file. Each event is written by itself: the library's own objects do not pile up."""
    head = _calendar(name, zone).to_ical()
    assert head.endswith(_END)
    return b"".join([head.removesuffix(_END), *(_event(one, alarm_days).to_ical() for one in entries), _END])


def _calendar(name: str, zone: str) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    for property_name in ("name", "x-wr-calname"):
        calendar.add(property_name, _plain(name))
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{EVERY // timedelta(hours=1)}H")
    return calendar


def _event(one: Entry, alarm_days: int | None) -> Event:
    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", _seconds(one.changed_at))
    event.add("last-modified", _seconds(one.changed_at))
    event.add("sequence", one.sequence)
    event.add("dtstart", one.day)
    event.add("dtend", _next(one.day))
    event.add("summary", _plain(one.title))
    event.add("description", "\n".join([*map(_plain, one.lines), one.url]))
    event.add("url", one.url)
    event.add("categories", [f"{one.risk} risk"])
    event.add("transp", "TRANSPARENT")
    if alarm_days is not None:
        event.add_component(_alarm(one, alarm_days))
    return event


def _alarm(one: Entry, days: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _plain(one.title))
    alarm.add("trigger", MORNING - timedelta(days=days))
    return alarm


def _plain(strangers: str) -> str:
    """On one line, nothing hidden in it: the library escapes what has a meaning in the format, and nothing else."""
    return text.visible(strangers, limit=text.PROSE)


def _seconds(at: datetime) -> datetime:
    """The format knows no less."""
    return at.replace(microsecond=0)


def _next(day: date) -> date:
    return day + ONE_DAY
