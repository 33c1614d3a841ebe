"""The filters of both token lists, exactly the documented ones.

Source: docs.github.com, REST "Personal access tokens": `owner[]` (10), `repository`, `permission`,
`last_used_before`, `last_used_after`, `token_id[]` (50), `sort`, `direction`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from apps.simulator.clock import parse_instant
from apps.simulator.http import Request, invalid
from apps.simulator.model import LEVELS, Grant, GrantRequest, Organization

Listed = TypeVar("Listed", GrantRequest, Grant)
Test = Callable[[GrantRequest | Grant], bool]

_RESOURCE = "ProgrammaticAccess"


def chosen(request: Request, organization: Organization, ordered: Sequence[Listed]) -> Sequence[Listed]:
    """Of items that come oldest first, those that pass every filter, newest first unless `direction=asc`.

    Refuses with 422 what is not as documented.
    """
    tests = _tests(request, organization)
    kept = [item for item in ordered if all(test(item) for test in tests)] if tests else ordered
    return kept[::-1] if _newest_first(request) else kept


def _newest_first(request: Request) -> bool:
    if request.parameter("sort", "created_at") != "created_at":
        raise invalid(_RESOURCE, "sort", "sort must be created_at")
    direction = request.parameter("direction", "desc")
    if direction not in ("asc", "desc"):
        raise invalid(_RESOURCE, "direction", "direction must be asc or desc")
    return direction == "desc"


def _tests(request: Request, organization: Organization) -> list[Test]:
    asked = request.query()
    makers = (_by_owner, _by_token, _by_use)
    tests = [test for make in makers for test in make(asked)]
    if repository := request.parameter("repository"):
        tests.append(_by_repository(organization, repository))
    if permission := request.parameter("permission"):
        tests.append(_by_permission(permission))
    return tests


def _many(asked: dict[str, list[str]], name: str, most: int) -> list[str]:
    values = [*asked.get(f"{name}[]", []), *asked.get(name, [])]
    if len(values) > most:
        raise invalid(_RESOURCE, name, f"{name} takes at most {most} values")
    return values


def _by_owner(asked: dict[str, list[str]]) -> list[Test]:
    owners = {login.casefold() for login in _many(asked, "owner", 10)}
    return [lambda item: item.token.owner.login.casefold() in owners] if owners else []


def _by_token(asked: dict[str, list[str]]) -> list[Test]:
    texts = _many(asked, "token_id", 50)
    if not all(text.isascii() and text.isdigit() for text in texts):
        raise invalid(_RESOURCE, "token_id", "token_id must be integers")
    ids = {int(text) for text in texts}
    return [lambda item: item.token.id in ids] if ids else []


def _by_use(asked: dict[str, list[str]]) -> list[Test]:
    """A token that was never used was used neither before nor after anything."""
    tests: list[Test] = []
    if before := asked.get("last_used_before", [""])[-1]:
        latest = _instant("last_used_before", before)
        tests.append(lambda item: item.token.last_used_at is not None and item.token.last_used_at <= latest)
    if after := asked.get("last_used_after", [""])[-1]:
        earliest = _instant("last_used_after", after)
        tests.append(lambda item: item.token.last_used_at is not None and item.token.last_used_at >= earliest)
    return tests


def _instant(name: str, text: str) -> float:
    try:
        return parse_instant(text.replace(" ", "+"))
    except ValueError:
        raise invalid(_RESOURCE, name, f"{name} must be an ISO 8601 timestamp") from None


def _by_repository(organization: Organization, name: str) -> Test:
    """Tokens that reach this repository: by name, or because they reach all of them."""
    repository = organization.repository_named(name.removeprefix(f"{organization.login}/"))
    if repository is None:
        return lambda _item: False
    number = repository.id
    return lambda item: item.access.repository_selection == "all" or number in item.access.repository_ids


def _by_permission(text: str) -> Test:
    """``issues_read``: a permission at exactly this level, of whatever kind."""
    name, _, level = text.rpartition("_")
    if not name or level not in LEVELS:
        raise invalid(_RESOURCE, "permission", "permission must be a name and a level, such as issues_read")
    return lambda item: any(held.get(name) == level for held in item.access.permissions.values())
