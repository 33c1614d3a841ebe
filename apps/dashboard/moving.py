"""An installation on SQLite taken to PostgreSQL, all of it or nothing."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max

from apps.audit import queries as audit
from apps.audit.checks import triggers_stand
from apps.core import bulk, clock, copying
from apps.jobs.models import Slot

SOURCE, TARGET = DEFAULT_DB_ALIAS, "move_target"
QUIET = timedelta(minutes=2)
"""Whoever serves Patrol opens a slot of the schedule every minute."""
Say = Callable[[str], None]


class CannotMove(Exception):
    """A sentence for the operator. Nothing was moved."""


@dataclass(frozen=True)
class Moved:
    """What was copied and verified: rows by table, and the digest of the record on both sides."""

    rows: dict[str, int]
    record: str


def move(url: str, *, say: Say) -> Moved:
    """Copy everything of the configured SQLite database into the PostgreSQL database of `url` and verify it there.

    The target is migrated where it has no tables. Its rows come in one transaction, which ends only after every
    table was read back and found equal. The source is locked all the while and left as it is. Raises CannotMove,
    copying.Refused, ImproperlyConfigured, and what the driver raises.
    """
    if connections[SOURCE].vendor != "sqlite":
        raise CannotMove("This installation is not on SQLite: PATROL_DATABASE_URL names another database.")
    with copying.opened(url, TARGET), _services_stopped():
        _require_migrated(SOURCE, "This installation")
        _make_ready(say)
        with _source_locked(), transaction.atomic(using=TARGET):
            _require_empty()
            moved = _copied(say)
        bulk.take_statistics(*copying.tables(), using=TARGET)
    return moved


def _copied(say: Say) -> Moved:
    """Copy each table, then read each back. Raises CannotMove where something differs."""
    copying.clear_what_migrate_filled(TARGET)
    every = copying.tables()
    copied = {model: copying.copy(model, source=SOURCE, target=TARGET) for model in every}
    connections[TARGET].check_constraints()
    copying.set_sequences(every, using=TARGET)
    for model, was in copied.items():
        found = copying.contents(model, using=TARGET)
        if found != was:
            raise CannotMove(f"{model._meta.db_table} holds {found.rows} rows that are not the {was.rows} copied.")
        say(f"{was.rows:>9}  {model._meta.db_table}")
    record = audit.digest(SOURCE)
    if audit.digest(TARGET) != record:
        raise CannotMove("The record is not the same, byte for byte.")
    return Moved({model._meta.db_table: was.rows for model, was in copied.items()}, record)


@contextmanager
def _services_stopped() -> Iterator[None]:
    """Nobody serves this installation, and `make run` starts nothing in its data directory inside the block.

    What was decided after the copy began would be left behind. Where `make run` keeps the directory its lock tells;
    of services started otherwise only what they write tells.
    """
    lock = Path(settings.DATA_DIR) / "supervisor.lock"
    if not lock.exists():
        _require_quiet()
        yield
        return
    with lock.open("a", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotMove(f"Patrol runs in {lock.parent}; stop it first.") from error
        yield


def _require_quiet() -> None:
    last = Slot.objects.using(SOURCE).aggregate(last=Max("rung_at"))["last"]
    if last and clock.now() - last < QUIET:
        raise CannotMove(
            f"Patrol worked on this database at {last:%H:%M:%S} UTC. Stop web, workers, beat and sweeper, "
            f"and try again when it was quiet for {QUIET.seconds // 60} minutes."
        )


@contextmanager
def _source_locked() -> Iterator[None]:
    """One transaction, begun with the write lock of SQLite: nobody writes until the block ends."""
    with ExitStack() as stack:
        try:
            stack.enter_context(transaction.atomic(using=SOURCE))
        except OperationalError as error:
            raise CannotMove(f"The source is being written to; stop all services first ({error}).") from error
        yield


def _make_ready(say: Say) -> None:
    """Tables where there are none yet. Raises CannotMove where they are not those of this version."""
    if not connections[TARGET].introspection.table_names():
        say("The target has no tables yet; making them.")
        call_command("migrate", database=TARGET, interactive=False, verbosity=0)
    _require_migrated(TARGET, "The target")
    for message in triggers_stand(databases=[TARGET]):
        raise CannotMove(f"The target: {message.msg}")


def _require_migrated(alias: str, name: str) -> None:
    executor = MigrationExecutor(connections[alias])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotMove(f"{name} is not migrated to this version: run `python -m config.prepare` on it first.")


def _require_empty() -> None:
    """Nobody else writes to the target from here on, and nobody has."""
    connection = connections[TARGET]
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in copying.tables())
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT")
        except OperationalError as error:
            raise CannotMove("Somebody uses the target; stop all services first.") from error
    if filled := copying.filled(TARGET):
        raise CannotMove(f"The target is not empty: {', '.join(filled)}.")
