"""What GitHub documents today and the vendored package does not know or has wrong, for routes that people call often.

Read in https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
(API version 2026-03-10). A line is a permission with its level, and routes. It goes before the vendored table, and
not before one that was read from GitHub.
"""

_R, _O = "/repos/{owner}/{repo}", "/orgs/{org}"

_REPOSITORY = {
    "contents: write": [
        f"POST {_R}/merges", f"PUT {_R}/pulls/{{pull_number}}/merge", f"POST {_R}/dispatches",
        f"POST {_R}/merge-upstream", f"DELETE {_R}/releases/{{release_id}}", f"DELETE {_R}/git/refs/{{ref}}",
        f"DELETE {_R}/releases/assets/{{asset_id}}",
        f"POST {_R}/releases/generate-notes", f"POST {_R}/branches/{{branch}}/rename",
        f"DELETE {_R}/comments/{{comment_id}}/reactions/{{reaction_id}}", f"GET {_R}/stargazers",
        f"GET {_R}/subscribers",
    ],
    "contents: read": [
        f"GET {_R}/contents/{{path}}", f"GET {_R}/compare/{{basehead}}", f"GET {_R}/readme",
        f"GET {_R}/git/ref/{{ref}}",
        f"GET {_R}/tarball/{{ref}}", f"GET {_R}/zipball/{{ref}}", f"GET {_R}/releases/latest",
        f"POST {_R}/commits/{{commit_sha}}/comments", f"GET {_R}/community/profile", "POST /markdown",
    ],
    "actions: write": [
        f"POST {_R}/actions/workflows/{{workflow_id}}/dispatches", f"PUT {_R}/actions/workflows/{{workflow_id}}/enable",
        f"PUT {_R}/actions/workflows/{{workflow_id}}/disable", f"DELETE {_R}/actions/runs/{{run_id}}",
        f"POST {_R}/actions/runs/{{run_id}}/rerun-failed-jobs", f"DELETE {_R}/actions/caches",
        f"DELETE {_R}/actions/caches/{{cache_id}}",
    ],
    "actions: read": [
        f"GET {_R}/actions/artifacts", f"GET {_R}/actions/artifacts/{{artifact_id}}/{{archive_format}}",
        f"GET {_R}/actions/caches", f"GET {_R}/environments", f"GET {_R}/environments/{{environment_name}}",
    ],
    "actions_variables: read": [f"GET {_R}/actions/variables", f"GET {_R}/actions/variables/{{name}}"],
    "actions_variables: write": [
        f"POST {_R}/actions/variables", f"PATCH {_R}/actions/variables/{{name}}",
        f"DELETE {_R}/actions/variables/{{name}}",
    ],
    "environments: read": [
        f"GET {_R}/environments/{{environment_name}}/secrets",
        f"GET {_R}/environments/{{environment_name}}/secrets/public-key",
        f"GET {_R}/environments/{{environment_name}}/variables",
        f"GET {_R}/environments/{{environment_name}}/variables/{{name}}",
    ],
    "environments: write": [
        f"PUT {_R}/environments/{{environment_name}}/secrets/{{secret_name}}",
        f"DELETE {_R}/environments/{{environment_name}}/secrets/{{secret_name}}",
        f"POST {_R}/environments/{{environment_name}}/variables",
        f"PATCH {_R}/environments/{{environment_name}}/variables/{{name}}",
        f"DELETE {_R}/environments/{{environment_name}}/variables/{{name}}",
    ],
    "dependabot_secrets: read": [f"GET {_R}/dependabot/secrets", f"GET {_R}/dependabot/secrets/public-key"],
    "dependabot_secrets: write": [
        f"PUT {_R}/dependabot/secrets/{{secret_name}}", f"DELETE {_R}/dependabot/secrets/{{secret_name}}",
    ],
    "vulnerability_alerts: read": [f"GET {_R}/dependabot/alerts", f"GET {_R}/dependabot/alerts/{{alert_number}}"],
    "secret_scanning_alerts: read": [f"GET {_R}/secret-scanning/alerts", f"GET {_O}/secret-scanning/alerts"],
    "repository_hooks: read": [
        f"GET {_R}/hooks", f"GET {_R}/hooks/{{hook_id}}", f"POST {_R}/hooks/{{hook_id}}/pings",
    ],
    "repository_hooks: write": [
        f"POST {_R}/hooks", f"PATCH {_R}/hooks/{{hook_id}}", f"DELETE {_R}/hooks/{{hook_id}}",
    ],
    "administration: read": [
        f"GET {_R}/keys", f"GET {_R}/branches/{{branch}}/protection",
        f"GET {_R}/branches/{{branch}}/protection/restrictions/apps",
    ],
    "administration: write": [
        f"POST {_R}/keys", f"DELETE {_R}/keys/{{key_id}}", f"POST {_O}/repos", "POST /user/repos", f"PATCH {_R}",
        f"DELETE {_R}", f"POST {_R}/rulesets",
        *(f"{verb} {_R}/branches/{{branch}}/protection/restrictions/apps" for verb in ("POST", "PUT", "DELETE")),
    ],
    "metadata: read": [
        f"GET {_R}/collaborators/{{username}}/permission", f"GET {_R}/rulesets", f"GET {_R}/rulesets/{{ruleset_id}}",
        f"GET {_R}/rules/branches/{{branch}}", f"GET {_O}/repos", f"GET {_R}/tags", "GET /user/repos",
    ],
    "issues: write": [
        f"POST {_R}/issues/{{issue_number}}/reactions", f"POST {_R}/issues/comments/{{comment_id}}/reactions",
        f"DELETE {_R}/issues/{{issue_number}}/reactions/{{reaction_id}}",
        f"DELETE {_R}/issues/comments/{{comment_id}}/reactions/{{reaction_id}}",
    ],
    "issues: read": [f"GET {_R}/issues/comments/{{comment_id}}/reactions"],
    "pull_requests: write": [f"DELETE {_R}/pulls/comments/{{comment_id}}/reactions/{{reaction_id}}"],
    "statuses: write": [f"POST {_R}/statuses/{{sha}}"],
    "statuses: read": [f"GET {_R}/commits/{{ref}}/status", f"GET {_R}/commits/{{ref}}/statuses"],
    "attestations: read": [f"GET {_R}/attestations/{{subject_digest}}"],
}  # fmt: skip
_ORGANIZATION = {
    "members: read": [
        f"GET {_O}/members", f"GET {_O}/members/{{username}}", f"GET {_O}/teams", f"GET {_O}/public_members",
        f"GET {_O}/public_members/{{username}}",
    ],
    "organization_secrets: read": [
        f"GET {_O}/actions/secrets", f"GET {_O}/actions/secrets/public-key",
        f"GET {_O}/actions/secrets/{{secret_name}}",
        f"GET {_O}/actions/secrets/{{secret_name}}/repositories",
    ],
    "organization_secrets: write": [
        f"PUT {_O}/actions/secrets/{{secret_name}}", f"DELETE {_O}/actions/secrets/{{secret_name}}",
        f"PUT {_O}/actions/secrets/{{secret_name}}/repositories",
        f"PUT {_O}/actions/secrets/{{secret_name}}/repositories/{{repository_id}}",
        f"DELETE {_O}/actions/secrets/{{secret_name}}/repositories/{{repository_id}}",
    ],
    "organization_actions_variables: read": [f"GET {_O}/actions/variables", f"GET {_O}/actions/variables/{{name}}"],
    "organization_actions_variables: write": [
        f"POST {_O}/actions/variables", f"PATCH {_O}/actions/variables/{{name}}",
        f"DELETE {_O}/actions/variables/{{name}}",
    ],
    "organization_dependabot_secrets: read": [
        f"GET {_O}/dependabot/secrets", f"GET {_O}/dependabot/secrets/public-key",
    ],
    "organization_dependabot_secrets: write": [
        f"PUT {_O}/dependabot/secrets/{{secret_name}}", f"DELETE {_O}/dependabot/secrets/{{secret_name}}",
    ],
    "organization_hooks: read": [f"GET {_O}/hooks"],
    "organization_hooks: write": [f"POST {_O}/hooks", f"DELETE {_O}/hooks/{{hook_id}}"],
    "organization_self_hosted_runners: read": [f"GET {_O}/actions/runners"],
    "organization_self_hosted_runners: write": [f"POST {_O}/actions/runners/registration-token"],
}  # fmt: skip
_ACCOUNT = {
    "gists: write": ["POST /gists", "PATCH /gists/{gist_id}", "DELETE /gists/{gist_id}"],
    "keys: read": ["GET /user/keys", "GET /users/{username}/keys"],
    "keys: write": ["POST /user/keys", "DELETE /user/keys/{key_id}"],
    "gpg_keys: read": ["GET /user/gpg_keys"],
    "gpg_keys: write": ["POST /user/gpg_keys", "DELETE /user/gpg_keys/{gpg_key_id}"],
    "starring: read": ["GET /user/starred"],
    "watching: read": ["GET /user/subscriptions", "GET /users/{username}/subscriptions"],
}
SINGLE = {"repository": _REPOSITORY, "organization": _ORGANIZATION, "account": _ACCOUNT}

