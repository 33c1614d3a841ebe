"""A real Celery worker on a real Redis, as in production: processes that share nothing but database and broker."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
import redis
from psycopg.sql import SQL, Identifier

from apps.simulator.server import SimulatorServer
from config.embedded import new_key_ring, new_secret_key
from tests.conftest import SMALL_WORLD
from tests.processes import ROOT, clean_environment, eventually

REDIS_URL = os.environ.get("PATROL_TEST_REDIS_URL", "")
POSTGRESQL_URL = os.environ.get("PATROL_TEST_DATABASE_URL", "")
pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not REDIS_URL, reason="PATROL_TEST_REDIS_URL is not set"),
]
DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRESQL_URL, reason="no PATROL_TEST_DATABASE_URL")),
]
WORKER = [
    "celery", "-A", "config.celery", "worker", "--concurrency", "2", "--loglevel", "WARNING",
    "--without-gossip", "--without-mingle", "--without-heartbeat",
]  # fmt: skip
# A program for a process of its own: the test's process has another database.
RING = (
    "from apps.tokens import sync; from apps.github.models import Organization; "
    "[sync.request_sync(one.pk) for one in Organization.objects.all()]"
)
READ = "SELECT count(DISTINCT organization_id) FROM tokens_grantrequest"
WALKS = "SELECT count(*) FROM tokens_walk WHERE state = 'complete'"


class Installation:
    """Patrol's processes on one database and one Redis, without a supervisor."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.started: list[subprocess.Popen[bytes]] = []

    def python(self, *arguments: str, **settings: str) -> str:
        """Run a module to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment | settings,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def do(self, program: str, **settings: str) -> str:
        """Run a few lines inside Patrol."""
        return self.python("manage.py", "shell", "--no-imports", "--command", program, **settings)

    def read(self, query: str) -> int:
        """One number from the database."""
        url = self.environment["PATROL_DATABASE_URL"]
        if url.startswith("sqlite:///"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as connection:
                return int(connection.execute(query).fetchone()[0])
        with psycopg.connect(url) as connection:
            row = connection.execute(query.encode()).fetchone()
            assert row is not None
            return int(row[0])

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a process that stays."""
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=self.environment, process_group=0,
            stdin=subprocess.DEVNULL,  # what it says is shown when the test fails
        )  # fmt: skip
        self.started.append(process)
        return process

    def stop(self) -> None:
        """End all of them with what they started."""
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait(10)


@pytest.fixture
def broker() -> Iterator[str]:
    """A Redis without keys, before and after."""
    client = redis.Redis.from_url(REDIS_URL)
    client.flushdb()
    yield REDIS_URL
    client.flushdb()
    client.close()


