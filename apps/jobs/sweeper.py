"""The sweeper: looks for rows whose work is due, without the broker, and does it itself.

It waits a little for the workers, who were rung first; with the broker away it is the only hand.
"""

import signal
import threading
from types import FrameType

import structlog
from django.db import close_old_connections

from apps.jobs import services

log = structlog.get_logger(__name__)
INTERVAL_SECONDS = 15.0


def sweep_once() -> int:
    """One round over slots and every app's rows; a failing app does not stop the others."""
    done = 0
    services.open_due_slots()
    for slot_id in services.unfinished_slots():
        done += services.run_slot(slot_id)
    for name, sweep in services.sweeps().items():
        try:
            done += sweep()
        except Exception:
            log.exception("jobs.sweep_failed", sweep=name)
    return done


def sweep_forever(interval: float = INTERVAL_SECONDS) -> None:
    """Rounds until SIGTERM or SIGINT; a round that runs is finished."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    while not stop.is_set():
        close_old_connections()
        try:
            sweep_once()
        except Exception:
            log.exception("jobs.sweep_round_failed")
        stop.wait(interval)
