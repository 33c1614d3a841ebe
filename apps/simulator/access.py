"""Who may see an organization and what they may do there.

Order of refusals, as GitHub's: what is hidden is 404; then a missing SSO session (403 with `X-GitHub-SSO`); then
a missing permission of the token; then a missing role of the person.
"""

from __future__ import annotations

from typing import NoReturn

from apps.simulator.app_model import App, Installation
from apps.simulator.http import Refusal, not_found
from apps.simulator.identity import Caller, Kind
from apps.simulator.model import LEVELS, Organization, User
from apps.simulator.routing import Call
from apps.simulator.state import State


def not_accessible() -> Refusal:
    return Refusal(403, "Resource not accessible by integration")


def refuse_suspended(installation: Installation) -> None:
    """Source: docs.github.com, "Suspending a GitHub App installation": the App cannot reach what the account owns."""
    if installation.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")


def refuse_barred(call: Call) -> None:
    """Source: docs.github.com, "Managing allowed IP addresses for your organization"; the wording is GitHub's.

    An App's own addresses let its installation tokens in, and nobody's user tokens.
    """
    caller, name = call.caller, call.arguments.get("org")
    organization = caller.organization or (call.state.organization_named(name) if name else None)
    if organization is None or caller.kind not in organization.barred:
        return
    if caller.user is None or caller.user.id in organization.members:
        raise Refusal(
            403,
            f"Although you appear to have the correct authorization credentials, the `{organization.login}` "
            "organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
        )


def named_organization(call: Call) -> Organization:
    """The organization of the address, whoever asks; 404 when there is none."""
    organization = call.state.organization_named(call.arguments["org"])
    if organization is None:
        raise not_found()
    return organization


def visible_organization(call: Call) -> Organization:
    """The organization of the address for who belongs to it: 404 for outsiders, 403 without an SSO session."""
    organization = named_organization(call)
    caller = call.caller
    if caller.kind is Kind.INSTALLATION and caller.organization is organization:
        return organization
    if caller.user is None or caller.user.id not in organization.members:
        raise not_found()
    if not has_sso_session(call.state, organization, caller):
        refuse_without_sso(call, organization)
    return organization


def governed_organization(call: Call, permission: str, level: str) -> Organization:
    """The organization, for a token with this permission; a user token also needs an admin behind it.

    Source: docs.github.com, REST "Personal access tokens": only GitHub Apps can use these operations; a user
    access token acts with the rights of its user, and only owners manage tokens.
    """
    organization = visible_organization(call)
    installation = installation_on(call, organization)
    if installation is None:
        raise not_accessible()
    refuse_suspended(installation)
    require_permission(call.caller, organization, permission, level)
    if call.caller.user is not None and not organization.is_admin(call.caller.user):
        raise Refusal(403, "Must have admin rights to the organization.")
    return organization


def require_permission(caller: Caller, organization: Organization, permission: str, level: str) -> None:
    """What the App was given there; an installation token may have been made with less."""
    app = caller.app
    if app is None:
        raise not_accessible()
    installation = organization.installations.get(app.id)
    held = [app.permissions if installation is None else installation.permissions]
    if caller.kind is Kind.INSTALLATION:
        held.append(caller.permissions)
    if any(LEVELS.get(one.get(permission, ""), 0) < LEVELS[level] for one in held):
        raise not_accessible()


def has_sso_session(state: State, organization: Organization, caller: Caller) -> bool:
    """Whether a user token passes the organization's SAML enforcement; other organizations ask for nothing."""
    if not organization.saml or caller.user is None:
        return True
    started = organization.sso_sessions.get(caller.user.id)
    if started is None:
        return False
    return state.options.plays("sso_session", "A") or caller.issued_at >= started


def refuse_without_sso(call: Call, organization: Organization) -> NoReturn:
    address = call.urls.web(f"/orgs/{organization.login}/sso")
    raise Refusal(
        403,
        "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this "
        "organization.",
        headers=[("X-GitHub-SSO", f"required; url={address}")],
    )


def calling_app(call: Call) -> App:
    """The App that calls, itself or in somebody's name; routes that use it admit nobody else."""
    app = call.caller.app
    if app is None:
        raise not_accessible()
    return app


def installation_on(call: Call, organization: Organization) -> Installation | None:
    """The calling App's installation on this organization."""
    return organization.installations.get(calling_app(call).id)


def calling_user(call: Call) -> User:
    """The person behind a user token; routes that use it admit nobody else."""
    user = call.caller.user
    if user is None:
        raise not_accessible()
    return user


def open_organizations(call: Call) -> tuple[list[Organization], list[tuple[str, str]]]:
    """The organizations a user's token shows, and the header that says which it hides for want of SSO."""
    mine = sorted(call.state.organizations_of(calling_user(call)), key=lambda o: o.id)
    seen = [o for o in mine if has_sso_session(call.state, o, call.caller)]
    hidden = [str(o.id) for o in mine if o not in seen]
    return seen, [("X-GitHub-SSO", f"partial-results; organizations={','.join(hidden)}")] if hidden else []
