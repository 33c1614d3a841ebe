"""The processes that the supervisor keeps: started, watched, started again, stopped. Standard library only."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds until a process that died is started again; the last one repeats."""
DEATHS, WITHIN_SECONDS = 5, 60.0
"""This many deaths within this time, and nothing is started any more."""
SAID = "patrol: "
"""How each line begins that is for the person at the console."""
BIGGEST_LOG = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1  # prctl(2)


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux: a function for the child that asks the kernel for SIGTERM should the supervisor be killed."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


@dataclass
class Child:
    """One process with its own process group, so that what it started is stopped with it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    start_at: float | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))

    def start(self) -> None:
        """Start it; its output is appended to its log."""
        self.start_at = None
        self.trim_log()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own programs
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                process_group=0, preexec_fn=_die_with_parent(),  # noqa: PLW1509  the supervisor has one thread
            )  # fmt: skip

    @property
    def running(self) -> bool:
        """Whether its process has not ended (or its end was not looked at yet)."""
        return self.process is not None

    def ended(self) -> str:
        """How its process ended, in words, once; empty while it runs."""
        code = self.process.poll() if self.process else None
        if code is None:
            return ""
        self.signal(signal.SIGKILL)  # what it left behind would hold its port
        self.process = None
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def plan_restart(self) -> float | None:
        """Note a death; seconds until the next start, or None when it died too often."""
        now = time.monotonic()
        self.deaths.append(now)
        recent = [death for death in self.deaths if now - death < WITHIN_SECONDS]
        if len(recent) >= DEATHS:
            return None
        pause = PAUSES[min(len(recent), len(PAUSES)) - 1]
        self.start_at = now + pause
        return pause

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def trim_log(self) -> None:
        """Keep the log and the one before it: a full one is copied away and begun anew under the writer's hands."""
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > BIGGEST_LOG:
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)


def line_of(log: Path, beginning: str, start: int = 0) -> str:
    """The last line for the person at the console in a log, after `start` bytes, that begins so; empty if none does."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as said:
        said.seek(start)
        lines = [line.removeprefix(SAID) for line in said.read().decode("utf-8", "replace").splitlines()]
        return next((line for line in reversed(lines) if line.startswith(beginning)), "")
    return ""


def stop_all(children: list[Child], within: float) -> list[str]:
    """SIGTERM to all, SIGKILL to who is there after `within` seconds; the names of those killed."""
    for child in children:
        child.signal(signal.SIGTERM)
    end = time.monotonic() + within
    waiting = [child for child in children if child.process]
    while waiting and time.monotonic() < end:
        time.sleep(0.05)
        waiting = [child for child in waiting if child.process and child.process.poll() is None]
    for child in waiting:
        child.signal(signal.SIGKILL)
        if child.process:
            child.process.wait()
    for child in children:
        child.signal(signal.SIGKILL)
    return [child.name for child in waiting]
