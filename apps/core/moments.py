"""Instants in words, as pages say them before the browser puts them into the reader's zone. Pure."""

from datetime import UTC, datetime, timedelta

# From here on a date says more than a count of days; github.com changes over at the same point.
RELATIVE_LIMIT = timedelta(days=30)
_UNITS = [
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
]


def relative(when: datetime, now: datetime) -> str:
    """`when` seen from `now`: "just now", "3 hours ago", "in 5 days"; beyond 30 days "on Nov 22, 2026"."""
    span = abs(when - now)
    if span >= RELATIVE_LIMIT:
        return f"on {day(when)}"
    for unit, name in _UNITS:
        count = span // unit
        if count:
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"in {words}" if when > now else f"{words} ago"
    return "in a moment" if when > now + timedelta(seconds=5) else "just now"


def lag(when: datetime, now: datetime) -> str:
    """How long ago, to the second where it is less than two minutes: "40 seconds ago"."""
    seconds = max(0, int((now - when).total_seconds()))
    if seconds >= 120:
        return relative(when, now)
    return f"{seconds} second{'' if seconds == 1 else 's'} ago"


def day(when: datetime) -> str:
    """The UTC day, as "Nov 22, 2026"."""
    moment = when.astimezone(UTC)
    return f"{moment:%b} {moment.day}, {moment.year}"


def exact(when: datetime) -> str:
    """The instant to the second, as "2026-11-22 03:04:05 UTC"."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def machine(when: datetime) -> str:
    """The instant for a `datetime` attribute (HTML, 4.5.14), as "2026-11-22T03:04:05Z"."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
