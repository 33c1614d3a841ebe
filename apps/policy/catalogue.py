"""What GitHub calls its permissions and what each lets a token touch, in plain words. Pure data.

Names and titles follow GitHub's table "Permissions required for fine-grained personal access tokens"
(https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens);
the words on what they reach are Patrol's own. GitHub adds names: one that is missing here is kept, not lost.
"""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What a permission is about; pages show the groups in this order."""

    CODE = "Code"
    AUTOMATION = "Automation and deployments"
    SECRETS = "Secrets and settings"
    SECURITY = "Security findings"
    PEOPLE = "People and organization"
    COLLABORATION = "Collaboration"
    PACKAGES = "Packages and artifacts"
    INSIGHT = "Usage and metrics"
    OTHER = "Other"


@dataclass(frozen=True)
class Entry:
    """`reach` completes "Read ..." and "Read and change ..."; `write` replaces the second where that is wrong."""

    title: str
    reach: str
    write: str = ""


_REPOSITORY = {
    Group.CODE: {
        "contents": Entry("Contents", "code, commits, branches, tags and releases"),
        "pull_requests": Entry(
            "Pull requests", "pull requests, their reviews and comments",
            "Read, open, review and merge pull requests",
        ),
        "merge_queues": Entry("Merge queues", "merge queues"),
        "metadata": Entry("Metadata", "names, descriptions and other basics of repositories"),
        "single_file": Entry("Single file", "one named file"),
        "statuses": Entry("Commit statuses", "the statuses that tests report on commits"),
        "checks": Entry("Checks", "check runs and their results on commits"),
        "code_quality": Entry("Code quality", "code quality findings and their settings"),
    },
    Group.AUTOMATION: {
        "actions": Entry(
            "Actions", "workflow runs, their logs and artifacts",
            "Read, start, cancel and delete workflow runs and their artifacts",
        ),
        "workflows": Entry(
            "Workflows", "workflow files",
            "Change workflow files: decide what runs with the repository's secrets",
        ),
        "deployments": Entry("Deployments", "deployments and their statuses"),
        "environments": Entry("Environments", "deployment environments and their protection rules"),
        "pages": Entry("Pages", "the GitHub Pages site and its builds"),
        "codespaces": Entry(
            "Codespaces", "codespaces", "Create, change and delete codespaces"
        ),
        "codespaces_lifecycle_admin": Entry(
            "Codespaces lifecycle", "whether codespaces run", "Start and stop codespaces"
        ),
        "codespaces_metadata": Entry("Codespaces metadata", "the machines codespaces may use"),
        "copilot_agent_settings": Entry(
            "Copilot agent settings", "how the Copilot coding agent is set up"
        ),
    },
    Group.SECRETS: {
        "administration": Entry(
            "Administration", "settings, collaborators, deploy keys and branch protection",
            "Change settings, collaborators, deploy keys and branch protection; create and delete repositories",
        ),
        "secrets": Entry("Secrets", "the names of Actions secrets", "Set and delete Actions secrets"),
        "actions_variables": Entry("Variables", "Actions variables"),
        "agent_secrets": Entry(
            "Agent secrets", "the names of coding agents' secrets",
            "Set and delete coding agents' secrets",
        ),
        "agent_variables": Entry("Agent variables", "coding agents' variables"),
        "codespaces_secrets": Entry(
            "Codespaces secrets", "the names of codespaces secrets", "Set and delete codespaces secrets"
        ),
        "dependabot_secrets": Entry(
            "Dependabot secrets", "the names of Dependabot secrets", "Set and delete Dependabot secrets"
        ),
        "repository_hooks": Entry("Webhooks", "webhooks: where events are sent to"),
        "repository_custom_properties": Entry("Custom properties", "the repository's custom properties"),
    },
    Group.SECURITY: {
        "secret_scanning_alerts": Entry(
            "Secret scanning alerts", "secrets that were found in code, in clear text",
            "Read and dismiss alerts on secrets that were found in code, in clear text",
        ),
        "security_events": Entry("Code scanning alerts", "code scanning alerts and analyses"),
        "vulnerability_alerts": Entry("Dependabot alerts", "alerts on vulnerable dependencies"),
        "repository_advisories": Entry(
            "Security advisories", "security advisories, unpublished ones included"
        ),
    },
    Group.COLLABORATION: {
        "issues": Entry("Issues", "issues, comments, labels and milestones"),
        "discussions": Entry("Discussions", "discussions and their comments"),
        "repository_projects": Entry("Repository projects", "the repository's project boards"),
    },
    Group.PACKAGES: {
        "packages": Entry("Packages", "packages", "Publish, change and delete packages"),
        "attestations": Entry("Attestations", "attestations of where builds come from"),
        "artifact_metadata": Entry("Artifact metadata", "records of where artifacts are kept and run"),
    },
}  # fmt: skip

_ORGANIZATION = {
    Group.PEOPLE: {
        "members": Entry("Members", "members, teams and who belongs to them"),
        "organization_administration": Entry(
            "Administration", "the organization's settings and audit log",
            "Change the organization's settings and rules",
        ),
        "organization_custom_org_roles": Entry(
            "Custom organization roles", "custom organization roles and who holds them"
        ),
        "organization_custom_roles": Entry("Custom repository roles", "custom repository roles"),
        "organization_user_blocking": Entry("Blocked users", "who is blocked from the organization"),
        "organization_announcement_banners": Entry("Announcement banners", "banners shown to members"),
        "organization_personal_access_tokens": Entry(
            "Personal access tokens", "which tokens reach the organization",
            "Read and revoke the access of tokens to the organization",
        ),
        "organization_personal_access_token_requests": Entry(
            "Personal access token requests", "which tokens ask to reach the organization",
            "Read, approve and deny requests of tokens",
        ),
    },
    Group.AUTOMATION: {
        "organization_self_hosted_runners": Entry(
            "Self-hosted runners", "self-hosted runners and their groups",
            "Add, change and remove self-hosted runners: the machines that workflows run on",
        ),
        "organization_runner_custom_images": Entry(
            "Runner images", "custom images of hosted runners"
        ),
        "organization_codespaces": Entry("Codespaces", "members' codespaces"),
        "organization_copilot_agent_settings": Entry(
            "Copilot agent settings", "how the Copilot coding agent is set up"
        ),
    },
    Group.SECRETS: {
        "organization_secrets": Entry(
            "Secrets", "the names of the organization's Actions secrets",
            "Set and delete the organization's Actions secrets",
        ),
        "organization_actions_variables": Entry("Variables", "the organization's Actions variables"),
        "organization_agent_secrets": Entry(
            "Agent secrets", "the names of coding agents' secrets",
            "Set and delete coding agents' secrets",
        ),
        "organization_agent_variables": Entry("Agent variables", "coding agents' variables"),
        "organization_codespaces_secrets": Entry(
            "Codespaces secrets", "the names of the organization's codespaces secrets",
            "Set and delete the organization's codespaces secrets",
        ),
        "organization_dependabot_secrets": Entry(
            "Dependabot secrets", "the names of the organization's Dependabot secrets",
            "Set and delete the organization's Dependabot secrets",
        ),
        "organization_private_registries": Entry(
            "Private registries", "which private registries are set up, without their passwords",
            "Set up and delete private registries and their passwords",
        ),
        "organization_hooks": Entry("Webhooks", "webhooks: where the organization's events are sent to"),
        "organization_codespaces_settings": Entry(
            "Codespaces settings", "who may use codespaces and who pays"
        ),
        "organization_network_configurations": Entry(
            "Network configurations", "private networks of hosted runners"
        ),
        "organization_custom_properties": Entry(
            "Custom properties", "custom properties and their values on repositories"
        ),
        "custom_properties_for_organizations": Entry(
            "Custom properties of organizations", "the organization's own custom properties"
        ),
        "org_copilot_content_exclusion": Entry(
            "Copilot content exclusion", "which files Copilot must not read"
        ),
    },
    Group.SECURITY: {
        "organization_campaigns": Entry("Security campaigns", "security campaigns"),
        "organization_code_scanning_dismissal_requests": Entry(
            "Code scanning dismissal requests", "requests to dismiss code scanning alerts"
        ),
    },
    Group.COLLABORATION: {
        "organization_projects": Entry("Projects", "the organization's projects"),
        "team_discussions": Entry("Team discussions", "discussions inside teams"),
        "issue_fields": Entry("Issue fields", "the fields issues have"),
        "issue_types": Entry("Issue types", "the types issues have"),
        "organization_copilot_spaces": Entry("Copilot Spaces", "Copilot Spaces"),
        "organization_knowledge_bases": Entry("Knowledge bases", "knowledge bases for Copilot"),
    },
    Group.PACKAGES: {
        "organization_packages": Entry("Packages", "the organization's packages"),
    },
    Group.INSIGHT: {
        "organization_events": Entry("Events", "the organization's activity"),
        "organization_plan": Entry("Plan", "the organization's plan"),
        "organization_api_insights": Entry("API Insights", "who uses GitHub's API and how much"),
        "organization_copilot_metrics": Entry("Copilot metrics", "how Copilot is used"),
        "organization_copilot_seat_management": Entry(
            "Copilot Business", "Copilot seats and who has one", "Give and take Copilot seats"
        ),
        "organization_models": Entry("Models", "and use GitHub Models"),
    },
}  # fmt: skip

CATALOGUE: dict[str, dict[str, tuple[Group, Entry]]] = {
    kind: {name: (group, entry) for group, names in groups.items() for name, entry in names.items()}
    for kind, groups in (("repository", _REPOSITORY), ("organization", _ORGANIZATION))
}
