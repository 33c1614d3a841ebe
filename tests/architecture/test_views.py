"""Every page asks who may see it."""

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# The functions of accounts.access that decide who may see what.
ACCESS = {
    "owned_organization", "owned_organizations", "live_organization", "covered_organizations", "visible_organizations",
    "joined_organizations", "member_organization", "own_feeds", "require_administrator", "require_member",
}  # fmt: skip
# Pages for everybody, each with its reason.
OPEN_TO_ALL = {
    "core:livez": "the process answers; says nothing else",
    "core:readyz": "names what is missing for the operator, no data",
    "github:webhook": "machines post there; the signature under the body guards it, before any query",
    "dashboard:feed": "calendars read there; the secret in the address guards it",
    "dashboard:leave-demo": "how to start another Patrol; only in the demo, no data",
    "accounts:sign-in": "where one signs in",
    "accounts:callback": "where GitHub sends people back; state and PKCE guard it",
    "dashboard:setup": "where the setup's one-time code is typed; 404 once Patrol is set up",
    **dict.fromkeys(
        [f"dashboard:setup-{step}" for step in ("github", "organizations", "create", "by-hand", "created", "install")],
        "only for the browser that brought the one-time code, and only while Patrol is not set up",
    ),
    "dashboard:setup-installed": "where GitHub sends people after an installation; signs in, or looks as the person",
    "accounts:sign-out": "ends the caller's own session",
}
SAMPLES: dict[str, Any] = {"login": "acme-robotics", "pat_request_id": 1, "pat_id": 1, "key": "decisions"}


def _patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, entry.namespace or space)
        else:
            yield f"{space}:{entry.name}", entry


PATTERNS = dict(_patterns(get_resolver()))
GUARDED = sorted(set(PATTERNS) - set(OPEN_TO_ALL))


def _code_names(code: CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*(_code_names(one) for one in inner))


def _reaches_access(view: Callable[..., Any], seen: set[int]) -> bool:
    """Whether the view, what it is decorated with, or a function of the rooms it calls calls an access function."""
    wrapped = getattr(view, "__wrapped__", None)
    if wrapped is not None and _reaches_access(wrapped, seen):
        return True
    if not isinstance(view, FunctionType) or id(view) in seen:
        return False
    seen.add(id(view))
    names = _code_names(view.__code__)
    if names & ACCESS:
        return True
    called = [view.__globals__.get(name) for name in names]
    modules = [value for value in called if inspect.ismodule(value)]
    helpers = [value for value in called if callable(value)]
    helpers += [getattr(module, name) for module in modules for name in names if hasattr(module, name)]
    ours = [one for one in helpers if ".views" in getattr(one, "__module__", "")]
    return any(_reaches_access(one, seen) for one in ours)


@pytest.mark.parametrize("name", GUARDED)
def test_a_view_calls_an_access_function(name: str) -> None:
    view = PATTERNS[name].callback
    assert _reaches_access(view, set()), f"{name} shows something without asking accounts.access"


@pytest.mark.parametrize("name", sorted(OPEN_TO_ALL))
def test_a_page_for_everybody_exists(name: str) -> None:
    assert name in PATTERNS, f"{name} is on the list of open pages but is no page"


def _path(name: str) -> str:
    pattern = PATTERNS[name].pattern
    converters = pattern.converters
    values = {key: SAMPLES.get(key, 1 if "Int" in type(kind).__name__ else "x") for key, kind in converters.items()}
    route = str(pattern)
    for key in converters:
        start = route.index("<", 0)
        end = route.index(">", start)
        assert key in route[start:end]
        route = route[:start] + str(values[key]) + route[end + 1 :]
    return f"/{route}"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", GUARDED)
def test_a_stranger_is_sent_to_sign_in(name: str, method: str) -> None:
    answer = getattr(Client(), method)(_path(name))
    assert answer.status_code in (302, 405), f"{method} {_path(name)} answered {answer.status_code}"
    if answer.status_code == 302:
        assert answer["Location"].startswith("/sign-in/")


def test_there_are_pages_to_guard() -> None:
    assert len(GUARDED) > 10
