"""How repositories look on the wire (schemas `repository` and `minimal-repository`), made once per repository."""

from __future__ import annotations

from typing import Any

from apps.simulator.clock import utc_text
from apps.simulator.http import dumps
from apps.simulator.model import Organization, Repository
from apps.simulator.shapes import Urls, node_id, organization_account

_SUFFIXES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository_shape(
    urls: Urls, organization: Organization, repository: Repository, *, downloads: bool
) -> dict[str, Any]:
    """One repository. `has_downloads` left the answers with API version 2026-03-10."""
    full_name = f"{organization.login}/{repository.name}"
    api, web = urls.api(f"/repos/{full_name}"), urls.web(f"/{full_name}")
    shape: dict[str, Any] = {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": full_name,
        "private": repository.private,
        "owner": organization_account(urls, organization),
        "html_url": web,
        "description": repository.description,
        "fork": False,
        "url": api,
    }
    shape |= {name: api + suffix for name, suffix in _SUFFIXES.items()}
    shape |= _facts(repository, web)
    if downloads:
        shape["has_downloads"] = True
    return shape


def repository_bytes(urls: Urls, organization: Organization, repository: Repository, *, downloads: bool) -> bytes:
    """`repository_shape` as JSON, kept on the repository."""
    rendered = repository.rendered.get(downloads)
    if rendered is None:
        rendered = dumps(repository_shape(urls, organization, repository, downloads=downloads))
        repository.rendered[downloads] = rendered
    return rendered


def _facts(repository: Repository, web: str) -> dict[str, Any]:
    popularity = 0 if repository.private else repository.id % 60
    return {
        "git_url": web.replace("http", "git", 1) + ".git",
        "ssh_url": "git@" + web.split("://", 1)[1].replace("/", ":", 1) + ".git",
        "clone_url": web + ".git",
        "svn_url": web,
        "mirror_url": None,
        "homepage": None,
        "language": repository.language,
        "forks_count": popularity // 7,
        "stargazers_count": popularity,
        "watchers_count": popularity,
        "size": repository.id % 90_000,
        "default_branch": "main",
        "open_issues_count": repository.id % 23,
        "is_template": False,
        "topics": [],
        "has_issues": True,
        "has_projects": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "archived": False,
        "disabled": False,
        "visibility": "private" if repository.private else "public",
        "pushed_at": utc_text(repository.pushed_at),
        "created_at": utc_text(repository.created_at),
        "updated_at": utc_text(repository.pushed_at),
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        "allow_forking": False,
        "web_commit_signoff_required": False,
        "license": None,
        "forks": popularity // 7,
        "open_issues": repository.id % 23,
        "watchers": popularity,
    }
