"""Writing events in tests, and a database that refuses to take one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from apps.audit import services
from apps.audit.models import Event

CHAIN, OTHER_CHAIN = 7, 8

_REFUSE = {
    "sqlite": [
        """CREATE TRIGGER tests_refuse BEFORE INSERT ON audit_event WHEN NEW.name = '{name}'
        BEGIN SELECT RAISE(ABORT, 'no room for this event'); END""",
    ],
    "postgresql": [
        """CREATE FUNCTION tests_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no room for this event'; END $$""",
        """CREATE TRIGGER tests_refuse BEFORE INSERT ON audit_event
        FOR EACH ROW WHEN (NEW.name = '{name}') EXECUTE FUNCTION tests_refuse()""",
    ],
}
_TAKE_AGAIN = {
    "sqlite": ["DROP TRIGGER tests_refuse"],
    "postgresql": ["DROP TRIGGER tests_refuse ON audit_event", "DROP FUNCTION tests_refuse()"],
}


def recorded(name: str = "thing.happened", *, chain: int | None = CHAIN, **fields: Any) -> Event:
    """One event, committed."""
    with transaction.atomic():
        return services.record(name, organization_id=chain, **fields)


def recorded_and_failed(name: str, *, chain: int = CHAIN) -> None:
    """An event whose transaction fails after it. Raises LookupError."""
    with transaction.atomic():
        services.record(name, organization_id=chain)
        raise LookupError(name)


@contextmanager
def refused(name: str) -> Iterator[None]:
    """Inside the block the database takes no event of this name, as when its disk were full."""
    execute(_REFUSE[connection.vendor], name=name)
    try:
        yield
    finally:
        execute(_TAKE_AGAIN[connection.vendor])


def execute(statements: list[str], **names: str) -> None:
    """SQL, one after another."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**names))
