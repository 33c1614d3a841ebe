"""Whose browser it is on the pages about Apps, and what that person may do there.

GitHub knows by its session; here `login` says it, in the address or in the form, and a page asks where it is missing.
"""

from __future__ import annotations

from collections.abc import Callable

from apps.simulator.access import named_organization
from apps.simulator.app_model import App, Owner
from apps.simulator.http import Refusal, Response, not_found
from apps.simulator.model import Organization, User
from apps.simulator.routing import Call, Handler
from apps.simulator.sign_in_page import people_page

PersonalHandler = Callable[[Call, User], Response]


def signed_in(handler: PersonalHandler) -> Handler:
    """A page that needs to know who is there."""

    def ask_first(call: Call) -> Response:
        login = call.request.given("login")
        if not login:
            return people_page(call, "Sign in to GitHub", among=_organization(call))
        user = call.state.user_named(login)
        if user is None:
            raise Refusal(404, f"There is nobody called {login}")
        return handler(call, user)

    ask_first.__doc__ = handler.__doc__
    return ask_first


def acting_owner(call: Call, user: User) -> Owner:
    """The organization of the address, for its owner, or the person themselves. To others the page is not there."""
    organization = _organization(call)
    if organization is None:
        return Owner(user.id, user.login, "User")
    return Owner(owned(organization, user).id, organization.login, "Organization")


def owned(organization: Organization, user: User) -> Organization:
    """The organization, for its owner. Refuses everybody else with 404."""
    if not organization.is_admin(user):
        raise not_found()
    return organization


def the_app(call: Call) -> App:
    """The App of the address."""
    app = call.state.app_named(call.arguments["slug"])
    if app is None:
        raise not_found()
    return app


def own_app(call: Call, user: User) -> App:
    """The App of the address, for the owner of what the address is below."""
    app = the_app(call)
    if app.owner != acting_owner(call, user):
        raise not_found()
    return app


def _organization(call: Call) -> Organization | None:
    return named_organization(call) if "org" in call.arguments else None
