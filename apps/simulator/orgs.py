"""Organizations: profile, members and their roles, repositories."""

from __future__ import annotations

from apps.simulator.access import (
    has_sso_session,
    named_organization,
    refuse_without_sso,
    require_permission,
    visible_organization,
)
from apps.simulator.http import Refusal, Response, invalid, json_response, not_found, redirect
from apps.simulator.identity import Kind
from apps.simulator.listing import choice, listed
from apps.simulator.model import Organization, Repository, User
from apps.simulator.repositories import repository_bytes
from apps.simulator.routing import ANY_TOKEN, Call, Routes
from apps.simulator.shapes import full_organization, membership, user_bytes

routes = Routes()

_REPOSITORY_ORDERS = {
    "created": lambda r: r.created_at,
    "updated": lambda r: r.pushed_at,
    "pushed": lambda r: r.pushed_at,
    "full_name": lambda r: r.name.casefold(),
}


@routes.add("GET", "/orgs/{org}", docs="orgs/orgs#get-an-organization")
def get_organization(call: Call) -> Response:
    organization = named_organization(call)
    return json_response(full_organization(call.urls, organization, insider=_is_insider(call, organization)))


@routes.add(
    "GET",
    "/orgs/{org}/members",
    callers=ANY_TOKEN,
    permission="members=read",
    docs="orgs/members#list-organization-members",
)
def list_members(call: Call) -> Response:
    """Everybody for who belongs there; an outsider sees the public members, of whom there are none."""
    organization = named_organization(call)
    role = choice(call, "role", ("all", "admin", "member"))
    two_factor = choice(call, "filter", ("all", "2fa_disabled", "2fa_insecure"))
    if not _is_insider(call, organization):
        return listed(call.request, [], lambda user: user_bytes(call.urls, user))
    require_permission(call.caller, organization, "members", "read")
    if two_factor != "all" and not _may_see_two_factor(call, organization):
        raise invalid("Member", "filter", "Only owners can use this filter.")
    people = [
        user
        for user in _people(call, organization)
        if role in ("all", organization.members[user.id]) and (two_factor != "2fa_disabled" or not user.two_factor)
    ]
    kept = people if two_factor != "2fa_insecure" else []
    return listed(call.request, kept, lambda user: user_bytes(call.urls, user))


@routes.add(
    "GET",
    "/orgs/{org}/members/{username}",
    callers=ANY_TOKEN,
    permission="members=read",
    docs="orgs/members#check-organization-membership-for-a-user",
)
def check_member(call: Call) -> Response:
    """204 for a member, 404 for another; who does not belong there is sent to the public members (302)."""
    organization = named_organization(call)
    if not _is_insider(call, organization):
        name = call.arguments["username"]
        return redirect(call.urls.api(f"/orgs/{organization.login}/public_members/{name}"))
    require_permission(call.caller, organization, "members", "read")
    _member(call, organization)
    return Response(204)


@routes.add(
    "GET",
    "/orgs/{org}/memberships/{username}",
    callers=ANY_TOKEN,
    permission="members=read",
    docs="orgs/members#get-organization-membership-for-a-user",
)
def get_membership(call: Call) -> Response:
    organization = named_organization(call)
    if call.caller.kind is Kind.USER and not _is_insider(call, organization):
        raise Refusal(403, "You must be a member of this organization to see its memberships.")
    visible_organization(call)
    require_permission(call.caller, organization, "members", "read")
    user = _member(call, organization)
    return json_response(membership(call.urls, organization, user, organization.members[user.id]))


@routes.add(
    "GET",
    "/orgs/{org}/repos",
    callers=ANY_TOKEN,
    permission="metadata=read",
    docs="repos/repos#list-organization-repositories",
)
def list_repositories(call: Call) -> Response:
    organization = named_organization(call)
    kind = choice(call, "type", ("all", "public", "private", "forks", "sources", "member", "internal"))
    inside = _is_insider(call, organization)
    chosen = call.caller.repository_ids
    reached = [
        repository
        for repository in organization.repositories.values()
        if (inside or not repository.private)
        and (chosen is None or repository.id in chosen)
        and _is_kind(repository, kind)
    ]
    downloads = call.has_downloads
    return listed(
        call.request,
        _ordered(call, reached),
        lambda item: repository_bytes(call.urls, organization, item, downloads=downloads),
    )


def _ordered(call: Call, repositories: list[Repository]) -> list[Repository]:
    order = call.request.parameter("sort", "created")
    if order not in _REPOSITORY_ORDERS:
        raise invalid("Repository", "sort", "sort must be created, updated, pushed or full_name")
    direction = call.request.parameter("direction", "asc" if order == "full_name" else "desc")
    return sorted(repositories, key=_REPOSITORY_ORDERS[order], reverse=direction == "desc")


def _is_kind(repository: Repository, kind: str) -> bool:
    if kind in ("public", "private"):
        return repository.private == (kind == "private")
    return kind in ("all", "sources", "member")


def _people(call: Call, organization: Organization) -> list[User]:
    return [call.state.users[number] for number in sorted(organization.members)]


def _member(call: Call, organization: Organization) -> User:
    user = call.state.user_named(call.arguments["username"])
    if user is None or user.id not in organization.members:
        raise not_found()
    return user


def _may_see_two_factor(call: Call, organization: Organization) -> bool:
    return call.caller.user is not None and organization.is_admin(call.caller.user)


def _is_insider(call: Call, organization: Organization) -> bool:
    """Whether the caller's token shows the inside: its own installation, or a member with an SSO session."""
    caller = call.caller
    if caller.kind is Kind.INSTALLATION:
        return caller.organization is organization
    if caller.user is None or caller.user.id not in organization.members:
        return False
    if not has_sso_session(call.state, organization, caller):
        refuse_without_sso(call, organization)
    return True
