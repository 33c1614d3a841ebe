"""All of Patrol as `make run` starts it, in a directory and a database of the benchmark's own."""

import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

from bench.machinery import create_database, drop_database
from tests.cast import ORGANIZATION, OTHER_ORGANIZATION, OWNER
from tests.processes import Person, RunningPatrol, eventually

ORGANIZATIONS = (ORGANIZATION, OTHER_ORGANIZATION)
WORLD = "--seed 1 --organizations 2 --members 20 --grants 40 --requests 16 --saml-organizations 0"
FIRST_SYNC_SECONDS = 120.0
LOOK_EVERY = 0.02
NOBODY_LISTENS = "redis://127.0.0.1:9/0"


@dataclass(frozen=True)
class Alive:
    """Patrol with both organizations read, its owner signed in, and what it runs on."""

    running: RunningPatrol
    owner: Person
    database_url: str
    broker: str

    @property
    def surroundings(self) -> dict[str, str]:
        """For the detail of a result."""
        return {"database": "PostgreSQL" if self.database_url else "SQLite", "broker": self.broker}

    def count(self, query: str) -> int:
        """One number from the database."""
        return int(self._value(query) or 0)

    def instant(self, query: str) -> datetime:
        """One instant from the database."""
        return datetime.fromisoformat(str(self._value(query))).replace(tzinfo=UTC)

    def _value(self, query: str) -> Any:
        if not self.database_url:
            with closing(sqlite3.connect(self.running.data_dir / "patrol.sqlite3", timeout=20)) as embedded:
                return embedded.execute(query).fetchone()[0]
        with psycopg.connect(self.database_url, options="-c TimeZone=UTC") as connection:
            row = connection.execute(query.encode()).fetchone()
            return row[0] if row else None


@contextmanager
def alive(
    *,
    sqlite: bool,
    broker_away: bool = False,
    world: str = WORLD,
    organizations: Sequence[str] = ORGANIZATIONS,
    **settings: str,
) -> Iterator[Alive]:
    """Start it with a `world`, wait until `organizations` were read for the first time; nothing of it is left.

    On the servers of PATROL_TEST_DATABASE_URL and PATROL_TEST_REDIS_URL where they are given.
    """
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as directory, _database(sqlite=sqlite) as database_url:
        broker, redis_url = _broker(away=broker_away)
        settings |= {"PATROL_DATABASE_URL": database_url, "PATROL_REDIS_URL": redis_url, "SIMULATOR_OPTIONS": world}
        with RunningPatrol(Path(directory) / "var", **settings) as running:
            owner = Person(running.url, OWNER)
            for organization in organizations:
                _wait_for_first_sync(owner, organization)
            yield Alive(running, owner, database_url, broker)


def seconds_until(look: Callable[[], bool], within: float, since: float, what: str) -> float:
    """From `since` (a monotonic time) until `look` is true. Raises RuntimeError with `what` when it is not in time."""
    while not look():
        if time.monotonic() - since > within:
            raise RuntimeError(f"not within {within:.0f} s: {what}")
        time.sleep(LOOK_EVERY)
    return time.monotonic() - since


def _wait_for_first_sync(owner: Person, organization: str) -> None:
    eventually(lambda: owner.pending(organization), FIRST_SYNC_SECONDS, f"{organization} was read")


def _broker(*, away: bool) -> tuple[str, str]:
    url = os.environ.get("PATROL_TEST_REDIS_URL", "")
    if away:
        return "away", NOBODY_LISTENS
    if url:
        with closing(redis.Redis.from_url(url)) as server:
            server.flushdb()  # what others left would be work for our worker
    return ("Redis" if url else "files"), url


@contextmanager
def _database(*, sqlite: bool) -> Iterator[str]:
    """A new database's address; empty for the SQLite file in the data directory."""
    server = "" if sqlite else os.environ.get("PATROL_TEST_DATABASE_URL", "")
    if not server:
        yield ""
        return
    url = urlsplit(server)._replace(path=f"/patrol_bench_{secrets.token_hex(4)}").geturl()
    create_database(url)
    try:
        yield url
    finally:
        drop_database(url)
