"""PostgreSQL, Redis and a GitHub of a test's own: free ports, folders that go away, never the machine's."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
import redis

from config import embedded
from config.ports import is_taken
from tests.faults.programs import program, server_user
from tests.github import GitHub
from tests.processes import ROOT, SMALL_WORLD, clean_environment, eventually, free_port

START_SECONDS = 60
STOP_SECONDS = 20


class Service:
    """A process with a group and a folder of its own. When it is stopped, nothing of either is left."""

    directory = ROOT
    """Where it is started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.log = folder / "log.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self) -> list[str]:
        """What is run."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it serves."""
        return is_taken(self.port)

    def start(self) -> None:
        """Start it and wait until it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*dying_with_us(), *self.command()], cwd=self.directory, env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0, **self.user(),
            )  # fmt: skip
        eventually(lambda: self.process_ended() or self.answers(), START_SECONDS, f"{type(self).__name__} answers")
        assert not self.process_ended(), self.log.read_text(errors="replace")[-2000:]

    def environment(self) -> dict[str, str]:
        """What it is started with."""
        return clean_environment()

    def user(self) -> dict[str, Any]:
        """Who runs it, as arguments of `Popen`."""
        return {}

    def process_ended(self) -> bool:
        """Whether it ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """To the process itself."""
        assert self.process is not None
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal; returns when nothing of its group lives."""
        if self.process is None:
            return
        group = group_of(self.process.pid)
        if not self.process_ended():
            self.process.send_signal(number)
        assert_dead(group, within=STOP_SECONDS)
        self.process.wait(STOP_SECONDS)
        self.process = None

    def stop(self) -> None:
        """End it at once, and remove its folder."""
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def dying_with_us() -> list[str]:
    """What stands before a command so that it ends when we are killed; nothing where the program is missing."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def group_of(pid: int) -> list[psutil.Process]:
    """Everything in the process group of `pid`, and whatever those started."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == pid or process.pid == pid:
                found |= {one.pid: one for one in [process, *process.children(recursive=True)]}
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return list(found.values())


def assert_dead(processes: Iterable[psutil.Process], *, within: float = 10) -> None:
    """They end by themselves in time; whoever does not is killed, and the test fails."""
    every = list(processes)
    psutil.wait_procs(every, timeout=within)
    left = [one for one in every if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    for one in left:
        one.kill()
    assert left == [], left


class Redis(Service):
    """A Redis that keeps nothing on disk."""

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="patrol-redis-")))

    def command(self) -> list[str]:
        """In memory, on the loopback address."""
        server = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        return [*server, "--save", "", "--appendonly", "no", "--dir", str(self.folder)]

    def url(self, port: int = 0) -> str:
        """`PATROL_REDIS_URL`; `port` is that of a proxy before it."""
        return f"redis://127.0.0.1:{port or self.port}/0"

    def flush(self) -> None:
        """Everything it holds is lost."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def restart(self) -> None:
        """Killed and started anew: everything it held is lost, everybody's connection too."""
        self.end(signal.SIGKILL)
        self.start()


class Postgresql(Service):
    """A PostgreSQL cluster with an empty database `patrol`. As root it runs as user `postgres`: it refuses root."""

    def __init__(self) -> None:
        self._user = server_user()
        super().__init__(Path(tempfile.mkdtemp(prefix="patrol-postgresql-")))
        if self._user:
            os.chown(self.folder, self._user["user"], self._user["group"])
        self._make()

    def _make(self) -> None:
        made = subprocess.run(
            [program("initdb"), "-D", str(self.folder / "data"), "-U", "patrol", "-A", "trust", "-E", "UTF8",
             "--no-locale", "--no-sync", "--no-instructions"],
            cwd="/", env=clean_environment(), capture_output=True, text=True, check=False, **self._user,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    def user(self) -> dict[str, Any]:
        """Never root."""
        return self._user

    def command(self) -> list[str]:
        """On the loopback address; its socket is in the folder.

        Without fsync: processes are killed here, and what they wrote outlives them; only the machine's end would not.
        """
        data, port = str(self.folder / "data"), str(self.port)
        options = [
            "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", "shared_buffers=32MB", "fsync=off",
        ]  # fmt: skip
        return [program("postgres"), "-D", data, "-p", port, *(part for one in options for part in ("-c", one))]

    def start(self) -> None:
        """Started, and the database made where there is none."""
        super().start()
        with self.connect("postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'patrol'").fetchone():
                connection.execute("CREATE DATABASE patrol")

    def answers(self) -> bool:
        """It listens before it serves."""
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def connect(self, name: str = "patrol") -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of the test's own, each statement for itself."""
        return psycopg.connect(
            f"host=127.0.0.1 port={self.port} user=patrol dbname={name}", autocommit=True, connect_timeout=5
        )

    def url(self, port: int = 0) -> str:
        """`PATROL_DATABASE_URL`; `port` is that of a proxy before it."""
        return f"postgresql://patrol@127.0.0.1:{port or self.port}/patrol"

    def restart(self) -> None:
        """What `pg_ctl restart -m immediate` does: no goodbye to anybody, and recovery from the log."""
        self.end(signal.SIGQUIT)
        self.start()

    def terminate_connections(self) -> int:
        """Cut whoever is connected to Patrol's database; how many."""
        with self.connect("postgres") as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'patrol'"
            return len(connection.execute(cut).fetchall())

    def read_only(self, on: bool) -> None:
        """Nobody writes any more, those who are connected included."""
        with self.connect("postgres") as connection:
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if on else 'off'}")
            connection.execute("SELECT pg_reload_conf()")


class SimulatedGitHub(Service):
    """The simulator as a process of its own, beside Patrol and not below it, so that it shares none of its faults.

    `reached_at` is the port it is reached at where something stands before it.
    """

    def __init__(self, *options: str, reached_at: int = 0) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="patrol-github-")))
        self.control = GitHub(f"http://127.0.0.1:{self.port}")
        self.public_url = f"http://127.0.0.1:{reached_at or self.port}"
        self._options = [*SMALL_WORLD.split(), *options]

    def command(self) -> list[str]:
        """A small world, and names that lead to `reached_at`."""
        simulator = [sys.executable, "-m", "apps.simulator", "--port", str(self.port), "--data-dir", str(self.folder)]
        return [*simulator, "--public-url", self.public_url, *self._options]

    def settings(self) -> dict[str, str]:
        """The settings that point Patrol there."""
        return embedded.simulated_app(self.folder, self.public_url)
