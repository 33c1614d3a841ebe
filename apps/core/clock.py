"""The one clock. Tests move it; nothing else asks the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=1)
"""By less than this the clocks of several machines differ."""
_offset = timedelta()


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC) + _offset


def set_back_since(noted: datetime) -> bool:
    """Whether what was noted as "now" lies ahead: nothing has to wait until the clock has caught up."""
    return noted > now() + SKEW


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Inside the block it is `by` later than it is; for tests."""
    global _offset  # noqa: PLW0603  the clock is the one place that owns time
    _offset += by
    try:
        yield
    finally:
        _offset -= by
