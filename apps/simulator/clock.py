"""The simulator's time: the machine's clock plus what `POST /_simulator/clock` added to it.

The only place of this room that reads the wall clock. Instants are seconds since the epoch (float or int);
they become text only when they leave.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import formatdate

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY

_PACIFIC = timezone(timedelta(hours=-7))


class Clock:
    """Seconds since the epoch, moved ahead on demand and never back.

    When it is `strict`, an App that did not move its own clock along is wrong; else it is believed all the same.
    """

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self.strict = False

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += max(0.0, seconds)


def wall_time() -> float:
    """The machine's own time, for what the App signed with its own clock."""
    return time.time()


def utc_text(instant: float) -> str:
    """``2026-05-16T15:47:09Z``, the form of most of GitHub's answers."""
    return datetime.fromtimestamp(int(instant), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_text(instant: float) -> str:
    """The same with milliseconds, where the order and distance of things matter."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zoned_text(instant: float | None) -> str | None:
    """``2026-05-16T08:47:09.000-07:00``: the token lists of GitHub's description carry an offset and milliseconds."""
    if instant is None:
        return None
    return datetime.fromtimestamp(int(instant), _PACIFIC).strftime("%Y-%m-%dT%H:%M:%S.000-07:00")


def http_date(instant: float) -> str:
    return formatdate(instant, usegmt=True)


def parse_instant(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 text; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
