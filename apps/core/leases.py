"""How long a process may hold a row without a word; then it is taken for dead and another goes on.

One length for all that sends or reads at GitHub. A fence or version beside the lease makes a holder that only
slept lose: the lease decides when, never whether, something is done twice.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

CALL = timedelta(seconds=settings.LEASE_SECONDS)
"""For one call to GitHub and what is written down of it: twice the longest, so who is alive keeps it."""
WORK = 3 * CALL
"""For work of several calls, kept up between them."""


def over(now: datetime, length: timedelta = CALL, column: str = "lease_until") -> Q:
    """Rows that nobody holds: never taken, or the lease of that length has ended.

    One that would end later than a lease taken now, by more than its own length, was taken before the clock was
    set back: it is over as well. Clocks of several machines may differ by less than that.
    """
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lt": now}) | Q(**{f"{column}__gt": now + 2 * length})


def is_over(until: datetime | None, now: datetime, length: timedelta = CALL) -> bool:
    """The same of a row that was read."""
    return until is None or until < now or until > now + 2 * length
