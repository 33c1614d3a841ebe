"""How Patrol learns of new requests: webhooks tell of them, or it polls; and how far behind that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core import clock
from apps.github import webhook_address
from apps.github.models import Organization
from apps.tokens.models import SyncState

LATE = timedelta(minutes=2)
"""A poll that is older was not made in time."""


@dataclass(frozen=True)
class Polled:
    """An organization without webhooks. `missed_at`: the newest request that none told of (None: by settings).

    `read_at` None: its requests were never read.
    """

    organization: Organization
    read_at: datetime | None
    missed_at: datetime | None

    @property
    def late(self) -> bool:
        """Whether new requests take longer than they should."""
        return self.read_at is None or self.read_at < clock.now() - LATE


def is_polled(state: SyncState | None) -> bool:
    """Whether requests are asked for every minute: no webhook is expected, or those expected do not come."""
    return not webhook_address.expected() or _misses(state)


def _misses(state: SyncState | None) -> bool:
    return state is not None and state.webhook_missed_at is not None


def polled(organizations: Iterable[Organization], states: dict[int, SyncState]) -> list[Polled]:
    """Those of the organizations that are polled; no query."""
    chosen, expected = [(one, states.get(one.pk)) for one in organizations], webhook_address.expected()
    return [
        Polled(one, state.requests_read_at if state else None, state.webhook_missed_at if state else None)
        for one, state in chosen
        if not expected or _misses(state)
    ]
