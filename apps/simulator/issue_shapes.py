"""How an issue, and a repository by itself, look on the wire (schemas `issue` and `full-repository`)."""

from __future__ import annotations

from typing import Any

from apps.simulator.clock import utc_text
from apps.simulator.model import Issue, Organization, Repository
from apps.simulator.repositories import repository_shape
from apps.simulator.shapes import Urls, account, node_id


def full_repository_shape(
    urls: Urls, organization: Organization, repository: Repository, *, downloads: bool
) -> dict[str, Any]:
    """What `GET /repos/OWNER/REPO` adds to a listed repository."""
    shape = repository_shape(urls, organization, repository, downloads=downloads)
    return shape | {"network_count": shape["forks_count"], "subscribers_count": 0}


def issue_shape(
    urls: Urls, organization: Organization, repository: Repository, issue: Issue, *, assignee: bool
) -> dict[str, Any]:
    """One issue with its labels, by a person or an App's bot. `assignee` left the answers with version 2026-03-10."""
    full_name = f"{organization.login}/{repository.name}"
    api, web = urls.api(f"/repos/{full_name}"), urls.web(f"/{full_name}/issues/{issue.number}")
    one = f"{api}/issues/{issue.number}"
    shape: dict[str, Any] = {
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "url": one,
        "repository_url": api,
        "labels_url": f"{one}/labels{{/name}}",
        "comments_url": f"{one}/comments",
        "events_url": f"{one}/events",
        "html_url": web,
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": "completed" if issue.state == "closed" else None,
        "locked": False,
        "comments": 0,
        "user": _author(urls, issue),
        "labels": [_label(api, name) for name in issue.labels],
        "assignees": [],
        "milestone": None,
        "author_association": "NONE" if issue.bot else "MEMBER",
        "created_at": utc_text(issue.created_at),
        "updated_at": utc_text(issue.updated_at),
        "closed_at": utc_text(issue.closed_at) if issue.closed_at else None,
    }
    return shape | ({"assignee": None} if assignee else {})


def _author(urls: Urls, issue: Issue) -> dict[str, Any]:
    return account(urls, issue.author, 41_000_000 + issue.bot if issue.bot else issue.id, _kind(issue))


def _kind(issue: Issue) -> str:
    return "Bot" if issue.bot else "User"


def _label(api: str, name: str) -> dict[str, Any]:
    number = sum(name.encode())
    return {
        "id": number,
        "node_id": node_id("Label", number),
        "url": f"{api}/labels/{name}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": None,
    }
