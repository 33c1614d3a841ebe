# ruff: noqa: SIM905  words read better as words
"""What an App can ask for: the permissions GitHub knows, at which levels, and what each webhook event needs.

Source: schema `app-permissions` of GitHub's description, which a contract test compares with this; for
`organization_api_insights`, which the schema leaves out, docs.github.com, "Permissions required for GitHub Apps"; for
events, docs.github.com, "Webhook events and payloads" (those an organization's tool would ask for, not all).
"""

from __future__ import annotations

from collections.abc import Mapping

_READ_WRITE = """actions administration artifact_metadata attestations checks code_quality codespaces contents
    custom_properties_for_organizations dependabot_secrets deployments discussions email_addresses environments
    followers git_ssh_keys gpg_keys interaction_limits issues members merge_queues metadata organization_administration
    organization_announcement_banners organization_copilot_agent_settings organization_copilot_seat_management
    organization_custom_org_roles organization_custom_roles organization_hooks organization_packages
    organization_personal_access_token_requests organization_personal_access_tokens organization_secrets
    organization_self_hosted_runners organization_user_blocking packages pages pull_requests
    repository_custom_properties repository_hooks secret_scanning_alerts secrets security_events single_file starring
    statuses vulnerability_alerts""".split()
_UP_TO_ADMIN = """enterprise_custom_properties_for_organizations organization_custom_properties organization_projects
    repository_projects""".split()
_READ_ONLY = "organization_api_insights organization_events organization_plan".split()
_WRITE_ONLY = "profile workflows".split()

PERMISSION_LEVELS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_READ_WRITE, ("read", "write")),
    **dict.fromkeys(_UP_TO_ADMIN, ("read", "write", "admin")),
    **dict.fromkeys(_READ_ONLY, ("read",)),
    **dict.fromkeys(_WRITE_ONLY, ("write",)),
}
UNDESCRIBED = frozenset({"organization_api_insights"})
"""Names that the docs have and the description lacks."""

_ACCOUNT = frozenset("email_addresses followers git_ssh_keys gpg_keys interaction_limits profile starring".split())
_ORGANIZATION = frozenset({"members", "custom_properties_for_organizations"})

EVENT_PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "deploy_key": ("administration",),
    "installation_target": (),
    "member": ("members",),
    "membership": ("members",),
    "meta": (),
    "org_block": ("organization_administration", "organization_user_blocking"),
    "organization": ("members",),
    "personal_access_token_request": ("organization_personal_access_token_requests",),
    "public": ("metadata",),
    "pull_request": ("pull_requests",),
    "push": ("contents",),
    "repository": ("metadata",),
    "secret_scanning_alert": ("secret_scanning_alerts",),
    "security_advisory": (),
    "team": ("members",),
    "workflow_run": ("actions",),
}
"""Any one of the permissions will do; none is needed for an empty tuple."""


def scope_of(permission: str) -> str:
    """``Repository``, ``Organization`` or ``Account``: the group in which GitHub's forms show a permission."""
    if permission in _ACCOUNT:
        return "Account"
    if permission in _ORGANIZATION or permission.startswith(("organization_", "enterprise_")):
        return "Organization"
    return "Repository"


def title_of(permission: str) -> str:
    """The name in words: ``Personal access tokens``."""
    return permission.removeprefix("organization_").replace("_", " ").capitalize()


def completed(permissions: Mapping[str, str]) -> dict[str, str]:
    """The permissions as GitHub keeps them: whoever reaches into repositories may read their metadata too."""
    inside = any(scope_of(name) == "Repository" for name in permissions)
    return ({"metadata": "read"} if inside else {}) | dict(permissions)


def allows(permissions: Mapping[str, str], event: str) -> bool:
    """Whether an App with these permissions may hear of an event."""
    needed = EVENT_PERMISSIONS[event]
    return not needed or any(name in permissions for name in needed)
