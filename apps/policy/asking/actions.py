"""Actions that are given tokens most often, and what each needs: by hand, from their own READMEs. Pure data."""

from dataclasses import dataclass

from apps.policy.endpoints.catalogue import Set


@dataclass(frozen=True)
class Wanted:
    """One of `sets` is enough."""

    sets: tuple[Set, ...]
    note: str = ""


def _all(*permissions: str, note: str = "") -> Wanted:
    """All of "contents: write" and so on, of repositories."""
    return Wanted((tuple(_one(each) for each in permissions),), note)


def _any(*permissions: str, note: str = "") -> Wanted:
    return Wanted(tuple((_one(each),) for each in permissions), note)


def _one(said: str) -> tuple[str, str, str]:
    name, level = said.split(": ")
    return "repository", name, level


_PUSHES = "Where it pushes changes to .github/workflows, Workflows (write) as well."
ACTIONS = {
    "actions/checkout": _all("contents: read"),
    "actions/create-release": _all("contents: write"),
    "actions/labeler": _all("contents: read", "pull_requests: write"),
    "actions/stale": _all("issues: write", "pull_requests: write"),
    "actions/first-interaction": _all("issues: write", "pull_requests: write"),
    "actions/github-script": Wanted(
        (), "What it needs is in its script: paste the routes that the script calls, such as GET /repos/{owner}/{repo}."
    ),
    "actions/add-to-project": Wanted(
        (
            (
                ("organization", "organization_projects", "write"), ("repository", "issues", "read"),
                ("repository", "pull_requests", "read"),
            ),
        )
    ),
    "peter-evans/create-pull-request": _all("contents: write", "pull_requests: write", note=_PUSHES),
    "peter-evans/create-or-update-comment": _any("issues: write", "pull_requests: write"),
    "peter-evans/repository-dispatch": _all("contents: write"),
    "peter-evans/enable-pull-request-automerge": _all("contents: write", "pull_requests: write"),
    "softprops/action-gh-release": _all("contents: write"),
    "ncipollo/release-action": _all("contents: write"),
    "googleapis/release-please-action": _all("contents: write", "issues: write", "pull_requests: write"),
    "google-github-actions/release-please-action": _all("contents: write", "issues: write", "pull_requests: write"),
    "changesets/action": _all("contents: write", "pull_requests: write"),
    "peaceiris/actions-gh-pages": _all("contents: write"),
    "jamesives/github-pages-deploy-action": _all("contents: write"),
    "stefanzweifel/git-auto-commit-action": _all("contents: write", note=_PUSHES),
    "ad-m/github-push-action": _all("contents: write", note=_PUSHES),
    "endbug/add-and-commit": _all("contents: write", note=_PUSHES),
    "benc-uk/workflow-dispatch": _all("actions: write"),
    "convictional/trigger-workflow-and-wait": _all("actions: write"),
    "hmarr/auto-approve-action": _all("pull_requests: write"),
    "marocchino/sticky-pull-request-comment": _all("pull_requests: write"),
    "amannn/action-semantic-pull-request": _all("pull_requests: read"),
    "dorny/paths-filter": _all("pull_requests: read"),
    "tj-actions/changed-files": _all("contents: read"),
    "dawidd6/action-download-artifact": _all("actions: read"),
    "github/codeql-action": _all("security_events: write", "contents: read"),
}  # fmt: skip
# They use the token of the run itself, or none.
NOTHING_NEEDED = {
    "actions/setup-node", "actions/setup-python", "actions/setup-go", "actions/setup-java", "actions/setup-dotnet",
    "actions/cache", "actions/upload-artifact", "actions/download-artifact", "docker/setup-buildx-action",
    "docker/setup-qemu-action", "docker/build-push-action", "docker/metadata-action", "ruby/setup-ruby",
    "actions/upload-pages-artifact", "aws-actions/configure-aws-credentials",
}  # fmt: skip
