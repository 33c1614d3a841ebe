"""How long a process may hold a row without a word; then it is taken for dead and another goes on.

One length for all that sends or reads at GitHub. A fence or version beside the lease makes a holder that only
slept lose: the lease decides when, never whether, something is done twice.
"""

from datetime import timedelta

from django.conf import settings

CALL = timedelta(seconds=settings.LEASE_SECONDS)
"""For one call to GitHub and what is written down of it: twice the longest, so who is alive keeps it."""
WORK = 3 * CALL
"""For work of several calls, kept up between them."""
