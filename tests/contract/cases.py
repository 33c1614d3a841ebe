"""Every operation of the extract, asked well and asked wrongly (room: contract tests).

One line is one rule of GitHub's: who asks for what is answered how. `{names}` are filled by the world.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

REQUESTS = "/orgs/{org}/personal-access-token-requests"
TOKENS = "/orgs/{org}/personal-access-tokens"
REVOKE = {"action": "revoke"}
DENY = {"action": "deny", "reason": "Too wide."}


@dataclass(frozen=True)
class Case:
    """`who` asks for `verb` `target` (with `body`) and is answered `status`."""

    who: str
    verb: str
    target: str
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        """The case in one line, as the name of its test."""
        return f"{self.who}-{self.verb}-{self.target}-{self.body or ''}-{self.status}".replace(" ", "")


def reads(target: str, *queries: str, by: str = "installation", nobody: int = 401) -> list[Case]:
    """Return the success of a read, with each query string, and the refusal to who brings no or a bad token."""
    good = [Case(by, "GET", target + query, 200) for query in ("", *queries)]
    return [*good, Case("nobody", "GET", target, nobody), Case("impostor", "GET", target, 401)]


def hidden(verb: str, target: str, body: Any = None) -> list[Case]:
    """Return the refusals of everything about tokens to who may not see, or not do, it."""
    sealed = target.replace("{org}", "{sealed}")
    absent = target.replace("{org}", "no-such-organization")
    return [
        Case("outsider", verb, target, 404, body),
        Case("member", verb, target, 403, body),
        Case("narrow", verb, target, 403, body),
        Case("owner", verb, sealed, 403, body),
        Case("installation", verb, absent, 404, body),
        Case("nobody", verb, target, 401, body),
        Case("impostor", verb, target, 401, body),
    ]


APP = [
    *reads("/app", by="app"),
    Case("owner", "GET", "/app", 401),
    *reads("/app/installations", "?per_page=1", "?per_page=1&page=2", "?since=2020-01-01T00:00:00Z", by="app"),
    *reads("/app/installations/{installation_id}", by="app"),
    Case("app", "GET", "/app/installations/{nowhere}", 404),
    *reads("/orgs/{org}/installation", by="app"),
    Case("app", "GET", "/orgs/no-such-organization/installation", 404),
    Case("app", "DELETE", "/app/installations/{installation_id}", 204),
    Case("app", "DELETE", "/app/installations/{nowhere}", 404),
    Case("owner", "DELETE", "/app/installations/{installation_id}", 401),
]

CONVERSION = "/app-manifests/{code}/conversions"
MANIFEST = [
    Case("nobody", "POST", CONVERSION, 201),
    Case("app", "POST", CONVERSION, 201),
    Case("nobody", "POST", "/app-manifests/no-such-code/conversions", 404),
]

HOOK = "/app/hook/config"
HOOKED = [
    *reads(HOOK, by="app"),
    Case("app", "PATCH", HOOK, 200, {"url": "https://patrol.example/webhooks/github", "secret": "new"}),
    Case("app", "PATCH", HOOK, 200, {"content_type": "json", "insecure_ssl": "0"}),
    Case("app", "PATCH", HOOK, 422, {"url": "nowhere"}),
    Case("owner", "PATCH", HOOK, 401, {"content_type": "json"}),
]

MINT = "/app/installations/{installation_id}/access_tokens"
MINTING = [
    Case("app", "POST", MINT, 201),
    Case("app", "POST", MINT, 201, {"repositories": ["{repository}"], "permissions": {"members": "read"}}),
    Case("app", "POST", MINT, 422, {"repositories": ["no-such-repository"]}),
    Case("app", "POST", MINT, 422, {"permissions": {"contents": "write"}}),
    Case("app", "POST", "/app/installations/{nowhere}/access_tokens", 404),
    Case("nobody", "POST", MINT, 401),
    Case("owner", "POST", MINT, 401),
    Case("installation", "DELETE", "/installation/token", 204),
    Case("nobody", "DELETE", "/installation/token", 401),
    Case("owner", "DELETE", "/installation/token", 403),
    *reads("/installation/repositories", "?per_page=2", "?per_page=2&page=2"),
    Case("owner", "GET", "/installation/repositories", 403),
]

DELIVERIES = "/app/hook/deliveries"
ONE_DELIVERY = DELIVERIES + "/{delivery_id}"
WEBHOOKS = [
    *reads(DELIVERIES, "?per_page=1", "?status=success", "?status=failure&per_page=1", by="app"),
    Case("app", "GET", DELIVERIES + "?status=lost", 422),
    Case("app", "GET", DELIVERIES + "?cursor=nowhere", 422),
    Case("owner", "GET", DELIVERIES, 401),
    *reads(ONE_DELIVERY, by="app"),
    Case("app", "GET", DELIVERIES + "/{nowhere}", 404),
    Case("app", "POST", ONE_DELIVERY + "/attempts", 202),
    Case("app", "POST", DELIVERIES + "/{nowhere}/attempts", 404),
    Case("nobody", "POST", ONE_DELIVERY + "/attempts", 401),
    Case("installation", "POST", ONE_DELIVERY + "/attempts", 401),
]

PEOPLE = [
    *reads("/user", by="owner"),
    Case("installation", "GET", "/user", 403),
    *reads("/users/{username}", nobody=200),
    Case("installation", "GET", "/users/no-such-user", 404),
    *reads("/user/installations", "?per_page=1", "?per_page=1&page=2", by="owner"),
    Case("outsider", "GET", "/user/installations", 200),
    *reads("/user/memberships/orgs", "?state=active&per_page=1", "?state=pending", by="owner"),
    Case("owner", "GET", "/user/memberships/orgs?state=gone", 422),
    *reads("/user/memberships/orgs/{org}", by="owner"),
    Case("member", "GET", "/user/memberships/orgs/{org}", 200),
    Case("outsider", "GET", "/user/memberships/orgs/{org}", 404),
    Case("owner", "GET", "/user/memberships/orgs/{sealed}", 403),
]

ORGANIZATION = [
    *reads("/orgs/{org}", nobody=200),
    Case("owner", "GET", "/orgs/{org}", 200),
    Case("outsider", "GET", "/orgs/{org}", 200),
    Case("owner", "GET", "/orgs/no-such-organization", 404),
    *reads("/orgs/{org}/members", "?role=admin", "?role=member&per_page=2&page=2"),
    Case("outsider", "GET", "/orgs/{org}/members", 200),
    Case("member", "GET", "/orgs/{org}/members?filter=2fa_disabled", 422),
    Case("owner", "GET", "/orgs/{org}/members?filter=2fa_disabled", 200),
    Case("installation", "GET", "/orgs/{org}/members/{username}", 204),
    Case("installation", "GET", "/orgs/{org}/members/outsider", 404),
    Case("outsider", "GET", "/orgs/{org}/members/{username}", 302),
    Case("nobody", "GET", "/orgs/{org}/members/{username}", 401),
    *reads("/orgs/{org}/memberships/{username}"),
    Case("installation", "GET", "/orgs/{org}/memberships/outsider", 404),
    Case("outsider", "GET", "/orgs/{org}/memberships/{username}", 403),
    *reads("/orgs/{org}/teams", "?per_page=1", "?per_page=1&page=2", "?team_type=organization"),
    Case("narrow", "GET", "/orgs/{org}/teams", 403),
    Case("outsider", "GET", "/orgs/{org}/teams", 404),
    *reads("/orgs/{org}/teams/{team_slug}/members", "?role=maintainer", "?per_page=1"),
    Case("installation", "GET", "/orgs/{org}/teams/no-such-team/members", 404),
    *reads("/orgs/{org}/repos", "?type=private&sort=full_name&direction=desc&per_page=3"),
    Case("outsider", "GET", "/orgs/{org}/repos", 200),
]

REPOSITORY = "/repos/{org}/{repository}"
ISSUES = REPOSITORY + "/issues"
ONE_ISSUE = ISSUES + "/{issue_number}"
REMINDER = {"title": "Tokens that end", "body": "@member", "labels": ["patrol-reminder"]}
REPOSITORIES = [
    *reads(REPOSITORY, nobody=404),
    Case("owner", "GET", REPOSITORY, 200),
    Case("outsider", "GET", REPOSITORY, 404),
    Case("installation", "GET", "/repos/{org}/no-such-repository", 404),
    *reads(
        ISSUES,
        "?state=all&labels=patrol-reminder&since=2020-01-01T00:00:00Z",
        "?per_page=1",
        "?state=closed",
        nobody=404,
    ),
    Case("installation", "GET", ISSUES + "?state=lost", 422),
    Case("installation", "GET", ISSUES + "?since=yesterday", 422),
    Case("outsider", "GET", ISSUES, 404),
    Case("narrow", "GET", ISSUES, 403),
    *reads(ONE_ISSUE, nobody=404),
    Case("installation", "GET", ISSUES + "/{nowhere}", 404),
    Case("installation", "POST", ISSUES, 201, REMINDER),
    Case("installation", "POST", ISSUES, 422, {"body": "without a title"}),
    Case("narrow", "POST", ISSUES, 403, REMINDER),
    Case("outsider", "POST", ISSUES, 404, REMINDER),
    Case("nobody", "POST", ISSUES, 404, REMINDER),
    Case("installation", "PATCH", ONE_ISSUE, 200, {"state": "closed"}),
    Case("installation", "PATCH", ONE_ISSUE, 200, {"state": "open", "body": "Two of them."}),
    Case("installation", "PATCH", ONE_ISSUE, 422, {"state": "away"}),
    Case("installation", "PATCH", ISSUES + "/{nowhere}", 404, {"state": "closed"}),
    Case("narrow", "PATCH", ONE_ISSUE, 403, {"state": "closed"}),
]

META = [
    *reads("/rate_limit", nobody=200),
    Case("owner", "GET", "/rate_limit", 200),
    *reads("/meta", nobody=200),
]

FILTERS = (
    "?per_page=2",
    "?per_page=2&page=2",
    "?per_page=100&page=9",
    "?sort=created_at&direction=asc",
    "?owner[]={owner}&owner[]=owner",
    "?owner[]=no-such-user",
    "?token_id[]={token_id}&token_id[]=1",
    "?repository={repository}",
    "?permission=metadata_read",
    "?last_used_before=2026-12-31T00:00:00Z&last_used_after=2020-01-01T00:00:00Z",
)
WRONG_FILTERS = (
    "?sort=name",
    "?direction=up",
    "?last_used_before=yesterday",
    "?" + "&".join(f"token_id[]={number}" for number in range(51)),
    "?" + "&".join(f"owner[]=user-{number}" for number in range(11)),
)

READING = [
    *reads(REQUESTS, *FILTERS),
    *hidden("GET", REQUESTS),
    *(Case("installation", "GET", REQUESTS + query, 422) for query in WRONG_FILTERS),
    *reads(REQUESTS + "/{pat_request_id}/repositories", "?per_page=1"),
    *hidden("GET", REQUESTS + "/{pat_request_id}/repositories"),
    Case("installation", "GET", REQUESTS + "/{nowhere}/repositories", 404),
    *reads(TOKENS, *FILTERS),
    *hidden("GET", TOKENS),
    *(Case("installation", "GET", TOKENS + query, 422) for query in WRONG_FILTERS),
    *reads(TOKENS + "/{pat_id}/repositories", "?per_page=1"),
    *hidden("GET", TOKENS + "/{pat_id}/repositories"),
    Case("owner", "GET", TOKENS + "/{nowhere}/repositories", 404),
]

ONE_REQUEST = REQUESTS + "/{pat_request_id}"
ONE_TOKEN = TOKENS + "/{pat_id}"
DECIDING = [
    Case("owner", "POST", ONE_REQUEST, 204, {"action": "approve"}),
    Case("owner", "POST", ONE_REQUEST, 204, DENY),
    Case("installation", "POST", ONE_REQUEST, 204, {"action": "deny", "reason": None}),
    Case("owner", "POST", ONE_REQUEST, 422, {"action": "accept"}),
    Case("owner", "POST", ONE_REQUEST, 422, {"reason": "no action"}),
    Case("owner", "POST", ONE_REQUEST, 422, {"action": "deny", "reason": "x" * 1025}),
    Case("owner", "POST", ONE_REQUEST, 422, {"action": "deny", "reason": 7}),
    Case("owner", "POST", REQUESTS + "/{nowhere}", 404, DENY),
    *hidden("POST", ONE_REQUEST, DENY),
    Case("owner", "POST", REQUESTS, 202, DENY | {"pat_request_ids": ["{pat_request_id}"]}),
    Case("owner", "POST", REQUESTS, 422, DENY | {"pat_request_ids": []}),
    Case("owner", "POST", REQUESTS, 422, DENY | {"pat_request_ids": ["many"]}),
    Case("owner", "POST", REQUESTS, 422, DENY | {"pat_request_ids": list(range(101))}),
    *hidden("POST", REQUESTS, DENY | {"pat_request_ids": ["{pat_request_id}"]}),
]
REVOKING = [
    Case("owner", "POST", ONE_TOKEN, 204, REVOKE),
    Case("owner", "POST", ONE_TOKEN, 422, {"action": "delete"}),
    Case("owner", "POST", ONE_TOKEN, 422, {}),
    Case("owner", "POST", TOKENS + "/{nowhere}", 404, REVOKE),
    *hidden("POST", ONE_TOKEN, REVOKE),
    Case("owner", "POST", TOKENS, 202, REVOKE | {"pat_ids": ["{pat_id}"]}),
    Case("owner", "POST", TOKENS, 422, REVOKE | {"pat_ids": []}),
    Case("owner", "POST", TOKENS, 422, REVOKE | {"pat_ids": list(range(101))}),
    *hidden("POST", TOKENS, REVOKE | {"pat_ids": ["{pat_id}"]}),
]

CASES = [
    *APP, *MANIFEST, *MINTING, *HOOKED, *WEBHOOKS, *PEOPLE, *ORGANIZATION, *REPOSITORIES, *META, *READING,
    *DECIDING, *REVOKING,
]  # fmt: skip