@dataclass(frozen=True)
class Prepared:
    """A database as `config.prepare` leaves it, to be copied for each test."""

    environment: dict[str, str]
    url: str

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """The address of a copy, gone afterwards."""
        if self.url.startswith("sqlite:///"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as original:
                original.execute("VACUUM INTO ?", [str(folder / "copy.sqlite3")])
            yield f"sqlite:///{folder / 'copy.sqlite3'}"
            return
        name = urlsplit(self.url).path[1:]
        with _database(template=name) as url:
            yield url


@contextmanager
def _database(template: str = "template1") -> Iterator[str]:
    """The address of a PostgreSQL database of our own."""
    name = f"patrol_broker_{uuid4().hex[:12]}"
    server = urlunsplit(urlsplit(POSTGRESQL_URL)._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    try:
        yield urlunsplit(urlsplit(POSTGRESQL_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="module", params=DATABASES)
def prepared(
    request: pytest.FixtureRequest, simulator_server: SimulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prepared]:
    """Migrated, registered, nothing read yet."""
    folder = tmp_path_factory.mktemp("prepared")
    simulator_server.reset(**SMALL_WORLD)
    environment = _environment(simulator_server) | {"PATROL_DATA_DIR": str(folder / "data")}
    with ExitStack() as stack:
        sqlite = f"sqlite:///{folder / 'patrol.sqlite3'}"
        url = sqlite if request.param == "sqlite" else stack.enter_context(_database())
        Installation(environment | {"PATROL_DATABASE_URL": url}).python("-m", "config.prepare")
        yield Prepared(environment, url)


def _environment(simulator: SimulatorServer) -> dict[str, str]:
    app = simulator.governance_app
    return clean_environment() | {
        "PATROL_REDIS_URL": REDIS_URL,
        "PATROL_SECRET_KEY": new_secret_key(),
        "PATROL_ENCRYPTION_KEYS": new_key_ring(),
        "PATROL_GITHUB_API_URL": simulator.url,
        "PATROL_GITHUB_WEB_URL": simulator.url,
        "PATROL_OUTBOUND_PRIVATE_HOSTS": simulator.url.split("://", 1)[1],
        "PATROL_GITHUB_APP_ID": str(app.app_id),
        "PATROL_GITHUB_APP_CLIENT_ID": app.client_id,
        "PATROL_GITHUB_APP_CLIENT_SECRET": app.client_secret,
        "PATROL_GITHUB_APP_PRIVATE_KEY": app.private_key,
        "PATROL_GITHUB_APP_WEBHOOK_SECRET": app.webhook_secret,
        "PATROL_GITHUB_APP_SLUG": app.slug,
    }


@pytest.fixture
def installation(
    prepared: Prepared, broker: str, simulator_server: SimulatorServer, tmp_path: Path
) -> Iterator[Installation]:
    """Patrol over the small world, with nobody working."""
    simulator_server.reset(**SMALL_WORLD)
    with prepared.copy(tmp_path) as url:
        made = Installation(prepared.environment | {"PATROL_DATABASE_URL": url, "PATROL_REDIS_URL": broker})
        yield made
        made.stop()


def _organizations_read(installation: Installation) -> int:
    return installation.read(READ)


def test_a_rung_sync_is_done_by_a_worker(installation: Installation) -> None:
    installation.start(*WORKER)
    assert _organizations_read(installation) == 0
    installation.do(RING)
    eventually(lambda: _organizations_read(installation) == 3, 120, "the worker read every organization")


def test_a_ring_that_came_before_the_worker_is_heard(installation: Installation) -> None:
    installation.do(RING)
    assert _organizations_read(installation) == 0
    installation.start(*WORKER)
    eventually(lambda: _organizations_read(installation) == 3, 120, "the worker read every organization")


def test_beat_opens_what_is_due_and_a_worker_does_it(installation: Installation) -> None:
    installation.start(*WORKER)
    installation.start("celery", "-A", "config.beat", "beat", "--loglevel", "WARNING")
    eventually(lambda: _organizations_read(installation) == 3, 120, "the schedule reached the worker")


def test_what_was_rung_twice_is_done_once(installation: Installation) -> None:
    installation.do("; ".join([RING] * 3))
    installation.start(*WORKER)
    eventually(lambda: _organizations_read(installation) == 3, 120, "the worker read every organization")
    eventually(lambda: installation.read(WALKS) == 6, 120, "both lists of each organization")
    time.sleep(3)
    assert installation.read(WALKS) == 6


def test_a_lost_broker_costs_no_work(installation: Installation) -> None:
    """Nothing listens there: the ring fails, the row stays, and the sweeper does it."""
    nowhere = "redis://127.0.0.1:9/0"
    installation.do(RING, PATROL_REDIS_URL=nowhere)
    assert _organizations_read(installation) == 0

    def sweep() -> bool:
        installation.python("manage.py", "sweep", "--once", PATROL_REDIS_URL=nowhere)
        return _organizations_read(installation) == 3

    eventually(sweep, 120, "the sweeper read every organization")


def test_messages_carry_names_and_ids_only(installation: Installation, broker: str) -> None:
    installation.do(RING)
    client = redis.Redis.from_url(broker, decode_responses=True)
    messages = client.lrange("celery", 0, -1)
    client.close()
    assert len(messages) == 3
    for message in messages:
        assert '"tokens.sync_organization"' in message
        assert "application/json" in message
        assert "acme" not in message
        assert "PRIVATE KEY" not in message