_C, _W = ("repository", "contents", "write"), ("repository", "workflows", "write")
# Several sets of which one is enough, or several permissions that are needed together.
SEVERAL = {
    **dict.fromkeys(
        (
            f"PUT {_R}/contents/{{path}}", f"DELETE {_R}/contents/{{path}}", f"POST {_R}/git/refs",
            f"PATCH {_R}/git/refs/{{ref}}", f"POST {_R}/releases", f"PATCH {_R}/releases/{{release_id}}",
        ),
        ((_C,), (_C, _W)),
    ),
    f"GET {_R}/pulls/{{pull_number}}": (
        (("repository", "pull_requests", "read"),), (("repository", "contents", "read"),),
    ),
    f"POST {_R}/forks": ((("repository", "administration", "write"), ("repository", "contents", "read")),),
    "POST /repos/{template_owner}/{template_repo}/generate": (
        (("repository", "administration", "write"), ("repository", "contents", "read")),
    ),
    **dict.fromkeys(
        (f"POST {_R}/pages", f"PUT {_R}/pages", f"DELETE {_R}/pages"),
        ((("repository", "administration", "write"), ("repository", "pages", "write")),),
    ),
    **dict.fromkeys(
        (
            f"{verb} {team}/repos/{{owner}}/{{repo}}"
            for verb in ("PUT", "DELETE") for team in (f"{_O}/teams/{{team_slug}}", "/teams/{team_id}")
        ),
        ((("organization", "members", "read"), ("repository", "administration", "write")),),
    ),
}  # fmt: skip

