"""Processes and databases of a benchmark: the simulator, Patrol's commands with their peak memory, a new database."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DATABASE = "postgresql://root@127.0.0.1:5432/patrol_bench"


@dataclass(frozen=True)
class Finished:
    """A command that ended well: what it printed, the most memory it held (MiB), the processor time it took (s)."""

    output: str
    peak_mb: float
    cpu_seconds: float


class Simulator:
    """A simulated GitHub in a process of its own."""

    def __init__(self, directory: Path, **options: int) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "apps.simulator", f"--port={self.port}", f"--data-dir={directory}", *flags],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("The simulator did not start.")
        self.app: dict[str, Any] = json.loads((directory / "simulator" / "app.json").read_text())["governance"]
        self._directory = directory / "simulator"

    @property
    def private_key(self) -> str:
        """PEM."""
        return (self._directory / str(self.app["private_key_file"])).read_text()

    def control(self, what: str, **fields: Any) -> Any:
        """POST to one of the simulator's control pages."""
        answer = requests.post(f"{self.url}/_simulator/{what}", json=fields, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=20)


class Patrol:
    """Patrol's commands on a database of the benchmark's own, talking to a simulator."""

    def __init__(self, simulator: Simulator, *, sqlite: bool, beside: str = "") -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="patrol-bench-")
        self._url = "" if sqlite else os.environ.get("PATROL_BENCH_DATABASE_URL", DEFAULT_DATABASE) + beside
        self._environment = os.environ | {
            "PATROL_DATABASE_URL": self._url,
            "PATROL_DATA_DIR": self._directory.name,
            "PATROL_SECRET_KEY": secrets.token_urlsafe(48),
            "PATROL_ENCRYPTION_KEYS": "bench:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "PATROL_REDIS_URL": "",
            "PATROL_OUTBOUND_PRIVATE_HOSTS": "127.0.0.1",
            "PATROL_GITHUB_API_URL": simulator.url,
            "PATROL_GITHUB_WEB_URL": simulator.url,
            "PATROL_GITHUB_APP_ID": str(simulator.app["app_id"]),
            "PATROL_GITHUB_APP_CLIENT_ID": simulator.app["client_id"],
            "PATROL_GITHUB_APP_CLIENT_SECRET": simulator.app["client_secret"],
            "PATROL_GITHUB_APP_PRIVATE_KEY": simulator.private_key,
            "PATROL_GITHUB_APP_WEBHOOK_SECRET": simulator.app["webhook_secret"],
            "PATROL_LOG_LEVEL": "WARNING",
        }

    @property
    def database(self) -> str:
        """Which kind of database it is."""
        return "PostgreSQL" if self._url else "SQLite"

    def new_database(self) -> None:
        """An empty database with Patrol's tables and its App."""
        self._drop()
        if self._url:
            create_database(self._url)
        self.manage("migrate", "--verbosity=0", "--skip-checks")
        self.manage("register_app", "--skip-checks")

    def manage(self, *arguments: str) -> Finished:
        """`manage.py ...` in a process of its own. Raises RuntimeError with its words when it fails."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as trouble:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=trouble,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            trouble.seek(0)
            if process.returncode:
                raise RuntimeError(f"manage.py {arguments[0]}: {trouble.read().decode()[-2000:]}")
            return Finished(output.read().decode(), usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)

    @contextmanager
    def talk(self, *arguments: str) -> Iterator[tuple[Callable[[str], None], Callable[[], str]]]:
        """The same while it runs: how to tell it something, and how to hear the next line it says."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None

        def send(words: str) -> None:
            assert process.stdin is not None
            process.stdin.write(words)
            process.stdin.flush()

        try:
            yield send, process.stdout.readline
        finally:
            process.stdin.close()
            process.wait(timeout=60)

    def close(self) -> None:
        """Leave nothing."""
        self._drop()
        self._directory.cleanup()

    def _drop(self) -> None:
        if self._url:
            drop_database(self._url)
        for file in Path(self._directory.name).glob("*.sqlite3*"):
            file.unlink()


def create_database(url: str) -> None:
    """The database that the address names, empty."""
    _on_server(url, "CREATE DATABASE {}")


def drop_database(url: str) -> None:
    """Remove it, whoever is connected."""
    _on_server(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rested() -> None:
    """A moment for the machine between two measurements."""
    time.sleep(0.5)
