"""An installation on SQLite goes to PostgreSQL: all of it, or nothing is there afterwards."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.outcomes import decisions
from tests.faults.places import SHORT, Place
from tests.faults.services import Postgresql
from tests.processes import ROOT, RunningPatrol, clean_environment, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
SECONDS = 120
_numbers = count(1)


def count_of(table: str) -> str:
    """The query that counts its rows."""
    return f"SELECT count(*) FROM {table}"  # noqa: S608  the databases' own names


class Source:
    """A data directory that nothing runs in, with a decision in its record."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.file = data_dir / "patrol.sqlite3"

    def environment(self) -> dict[str, str]:
        """The settings of a command in it."""
        keys = {"PATROL_SECRET_KEY_FILE": "secret_key", "PATROL_ENCRYPTION_KEYS_FILE": "encryption_keys"}
        files = {name: str(self.data_dir / "keys" / file) for name, file in keys.items()}
        return clean_environment() | files | {"PATROL_DATA_DIR": str(self.data_dir)}

    @contextmanager
    def moving(self, url: str) -> Iterator["subprocess.Popen[str]"]:
        """A move that has begun; it does not outlive the block."""
        command = [sys.executable, "manage.py", "move_data", "--to", url]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def move(self, url: str) -> str:
        """Move to `url`; what was said. Fails when it was refused."""
        with self.moving(url) as process:
            said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
        return said

    def refusal(self, url: str) -> str:
        """Move to `url`; what was said. Fails when it was done."""
        with self.moving(url) as process:
            said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 1, said
        assert "Traceback" not in said
        assert "Nothing was moved" in said
        return said

    def write(self, sql: str, *values: object, patience: float = 5) -> None:
        """Change the file as no part of Patrol would; `patience` is in seconds."""
        with closing(sqlite3.connect(self.file, isolation_level=None, timeout=patience)) as connection:
            connection.execute(sql, values)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(sql).fetchall()

    def counts(self) -> dict[str, int]:
        """How many rows each table holds, Django's own among them."""
        found = self.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: self.rows(count_of(name))[0][0] for (name,) in found if name != "django_migrations"}


class Target:
    """A database of its own on the module's PostgreSQL."""

    def __init__(self, server: Postgresql) -> None:
        self.server, self.name = server, f"patrol_{next(_numbers)}"
        self.url = server.url().removesuffix("patrol") + self.name
        with server.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {self.name}".encode())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a statement returns."""
        with self.server.connect(self.name) as connection:
            return connection.execute(sql.encode()).fetchall()

    def run(self, *statements: str) -> None:
        """Statements that return nothing."""
        with self.server.connect(self.name) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def migrate(self, source: Source) -> None:
        """As `config.prepare` would."""
        environment = source.environment() | {"PATROL_DATABASE_URL": self.url}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)

    def counts(self) -> dict[str, int]:
        """How many rows each table holds, Django's own among them."""
        found = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name: self.rows(count_of(name))[0][0] for (name,) in found if name != "django_migrations"}

    def filled(self) -> list[str]:
        """The tables with rows that migrating did not write."""
        by_migrate = ("django_content_type", "auth_permission")
        return [name for name, rows in self.counts().items() if rows and name not in by_migrate]

    @contextmanager
    def standing_still_at(self, table: str) -> Iterator[None]:
        """Inside the block whoever writes a row of `table` waits."""
        self.run(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$",
            f"CREATE TRIGGER wait BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION wait()",
        )
        with self.server.connect(self.name) as holder:
            holder.execute("SELECT pg_advisory_lock(1)")
            yield
        self.run(f"DROP TRIGGER wait ON {table}", "DROP FUNCTION wait()")

    def others(self) -> list[str | None]:
        """What the other connections to it wait for."""
        here = "SELECT wait_event FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return [event for (event,) in self.rows(here)]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A Patrol on SQLite in which an owner decided twice."""
    with Place("sqlite") as running:
        for request_id, action in zip(running.owner.pending()[:2], ("approve", "deny"), strict=True):
            running.owner.decide(request_id, action, reason="Before the move: ünï ✓")
        eventually(lambda: [one.state for one in decisions(running)] == ["confirmed"] * 2, 60, "both are settled")
        yield running


@pytest.fixture(scope="module")
def stopped(place: Place) -> Source:
    """Its data directory, once it was stopped."""
    place.patrol.stop()
    return Source(place.patrol.data_dir)


@pytest.fixture
def source(stopped: Source, tmp_path: Path) -> Source:
    """A copy of it, to be changed."""
    shutil.copytree(stopped.data_dir, tmp_path / "var")
    return Source(tmp_path / "var")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    """One PostgreSQL for all targets."""
    with Postgresql() as running:
        yield running


@pytest.fixture
def target(server: Postgresql) -> Target:
    """A database without tables."""
    return Target(server)


