"""The person behind a user token, other people's profiles, and the two answers that need no token."""

from __future__ import annotations

from apps.simulator.access import (
    calling_user,
    has_sso_session,
    installation_on,
    named_organization,
    open_organizations,
    refuse_without_sso,
)
from apps.simulator.app_shapes import installation_shape
from apps.simulator.charging import quota_of
from apps.simulator.http import Refusal, Response, dumps, invalid, json_response, not_found
from apps.simulator.identity import Kind
from apps.simulator.listing import counted, listed
from apps.simulator.options import SERVER_VERSION
from apps.simulator.quota import ANONYMOUS_LIMIT, Quota
from apps.simulator.routing import LEGACY_VERSION, ONLY_USER, Call, Routes
from apps.simulator.shapes import membership, public_user

routes = Routes()


@routes.add("GET", "/user", callers=ONLY_USER, docs="users/users#get-the-authenticated-user")
def get_user(call: Call) -> Response:
    return json_response(public_user(call.urls, calling_user(call)))


@routes.add("GET", "/users/{username}", docs="users/users#get-a-user")
def get_named_user(call: Call) -> Response:
    user = call.state.user_named(call.arguments["username"])
    if user is None:
        raise not_found()
    # "You only see publicly visible email addresses when authenticated": docs.github.com, "Get a user".
    shown = user.email if call.caller.kind is not Kind.ANYONE else None
    return json_response(public_user(call.urls, user, email=shown))


@routes.add(
    "GET",
    "/user/installations",
    callers=ONLY_USER,
    docs="apps/installations#list-app-installations-accessible-to-the-user-access-token",
)
def list_user_installations(call: Call) -> Response:
    seen, headers = open_organizations(call)
    found = [installation_on(call, organization) for organization in seen]
    installed = [installation for installation in found if installation is not None]
    response = counted(
        call.request, installed, lambda one: dumps(installation_shape(call.urls, one)), key="installations"
    )
    response.headers += headers
    return response


@routes.add(
    "GET",
    "/user/memberships/orgs",
    callers=ONLY_USER,
    permission="members=read",
    docs="orgs/members#list-organization-memberships-for-the-authenticated-user",
)
def list_user_memberships(call: Call) -> Response:
    if call.request.parameter("state", "active") not in ("active", "pending"):
        raise invalid("Membership", "state", "state must be active or pending")
    user = calling_user(call)
    seen, headers = open_organizations(call)
    active = seen if call.request.parameter("state", "active") == "active" else []
    response = listed(call.request, active, lambda o: dumps(membership(call.urls, o, user, o.members[user.id])))
    response.headers += headers
    return response


@routes.add(
    "GET",
    "/user/memberships/orgs/{org}",
    callers=ONLY_USER,
    permission="members=read",
    docs="orgs/members#get-an-organization-membership-for-the-authenticated-user",
)
def get_user_membership(call: Call) -> Response:
    user, organization = calling_user(call), named_organization(call)
    if user.id not in organization.members:
        raise not_found()
    if not has_sso_session(call.state, organization, call.caller):
        refuse_without_sso(call, organization)
    return json_response(membership(call.urls, organization, user, organization.members[user.id]))


@routes.add("GET", "/rate_limit", docs="rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user")
def get_rate_limit(call: Call) -> Response:
    """Free of charge. `rate` left the answer with API version 2026-03-10. An Enterprise Server has no limits."""
    if call.state.options.enterprise_server:
        raise Refusal(404, "Rate limiting is not enabled.")
    core = quota_of(call).shape()
    reset = core["reset"]
    others = {"search": 30, "graphql": 5_000, "integration_manifest": 5_000, "code_search": ANONYMOUS_LIMIT // 6}
    resources = {"core": core} | {name: Quota(limit, 0, reset).shape() for name, limit in others.items()}
    shape = {"resources": resources}
    return json_response(shape | {"rate": core} if call.version == LEGACY_VERSION else shape)


@routes.add("GET", "/meta", docs="meta/meta#get-apiname-meta-information")
def get_meta(call: Call) -> Response:
    """An Enterprise Server says which version it is, and names no networks."""
    website = {"website": ["127.0.0.1", "localhost"]}
    if call.state.options.enterprise_server:
        return json_response(
            {
                "verifiable_password_authentication": True,
                "packages": [],
                "domains": website,
                "installed_version": SERVER_VERSION,
            }
        )
    loopback = ["127.0.0.0/8"]
    return json_response(
        {
            "verifiable_password_authentication": False,
            "hooks": loopback,
            "web": loopback,
            "api": loopback,
            "git": [],
            "domains": website,
        }
    )
