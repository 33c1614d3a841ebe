"""What happens without being asked: members keep asking (when live), and the world is written to disk."""

from __future__ import annotations

import threading
from pathlib import Path

from apps.simulator.host import Host
from apps.simulator.live import Life
from apps.simulator.store import save_state

_DEBOUNCE = 2.0
_PATIENCE = 60.0


class Housekeeper:
    """One thread that sleeps until the next live event or until a change has waited long enough to be saved."""

    def __init__(self, host: Host, directory: Path | None) -> None:
        self._host = host
        self._directory = directory
        self._life = Life()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        jobs = [self._live]
        if self._directory is not None:
            jobs.append(self._save)
        for job in jobs:
            thread = threading.Thread(target=job, name=f"simulator{job.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Wake both threads, wait for them, and write the last state."""
        self._stopping.set()
        self._host.state.dirty.set()
        for thread in self._threads:
            thread.join(5)

    def _live(self) -> None:
        while not self._stopping.wait(self._pause()):
            state = self._host.state
            if state.options.live:
                with state.lock:
                    self._life.happen(state)

    def _pause(self) -> float:
        return self._life.pause() if self._host.state.options.live else _PATIENCE

    def _save(self) -> None:
        """Save at most every two seconds, and once more at the end."""
        assert self._directory is not None, "only started with a directory"
        while not self._stopping.is_set():
            self._host.state.dirty.wait(60)
            if self._host.state.dirty.is_set():
                self._stopping.wait(_DEBOUNCE)
                save_state(self._directory, self._host.state)
        save_state(self._directory, self._host.state)
