"""What people are told when the database fails, and what when Patrol does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from tests.cast import ORGANIZATION, OWNER

PAGE = f"/orgs/{ORGANIZATION}/requests/"


class _ReadOnly(Exception):
    """As PostgreSQL's driver names it."""

    sqlstate = "25006"


def _failing(error: Exception, cause: Exception | None = None) -> Callable[..., Any]:
    def fail(*_: Any) -> None:
        raise error from cause

    return fail


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OperationalError("database is locked"), None),
        (InterfaceError("connection already closed"), None),
        (InternalError("cannot execute UPDATE in a read-only transaction"), _ReadOnly()),
    ],
    ids=["away", "cut off", "read-only"],
)
def test_a_database_that_fails_is_no_mistake_of_patrols(
    browse: Callable[[str], Client], error: Exception, cause: Exception | None
) -> None:
    client = browse(OWNER)
    client.raise_request_exception = False
    with connection.execute_wrapper(_failing(error, cause)):
        answer = client.get(PAGE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert b"The database does not answer" in answer.content
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("error", [ValueError("a mistake"), InternalError("a mistake")], ids=["ours", "in SQL"])
def test_a_mistake_is_called_one(browse: Callable[[str], Client], error: Exception) -> None:
    client = browse(OWNER)
    client.raise_request_exception = False
    with connection.execute_wrapper(_failing(error)):
        answer = client.get(PAGE)
    assert answer.status_code == 500
    assert b"Patrol made a mistake" in answer.content
    assert "Retry-After" not in answer.headers
