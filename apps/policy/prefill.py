"""Links that open GitHub's form for a new fine-grained token with fields filled in. Pure.

From https://docs.github.com/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
("Pre-filling fine-grained personal access token details using URL parameters"): github.com and ghe.com have such
links, Enterprise Server has none. A link carries no repositories.
"""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

NAME_LIMIT = 40
DESCRIPTION_LIMIT = 1024
DAYS_LIMIT = 366

_READ, _WRITE, _BOTH, _ALL = ("read",), ("write",), ("read", "write"), ("read", "write", "admin")

# kind -> permission -> the levels its parameter takes. A permission that is missing has no parameter.
PREFILLED: dict[str, dict[str, tuple[str, ...]]] = {
    "repository": {
        **dict.fromkeys(("codespaces_metadata", "metadata"), _READ),
        **dict.fromkeys(("codespaces_secrets", "workflows"), _WRITE),
        **dict.fromkeys(
            (
                "actions", "actions_variables", "administration", "artifact_metadata", "attestations", "code_quality",
                "codespaces", "codespaces_lifecycle_admin", "contents", "dependabot_secrets", "deployments",
                "discussions", "environments", "issues", "merge_queues", "pages", "pull_requests",
                "repository_advisories", "repository_custom_properties", "repository_hooks", "secret_scanning_alerts",
                "secrets", "security_events", "statuses", "vulnerability_alerts",
            ),
            _BOTH,
        ),
    },
    "organization": {
        **dict.fromkeys(
            ("organization_api_insights", "organization_events", "organization_models", "organization_plan"), _READ
        ),
        **dict.fromkeys(
            (
                "issue_types", "members", "organization_actions_variables", "organization_administration",
                "organization_announcement_banners", "organization_campaigns",
                "organization_code_scanning_dismissal_requests", "organization_codespaces",
                "organization_codespaces_secrets", "organization_codespaces_settings",
                "organization_copilot_seat_management", "organization_custom_org_roles", "organization_custom_roles",
                "organization_dependabot_secrets", "organization_hooks", "organization_knowledge_bases",
                "organization_network_configurations", "organization_private_registries", "organization_secrets",
                "organization_self_hosted_runners", "organization_user_blocking", "team_discussions",
            ),
            _BOTH,
        ),
        **dict.fromkeys(("organization_custom_properties", "organization_projects"), _ALL),
    },
}  # fmt: skip


def has_parameter(kind: str, name: str, level: str) -> bool:
    """Whether a link can choose this permission at this level."""
    return level in PREFILLED.get(kind, {}).get(name, ())


def creation_link(
    web_url: str,
    *,
    owner: str,
    days: int,
    permissions: Iterable[tuple[str, str, str]],
    name: str = "",
    description: str = "",
) -> str:
    """The address of the form, ASCII only. `owner` is the organization; `permissions` are (kind, name, level).

    Raises ValueError for a permission that has no parameter: a link never says less than it is asked to.
    """
    chosen = list(permissions)
    if not all(has_parameter(*one) for one in chosen):
        raise ValueError("a permission has no parameter")
    fields = {"name": name[:NAME_LIMIT], "description": description[:DESCRIPTION_LIMIT], "target_name": owner}
    query = {key: value for key, value in fields.items() if value} | {"expires_in": str(days)}
    query |= {permission: level for _, permission, level in chosen}
    return f"{web_url}/settings/personal-access-tokens/new?{urlencode(query, quote_via=quote, errors='replace')}"
