"""Many rows in one statement, on PostgreSQL and SQLite alike: the rows travel as one JSON parameter.

Django's bulk_create prepares every value of every row in Python and cuts batches to SQLite's number of
parameters; a first sync writes tens of thousands of rows, and this takes a fifth of the time. Text must be free of
NUL and lone surrogates (`core.text`).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

M = TypeVar("M", bound=models.Model)
Row = dict[str, Any]


def save(instances: Sequence[M], *, unique: Sequence[str], update: Sequence[str]) -> None:
    """Insert unsaved instances of one model, or update the columns `update` where `unique` stands already.

    Names are column attributes ("organization_id"). Primary keys are set. No signals, no defaults of the database.
    """
    if not instances:
        return
    fields = [field.attname for field in instances[0]._meta.concrete_fields if not _assigned(field)]
    rows = [{name: getattr(one, name) for name in fields} for one in instances]
    written = {row[1:]: row[0] for row in write(type(instances[0]), rows, unique=unique, update=update)}
    for one in instances:
        one.pk = written[tuple(getattr(one, name) for name in unique)]


def write(
    model: type[models.Model],
    rows: Iterable[Row],
    *,
    unique: Sequence[str] = (),
    update: Sequence[str] = (),
    refuse: bool = False,
) -> list[tuple[Any, ...]]:
    """Insert rows of equal keys (column attributes); returns (primary key, *unique) of those written.

    `update` names what changes where `unique` stands already; without it such rows are left as they are, or
    (`refuse`) the database's IntegrityError is raised.
    """
    every = list(rows)
    if not every:
        return []
    fields = {field.attname: field for field in model._meta.concrete_fields if field.attname in every[0]}
    insert, as_json = _WAYS[connection.vendor]
    statement = insert(model, fields)
    statement += "" if refuse else _conflict(fields, unique, update)
    statement += f" RETURNING {_columns(model, unique)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(every)])
        return list(cursor.fetchall())


def take_statistics(*written: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> None:
    """Let PostgreSQL look at tables that just got their first rows.

    Until its autovacuum comes by, it takes ten thousand rows of one organization for a handful and reads them all for
    each question. SQLite plans without. Outside a transaction.
    """
    if connections[using].vendor != "postgresql":
        return
    with connections[using].cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(_quoted(model._meta.db_table) for model in written))


def _postgresql(model: type[models.Model], fields: dict[str, Any]) -> str:
    """`jsonb_to_recordset` types the columns."""
    columns = ", ".join(_quoted(field.column) for field in fields.values())
    typed = ", ".join(f"{_quoted(name)} {_type(field)}" for name, field in fields.items())
    names = ", ".join(_quoted(name) for name in fields)
    return (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) "  # noqa: S608  names of our own models
        f"SELECT {names} FROM jsonb_to_recordset(%s::jsonb) AS given ({typed})"
    )


def _sqlite(model: type[models.Model], fields: dict[str, Any]) -> str:
    """`json_each`; WHERE keeps the parser from reading ON CONFLICT as a join (sqlite.org/lang_upsert.html)."""
    columns = ", ".join(_quoted(field.column) for field in fields.values())
    values = ", ".join(f"json_extract(value, '$.{name}')" for name in fields)
    return (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) "  # noqa: S608  names of our own models
        f"SELECT {values} FROM json_each(%s) WHERE true"
    )


def _conflict(fields: dict[str, Any], unique: Sequence[str], update: Sequence[str]) -> str:
    if not update:
        return " ON CONFLICT DO NOTHING"
    target = ", ".join(_quoted(fields[name].column) for name in unique)
    changes = ", ".join(f"{_quoted(fields[name].column)} = EXCLUDED.{_quoted(fields[name].column)}" for name in update)
    return f" ON CONFLICT ({target}) DO UPDATE SET {changes}"


def _columns(model: type[models.Model], unique: Sequence[str]) -> str:
    fields = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    return ", ".join(_quoted(fields[name]) for name in (model._meta.pk.attname, *unique))


def _type(field: Any) -> str:
    found = field.target_field.rel_db_type(connection) if field.is_relation else field.rel_db_type(connection)
    return str(found)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _assigned(field: Any) -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField)


def _json_of_postgresql(rows: list[Row]) -> str:
    """Instants in RFC 3339."""
    return msgspec.json.encode(rows).decode()


def _json_of_sqlite(rows: list[Row]) -> str:
    """Instants as Django writes them there: UTC without saying so."""
    return json.dumps(rows, default=_naive, separators=(",", ":"))


def _naive(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} cannot be written in bulk.")
    return str(value.astimezone(UTC).replace(tzinfo=None))


_WAYS = {"postgresql": (_postgresql, _json_of_postgresql), "sqlite": (_sqlite, _json_of_sqlite)}
