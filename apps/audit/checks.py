"""audit.E001 and E002: the record is append-only because the database says so."""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

STANDING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'",
    # 'D' is a trigger that ALTER TABLE switched off, 'R' one that fires on replicas only.
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND tgenabled IN ('O', 'A')",
}
WANTED = {
    "sqlite": {"audit_event_no_update", "audit_event_no_delete"},
    "postgresql": {"audit_event_no_change", "audit_event_no_truncate"},
}


def triggers_stand(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E001: UPDATE, DELETE (and on PostgreSQL TRUNCATE) on events are stopped by triggers; names what is missing.

    E002: SQLite's REPLACE fires the delete trigger only where `recursive_triggers` is on
    (sqlite.org/lang_conflict.html).
    """
    standing = [connections[alias] for alias in databases or ()]
    return [message for one in standing if "audit_event" in one.introspection.table_names() for message in _of(one)]


def _of(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    missing = WANTED[connection.vendor] - set(_column(connection, STANDING[connection.vendor]))
    found: list[CheckMessage] = []
    if missing:
        sentence = f"The triggers that keep audit events append-only are missing or off: {', '.join(sorted(missing))}."
        found.append(Error(sentence, id="audit.E001"))
    if connection.vendor == "sqlite" and _column(connection, "PRAGMA recursive_triggers") != [1]:
        found.append(Error("recursive_triggers is off: REPLACE would delete audit events.", id="audit.E002"))
    return found


def _column(connection: BaseDatabaseWrapper, query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [value for (value,) in cursor.fetchall()]
