"""What Patrol's client sends is what GitHub describes: path, query, headers, body, and the kind of token."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.github import client as client_module
from apps.github.client import Client
from apps.simulator.server import SimulatorServer
from tests.contract.coverage import SEEN
from tests.contract.messages import Request
from tests.contract.openapi import GITHUB, OAUTH, ContractError, load
from tests.contract.recorder import Recorder
from tests.contract.world import ORGANIZATION, SIGNED_IN, SIZE, World

Things = Mapping[str, Any]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TWO_PAGES = SIZE | {"grants": 130, "requests": 104}

ANSWERED_ANYWHERE = ("GET /users/{username}", "GET /meta", "GET /rate_limit")
NEEDS = {
    "/app-manifests": "nobody",
    "/meta": "nobody",
    "/app": "app",
    "/orgs/{org}/installation": "app",
    "/installation/": "installation",
    "/user": "user",
}
"""Beginnings of paths that take one kind of token only; all others take a user's or an installation's.

Source: docs.github.com/rest/authentication/permissions-required-for-github-apps.
"""


@dataclass(frozen=True)
class Drive:
    """How one call of the client is made: with whose token, and which operations it may ask for."""

    who: str
    operation: str
    call: Callable[[Client, Things], object]


TEAM_MEMBERS = "GET /orgs/{org}/teams/{team_slug}/members"
PENDING, GRANTED = "/orgs/{org}/personal-access-token-requests", "/orgs/{org}/personal-access-tokens"
ISSUES = "/repos/{owner}/{repo}/issues"
DRIVES: dict[str, Drive] = {
    "app": Drive("app", "GET /app", lambda c, _: c.app()),
    "installations": Drive("app", "GET /app/installations", lambda c, _: list(c.installations())),
    "installation": Drive(
        "app", "GET /app/installations/{installation_id}", lambda c, t: c.installation(t["installation_id"])
    ),
    "create_installation_token": Drive(
        "app",
        "POST /app/installations/{installation_id}/access_tokens",
        lambda c, t: c.create_installation_token(t["installation_id"]),
    ),
    "webhook_url": Drive("app", "GET /app/hook/config", lambda c, _: c.webhook_url()),
    "set_webhook_url": Drive(
        "app", "PATCH /app/hook/config", lambda c, _: c.set_webhook_url("https://patrol.example.com/webhooks/github")
    ),
    "failed_deliveries": Drive("app", "GET /app/hook/deliveries", lambda c, _: list(c.failed_deliveries())),
    "redeliver": Drive(
        "app", "POST /app/hook/deliveries/{delivery_id}/attempts", lambda c, t: c.redeliver(t["delivery_id"])
    ),
    "delete_installation": Drive(
        "app",
        "DELETE /app/installations/{installation_id}",
        lambda c, t: c.delete_installation(t["installation_id"]),
    ),
    "meta": Drive("nobody", "GET /meta", lambda c, _: c.meta()),
    "convert_manifest": Drive(
        "nobody", "POST /app-manifests/{code}/conversions", lambda c, t: c.convert_manifest(t["code"])
    ),
    "user": Drive("owner", "GET /user", lambda c, _: c.user()),
    "user_installations": Drive("owner", "GET /user/installations", lambda c, _: list(c.user_installations())),
    "user_memberships": Drive("owner", "GET /user/memberships/orgs", lambda c, _: list(c.user_memberships())),
    "user_membership": Drive("owner", "GET /user/memberships/orgs/{org}", lambda c, _: c.user_membership(ORGANIZATION)),
    "profile": Drive("installation", "GET /users/{username}", lambda c, _: c.profile("member")),
    "members": Drive(
        "installation",
        "GET /orgs/{org}/members",
        lambda c, _: [list(c.members(ORGANIZATION, role)) for role in ("admin", "member")],
    ),
    "teams": Drive("installation", "GET /orgs/{org}/teams", lambda c, _: list(c.teams(ORGANIZATION))),
    "team_members_url": Drive("installation", TEAM_MEMBERS, lambda c, t: walk_team(c, t["team_slug"])),
    "team_member_page": Drive("installation", TEAM_MEMBERS, lambda c, t: walk_team(c, t["team_slug"])),
    "repository": Drive(
        "installation", "GET /repos/{owner}/{repo}", lambda c, t: c.repository(ORGANIZATION, t["repository"])
    ),
    "issues": Drive(
        "installation",
        f"GET {ISSUES}",
        lambda c, t: list(c.issues(ORGANIZATION, t["repository"], label="patrol-reminder", since=LONG_AGO)),
    ),
    "issue": Drive(
        "installation", f"GET {ISSUES}/{{issue_number}}", lambda c, t: c.issue(ORGANIZATION, t["repository"], 1)
    ),
    "create_issue": Drive(
        "installation",
        f"POST {ISSUES}",
        lambda c, t: c.create_issue(
            ORGANIZATION, t["repository"], title="One", body="@member", label="patrol-reminder"
        ),
    ),
    "update_issue": Drive(
        "installation",
        f"PATCH {ISSUES}/{{issue_number}}",
        lambda c, t: c.update_issue(ORGANIZATION, t["repository"], 1, body="None", state="closed"),
    ),
    "grant_requests_url": Drive(
        "installation", f"GET {PENDING}", lambda c, _: c.grant_request_page(c.grant_requests_url(ORGANIZATION))
    ),
    "grant_request_page": Drive("installation", f"GET {PENDING}", lambda c, _: walk_grant_requests(c)),
    "grants_url": Drive("installation", f"GET {GRANTED}", lambda c, _: c.grant_page(c.grants_url(ORGANIZATION))),
    "grant_page": Drive("installation", f"GET {GRANTED}", lambda c, _: walk_grants(c)),
    "grant_requests_of": Drive(
        "installation", f"GET {PENDING}", lambda c, t: list(c.grant_requests_of(ORGANIZATION, [t["token_id"], 1]))
    ),
    "grants_of": Drive(
        "installation", f"GET {GRANTED}", lambda c, t: list(c.grants_of(ORGANIZATION, [t["token_id"], 1]))
    ),
    "grant_request_repositories": Drive(
        "installation",
        f"GET {PENDING}/{{pat_request_id}}/repositories",
        lambda c, t: list(c.grant_request_repositories(ORGANIZATION, t["pat_request_id"])),
    ),
    "grant_repositories": Drive(
        "installation",
        f"GET {GRANTED}/{{pat_id}}/repositories",
        lambda c, t: list(c.grant_repositories(ORGANIZATION, t["pat_id"])),
    ),
    "review_grant_request": Drive(
        "owner",
        f"POST {PENDING}/{{pat_request_id}}",
        lambda c, t: c.review_grant_request(ORGANIZATION, t["pat_request_id"], action="deny", reason="Too wide."),
    ),
    "review_grant_requests": Drive(
        "owner",
        f"POST {PENDING}",
        lambda c, t: c.review_grant_requests(ORGANIZATION, [t["pat_request_id"]], action="deny", reason="Too wide."),
    ),
    "revoke_grants": Drive("owner", f"POST {GRANTED}", lambda c, t: c.revoke_grants(ORGANIZATION, [t["pat_id"]])),
    "revoke_grant": Drive(
        "owner", f"POST {GRANTED}/{{pat_id}}", lambda c, t: c.revoke_grant(ORGANIZATION, t["pat_id"])
    ),
}
NO_CALLS = {"failure"}
"""Public functions of the client's module that send nothing."""


