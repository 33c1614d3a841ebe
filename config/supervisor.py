"""`make run`: Patrol with everything it needs, on one machine, stopped by one Ctrl-C.

Starts the simulator when no GitHub App is configured, or as MODE says, prepares the database, then web, sweeper,
worker and beat. Says in one line when one of them dies and starts it again. Standard library only, so that
watching costs next to nothing; nothing of Patrol is imported here.
"""

import contextlib
import fcntl
import os
import select
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO

from config import embedded
from config.children import SAID, Child, line_of, stop_all
from config.embedded import CannotStart
from config.leaving import SET_UP, Exit
from config.ports import answers, is_taken, require_free

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 8.0
START_SECONDS = 120.0
DEMO_TICK = 1.0
"""Seconds between looks whether somebody wants to leave the demo."""
SIMULATED_WORLD = "--seed 1 --organizations 2 --members 60 --grants 400 --requests 25 --live --rate-limit 12500"
# glibc keeps an arena per thread; two are plenty here and save a third of the memory.
LEAN = {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}


class Stopped(Exception):
    """The person changed their mind while it was starting."""


class Supervisor:
    """The processes of one Patrol, and the person's request to stop."""

    def __init__(self, data_dir: Path, port: int, simulator_port: int) -> None:
        self.data_dir, self.port, self.simulator_port = data_dir, port, simulator_port
        self.began = time.monotonic()
        self.children: list[Child] = []
        self.exit: Exit | None = None
        self.stopping = False
        self._wake, self._woken = socket.socketpair()
        self._lock: IO[str] | None = None

    # --- starting ---------------------------------------------------------------------------------------

    def run(self) -> int:
        """Start everything, watch until told to stop; the exit code."""
        self._listen_to_signals()
        try:
            self._start()
            while not self.stopping:
                self._pause(DEMO_TICK if self.exit else 60.0)
                self._watch()
                self._tend_exit()
        except CannotStart as problem:
            say(str(problem), error=True)
            return 1
        except Stopped:
            pass
        finally:
            beside = [self.exit.child] if self.exit and self.exit.child else []
            killed = stop_all([*self.children, *beside], STOP_SECONDS)
            if killed:
                say(f"{', '.join(killed)} did not stop in time and was killed.")
        say("Stopped.")
        return 0

    def _start(self) -> None:
        environment = dict(os.environ)
        embedded.make_data_dir(self.data_dir)
        self._lock_data_dir()
        simulated = embedded.is_simulated(environment)
        for port, variable in self._ports(simulated):
            require_free(port, variable)
        environment |= LEAN | {"PATROL_DATA_DIR": str(self.data_dir)}
        environment |= embedded.keys(environment, self.data_dir)
        environment.setdefault("PATROL_PUBLIC_URL", f"http://localhost:{self.port}")
        if not embedded.given(environment, "PATROL_DATABASE_URL"):
            embedded.claim_for(self.data_dir, "simulated" if simulated else "real")
        if simulated:
            self.exit = Exit(self.data_dir, self.port, os.environ)
            environment |= self._start_simulator(environment) | self.exit.settings
        self._start_patrol(environment, simulated)

    def _ports(self, simulated: bool) -> list[tuple[int, str]]:
        return [(self.port, "PORT"), *([(self.simulator_port, "SIMULATOR_PORT")] if simulated else [])]

    def _lock_data_dir(self) -> None:
        self._lock = (self.data_dir / "supervisor.lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"Another Patrol runs in {self.data_dir}; stop it, or choose another PATROL_DATA_DIR."
            ) from error

    def _start_simulator(self, environment: dict[str, str]) -> dict[str, str]:
        world = shlex.split(environment.get("SIMULATOR_OPTIONS") or SIMULATED_WORLD)
        command = ["apps.simulator", "--port", str(self.simulator_port), "--data-dir", str(self.data_dir)]
        webhook_url = f"http://127.0.0.1:{self.port}/webhooks/github"
        command += ["--webhook-url", webhook_url]
        child = self._add("simulator", [*command, *world], environment)
        self._wait_for(child, lambda: is_taken(self.simulator_port))
        app = embedded.simulated_app(self.data_dir, f"http://127.0.0.1:{self.simulator_port}")
        return app | {"PATROL_WEBHOOK_URL": webhook_url}

    def _start_patrol(self, environment: dict[str, str], simulated: bool) -> None:
        """Prepare, then web and sweeper: a page that answers, and who fills it. Then the hands that help.

        What was prepared before and did not change needs no waiting for: preparing then runs beside the web.
        """
        now = embedded.fingerprint(environment, ROOT)
        prepare = self._add("prepare", ["config.prepare"], environment)
        if not embedded.is_prepared(self.data_dir, now):
            self._finish(prepare)
        web_log = self.data_dir / "log" / "web.log"
        said_before = web_log.stat().st_size if web_log.exists() else 0
        web = self._add("web", web_command(self.port), environment)
        self._add("sweeper", ["manage", "sweep"], environment)
        self._wait_for(web, lambda: answers(self.port))
        self._greet(environment["PATROL_PUBLIC_URL"], simulated, line_of(web_log, SET_UP, said_before))
        self._finish(prepare)
        embedded.note_prepared(self.data_dir, now)
        self._add("worker", worker_command(), environment)
        self._add("beat", ["celery", "-A", "config.beat", "beat", "--loglevel", "WARNING"], environment)

    def _finish(self, prepare: Child) -> None:
        """Wait for the end of what runs once. Raises CannotStart when it failed."""
        while prepare.process and prepare.process.poll() is None:
            self._pause(0.2)
            self._stop_if_asked()
        if prepare in self.children:
            self.children.remove(prepare)
        if prepare.process and prepare.process.returncode:
            raise CannotStart(f"Preparing failed: {last_line(prepare.log)} (all of it: {shown(prepare.log)})")

    def _add(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        program = [str(ROOT / "manage.py")] if command[0] == "manage" else ["-m", command[0]]
        log = self.data_dir / "log" / f"{name}.log"
        child = Child(name, [sys.executable, *program, *command[1:]], environment, log)
        self.children.append(child)
        child.start()
        return child

    def _wait_for(self, child: Child, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + START_SECONDS
        while not ready():
            self._pause(0.05)
            self._stop_if_asked()
            how = child.ended()
            if how:
                raise CannotStart(f"{child.name} died ({how}): {last_line(child.log)} (all of it: {shown(child.log)})")
            if time.monotonic() > end:
                raise CannotStart(f"{child.name} does not answer after {START_SECONDS:.0f} s; see {shown(child.log)}")

    def _greet(self, address: str, simulated: bool, setup: str) -> None:
        if simulated:
            say(f"GitHub is simulated at http://127.0.0.1:{self.simulator_port}. Yours: make run MODE=github")
        say(setup or f"Open {address} and sign in{' as owner' if simulated else ' with GitHub'}.")
        say(f"Ready in {time.monotonic() - self.began:.1f} s. Logs: {shown(self.data_dir / 'log')}. Ctrl-C stops it.")

    # --- watching ---------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Say who died and start again who is due. Raises CannotStart when one dies too often."""
        for child in self.children:
            child.trim_log()
            how = child.ended()
            if how and not self.stopping:
                pause = child.plan_restart()
                if pause is None:
                    raise CannotStart(f"{child.name} died again ({how}); giving up. Its log: {shown(child.log)}")
                say(f"{child.name} died ({how}); starting it again in {pause:.0f} s. Its log: {shown(child.log)}")
            if child.start_at is not None and child.start_at <= time.monotonic() and not self.stopping:
                child.start()

    def _tend_exit(self) -> None:
        said = self.exit.tend() if self.exit and not self.stopping else ""
        if said:
            say(said)

    def _pause(self, longest: float) -> None:
        """Sleep until a signal arrives (a child's end is one), a restart is due, or `longest` seconds passed."""
        due = [child.start_at - time.monotonic() for child in self.children if child.start_at is not None]
        select.select([self._woken], [], [], max(0.0, min([longest, *due])))
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)

    def _stop_if_asked(self) -> None:
        if self.stopping:
            raise Stopped

    def _listen_to_signals(self) -> None:
        for end in (self._wake, self._woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def web_command(port: int) -> list[str]:
    """Granian with one process: threads share the application, and SQLite has one writer anyway."""
    return [
        "granian", "config.wsgi:application", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "4", "--backpressure", "64", "--no-ws",
        "--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """Threads in one process: the work waits for GitHub and the database, and a process more costs 60 MB."""
    return [
        "celery", "-A", "config.celery", "worker", "--pool", "threads", "--concurrency", "2",
        "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING",
    ]  # fmt: skip


def say(line: str, *, error: bool = False) -> None:
    """One line for the person at the console."""
    print(f"{SAID}{line}", file=sys.stderr if error else sys.stdout, flush=True)


def shown(path: Path) -> str:
    """The path as short as it can be."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def last_line(log: Path) -> str:
    """The last thing a process said."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"


def port_of(variable: str, default: int) -> int:
    """A port from the environment. Raises CannotStart."""
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal():
        raise CannotStart(f"{variable}={value} is no port.")
    return int(value)


def main() -> int:
    """`python -m config.supervisor`: 0 when stopped on request, 1 when Patrol could not start or go on."""
    os.chdir(ROOT)
    try:
        data_dir = Path(os.environ.get("PATROL_DATA_DIR") or embedded.data_dir_of(os.environ)).resolve()
        supervisor = Supervisor(data_dir, port_of("PORT", 8000), port_of("SIMULATOR_PORT", 8001))
    except CannotStart as problem:
        say(str(problem), error=True)
        return 1
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