# Only GitHub Apps: fine-grained tokens have no such permission.
APPS_ONLY = {
    "repository checks: read": [
        f"GET {_R}/check-runs/{{check_run_id}}", f"GET {_R}/check-runs/{{check_run_id}}/annotations",
        f"GET {_R}/check-suites/{{check_suite_id}}", f"GET {_R}/check-suites/{{check_suite_id}}/check-runs",
        f"GET {_R}/commits/{{ref}}/check-runs", f"GET {_R}/commits/{{ref}}/check-suites",
    ],
    "repository checks: write": [
        f"POST {_R}/check-runs", f"PATCH {_R}/check-runs/{{check_run_id}}", f"POST {_R}/check-suites",
        f"POST {_R}/check-runs/{{check_run_id}}/rerequest", f"POST {_R}/check-suites/{{check_suite_id}}/rerequest",
    ],
    "repository administration: write": [
        f"POST {_R}/transfer", "PATCH /user/repository_invitations/{invitation_id}",
    ],
    "organization organization_personal_access_tokens: read": [f"GET {_O}/personal-access-tokens"],
    "organization organization_personal_access_token_requests: read": [f"GET {_O}/personal-access-token-requests"],
}  # fmt: skip

# What GitHub's table leaves out, whatever its date.
BESIDE = {f"POST {_R}/releases/{{release_id}}/assets": ((_C,),)}

# Any token, and mostly no token at all: they show what is public.
NOTHING = [
    "GET /", "GET /zen", "GET /meta", "GET /octocat", "GET /emojis", "GET /versions", "GET /rate_limit", "GET /user",
    "GET /users", "GET /users/{username}", "GET /users/{username}/orgs", "GET /orgs/{org}", "GET /licenses",
    "GET /licenses/{license}", "GET /gitignore/templates", "GET /gitignore/templates/{name}", "GET /codes_of_conduct",
    "GET /search/repositories", "GET /search/issues", "GET /search/code", "GET /search/commits", "GET /search/users",
    "GET /search/topics", "GET /gists/{gist_id}", "GET /gists", "GET /user/orgs",
]  # fmt: skip