def walk_grant_requests(client: Client) -> None:
    """Follow the list of requests to its end, then ask for its first page again, known by its ETag."""
    page = first = client.grant_request_page(client.grant_requests_url(ORGANIZATION))
    while page.next_url:
        page = client.grant_request_page(page.next_url)
    assert client.grant_request_page(first.url, etag=first.etag).not_modified


def walk_grants(client: Client) -> None:
    """Follow the list of grants to its end, then ask for its first page again, known by its ETag."""
    page = first = client.grant_page(client.grants_url(ORGANIZATION))
    while page.next_url:
        page = client.grant_page(page.next_url)
    assert client.grant_page(first.url, etag=first.etag).not_modified


def walk_team(client: Client, slug: str) -> None:
    """Read who is in a team, then ask again, known by the ETag."""
    first = client.team_member_page(client.team_members_url(ORGANIZATION, slug))
    assert first.items.good
    assert client.team_member_page(first.url, etag=first.etag).not_modified


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    """One simulator for this module."""
    with SimulatorServer(**TWO_PAGES, port=0) as started:
        yield started


@pytest.fixture
def world(server: SimulatorServer) -> Iterator[World]:
    """A new world whose lists have two pages."""
    server.reset(**TWO_PAGES)
    opened = World(server)
    yield opened
    opened.close()


