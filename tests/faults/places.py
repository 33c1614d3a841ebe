"""A running Patrol with everything it stands on, each of it in a test's hands."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
import requests

from config.children import DEATHS, WITHIN_SECONDS
from tests.cast import OWNER
from tests.faults.proxy import Proxy
from tests.faults.services import Postgresql, Redis, SimulatedGitHub, assert_dead, dying_with_us, group_of
from tests.processes import ROOT, Person, RunningPatrol, eventually

LEASE_SECONDS = 8
SHORT = {
    "PATROL_GITHUB_CONNECT_SECONDS": "1",
    "PATROL_GITHUB_READ_SECONDS": "3",
    "PATROL_LEASE_SECONDS": str(LEASE_SECONDS),
    "PATROL_SWEEP_SECONDS": "2",
    "PATROL_BACK_OFF_SECONDS": "1,2,4,8",
    "PATROL_UNDO_SECONDS": "0",
    "PATROL_GITHUB_WRITE_PAUSE_MILLISECONDS": "200",
}
"""Settings that let a test see in seconds what otherwise takes a minute. Nothing else is different."""


COME_DUE = "UPDATE tokens_plannedrevocation SET retry_at = NULL, due_at"
DATABASE_ERRORS = (sqlite3.Error, psycopg.Error)


class SqliteDatabase:
    """Patrol's embedded database, read and locked from outside."""

    vendor = "sqlite"
    url = ""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds; nothing can be written this way."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def run_again(self, job: str) -> None:
        """A scheduled job is due at once, as if it had not run yet in this slot."""
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=20)) as connection:
            connection.execute("DELETE FROM jobs_slot WHERE job = ?", (job,))

    def come_due(self, plan_ids: list[int], due_at: datetime) -> None:
        """The instant of plans was this one, as if their day had come."""
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=20)) as connection:
            for pk in plan_ids:
                at = due_at.strftime("%Y-%m-%d %H:%M:%S")
                connection.execute(f"{COME_DUE} = ? WHERE id = ?", (at, pk))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Inside the block nobody else can write."""
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=20)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def is_held(self) -> bool:
        """Whether somebody who does not go on is in the middle of writing."""
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=0.3)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            connection.execute("ROLLBACK")
        return False

    def await_waiting(self) -> None:
        """Until somebody waits for the lock. SQLite does not tell; who has something to write is there by then."""
        time.sleep(1.5)


class PostgresqlDatabase:
    """A PostgreSQL of the test's own, with a `wire` between it and Patrol."""

    vendor = "postgresql"

    def __init__(self, server: Postgresql, wire: Proxy) -> None:
        self.server, self.wire = server, wire
        self.url = server.url(wire.port)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.server.connect() as connection:
            connection.read_only = True
            return connection.execute(sql.encode()).fetchall()

    def run_again(self, job: str) -> None:
        """A scheduled job is due at once, as if it had not run yet in this slot."""
        with self.server.connect() as connection:
            connection.execute("DELETE FROM jobs_slot WHERE job = %s", (job,))

    def come_due(self, plan_ids: list[int], due_at: datetime) -> None:
        """The instant of plans was this one, as if their day had come."""
        with self.server.connect() as connection:
            for pk in plan_ids:
                connection.execute(f"{COME_DUE} = %s WHERE id = %s".encode(), (due_at, pk))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Inside the block nobody else can write effects."""
        with self.server.connect() as connection, connection.transaction():
            connection.execute("LOCK TABLE effects_effect IN EXCLUSIVE MODE")
            yield

    def is_held(self) -> bool:
        """Whether somebody who does not go on is in the middle of a transaction."""
        begun = "SELECT pid, xact_start::text FROM pg_stat_activity WHERE state = 'idle in transaction'"
        before = set(self.rows(begun))
        time.sleep(0.3)
        return bool(before & set(self.rows(begun)))

    def await_waiting(self) -> None:
        """Until somebody waits for the lock."""
        waiting = "SELECT pid FROM pg_stat_activity WHERE datname = 'patrol' AND wait_event_type = 'Lock'"
        eventually(lambda: self.rows(waiting), 20, "somebody waits for the lock")


Database = SqliteDatabase | PostgresqlDatabase


class Place:
    """One Patrol: its processes, its database, its Redis, and the GitHub beside it, with a wire to each.

    `github` is the simulator's control, which no wire touches. `world` are options of it on top of the small world,
    `settings` environment variables on top of SHORT.
    """

    def __init__(self, vendor: str, *world: str, **settings: str) -> None:
        self.vendor, self._world, self._settings = vendor, world, settings
        self._stack = ExitStack()
        self._heard: dict[str, int] = defaultdict(int)
        self._killed: dict[str, list[float]] = defaultdict(list)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        everything = self.patrol.tree()
        self._stack.close()
        assert_dead(everything)

    def takes_webhooks(self) -> bool:
        """Whether the web process answers and has its database: GitHub tells a thing once."""
        try:
            return requests.get(f"{self.patrol.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def kill(self, *names: str) -> None:
        """kill -9 of children of the supervisor; returns when they and all they started are dead.

        Not more often than the supervisor bears: it gives up on a child that dies again and again.
        """
        for name in names:
            while len([at for at in self._killed[name] if time.monotonic() - at < WITHIN_SECONDS + 5]) >= DEATHS - 1:
                time.sleep(0.5)
        dying = [psutil.Process(self._pid(name)) for name in names]
        everything = [one for process in dying for one in [process, *process.children(recursive=True)]]
        for name, process in zip(names, dying, strict=True):
            process.kill()
            self._killed[name].append(time.monotonic())
        assert_dead(everything)

    def freeze(self, *names: str) -> None:
        """SIGSTOP: they stand still, and do not know it; not in the middle of a transaction, where all would wait."""
        for _ in range(20):
            for name in names:
                os.kill(self._pid(name), signal.SIGSTOP)
            if not self.database.is_held():
                return
            self.thaw(*names)
            time.sleep(0.1)
        raise AssertionError(f"{', '.join(names)} never stood between two transactions")

    def thaw(self, *names: str) -> None:
        """SIGCONT."""
        for name in names:
            os.kill(self._pid(name), signal.SIGCONT)

    @contextmanager
    def worker_of_processes(self) -> Iterator[psutil.Process]:
        """A Celery worker as production runs it, with a pool of processes, in place of Patrol's one of threads.

        Patrol's own is frozen meanwhile, and cut off, so that it takes no message. Nothing is left afterwards.
        """
        threaded = psutil.Process(self._pid("worker"))
        self.freeze("worker")
        self.redis_wire.cut()
        program = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--loglevel", "WARNING"]
        log = self.patrol.data_dir / "log" / "worker-of-processes.log"
        with log.open("ab") as out:
            main = psutil.Popen(
                [*dying_with_us(), *program, "--concurrency", "2"], cwd=ROOT, env=threaded.environ(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, process_group=0,
            )  # fmt: skip
        try:
            eventually(lambda: len(main.children()) == 2 and "celery@" in log.read_text(), 60, "the pool stands")
            yield main
        finally:
            everything = group_of(main.pid)
            with suppress(ProcessLookupError):
                os.killpg(main.pid, signal.SIGKILL)
            main.wait(20)
            assert_dead(everything)
            self.thaw("worker")

    def hears(self, name: str, event: str) -> None:
        """Wait until a child says something new of this in its log."""
        eventually(lambda: event in self.patrol.log(name)[self._heard[name] :], 30, f"{name} says {event}")
        self._heard[name] = len(self.patrol.log(name))

    def story(self) -> str:
        """What stands in the rows, for a test that failed."""
        asked = {
            "sync": "SELECT due_at, not_before, lease_until, completed_at, failures, error FROM tokens_syncstate",
            "deliveries": "SELECT event, action, state, attempts, received_at, due_at, error FROM github_delivery "
            "ORDER BY id DESC LIMIT 6",
            "effects": "SELECT subject, state, fence, attempts, waits, lease_until, due_at, answer FROM effects_effect "
            "ORDER BY id DESC LIMIT 4",
            "turns": "SELECT organization_id, lease_until, fence, not_before FROM effects_pace",
        }
        lines = [f"now: {datetime.now(UTC)}"]
        for name, sql in asked.items():
            try:
                lines += [f"{name}: {row}" for row in self.database.rows(sql)]
            except DATABASE_ERRORS as error:
                lines.append(f"{name}: {error}")
        logs = [f"{name} log: {self.patrol.log(name)[-1500:]}" for name in ("web", "worker", "sweeper")]
        return "\n".join([*lines, *logs, self.patrol.console()[-800:]])

    def _pid(self, name: str) -> int:
        return eventually(lambda: self.patrol.pid(name), 60, f"{name} runs")

    def _start(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="patrol-faults-")))
        self.github_wire = stack.enter_context(Proxy())
        self.simulator = stack.enter_context(SimulatedGitHub(*self._world, reached_at=self.github_wire.port))
        self.github_wire.target = self.simulator.port
        self.github = self.simulator.control
        self.redis = stack.enter_context(Redis())
        self.redis_wire = stack.enter_context(Proxy(self.redis.port))
        self.database = self._database(stack, folder)
        settings = SHORT | self.simulator.settings() | {"PATROL_REDIS_URL": self.redis.url(self.redis_wire.port)}
        settings |= {"PATROL_DATABASE_URL": self.database.url} if self.database.url else {}
        self.patrol = RunningPatrol(folder / "var", **settings | self._settings)
        self.patrol.github = self.github
        self.github.change("webhook", url=f"http://127.0.0.1:{self.patrol.port}/webhooks/github")
        stack.enter_context(self.patrol)
        self.owner = Person(self.patrol.url, OWNER)
        eventually(self.owner.pending, 60, "the queue shows requests")

    def _database(self, stack: ExitStack, folder: Path) -> Database:
        if self.vendor == "sqlite":
            return SqliteDatabase(folder / "var" / "patrol.sqlite3")
        server = stack.enter_context(Postgresql())
        return PostgresqlDatabase(server, stack.enter_context(Proxy(server.port)))
