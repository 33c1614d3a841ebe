"""How the things of the world look on the wire: users, organizations, memberships, installations.

Fields and their order follow GitHub's OpenAPI description. Addresses point back into the simulator.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from apps.simulator.clock import utc_text
from apps.simulator.http import dumps
from apps.simulator.model import Organization, Role, User


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the simulator is reached: API and web pages share one address; `api_prefix` is an Enterprise Server's."""

    root: str
    api_prefix: str = ""

    def api(self, path: str) -> str:
        return f"{self.root}{self.api_prefix}{path}"

    def web(self, path: str) -> str:
        """A page for browsers."""
        return f"{self.root}{path}"


def node_id(kind: str, number: int) -> str:
    return b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def account(urls: Urls, login: str, number: int, kind: str) -> dict[str, Any]:
    """Schema `simple-user`, which also describes an organization where an account is meant."""
    api = urls.api(f"/users/{login}")
    return {
        "login": login,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": urls.web(f"/avatars/u/{number}?v=4"),
        "gravatar_id": "",
        "url": api,
        "html_url": urls.web(f"/{login}"),
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def simple_user(urls: Urls, user: User) -> dict[str, Any]:
    return account(urls, user.login, user.id, "User")


def user_bytes(urls: Urls, user: User) -> bytes:
    """Schema `simple-user` as JSON, made once per person: it is inside every item of every list."""
    if not user.rendered:
        user.rendered = dumps(simple_user(urls, user))
    return user.rendered


def organization_account(urls: Urls, organization: Organization) -> dict[str, Any]:
    return account(urls, organization.login, organization.id, "Organization")


def public_user(urls: Urls, user: User, *, email: str | None = None) -> dict[str, Any]:
    """Schema `public-user`. `email` is that of the profile, for callers who are shown it."""
    return simple_user(urls, user) | {
        "name": user.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": email,
        "hireable": None,
        "bio": user.note or None,
        "twitter_username": None,
        "public_repos": user.id % 9,
        "public_gists": 0,
        "followers": user.id % 40,
        "following": user.id % 17,
        "created_at": utc_text(user.created_at),
        "updated_at": utc_text(user.created_at),
    }


def simple_organization(urls: Urls, organization: Organization) -> dict[str, Any]:
    """Schema `organization-simple`."""
    api = urls.api(f"/orgs/{organization.login}")
    return {
        "login": organization.login,
        "id": organization.id,
        "node_id": node_id("Organization", organization.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": urls.web(f"/avatars/u/{organization.id}?v=4"),
        "description": organization.description,
    }


def full_organization(urls: Urls, organization: Organization, *, insider: bool) -> dict[str, Any]:
    """Schema `organization-full`; who may look inside also sees counts and plan."""
    private = sum(repository.private for repository in organization.repositories.values())
    shape = simple_organization(urls, organization) | {
        "name": organization.name,
        "is_verified": True,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": len(organization.repositories) - private,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": urls.web(f"/{organization.login}"),
        "type": "Organization",
        "created_at": utc_text(organization.created_at),
        "updated_at": utc_text(organization.created_at),
        "archived_at": None,
    }
    if insider:
        seats = len(organization.members)
        shape |= {
            "total_private_repos": private,
            "owned_private_repos": private,
            "default_repository_permission": "read",
            "two_factor_requirement_enabled": False,
            "plan": {
                "name": "enterprise" if organization.saml else "team",
                "space": 976_562_499,
                "private_repos": 999_999,
                "filled_seats": seats,
                "seats": seats + 10,
            },
        }
    return shape


def membership(urls: Urls, organization: Organization, user: User, role: Role) -> dict[str, Any]:
    """Schema `org-membership`."""
    api = urls.api(f"/orgs/{organization.login}")
    return {
        "url": f"{api}/memberships/{user.login}",
        "state": "active",
        "role": role,
        "organization_url": api,
        "direct_membership": True,
        "enterprise_teams_providing_indirect_membership": [],
        "organization": simple_organization(urls, organization),
        "user": simple_user(urls, user),
    }
