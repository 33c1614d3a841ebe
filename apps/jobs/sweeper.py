"""The sweeper: looks for rows whose work is due, without the broker, and does it itself.

Apps leave what became due just now to the workers, who were rung for it; a slot is run by whoever comes first.
With the broker away the sweeper is the only hand.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from django.conf import settings
from django.db import close_old_connections

from apps.core import pulse
from apps.jobs import services

log = structlog.get_logger(__name__)


def sweep_once() -> int:
    """One round over every app's rows and the slots; what fails does not stop the others. Returns how many it did.

    Rows come first: decisions of people wait there, and a job may take minutes.
    """
    sweeps = services.sweeps() | {"slots": _run_slots}
    return sum(_swept(name, sweep) for name, sweep in sweeps.items())


def _run_slots() -> int:
    services.open_due_slots()
    return sum(services.run_slot(slot_id) for slot_id in services.unfinished_slots())


def _swept(name: str, sweep: Callable[[], int]) -> int:
    try:
        return sweep()
    except Exception:
        log.exception("jobs.sweep_failed", sweep=name)
        return 0


def sweep_forever(interval: float) -> None:
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
        else:
            pulse.touch(settings.PULSE_PATH)
        stop.wait(interval)
