"""What people want tokens for: names, reasons and permissions that belong together.

Permission names are GitHub's (schema `app-permissions` of its OpenAPI description).
"""

from __future__ import annotations

from dataclasses import dataclass, field

_READ = {"metadata": "read", "contents": "read"}


@dataclass(frozen=True, slots=True)
class Purpose:
    """One kind of use. A purpose without repository permissions belongs to tokens that reach no repository."""

    names: tuple[str, ...]
    reasons: tuple[str, ...]
    repository: dict[str, str] = field(default_factory=dict)
    organization: dict[str, str] = field(default_factory=dict)


REPOSITORY_PURPOSES = (
    Purpose(
        ("jenkins-checkout", "buildkite-agents", "ci-checkout", "nightly-build"),
        (
            "Jenkins needs to clone these to run the nightly build. Replaces my classic token.",
            "CI agents check out the code, read only.",
            "Build farm moves to the new data centre, it gets its own token instead of sharing mine.",
        ),
        {**_READ, "actions": "read"},
    ),
    Purpose(
        ("release-notes-bot", "release-train", "version-bump", "changelog-writer"),
        (
            "Opens the version bump pull request every Thursday and tags the release.",
            "Release automation for the 4.2 train, see RFC 118.",
            "Writes release notes back to the repository after the QA sign-off.",
        ),
        {"metadata": "read", "contents": "write", "pull_requests": "write", "workflows": "write"},
    ),
    Purpose(
        ("issue-triage", "jira-sync", "zendesk-bridge", "support-escalation"),
        (
            "Two-way sync between Jira and our issues, the Atlassian app does not cover private fields.",
            "Support wants to file bugs straight from Zendesk.",
            "Labels incoming issues by product area every hour.",
        ),
        {"metadata": "read", "issues": "write", "pull_requests": "read"},
    ),
    Purpose(
        ("terraform-github", "repo-settings-as-code", "branch-protection-sync"),
        (
            "Terraform manages branch protection and repository settings. Agreed with the platform team.",
            "Needed for the repository settings migration, will revoke when it is finished.",
        ),
        {**_READ, "administration": "write"},
        {"members": "read"},
    ),
    Purpose(
        ("secret-rotation", "vault-sync", "rotate-deploy-keys"),
        (
            "Vault writes rotated credentials into Actions secrets.",
            "Quarterly rotation of the deploy credentials, SEC-2041.",
        ),
        {"metadata": "read", "secrets": "write", "environments": "write"},
        {"organization_secrets": "write"},
    ),
    Purpose(
        ("vuln-report", "sbom-export", "dependency-dashboard"),
        (
            "Weekly export of open alerts for the security review.",
            "Feeds the dependency dashboard, read only.",
            "Auditors asked for an SBOM per release.",
        ),
        {**_READ, "vulnerability_alerts": "read", "security_events": "read"},
    ),
    Purpose(
        ("deploy-staging", "argo-cd", "flux-sync", "preview-environments"),
        (
            "Argo CD pulls manifests for the staging clusters.",
            "Preview environments post their address to the pull request.",
            "Flux in the new region, same permissions as the one in eu-west.",
        ),
        {**_READ, "deployments": "write", "statuses": "write"},
    ),
    Purpose(
        ("work laptop", "laptop 2026", "codespace helper", "vs code", "gh cli on devbox"),
        (
            "New laptop, I work on these every day.",
            "gh on my devbox",
            "Onboarding, my buddy told me to ask for this.",
            "Replaces the token that expires on Friday.",
        ),
        {"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write"},
    ),
    Purpose(
        ("dora-metrics", "grafana-github", "lead-time-report"),
        (
            "Lead time and deployment frequency for the engineering review.",
            "Grafana data source, reads pull requests and workflow runs.",
        ),
        {"metadata": "read", "actions": "read", "pull_requests": "read", "deployments": "read"},
    ),
    Purpose(
        ("package-publish", "npm-publish", "wheel-upload"),
        ("Publishes the client libraries when a release is tagged.", "Mirror of our packages for the air-gapped site."),
        {**_READ, "packages": "write"},
    ),
    Purpose(
        ("renovate-selfhosted", "dependency-updates"),
        ("Self-hosted Renovate until the App is approved.", "Opens dependency updates, merges need a review as usual."),
        {"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write", "workflows": "write"},
    ),
    Purpose(
        ("docs-search-index", "handbook-export", "backup-mirror"),
        ("Indexes the docs for the internal search.", "Nightly mirror to the backup site, read only."),
        _READ,
    ),
)

ORGANIZATION_PURPOSES = (
    Purpose(
        ("member-export", "hr-sync", "access-review"),
        (
            "Quarterly access review, needs the list of members.",
            "HR system compares leavers with our members every night.",
        ),
        organization={"members": "read"},
    ),
    Purpose(
        ("team-sync", "okta-teams"),
        ("Keeps teams in step with Okta groups until SCIM is on.",),
        organization={"members": "write"},
    ),
    Purpose(
        ("runner-autoscaler", "arc-runners"),
        ("Registers self-hosted runners as the queue grows.",),
        organization={"organization_self_hosted_runners": "write"},
    ),
    Purpose(
        ("audit-log-to-siem", "webhook-inventory"),
        ("Ships the audit log to the SIEM, SEC-1187.", "One-off inventory of all webhooks."),
        organization={"organization_administration": "read", "organization_hooks": "read"},
    ),
    Purpose(
        ("roadmap-board", "project-reports"),
        ("Monthly report from the roadmap board.", "Moves cards on the roadmap when issues close."),
        organization={"organization_projects": "write"},
    ),
    Purpose(
        ("public-api-quota", "docs-link-checker", "rate limit only"),
        ("Only to get the higher rate limit on public repositories.",),
        organization={},
    ),
)

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '<button hx-post="/orgs/acme-robotics/requests/1/approve/" hx-trigger="load">x</button>',
    "javascript:alert(document.domain)",
    "\u202egnp.exe\u202c \u2066right to left\u2069",
    "nul\x00inside",
    "lone \ud800 surrogate \udfff",
    '=HYPERLINK("https://example.com","pay")',
    "{{7*7}} {% debug %} ${7*7} %(x)s",
    "line\r\nSet-Cookie: a=b\x1b[31m red",
    "' OR 1=1 --",
    "z\u0341\u0342\u0343\u0344\u0345" * 20,
    "ten thousand " * 790,
)
