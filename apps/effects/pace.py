"""Turns: one process at a time writes to an organization, and never two writes within the pause."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet

from apps.core import clock, leases
from apps.effects.models import Pace

SHORT = timedelta(seconds=2)


@dataclass
class Turn:
    """The right to write to one organization, until `give_back` or until the lease ends.

    Nobody else writes its row meanwhile: it is read once.
    """

    organization_id: int
    fence: int
    _row: Pace | None = field(default=None, init=False)

    def keep(self) -> bool:
        """Hold on for another lease; False when somebody else has the turn by now."""
        return self._mine().update(lease_until=clock.now() + leases.CALL) == 1

    def may_write_soon(self) -> bool:
        """False while GitHub told Patrol to stay away for longer than a moment."""
        return self.stays_away() <= SHORT

    def stays_away(self) -> timedelta:
        """How long GitHub told Patrol to stay away, from now on; for ever where somebody else has the turn by now."""
        row = self._read()
        if row is None:
            return timedelta.max
        return row.not_before - clock.now() if row.not_before else timedelta()

    def await_pause(self) -> None:
        """Sleep until the next write may start; at most a moment, never inside a transaction."""
        row = self._read()
        if row is not None:
            time.sleep(min(_seconds_to_wait(row), SHORT.total_seconds()))

    def wrote(self, not_before: datetime | None = None) -> None:
        """A write has just been sent; `not_before` is when GitHub wants the next one at the earliest."""
        columns = {"wrote_at": clock.now()} | ({"not_before": not_before} if not_before else {})
        self._mine().update(**columns)
        for name, value in columns.items() if self._row else ():
            setattr(self._row, name, value)

    def give_back(self) -> None:
        """Let others write."""
        self._mine().update(lease_until=None)

    def _read(self) -> Pace | None:
        self._row = self._row or self._mine().first()
        return self._row

    def _mine(self) -> QuerySet[Pace]:
        return Pace.objects.filter(organization_id=self.organization_id, fence=self.fence)


def take(organization_id: int) -> Turn | None:
    """The turn, or None while another process has it."""
    now = clock.now()
    row, _ = Pace.objects.get_or_create(organization_id=organization_id)
    free = Pace.objects.filter(leases.over(now), pk=row.pk, fence=row.fence)
    taken = free.update(fence=F("fence") + 1, lease_until=now + leases.CALL)
    return Turn(organization_id, row.fence + 1) if taken == 1 else None


def _seconds_to_wait(row: Pace) -> float:
    now = clock.now()
    pause = timedelta(milliseconds=settings.GITHUB_WRITE_PAUSE_MILLISECONDS)
    # A last write in the future means that the clock was set back: one pause, not the difference.
    since = now - row.wrote_at if row.wrote_at and row.wrote_at <= now else timedelta()
    wait = max(pause - since, timedelta()) if row.wrote_at else timedelta()
    return max(wait, row.not_before - now if row.not_before else timedelta()).total_seconds()
