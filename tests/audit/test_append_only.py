"""What is in the record stays there: the database refuses to change or delete an event, whoever asks."""

from collections.abc import Callable
from importlib import import_module

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from apps.audit.models import Event
from tests.audit.writing import execute, recorded

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="REPLACE is SQLite's")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
TRIGGERS = import_module("apps.audit.migrations.0002_append_only").STATEMENTS
COLUMNS = "id, chain, sequence, name, subject, actor_login, recorded_at, data, canonical"


def sql(statement: str) -> None:
    """One statement, past Django's models."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def saved_again(event: Event) -> None:
    event.name = "thing.undone"
    event.save()


def written_over(event: Event) -> None:
    event.name = "thing.undone"
    Event.objects.bulk_create(
        [event], update_conflicts=True, unique_fields=["chain", "sequence"], update_fields=["name"]
    )


WAYS: dict[str, Callable[[Event], object]] = {
    "save": saved_again,
    "delete": lambda event: event.delete(),
    "QuerySet.update": lambda _: Event.objects.update(name="thing.undone"),
    "QuerySet.bulk_update": lambda event: Event.objects.bulk_update([event], ["name"]),
    "QuerySet.delete": lambda _: Event.objects.all().delete(),
    "ON CONFLICT DO UPDATE": written_over,
    "UPDATE": lambda _: sql("UPDATE audit_event SET name = 'thing.undone'"),
    "UPDATE to the same": lambda _: sql("UPDATE audit_event SET name = name"),
    "DELETE": lambda _: sql("DELETE FROM audit_event"),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_event_stays_as_it_was_written(way: str) -> None:
    event = recorded()
    before = Event.objects.values().get()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        WAYS[way](event)

    assert Event.objects.values().get() == before


def test_a_further_event_is_appended() -> None:
    """Beside the refusals: the triggers stop changes, not the record."""
    recorded()
    recorded()
    assert list(Event.objects.order_by("pk").values_list("sequence", flat=True)) == [1, 2]


@on_sqlite
@pytest.mark.parametrize("conflict", ["id", "sequence"])
@pytest.mark.parametrize("verb", ["REPLACE INTO", "INSERT OR REPLACE INTO"])
def test_replace_does_not_push_an_event_out(verb: str, conflict: str) -> None:
    event = recorded()
    key = event.pk if conflict == "id" else event.pk + 1
    sequence = event.sequence + 1 if conflict == "id" else event.sequence

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(
            f"{verb} audit_event ({COLUMNS}) "
            f"VALUES ({key}, {event.chain}, {sequence}, 'thing.undone', '', '', '', '{{}}', x'00')"
        )

    assert Event.objects.get().name == "thing.happened"


@on_postgresql
def test_truncate_is_refused() -> None:
    recorded()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql("TRUNCATE audit_event")

    assert Event.objects.count() == 1


def missing() -> list[str]:
    """What the check of the record says, as `manage.py check --database default` runs it."""
    found = run_checks(databases=["default"])
    return [f"{one.id} {one.msg}" for one in found if str(one.id).startswith("audit.")]


def test_the_check_is_silent_while_the_triggers_stand() -> None:
    assert missing() == []


@pytest.mark.parametrize("number", range(2))
def test_the_check_names_a_trigger_that_is_missing(number: int) -> None:
    """Another trigger on the table does not stand in for it."""
    drop = [one for one in TRIGGERS[connection.vendor]["down"] if one.startswith("DROP TRIGGER")][number]
    name = drop.split()[2]
    execute([drop])
    execute(DECOY[connection.vendor])
    try:
        assert missing() == [f"audit.E001 The triggers that keep audit events append-only are missing or off: {name}."]
    finally:
        execute(DECOY_GONE[connection.vendor])


DECOY = {
    "sqlite": ["CREATE TRIGGER tests_decoy BEFORE UPDATE ON audit_event BEGIN SELECT 1; END"],
    "postgresql": [
        """CREATE TRIGGER tests_decoy BEFORE UPDATE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
    ],
}
DECOY_GONE = {
    "sqlite": ["DROP TRIGGER tests_decoy"],
    "postgresql": ["DROP TRIGGER tests_decoy ON audit_event"],
}


@on_postgresql
def test_the_check_names_a_trigger_that_is_switched_off() -> None:
    sql("ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_change")
    assert [one.split()[0] for one in missing()] == ["audit.E001"]
    sql("ALTER TABLE audit_event ENABLE TRIGGER audit_event_no_change")
    assert missing() == []


@on_sqlite
def test_the_check_says_when_replace_would_delete() -> None:
    sql("PRAGMA recursive_triggers = OFF")
    try:
        assert [one.split()[0] for one in missing()] == ["audit.E002"]
    finally:
        sql("PRAGMA recursive_triggers = ON")
