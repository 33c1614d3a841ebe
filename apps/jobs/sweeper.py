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
from django.db import close_old_connections, connections

from apps.core import pulse
from apps.jobs import services

log = structlog.get_logger(__name__)


def sweep_once() -> int:
    """One round over every app's rows and the slots; what fails does not stop the others. Returns how many it did.

    Rows come first: decisions of people wait there, and a job may take minutes.
    """
    return _sweep_rows() + _sweep_slots()


def _sweep_rows() -> int:
    return sum(_swept(name, sweep) for name, sweep in services.sweeps().items())


def _sweep_slots() -> int:
    return _swept("slots", _run_slots)


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
    sweep_until(stop, interval)


def sweep_until(stop: threading.Event, interval: float) -> None:
    """Rounds until somebody asks to stop; returns when those that run are finished.

    Rows and slots go round beside each other: a job that waits for GitHub keeps no decision waiting.
    """
    rounds = _Rounds({_sweep_rows, _sweep_slots})
    slots = threading.Thread(target=_go_round, args=(_sweep_slots, stop, interval, rounds), name="slots")
    slots.start()
    _go_round(_sweep_rows, stop, interval, rounds)
    slots.join()


class _Rounds:
    """The pulse is touched when a round of every kind was finished since it was touched last."""

    def __init__(self, kinds: set[Callable[[], int]]) -> None:
        self._lock = threading.Lock()
        self._kinds, self._left = kinds, set(kinds)

    def finish(self, kind: Callable[[], int]) -> None:
        with self._lock:
            self._left.discard(kind)
            if not self._left:
                self._left = set(self._kinds)
                pulse.touch(settings.PULSE_PATH)


def _go_round(sweep: Callable[[], int], stop: threading.Event, interval: float, rounds: _Rounds) -> None:
    try:
        while not stop.is_set():
            close_old_connections()
            sweep()
            rounds.finish(sweep)
            stop.wait(interval)
    finally:
        stop.set()  # where one cannot go on the other does not either: whoever looks after the process starts it anew
        connections.close_all()
