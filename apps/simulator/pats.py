"""Reading: both token lists and the repositories of a request or a grant (four of the eight operations)."""

from __future__ import annotations

from apps.simulator.access import governed_organization
from apps.simulator.http import Response, not_found
from apps.simulator.listing import listed
from apps.simulator.model import Access, Grant, GrantRequest, Organization
from apps.simulator.pat_filters import chosen
from apps.simulator.repositories import repository_bytes
from apps.simulator.routing import ANY_TOKEN, Call, Routes
from apps.simulator.token_shapes import grant_bytes, request_bytes

REQUESTS = "organization_personal_access_token_requests"
GRANTS = "organization_personal_access_tokens"
DOCS = "orgs/personal-access-tokens"

routes = Routes()


@routes.add(
    "GET",
    "/orgs/{org}/personal-access-token-requests",
    callers=ANY_TOKEN,
    permission=f"{REQUESTS}=read",
    docs=f"{DOCS}#list-requests-to-access-organization-resources-with-fine-grained-personal-access-tokens",
)
def list_requests(call: Call) -> Response:
    organization = governed_organization(call, REQUESTS, "read")
    pending = chosen(call.request, organization, organization.ordered_requests())
    now = call.state.now()
    return listed(call.request, pending, lambda item: request_bytes(call.urls, organization, item, now))


@routes.add(
    "GET",
    "/orgs/{org}/personal-access-tokens",
    callers=ANY_TOKEN,
    permission=f"{GRANTS}=read",
    docs=f"{DOCS}#list-fine-grained-personal-access-tokens-with-access-to-organization-resources",
)
def list_grants(call: Call) -> Response:
    organization = governed_organization(call, GRANTS, "read")
    grants = chosen(call.request, organization, listed_grants(call, organization))
    now = call.state.now()
    return listed(call.request, grants, lambda item: grant_bytes(call.urls, organization, item, now))


@routes.add(
    "GET",
    "/orgs/{org}/personal-access-token-requests/{pat_request_id}/repositories",
    callers=ANY_TOKEN,
    permission=f"{REQUESTS}=read",
    docs=f"{DOCS}#list-repositories-requested-to-be-accessed-by-a-fine-grained-personal-access-token",
)
def list_request_repositories(call: Call) -> Response:
    organization = governed_organization(call, REQUESTS, "read")
    return _repositories(call, organization, the_request(call, organization).access)


@routes.add(
    "GET",
    "/orgs/{org}/personal-access-tokens/{pat_id}/repositories",
    callers=ANY_TOKEN,
    permission=f"{GRANTS}=read",
    docs=f"{DOCS}#list-repositories-a-fine-grained-personal-access-token-has-access-to",
)
def list_grant_repositories(call: Call) -> Response:
    organization = governed_organization(call, GRANTS, "read")
    return _repositories(call, organization, the_grant(call, organization).access)


def listed_grants(call: Call, organization: Organization) -> list[Grant]:
    """The grants GitHub shows. Whether those of expired tokens stay is not documented: the world decides."""
    if call.state.options.plays("expired_grants", "A"):
        return organization.ordered_grants()
    now = call.state.now()
    return [grant for grant in organization.ordered_grants() if not grant.token.expired(now)]


def the_request(call: Call, organization: Organization) -> GrantRequest:
    """The pending request of the address, else 404."""
    request = organization.requests.get(path_number(call.arguments["pat_request_id"]))
    if request is None:
        raise not_found()
    return request


def the_grant(call: Call, organization: Organization) -> Grant:
    """The grant of the address, else 404."""
    grant = organization.grants.get(path_number(call.arguments["pat_id"]))
    if grant is None:
        raise not_found()
    return grant


def path_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise not_found()
    return int(text)


def _repositories(call: Call, organization: Organization, access: Access) -> Response:
    wanted = organization.repositories if access.repository_selection == "all" else access.repository_ids
    reached = [organization.repositories[number] for number in wanted if number in organization.repositories]
    downloads = call.has_downloads
    return listed(
        call.request, reached, lambda item: repository_bytes(call.urls, organization, item, downloads=downloads)
    )
