"""An operator reads GitHub's table of permissions: checked whole, then put in place of the one before."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import Event
from apps.tokens.models import PermissionTable
from apps.tokens.queries.permission_table import table_in_use
from tests.github.listening import listening

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
MANY = 250


def route(path: str, verb: str = "get", access: str = "read", **more: Any) -> dict[str, Any]:
    return {
        "category": "a", "slug": "b", "subcategory": "c", "verb": verb, "requestPath": path, "access": access,
        "additional-permissions": False, **more,
    }  # fmt: skip


def table(*routes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As GitHub's documentation has it, with enough in it to be believed."""
    many = [route(f"/repos/{{owner}}/{{repo}}/made-up-{number}") for number in range(MANY)]
    entry = {"title": "Contents", "displayTitle": 'Repository permissions for "Contents"'}
    return {"contents": {**entry, "permissions": [*many, *routes]}, **more}


def apps_table(*routes: dict[str, Any]) -> dict[str, Any]:
    entry = {"title": "Checks", "displayTitle": 'Repository permissions for "Checks"'}
    told = [{**one, "user-to-server": True, "server-to-server": True} for one in routes]
    return {"checks": {**entry, "permissions": told}}


@pytest.fixture
def update(tmp_path: Path) -> Callable[..., str]:
    """Runs the command on tables written to files, and gives what it said."""

    def run(*tables: Any) -> str:
        files = []
        for number, one in enumerate(tables):
            file = tmp_path / f"table-{number}.json"
            file.write_bytes(one if isinstance(one, bytes) else json.dumps(one).encode())
            files.append(str(file))
        said = StringIO()
        call_command("update_permissions", *files, stdout=said)
        return said.getvalue()

    return run


def test_before_any_was_read_the_builtin_table_is_in_use() -> None:
    found = table_in_use()
    assert found.read_at is None
    assert found.source.startswith("@octokit/app-permissions")


def test_a_table_that_was_read_goes_before_the_builtin_one(update: Callable[..., str]) -> None:
    said = update(
        table(route("/repos/{owner}/{repo}/pulls", access="write")), apps_table(route("/repos/{owner}/{repo}/checks"))
    )
    assert f"{MANY + 2} endpoints are known now." in said
    assert "different: GET /repos/{owner}/{repo}/pulls" in said
    found = table_in_use()
    pulls, checks = (found.catalogue.find("GET", f"/repos/a/b/{name}") for name in ("pulls", "checks"))
    assert pulls is not None
    assert pulls.sets == ((("repository", "contents", "write"),),)
    assert checks is not None
    assert not checks.token
    assert (found.source, found.read_at is not None) == ("table-0.json and table-1.json", True)
    assert found.catalogue.find("GET", "/rate_limit"), "what needs nothing is in no table, and known all the same"
    event = Event.objects.get(name="permission_table.replaced")
    assert event.data["count"] == MANY + 2


def test_the_newer_table_is_used_at_once_and_what_changed_is_said(update: Callable[..., str]) -> None:
    update(table())
    assert "Nothing is different." in update(table())
    said = update(table(route("/repos/{owner}/{repo}/brand-new")))
    assert "1 more: GET /repos/{owner}/{repo}/brand-new" in said
    assert table_in_use().catalogue.find("GET", "/repos/a/b/brand-new")
    assert "1 no longer there" in update(table())
    assert not table_in_use().catalogue.find("GET", "/repos/a/b/brand-new")


_NO_ROUTES = {"title": "A", "displayTitle": 'Repository permissions for "A"', "permissions": "x"}
_STRANGE = {"title": "A", "displayTitle": "Something else", "permissions": [route("/x")]}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([b"<html>"], "no JSON"),
        ([b"[" * 100_000], "no JSON"),
        ([b"[]"], "no permissions"),
        ([b"{}"], "no permissions"),
        ([b" " * 5_000_001], "larger than 5 MB"),
        ([{"contents": _NO_ROUTES}], "no list of routes"),
        ([{"Contents!": _NO_ROUTES}], "no name"),
        ([table(x_y=_STRANGE)], "permission of nothing"),
        ([table(route("/x", verb="fetch"))], "no verb"),
        ([table(route("x"))], "no address"),
        ([table(route("/x?y=<script>"))], "no address"),
        ([table(route("/x", access="owner"))], "no level"),
        ([{"contents": {**table()["contents"], "permissions": [route("/x")]}}], "There are 1 endpoints"),
        ([apps_table(route("/x"))], "There are 0 endpoints"),
        ([table(), table()], "same kind"),
        ([table(**apps_table(route("/x")))], "neither"),
    ],
)
def test_what_is_not_githubs_table_changes_nothing(update: Callable[..., str], files: list[Any], says: str) -> None:
    update(table())
    before = PermissionTable.objects.get()
    with pytest.raises(CommandError, match=says) as refused:
        update(*files)
    assert "The table in use stays." in str(refused.value)
    assert PermissionTable.objects.get().digest == before.digest
    assert Event.objects.filter(name="permission_table.replaced").count() == 1


def test_an_address_is_fetched_and_named_without_what_may_be_secret() -> None:
    body = json.dumps(table()).encode()
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n"
    with listening(head % (b"200 OK", len(body)) + body) as there:
        call_command("update_permissions", f"http://{there}/data.json?token=hunter2", stdout=StringIO())
    assert table_in_use().source == f"http://{there}/data.json"
    with listening(head % (b"404 Not Found", 0)) as there, pytest.raises(CommandError, match="answered 404"):
        call_command("update_permissions", f"http://{there}/data.json")
    with pytest.raises(CommandError, match="https://"):
        call_command("update_permissions", "http://example.com/data.json")
    with pytest.raises(CommandError, match="name or a password"):
        call_command("update_permissions", "https://me:hunter2@example.com/data.json")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("update_permissions", "no-such-file.json")