def test_a_patrol_that_runs_is_not_moved(place: Place, target: Target) -> None:
    assert place.patrol.tree()
    assert "Patrol runs in" in Source(place.patrol.data_dir).refusal(target.url)
    assert target.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


def test_everything_is_in_postgresql_and_patrol_goes_on_there(place: Place, stopped: Source, target: Target) -> None:
    said = stopped.move(target.url)
    assert target.counts() == stopped.counts()
    record = "SELECT chain, sequence, canonical FROM audit_event ORDER BY chain, sequence"
    assert stopped.rows(record) == target.rows(record)
    assert f"PATROL_DATABASE_URL={target.url}" in said

    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        target.run("UPDATE audit_event SET name = 'x'")
    settings = SHORT | place.simulator.settings() | {"PATROL_DATABASE_URL": target.url}
    with RunningPatrol(stopped.data_dir, **settings) as patrol:
        place.owner.url = patrol.url  # the same browser: the session went along, and so did the owner's token
        request_id = place.owner.pending()[0]
        place.owner.decide(request_id, "approve")
        states = "SELECT state FROM effects_effect ORDER BY id"
        eventually(lambda: target.rows(states) == [("confirmed",)] * 3, 60, "the third decision is settled")
    assert target.rows("SELECT count(*) FROM tokens_review WHERE reason = 'Before the move: ünï ✓'") == [(2,)]


def test_a_password_is_not_repeated(source: Source, target: Target) -> None:
    said = source.move(target.url.replace("patrol@", "patrol:planted-secret@"))
    assert "patrol:PASSWORD@" in said
    assert "planted-secret" not in said


def test_services_started_by_hand_are_seen_by_what_they_wrote(source: Source, target: Target) -> None:
    (source.data_dir / "supervisor.lock").unlink()
    source.write("UPDATE jobs_slot SET rung_at = ?", str(datetime.now(UTC).replace(tzinfo=None)))
    assert "Patrol worked on this database" in source.refusal(target.url)
    source.write(
        "UPDATE jobs_slot SET rung_at = ?", str((datetime.now(UTC) - timedelta(minutes=3)).replace(tzinfo=None))
    )
    assert "all verified" in source.move(target.url)


def test_a_source_that_is_being_written_to_is_refused(source: Source, target: Target) -> None:
    with closing(sqlite3.connect(source.file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert "is being written to" in source.refusal(target.url)
    assert target.filled() == []


def test_nobody_writes_to_the_source_meanwhile_and_a_move_that_is_killed_leaves_nothing(
    source: Source, target: Target
) -> None:
    target.migrate(source)
    with target.standing_still_at("tokens_review"), source.moving(target.url):
        eventually(lambda: "advisory" in target.others(), 60, "it came as far as the reviews")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            source.write("BEGIN IMMEDIATE", patience=0.2)
    eventually(lambda: not target.others(), 60, "PostgreSQL noticed")
    assert target.filled() == []
    assert "all verified" in source.move(target.url)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("tokens_review", "UPDATE tokens_review SET reason = 'a' || char(0) WHERE id = ?"),
        ("tokens_tokenversion", """UPDATE tokens_tokenversion SET facts = '{"name": "\\u0000"}' WHERE id = ?"""),
    ],
    ids=["text", "JSON"],
)
def test_what_postgresql_refuses_is_named_and_nothing_is_left(
    source: Source, target: Target, table: str, change: str
) -> None:
    last = max(row_id for (row_id, *_) in source.rows(f"SELECT * FROM {table}"))  # noqa: S608  named above
    source.write(change, last)
    assert f"{table}, row {last}:" in source.refusal(target.url)
    assert target.filled() == []


def test_a_target_that_holds_something_is_refused(source: Source, target: Target) -> None:
    source.move(target.url)
    before = target.rows("SELECT count(*) FROM audit_event")
    assert "The target is not empty: " in source.refusal(target.url)
    assert target.rows("SELECT count(*) FROM audit_event") == before


def test_a_target_with_other_tables_is_refused(source: Source, target: Target) -> None:
    target.run("CREATE TABLE somebody_elses (id int)")
    assert "The target is not migrated" in source.refusal(target.url)


def test_a_target_without_its_triggers_is_refused(source: Source, target: Target) -> None:
    target.migrate(source)
    target.run("DROP TRIGGER audit_event_no_change ON audit_event")
    assert "audit_event_no_change" in source.refusal(target.url)
    assert target.filled() == []


def test_a_target_that_somebody_uses_is_refused(source: Source, target: Target) -> None:
    target.migrate(source)
    with target.server.connect(target.name) as other, other.transaction():
        other.execute("LOCK TABLE audit_head IN ROW EXCLUSIVE MODE")
        assert "Somebody uses the target" in source.refusal(target.url)


def test_only_postgresql_is_a_target(source: Source) -> None:
    assert "postgresql://" in source.refusal("sqlite:////tmp/elsewhere.sqlite3")
    assert "postgresql://" in source.refusal("mysql://localhost/patrol")
