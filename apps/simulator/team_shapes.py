"""How teams and their members look on the wire, in the fields and the order of GitHub's OpenAPI description."""

from __future__ import annotations

from typing import Any

from apps.simulator.model import Organization, Team, User
from apps.simulator.shapes import Urls, node_id, simple_user


def team_shape(urls: Urls, organization: Organization, team: Team, parent: Team | None) -> dict[str, Any]:
    """Schema `team`."""
    return _simple(urls, organization, team) | {
        "parent": _simple(urls, organization, parent) if parent else None,
    }


def _simple(urls: Urls, organization: Organization, team: Team) -> dict[str, Any]:
    """Schema `team-simple`."""
    api = urls.api(f"/organizations/{organization.id}/team/{team.id}")
    return {
        "id": team.id,
        "node_id": node_id("Team", team.id),
        "name": team.name,
        "slug": team.slug,
        "description": f"{team.name} at {organization.name}",
        "privacy": team.privacy,
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": api,
        "html_url": urls.web(f"/orgs/{organization.login}/teams/{team.slug}"),
        "members_url": f"{api}/members{{/member}}",
        "repositories_url": f"{api}/repos",
        "type": "organization",
        "organization_id": organization.id,
    }


def team_member(urls: Urls, team: Team, user: User) -> dict[str, Any]:
    """Schema `team-member`; who is only in a child team is a member that is inherited."""
    return simple_user(urls, user) | {
        "role": "maintainer" if user.id in team.maintainers else "member",
        "inherited": user.id not in (*team.maintainers, *team.members),
    }
