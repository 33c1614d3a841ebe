"""audit.E001: the record is append-only because the database says so."""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connection

QUERIES = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'",
    "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND NOT tgisinternal",
}


def triggers_stand(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """UPDATE, DELETE (and on PostgreSQL TRUNCATE) on events are stopped by triggers."""
    if not databases or "audit_event" not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[connection.vendor])
        (count,) = cursor.fetchone()
    wanted = {"sqlite": 2, "postgresql": 2}[connection.vendor]
    if count >= wanted:
        return []
    return [Error("The triggers that keep audit events append-only are missing.", id="audit.E001")]
