"""What pasted commands need; and what is pasted never comes back, whatever it is."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.core.redaction import redacted
from apps.policy.asking.answering import Answer, answer, fewest
from apps.policy.asking.http_calls import Hosts
from apps.policy.asking.reading import read
from apps.policy.asking.shell import commands
from apps.policy.endpoints import builtin, documented
from apps.policy.endpoints.catalogue import Catalogue
from tests.policy.pasted import SECRET, TWENTY, Pasted

ENTERPRISE = Hosts(
    ("api.github.com", "git.example/api/v3"), ("git.example/api/uploads",), ("github.com", "git.example")
)


def asked(text: str, catalogue: Catalogue | None = None) -> Answer:
    return answer(read(text, ENTERPRISE), catalogue or builtin.catalogue())


def needs(found: Answer) -> dict[str, str]:
    return {one.name: one.level for one in found.permissions}


def check(pasted: Pasted, found: Answer) -> None:
    assert needs(found) == pasted.needs
    assert found.repositories == pasted.repositories
    assert (len(found.impossible), len(found.unread)) == (pasted.impossible, pasted.unread)


@pytest.mark.parametrize("name", TWENTY)
def test_a_pasted_command_needs_what_githubs_table_says(name: str) -> None:
    check(TWENTY[name], asked(TWENTY[name].text))


_TABLES = Path(__file__).parents[3] / "shared" / "reference" / "github-permissions.json"
_KINDS = {"repository": "Repository", "organization": "Organization", "account": "User", "enterprise": "Enterprise"}


def as_documented(tables: Any, *, tokens: bool) -> bytes:
    """In the form of the data that GitHub's documentation is made of."""
    found: dict[str, Any] = {}
    for one in tables["permissions"]:
        routes = [
            {
                "verb": row["verb"].lower(), "requestPath": row["path"], "access": row["access"], "category": "a",
                "additional-permissions": row["additional_permissions"], "slug": "b", "subcategory": "c",
                **({} if tokens else {"server-to-server": "IAT" in row["tokens"], "user-to-server": True}),
            }
            for row in one["endpoints"] if not tokens or "PAT" in row["tokens"]
            for _ in range(row.get("permission_sets") or 1)
        ]  # fmt: skip
        if routes:
            title = f'{_KINDS[one["scope"]]} permissions for "{one["title"]}"'
            found[one["permission"]] = {"title": one["title"], "displayTitle": title, "permissions": routes}
    return json.dumps(found).encode()


@pytest.fixture(scope="module")
def githubs() -> Catalogue:
    if not _TABLES.exists():
        pytest.skip("GitHub's permission tables are not beside the project")
    tables = json.loads(_TABLES.read_bytes())
    files = [as_documented(tables, tokens=True), as_documented(tables, tokens=False)]
    return Catalogue([*builtin.always(), *documented.endpoints(files)])


@pytest.mark.parametrize("name", TWENTY)
def test_githubs_whole_table_says_the_same(githubs: Catalogue, name: str) -> None:
    check(TWENTY[name], asked(TWENTY[name].text, githubs))


def test_the_builtin_table_says_what_githubs_does(githubs: Catalogue) -> None:
    """But for one that GitHub lists under a person's permission as well."""
    _, _, different = builtin.catalogue().difference(githubs)
    assert different == ["GET /repos/{owner}/{repo}/invitations"]
    assert len(builtin.catalogue()) > 450


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("curl https://git.example/api/v3/repos/acme/api/hooks", {"repository_hooks": "read"}),
        ("http POST api.github.com/repos/acme/api/hooks name=web", {"repository_hooks": "write"}),
        ("HEAD /repos/acme/api/hooks", {"repository_hooks": "read"}),
        ("curl -I https://api.github.com/repos/acme/api/hooks", {"repository_hooks": "read"}),
        ("curl -G -d page=2 https://api.github.com/repos/acme/api/hooks", {"repository_hooks": "read"}),
        ("curl -T body https://uploads.github.com/repos/acme/api/releases/1/assets", {}),
        ("curl --data-binary @a.zip https://api.github.com/repos/acme/api/releases/1/assets", {"contents": "write"}),
        ("curl -fsSL $API/repos/$REPOSITORY/commits/main/status", {"statuses": "read"}),
        ("T=x; if curl https://api.github.com/repos/a/b/keys; then echo y; fi", {"administration": "read"}),
        ("N=$(gh api repos/a/b/keys | jq length)", {"administration": "read"}),
        ("cat <<EOF | gh issue create -F -\nGET /user/emails\nEOF\ngh label list", {"issues": "write"}),
        ("octokit.request('POST /repos/{owner}/{repo}/merges', { base: 'a' })", {"contents": "write"}),
        ("gh pr comment 1 -b x; gh pr edit 1 --add-label y", {"pull_requests": "write"}),
        ("gh pr merge -sd 5", {"contents": "write"}),
        ("gh project item-add 1 --owner acme", {"organization_projects": "write"}),
        ("gh repo create acme/new --private", {"administration": "write"}),
        ("gh variable set X --body 1", {"actions_variables": "write"}),
        ("run: gh run list", {"actions": "read"}),
        ("GET /repos/acme/api", {"metadata": "read"}),
        ("GET /repos/acme/api\nGET /repos/acme/api/issues", {"issues": "read"}),
        ("GET /rate_limit", {}),
    ],
)  # fmt: skip
def test_other_ways_of_writing_are_read(text: str, needed: dict[str, str]) -> None:
    assert needs(asked(text)) == needed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gh teleport now", "does not know what this command"),
        ("docker push ghcr.io/acme/api", "GitHub Packages"),
        ("git push git@github.com:acme/api.git", "over SSH"),
        ("curl https://example.com/repos/a/b", "no address of GitHub"),
        ("GET /repos/a/b/no/such/route", "does not name this route"),
        ("DELETE /repos/a/b/tags", "with GET only"),
        ("uses: someone/unheard-of@v1", "does not know this action"),
        ("make coffee", "no request to GitHub that Patrol can read"),
    ],
)
def test_what_cannot_be_answered_is_said_and_asks_for_nothing(text: str, says: str) -> None:
    found = asked(text)
    assert says in found.unread[0].why
    assert needs(found) == {}


