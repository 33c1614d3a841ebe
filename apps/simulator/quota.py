"""Primary rate limits, counted per App, installation, user or address over windows of one hour.

Source: docs.github.com, "Rate limits for the REST API": 5,000 an hour for a user and for an installation; an
installation gets 50 more for every repository and every user over 20, up to a ceiling; 60 without a token.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.simulator.clock import HOUR
from apps.simulator.model import Organization

ANONYMOUS_LIMIT = 60
USER_LIMIT = 5_000


@dataclass(slots=True)
class Quota:
    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def shape(self) -> dict[str, int]:
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}


class Quotas:
    """The windows that are open, by who is counted."""

    def __init__(self) -> None:
        self._windows: dict[str, Quota] = {}
        self._before = 0

    def window(self, key: str, limit: int, now: float) -> Quota:
        """The caller's window of this hour; a new one starts with its first request."""
        quota = self._windows.get(key)
        if quota is None or quota.reset <= now:
            self._before += quota.used if quota is not None else 0
            quota = self._windows[key] = Quota(limit, 0, int(now) + HOUR)
        quota.limit = limit
        return quota

    def charged(self) -> int:
        """Requests counted so far, of everybody together and in all hours."""
        return self._before + sum(quota.used for quota in self._windows.values())


def installation_limit(organization: Organization, ceiling: int) -> int:
    """Requests an hour of an installation of this size, never above the ceiling."""
    extra = max(0, len(organization.repositories) - 20) + max(0, len(organization.members) - 20)
    return min(ceiling, USER_LIMIT + 50 * extra)
