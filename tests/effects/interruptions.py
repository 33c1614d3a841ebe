"""What may happen to a process between two statements: it dies, or it stops while others go on.

Nothing of Patrol is patched: Django's `execute_wrapper` sees every statement. A process that died says nothing any
more, and its open transaction is rolled back, as a database does for a connection that is gone. A process that
stops does so outside its transactions only: inside, it would hold the locks and the others would wait for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class Died(BaseException):
    """The process is no more. No `except Exception` may go on after it."""


@contextmanager
def dies_after(statements: int) -> Iterator[None]:
    """The process that runs inside dies when so many statements were executed, if it comes that far."""
    left, dead = statements, False

    def wrapper(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal left, dead
        if dead:
            if sql.startswith(("ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT")):
                return execute(sql, params, many, context)
            raise Died
        result = execute(sql, params, many, context)
        left -= 1
        if left <= 0:
            dead = True
            raise Died
        return result

    try:
        with connection.execute_wrapper(wrapper):
            yield
    except Died:
        # What bulk_update wrote outside our transactions is committed at once; it opens no savepoint that says so.
        transaction.set_rollback(False)


@contextmanager
def stops_at(point: int, meanwhile: Callable[[], None]) -> Iterator[None]:
    """At so many places outside transactions, `meanwhile` is done by others; then the process goes on."""
    left, elsewhere = point, False
    depth = len(connection.savepoint_ids)

    def stop() -> None:
        nonlocal left, elsewhere
        if len(connection.savepoint_ids) != depth:
            return
        left -= 1
        if left == 0:
            elsewhere = True
            meanwhile()
            elsewhere = False

    def wrapper(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if elsewhere:
            return execute(sql, params, many, context)
        if not sql.startswith("RELEASE SAVEPOINT"):  # still inside
            stop()
        result = execute(sql, params, many, context)
        if sql.startswith(("RELEASE SAVEPOINT", "UPDATE", "DELETE")):  # of others the rows are still to be read
            stop()
        return result

    with connection.execute_wrapper(wrapper):
        yield
