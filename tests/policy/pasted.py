"""Twenty pasted commands and what they need, by hand from GitHub's permission tables and gh's manual.

https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens, 2026-03-10.
"""

from dataclasses import dataclass

SECRET = "ghp" + "_" + "a1B2" * 9


@dataclass(frozen=True)
class Pasted:
    """What somebody pastes, and what a token needs for it; `impossible`: routes no fine-grained token can call."""

    text: str
    needs: dict[str, str]
    repositories: tuple[str, ...] = ()
    impossible: int = 0
    unread: int = 0


TWENTY = {
    "curl reads pull requests": Pasted(
        f'curl -s -H "Authorization: Bearer {SECRET}" "https://api.github.com/repos/acme/api/pulls?state=open"',
        {"pull_requests": "read"}, ("acme/api",),
    ),
    "curl posts over several lines": Pasted(
        "$ curl -L \\\n  -X POST \\\n  -H 'Accept: application/vnd.github+json' \\\n"
        "  https://api.github.com/repos/acme/api/issues \\\n  -d '{\"title\": \"It is\n broken\"}'",
        {"issues": "write"}, ("acme/api",),
    ),
    "curl sends data, so it posts": Pasted(
        "curl -sd '{\"ref\":\"main\"}' https://api.github.com/repos/acme/api/actions/workflows/deploy.yml/dispatches",
        {"actions": "write"}, ("acme/api",),
    ),
    "a label goes with issues or pull requests": Pasted(
        "curl --json '{}' https://api.github.com/repos/acme/api/issues/7/labels", {"issues": "write"}, ("acme/api",)
    ),
    "a label beside a pull request needs no second permission": Pasted(
        "POST /repos/{owner}/{repo}/issues/7/labels\nPATCH /repos/{owner}/{repo}/pulls/7", {"pull_requests": "write"}
    ),
    "a route alone": Pasted("GET /repos/{owner}/{repo}/actions/runs", {"actions": "read"}),
    "an address with the name of a workflow's file": Pasted(
        "curl -X PUT https://api.github.com/repos/acme/api/contents/.github/workflows/ci.yml --data-binary @body",
        {"contents": "write", "workflows": "write"}, ("acme/api",),
    ),
    "gh api with placeholders and a field": Pasted(
        "gh api repos/{owner}/{repo}/statuses/0123456 -f state=success", {"statuses": "write"}
    ),
    "gh api with a method of its own": Pasted(
        "gh api --method DELETE -H 'Accept: x' /orgs/acme/actions/variables/REGION",
        {"organization_actions_variables": "write"},
    ),
    "gh opens and merges a pull request": Pasted(
        "gh pr create --fill --reviewer bob -R acme/api && gh pr merge --squash -R acme/api",
        {"contents": "write", "pull_requests": "write"}, ("acme/api",),
    ),
    "gh closes an issue": Pasted("gh issue close 12 --repo acme/api", {"issues": "write"}, ("acme/api",)),
    "gh publishes a release": Pasted("gh release create v1.2.0 dist/* --generate-notes", {"contents": "write"}),
    "gh starts a workflow": Pasted("gh workflow run deploy.yml -f env=prod", {"actions": "write"}),
    "gh sets a secret of an organization": Pasted(
        "gh secret set NPM --org acme --body hunter2", {"organization_secrets": "write"}
    ),
    "gh sets a secret of an environment": Pasted(
        "gh secret set NPM -e production < npm.txt", {"environments": "write"}
    ),
    "gh looks at checks, which tokens cannot": Pasted("gh pr checks 5", {"statuses": "read"}, impossible=1),
    "git clones and pushes": Pasted(
        "git clone https://x-access-token:$TOKEN@github.com/acme/api.git\ncd api\ngit push origin HEAD:main",
        {"contents": "write"}, ("acme/api",),
    ),
    "steps of a workflow": Pasted(
        "- uses: actions/checkout@v4\n  with:\n    repository: acme/infra\n    token: ${{ secrets.PAT }}\n"
        "- name: Tell\n  run: |\n    gh api repos/${{ github.repository }}/dispatches -f event_type=built\n"
        "- uses: peter-evans/create-pull-request@v6\n",
        {"contents": "write", "pull_requests": "write"}, ("acme/infra",),
    ),
    "a team is given a repository": Pasted(
        "curl -X PUT https://api.github.com/orgs/acme/teams/web/repos/acme/api -d '{\"permission\":\"push\"}'",
        {"administration": "write", "members": "read"},
    ),
    "GraphQL is not covered": Pasted("gh api graphql -f query='{ viewer { login } }'", {}, unread=1),
}  # fmt: skip