def test_only_apps_can_call_some_routes() -> None:
    (line,) = asked("POST /repos/acme/api/check-runs").impossible
    assert "GitHub Apps" in line.why


def test_what_belongs_to_a_person_is_told_apart() -> None:
    found = asked("POST /gists\nGET /repos/a/b/issues")
    assert [one.name for one in found.personal] == ["gists"]
    assert needs(found) == {"issues": "read"}


def test_of_several_sets_those_are_taken_that_need_least_together() -> None:
    issues, pulls = ("repository", "issues", "write"), ("repository", "pull_requests", "write")
    assert fewest([((issues,), (pulls,))]) == [issues]
    assert fewest([((issues,), (pulls,)), ((pulls,),)]) == [pulls]
    assert fewest([((issues,),), ((("repository", "issues", "read"),),)]) == [issues]


def test_most_literal_template_wins() -> None:
    catalogue = builtin.catalogue()
    for path, template in {
        "/repos/a/b/issues/comments": "/repos/{owner}/{repo}/issues/comments",
        "/repos/a/b/issues/12": "/repos/{owner}/{repo}/issues/{issue_number}",
        "/repos/a/b/contents/src/main.py": "/repos/{owner}/{repo}/contents/{path}",
        "/repos/a/b/releases/latest": "/repos/{owner}/{repo}/releases/latest",
    }.items():
        found = catalogue.find("GET", path)
        assert found is not None
        assert found.path == template


HOSTILE = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from([
            "curl", "gh", "git", "api", "pr", "-X", "POST", "-H", "'", '"', "\\", "\n", "<<EOF", "$(", "${{", "}}",
            "uses:",
            "run: |", "- ", "https://api.github.com/", "repos/a/b", "${X}", "%00", "%", "://", "@", "#", "&&", "-d",
            "--",
            "secret set", "graphql", "\x00", "\ud800", "…", "\u202e",
        ]), max_size=60,
    ).map(" ".join),
)  # fmt: skip


@given(HOSTILE)
@settings(max_examples=150)
@example("'" * 20_001)
@example(" " * 20_000)
@example("<<a\n" * 5_000)
@example("\\\n" * 10_000)
@example("run:" + " " * 19_000 + "x")
@example("- " * 10_000)
def test_nothing_pasted_raises(text: str) -> None:
    asked(text)
    redacted(text)
    assert all(commands(text))


_LETTERS = st.sampled_from("abcXYZ0189")
_VALUES = st.builds(
    lambda prefix, value: prefix + "".join(value), st.sampled_from(["ghp_", "gho_", "ghs_", "github_pat_"]),
    st.lists(_LETTERS, min_size=30, max_size=60),
)  # fmt: skip
_PLACES = st.sampled_from([
    "curl -H 'Authorization: Bearer {}' https://api.github.com/repos/a/b/pulls", "curl -u me:{} https://api.github.com/user",
    "curl https://{}@api.github.com/repos/a/b/pulls",
    "git clone https://{}@github.com/a/b.git", "GH_TOKEN={} gh pr list",
    "gh secret set X --body {}", "GET /repos/{}/b/pulls", "GET /repos/a/{}/pulls", "gh api /orgs/{}/members", "{}",
    "gh pr list -R a/{}", "uses: {}/x@v1", "gh {} x", "git push https://github.com/{}/{}.git", "https://api.github.com/{}",
    "uses: a/b@v1\nwith:\n  token: {}\n  repository: {}/x", "gh repo view {}/{}", "docker login ghcr.io -p {}",
    "octokit.request('GET /repos/{}/x')",
])  # fmt: skip


@given(_VALUES, _PLACES)
@settings(max_examples=100)
def test_a_value_that_is_pasted_never_comes_back(value: str, place: str) -> None:
    text = place.replace("{}", value)
    said = json.dumps(asdict(asked(text)), default=str)
    assert value not in said
    assert value[-25:] not in said
    assert value not in redacted(text)


def test_what_stands_where_credentials_stand_is_blacked_out() -> None:
    text = "curl -u me:hunter2 -H 'Authorization: token abc' https://a:pw1@x/ ; TOKEN=t0p gh x; password: 'a b'"
    assert not re.search(r"hunter2|abc|pw1|t0p|a b", redacted(text))
    assert redacted("gh pr list -R acme/api") == "gh pr list -R acme/api"
    assert redacted("token: ${{ secrets.PAT }}") == "token: ${{ secrets.PAT }}"
    assert redacted(SECRET) == "***"
