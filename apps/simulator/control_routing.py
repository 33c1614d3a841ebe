"""Addresses of the control pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apps.simulator.app_model import App
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response
from apps.simulator.model import Organization, User
from apps.simulator.routing import split
from apps.simulator.state import State

Body = dict[str, Any]
ControlHandler = Callable[[Host, Request, Body], Response]


class ControlRoutes:
    """Verb and address -> handler. Parts in braces are handed over inside the body under their name."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, tuple[str, ...], ControlHandler]] = []

    def add(self, verb: str, pattern: str) -> Callable[[ControlHandler], ControlHandler]:
        def register(handler: ControlHandler) -> ControlHandler:
            self._routes.append((verb, split(f"/_simulator/{pattern}"), handler))
            return handler

        return register

    def include(self, others: Iterable[ControlRoutes]) -> ControlRoutes:
        for other in others:
            self._routes += other._routes
        return self

    def find(self, verb: str, path: str) -> tuple[ControlHandler, Body] | None:
        parts = split(path)
        for known, pattern, handler in self._routes:
            if known == verb and len(pattern) == len(parts):
                pairs = list(zip(pattern, parts, strict=True))
                if all(name.startswith("{") or name == part for name, part in pairs):
                    return handler, {name[1:-1]: part for name, part in pairs if name.startswith("{")}
        return None


def the_organization(state: State, body: Body) -> Organization:
    """The organization a body names, the first one by default. Refuses with 404."""
    login = body.get("organization")
    organization = next(iter(state.organizations.values())) if login is None else state.organization_named(str(login))
    if organization is None:
        raise Refusal(404, f"There is no organization {login!r}")
    return organization


def the_app(state: State, body: Body) -> App:
    """The App whose slug a body names in `app`, the first one by default. Refuses with 404."""
    slug = body.get("app")
    app = next(iter(state.apps.values()), None) if slug is None else state.app_named(str(slug))
    if app is None:
        raise Refusal(404, f"There is no App {slug!r}" if slug else "No App is registered")
    return app


def the_sender(state: State, organization: Organization, body: Body, instead_of: User | None = None) -> User:
    """Who does it: the user named in `by`, or an owner of the organization, other than `instead_of` if there is one."""
    if body.get("by") is not None:
        return the_user(state, {"login": body["by"]})
    owners = [state.users[number] for number, role in organization.members.items() if role == "admin"]
    others = [user for user in owners if user is not instead_of]
    if not owners:
        raise Refusal(422, f"{organization.login} has no owner; say who does it in `by`")
    return (others or owners)[0]


def the_user(state: State, body: Body, default: str = "") -> User:
    """The user a body names. Refuses with 404."""
    user = state.user_named(str(body.get("login", default)))
    if user is None:
        raise Refusal(404, f"There is no user {body.get('login', default)!r}")
    return user
