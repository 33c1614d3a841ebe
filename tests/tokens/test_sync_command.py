"""`manage.py sync ORG`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.core import clock
from apps.github.models import Installation
from tests.cast import ORGANIZATION
from tests.github import GitHub
from tests.tokens.syncing import REQUESTS_PATH


def run(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("sync", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def report(*arguments: str) -> dict[str, Any]:
    """Its one JSON object."""
    found = json.loads(run(ORGANIZATION, "--json", *arguments))
    assert isinstance(found, dict)
    return found


def test_json_holds_what_was_read(patrol: GitHub) -> None:
    first = report()
    assert list(first) == [
        "organization", "grant_requests", "grants", "changed", "http_requests", "not_modified", "seconds",
    ]  # fmt: skip
    assert (first["organization"], first["grant_requests"], first["grants"]) == (ORGANIZATION, 6, 12)
    assert first["http_requests"] > 2
    second = report()
    assert (second["changed"], second["http_requests"], second["not_modified"]) == (0, 2, 2)


def test_people_get_lines(patrol: GitHub) -> None:
    assert "grant requests: 6\n" in run(ORGANIZATION.upper())


def test_an_unknown_organization_is_an_error(patrol: GitHub) -> None:
    with pytest.raises(CommandError, match="does not know"):
        run("nobody-inc")


def test_an_organization_without_the_app_is_an_error(patrol: GitHub) -> None:
    Installation.objects.update(removed_at=clock.now())
    with pytest.raises(CommandError, match="not installed"):
        run(ORGANIZATION)


def test_github_being_away_is_an_error_with_its_reason(patrol: GitHub) -> None:
    patrol.fail("502", REQUESTS_PATH)
    with pytest.raises(CommandError, match="paused: "):
        run(ORGANIZATION)
