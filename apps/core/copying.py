"""The rows of one database copied into another, and what a database holds as a number that two can be compared by.

Knows no model: every table that Django knows is copied alike, keys included, in batches, so that memory stays
bounded. Whoever calls holds the transactions.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.color import no_style
from django.db import DataError, IntegrityError, connections, models, transaction

from apps.core import databases

BATCH = 100
"""Rows in memory at a time."""
FILLED_BY_MIGRATE = ("django_content_type", "auth_permission")
"""Tables that hold rows as soon as they are there. Django names its models and their permissions in them."""

Model = type[models.Model]


class Refused(Exception):
    """The other database does not take a row; names the table, the row and why."""


@dataclass(frozen=True)
class Contents:
    """What a table holds. `digest` is the sum of the rows' SHA-256 modulo 2^256, so their order does not matter."""

    rows: int
    digest: int


@contextmanager
def opened(url: str, alias: str) -> Iterator[str]:
    """Inside the block Django knows the PostgreSQL database of `url` as `alias`. Raises ImproperlyConfigured."""
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("The other database is named as postgresql://user@host:port/name.")
    entry = databases.parse(url, Path(), prepares=False)  # it may be behind any pooler, and each row is sent once
    connections.databases[alias] = connections.configure_settings({"default": {}, alias: entry})[alias]
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.databases[alias]


def tables() -> list[Model]:
    """Every table with a model, those between two models included."""
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def filled(using: str) -> list[str]:
    """The tables that hold rows, without those that migrating fills."""
    known = [model for model in tables() if model._meta.db_table not in FILLED_BY_MIGRATE]
    return [model._meta.db_table for model in known if model._base_manager.using(using).exists()]


def clear_what_migrate_filled(using: str) -> None:
    """The source brings its own rows of these, with their keys."""
    with connections[using].cursor() as cursor:
        for table in reversed(FILLED_BY_MIGRATE):
            cursor.execute(f"DELETE FROM {connections[using].ops.quote_name(table)}")  # noqa: S608  named above


def copy(model: Model, *, source: str, target: str) -> Contents:
    """Copy a table into an empty one; what was read. Raises Refused."""
    rows = digest = 0
    for batch in _batches(model._base_manager.using(source).order_by("pk").iterator(chunk_size=BATCH)):
        _insert(model, batch, target)
        rows += len(batch)
        digest += sum(map(fingerprint, batch))
    return Contents(rows, digest % 2**256)


def contents(model: Model, *, using: str) -> Contents:
    """What a table holds."""
    rows = digest = 0
    for row in model._base_manager.using(using).order_by("pk").iterator(chunk_size=BATCH):
        rows += 1
        digest += fingerprint(row)
    return Contents(rows, digest % 2**256)


def set_sequences(copied: Iterable[Model], *, using: str) -> None:
    """The next row of each table gets a key that nothing copied has."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(copied)):
            cursor.execute(statement)


def _batches(rows: Iterator[models.Model]) -> Iterator[list[models.Model]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _insert(model: Model, rows: Sequence[models.Model], target: str) -> None:
    """All of them in one statement; where that is refused, one by one until the row is found that is not taken."""
    try:
        with transaction.atomic(using=target):
            model._base_manager.using(target).bulk_create(rows)
    except (DataError, IntegrityError, ValueError) as error:
        if len(rows) == 1:
            sentence = f"{model._meta.db_table}, row {rows[0].pk}: {_first_line(error)}"
            raise Refused(sentence) from error
        for row in rows:
            _insert(model, [row], target)
        raise


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def fingerprint(row: models.Model) -> int:
    """The SHA-256 of a row's values as a number: the same on every database that keeps the same values."""
    values = [getattr(row, field.attname) for field in row._meta.concrete_fields]
    said = json.dumps(values, default=_plain, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(said.encode()).digest(), "big")


def _plain(value: Any) -> str:
    """Instants in UTC, days as they are, bytes as hex."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} cannot be compared between databases.")