@pytest.fixture
def recorder(server: SimulatorServer, settings: Any) -> Iterator[Recorder]:
    """A recorder in front of the simulator; Patrol's settings point there."""
    with Recorder(server.url) as started:
        settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = started.url
        yield started


def check(request: Request) -> str:
    """Judge one request of the client in full; return the operation's name."""
    version = request.header("X-GitHub-Api-Version")
    assert version in ("2022-11-28", "2026-03-10")
    operation = load(GITHUB, version).check_request(request)
    assert request.header("Accept") == "application/vnd.github+json"
    assert request.header("User-Agent").startswith("Patrol/")
    assert token_kind(request.header("Authorization")) in kinds_taken(operation.path)
    SEEN.requested.add(operation.name)
    return operation.name


def token_kind(authorization: str) -> str:
    """Return whose token an Authorization header carries, by the documented prefixes."""
    if not authorization:
        return "nobody"
    scheme, _, token = authorization.partition(" ")
    assert scheme == "Bearer", "the scheme GitHub asks for with a JWT, and takes with every token"
    return {"ghu_": "user", "ghs_": "installation", "eyJh": "app"}[token[:4]]


def kinds_taken(path: str) -> set[str]:
    """Return the kinds of token an operation takes."""
    needed = {kind for start, kind in NEEDS.items() if path.startswith(start) and not path.startswith("/users")}
    return needed or {"user", "installation"}


@pytest.mark.parametrize("name", sorted(DRIVES))
def test_every_call_sends_what_github_describes(world: World, recorder: Recorder, name: str) -> None:
    drive = DRIVES[name]
    with Client(world.token(drive.who)) as client:
        drive.call(client, world.things)
    assert {check(request) for request in recorder.requests} == {drive.operation}
    assert all(answer.status < 400 for _, answer in recorder.exchanges)


def test_no_call_of_the_client_is_left_out() -> None:
    methods = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(DRIVES)
    functions = {
        name
        for name, function in inspect.getmembers(client_module, inspect.isfunction)
        if function.__module__ == client_module.__name__ and not name.startswith("_")
    }
    assert functions - NO_CALLS == {"exchange_code"}


def test_a_walk_of_two_pages_asks_for_both(world: World, recorder: Recorder) -> None:
    with Client(world.token("installation")) as client:
        walk_grants(client)
    targets = [request.target for request in recorder.requests]
    assert len(targets) == 3
    assert "page=2" in targets[1]
    assert recorder.requests[2].header("If-None-Match")
    assert all(int(size) <= 100 for size in page_sizes(recorder))


def page_sizes(recorder: Recorder) -> list[str]:
    """Return every `per_page` that was asked for; GitHub cuts more than 100 without a word."""
    from urllib.parse import parse_qs, urlsplit

    return [size for r in recorder.requests for size in parse_qs(urlsplit(r.target).query).get("per_page", [])]


@pytest.mark.parametrize("reason", ["", "Because.", "x" * 1024, "<b>\u202e\x00"])
@pytest.mark.parametrize("action", ["approve", "deny"])
def test_a_decision_carries_its_reason_only_when_there_is_one(
    world: World, recorder: Recorder, action: Any, reason: str
) -> None:
    with Client(world.token("owner")) as client:
        client.review_grant_request(ORGANIZATION, world.things["pat_request_id"], action=action, reason=reason)
    (request,) = recorder.requests
    check(request)
    assert (b"reason" in request.body) == bool(reason)


def test_the_judge_would_see_a_wrong_request(world: World, recorder: Recorder) -> None:
    with Client(world.token("installation")) as client:
        page = client.grant_page(client.grants_url(ORGANIZATION) + "&limit=3")
    assert page.items.good
    with pytest.raises(ContractError, match="query parameter limit is unknown"):
        check(recorder.requests[-1])


def test_sign_in_sends_what_github_documents(world: World, recorder: Recorder) -> None:
    app, oauth = world.server.governance_app, load(OAUTH)
    code, verifier = world.code_for("owner")
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    first = client_module.exchange_code(**secrets, code=code, code_verifier=verifier, redirect_uri=SIGNED_IN)
    client_module.exchange_code(**secrets, grant_type="refresh_token", refresh_token=first.refresh_token)
    assert len(recorder.exchanges) == 2
    for request, answer in recorder.exchanges:
        operation = oauth.check_request(request)
        oauth.check_answer(operation, answer)
        assert operation.name == "POST /login/oauth/access_token"
        assert request.header("Accept") == "application/json"
        assert request.header("Authorization") == ""
