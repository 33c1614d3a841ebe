"""What many tests begin with is made once and then put back: Patrol's rows, GitHub's world, and who is signed in.

To make it goes over HTTP as people and Patrol do, a third of a second each time; to put it back takes a hundredth.
What is kept is of the last seconds only, so that nothing in it is older than on a slow machine.
"""

import copyreg
import pickle
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, TypeVar, cast

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.github import addresses, hook_secrets, services
from apps.simulator.server import SimulatorServer
from apps.simulator.state import State
from tests.github import GitHub

T = TypeVar("T")
FRESH_SECONDS = 15
# A world's own: its locks, and what travels at this moment.
_NOT_KEPT = {"lock", "dirty", "outbox", "announce", "faults"}
_KEPT = [one.name for one in fields(State) if one.name not in _NOT_KEPT]
_triggers = import_module("apps.audit.migrations.0002_append_only").STATEMENTS


def _browser(cookies: Any, checks: bool, raises: bool) -> Client:
    client = Client(enforce_csrf_checks=checks, raise_request_exception=raises)
    client.cookies = cookies
    return client


def _reduced(client: Client) -> tuple[Any, ...]:
    return _browser, (client.cookies, client.handler.enforce_csrf_checks, client.raise_request_exception)


copyreg.pickle(Client, _reduced)


@dataclass(frozen=True)
class _Copy:
    """`value`: what the making gave, and `world`: GitHub's, both as bytes; `put_back`: the rows."""

    made_at: float
    value: bytes
    world: bytes
    put_back: Callable[[], None]


_copies: dict[Any, _Copy] = {}


class Keeping:
    """`keeping(make)` gives what `make(patrol)` gives, where `patrol` is a GitHub that Patrol is registered at.

    `make` has to be a function of a module, which stands for what it makes, and may not depend on anything else. A
    test begins with one such thing: asked for `registered` afterwards there is nothing to do, and another is refused.
    """

    def __init__(self, github: GitHub, server: SimulatorServer) -> None:
        self._github, self._server = github, server
        self._begun = False

    def __call__(self, make: Callable[[GitHub], T]) -> T:
        if self._begun and make is registered:
            return cast(T, self._github)
        assert not self._begun, f"what the test began with would be lost: name the fixture of {make.__name__} first"
        self._begun = True
        return self._begin(make)

    def _begin(self, make: Callable[[GitHub], T]) -> T:
        kept = _copies.get(make)
        if kept is None or time.monotonic() - kept.made_at > FRESH_SECONDS:
            return self._make(make)
        kept.put_back()
        hook_secrets.forget()  # read from rows that were others
        addresses.forget()
        state = self._server.state
        with state.lock:
            for name, value in zip(_KEPT, pickle.loads(kept.world), strict=True):  # noqa: S301  its own bytes
                setattr(state, name, value)
        given: T = pickle.loads(kept.value)  # noqa: S301  its own bytes
        return given

    def _make(self, make: Callable[[GitHub], T]) -> T:
        began = time.monotonic()
        given = make(self._github if make is registered else self._begin(registered))
        state = self._server.state  # after the making, which may have made another world
        with state.lock:
            world = pickle.dumps([getattr(state, name) for name in _KEPT])
        _copies[make] = _Copy(began, pickle.dumps(given), world, _rows[connection.vendor]())
        return given


def beginning(make: Callable[[GitHub], T]) -> Any:
    """Decorates what makes something of a registered GitHub: a fixture that a test begins with, kept and put back."""

    @pytest.fixture(name=make.__name__)
    def begun(keeping: Keeping) -> T:
        return keeping(make)

    begun.__doc__ = make.__doc__
    return begun


def registered(github: GitHub) -> GitHub:
    """Patrol is an App there and has read its installations."""
    services.register_app_from_settings()
    services.sync_installations()
    return github


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows_of_sqlite() -> Callable[[], None]:
    """The whole file, triggers and all."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    connection.ensure_connection()
    connection.connection.backup(copy)
    return lambda: copy.backup(connection.connection)


def _rows_of_postgresql() -> Callable[[], None]:
    """Into tables that are empty; sequences go on."""
    copies: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as out:
                copies[table] = b"".join(out)
    held = {table: rows for table, rows in copies.items() if len(rows) > _EMPTY}

    def put_back() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in held.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as into:
                    into.write(rows)

    return put_back


def put_triggers() -> None:
    """Audit events refuse to be changed."""
    with connection.cursor() as cursor:
        for statement in _triggers[connection.vendor]["up"]:
            cursor.execute(statement)


def lift_triggers() -> None:
    """Whatever the test before left of them."""
    with connection.cursor() as cursor:
        for statement in _triggers[connection.vendor]["down"]:
            cursor.execute(
                statement.replace("DROP TRIGGER", "DROP TRIGGER IF EXISTS").replace(
                    "DROP FUNCTION", "DROP FUNCTION IF EXISTS"
                )
            )


_EMPTY = 21
"""Bytes of a table without rows: what PostgreSQL begins and ends them with."""
_rows = {"sqlite": _rows_of_sqlite, "postgresql": _rows_of_postgresql}
