"""What the simulator answers is what GitHub's description says: in a plain world, and in a hostile one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps.simulator.app import API
from apps.simulator.permission_names import PERMISSION_LEVELS, UNDESCRIBED
from apps.simulator.server import SimulatorServer
from tests.contract.cases import CASES, DELIVERIES, ONE_REQUEST, REQUESTS, TOKENS, Case
from tests.contract.openapi import GITHUB, Description, load
from tests.contract.world import ORGANIZATION, SEALED, SIZE, World

LISTS = (
    "/app/installations", DELIVERIES, "/installation/repositories", "/user/installations", "/user/memberships/orgs",
    "/orgs/{org}/members", "/orgs/{org}/repos", "/orgs/{org}/teams", "/orgs/{org}/teams/{team_slug}/members",
    REQUESTS, ONE_REQUEST + "/repositories", TOKENS, TOKENS + "/{pat_id}/repositories",
)  # fmt: skip
READS = [case for case in CASES if case.verb == "GET" and case.status == 200 and case.who != "nobody"]
TEMPLATES = [case for case in READS if "?" not in case.target]
ONE_EACH = list({(c.verb, c.target.split("?")[0]): c for c in CASES if c.status < 300}.values())


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    """One simulator for this module."""
    with SimulatorServer(**SIZE, port=0) as started:
        yield started


@pytest.fixture(scope="module", params=["plain", "hostile"])
def read_world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that is only read: one like a company's, and one whose names and reasons are a hostile corpus."""
    with SimulatorServer(**SIZE, hostile=request.param == "hostile", port=0) as started:
        world = World(started)
        yield world
        world.close()


@pytest.fixture(params=["plain", "hostile"])
def world(server: SimulatorServer, request: pytest.FixtureRequest) -> Iterator[World]:
    """A new world of either kind, to be written to."""
    yield from opened(server, hostile=request.param == "hostile")


@pytest.fixture
def plain(server: SimulatorServer) -> Iterator[World]:
    """A new world like a company's."""
    yield from opened(server)


def opened(server: SimulatorServer, prefix: str = "", **options: Any) -> Iterator[World]:
    """Yield a new world with these options."""
    server.reset(**(SIZE | {"hostile": False, "worlds": {}, "rate_limit": 12_500} | options))
    world = World(server, prefix)
    yield world
    world.close()


def filled(world: World, value: Any) -> Any:
    """Return the body of a case with ids and names of this world; `{pat_id}` alone becomes the number."""
    if isinstance(value, dict):
        return {name: filled(world, below) for name, below in value.items()}
    if isinstance(value, list):
        return [filled(world, below) for below in value]
    if isinstance(value, str) and value.startswith("{"):
        return world.things[value.strip("{}")]
    return value


def ask(world: World, case: Case, **headers: str) -> Any:
    """Send the request of `case`; its answer is judged on the way."""
    body = filled(world, case.body)
    return world.send(case.verb, world.fill(case.target), case.who, body=body, headers=case.headers | headers)


@pytest.mark.parametrize("case", [c for c in CASES if c.verb == "GET"], ids=lambda case: case.rule[:120])
def test_every_answer_to_a_read_is_one_that_github_describes(read_world: World, case: Case) -> None:
    answer = ask(read_world, case)
    assert answer.status == case.status, answer.body[:500]


@pytest.mark.parametrize("case", [c for c in CASES if c.verb != "GET"], ids=lambda case: case.rule[:120])
def test_every_answer_to_a_write_is_one_that_github_describes(world: World, case: Case) -> None:
    answer = ask(world, case)
    assert answer.status == case.status, answer.body[:500]


def test_every_operation_is_asked_well_and_asked_wrongly(description: Description) -> None:
    well: set[str] = set()
    wrongly: set[str] = set()
    for case in CASES:
        operation = description.operation(case.verb, case.target.format_map(AnyNumber()))
        (well if case.status < 300 else wrongly).add(operation.name)
    assert well == {operation.name for operation in description.operations}
    assert wrongly == well


def test_the_simulator_has_no_api_operation_that_the_extract_lacks(description: Description) -> None:
    described = {(o.verb, tuple(o.path.strip("/").split("/"))) for o in description.operations}
    answered = {(route.verb, route.parts) for routes in API._table.values() for route in routes}
    assert answered == described


def test_the_names_of_permissions_are_those_of_githubs_description(description: Description) -> None:
    described = description.document["components"]["schemas"]["app-permissions"]["properties"]
    known = {name: levels for name, levels in PERMISSION_LEVELS.items() if name not in UNDESCRIBED}
    assert known == {name: tuple(schema["enum"]) for name, schema in described.items()}


class AnyNumber(dict[str, str]):
    """Every variable part of an address as a number."""

    def __missing__(self, key: str) -> str:
        return "1"


def test_a_page_full_of_hostile_texts_really_holds_them(server: SimulatorServer) -> None:
    for world in opened(server, hostile=True):
        pages = [world.send("GET", world.fill(p), "installation").body for p in (REQUESTS, TOKENS)]
    text = b"".join(pages).lower()
    assert b"<script" in text or b"javascript:" in text
    assert b"\\u0000" in text
    assert b"\\ud8" in text or b"\\udc" in text or b"\\udf" in text


@pytest.mark.parametrize("case", TEMPLATES, ids=lambda case: case.rule)
def test_a_known_page_is_answered_without_a_body(plain: World, case: Case) -> None:
    first = ask(plain, case)
    if case.target in ("/rate_limit",):
        return
    assert ask(plain, case, **{"If-None-Match": first.header("ETag")}).status == 304


@pytest.mark.parametrize("case", TEMPLATES, ids=lambda case: case.rule)
def test_the_later_api_version_is_answered_as_it_describes(plain: World, case: Case) -> None:
    plain.token(case.who)
    assert plain.things
    plain.description = load(GITHUB, "2026-03-10")
    assert ask(plain, case, **{"X-GitHub-Api-Version": "2026-03-10"}).status == 200


@pytest.mark.parametrize("target", LISTS)
def test_following_links_walks_every_page_once(plain: World, target: str) -> None:
    who = "app" if target.startswith("/app") else "owner" if target.startswith("/user") else "installation"
    seen, next_target = [], plain.fill(target) + "?per_page=1"
    while next_target:
        answer = plain.send("GET", next_target, who)
        seen.append(answer.body)
        next_target = plain.next_page(answer)
    assert len(seen) == len(set(seen)) > 0


@pytest.fixture(scope="module")
def enterprise() -> Iterator[World]:
    """A world that is only read, of an Enterprise Server."""
    with SimulatorServer(**SIZE, port=0, enterprise_server=True) as started:
        world = World(started, "/api/v3")
        yield world
        world.close()


@pytest.mark.parametrize("case", [c for c in READS if c.target not in ("/rate_limit", "/meta")], ids=lambda c: c.rule)
def test_an_enterprise_server_answers_as_github_does_below_its_prefix(enterprise: World, case: Case) -> None:
    assert ask(enterprise, case).status == 200


def test_links_to_pages_keep_the_prefix_they_were_asked_with(server: SimulatorServer) -> None:
    for world in opened(server, "/api/v3"):
        answer = world.send("GET", world.fill(TOKENS) + "?per_page=2", "installation")
        assert world.next_page(answer).startswith(f"/orgs/{ORGANIZATION}/personal-access-tokens?")


@pytest.mark.parametrize(("side", "status"), [("A", 404), ("B", 422)])
def test_a_decision_that_comes_late_is_refused_as_this_world_has_it(
    server: SimulatorServer, side: str, status: int
) -> None:
    for world in opened(server, worlds={"review_decided": side}):
        target = world.fill(ONE_REQUEST)
        assert world.send("POST", target, "owner", body={"action": "approve"}).status == 204
        assert world.send("POST", target, "owner", body={"action": "approve"}).status == status


@pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: case.rule[:120])
def test_a_server_error_says_so_in_githubs_shape(plain: World, case: Case) -> None:
    plain.token(case.who)
    target = plain.fill(case.target)
    plain.control("POST", "faults", {"kind": "500", "verb": case.verb, "path": target.split("?")[0]})
    assert plain.send(case.verb, target, case.who, body=filled(plain, case.body)).status == 500


def test_a_spent_quota_is_a_403_with_its_end(server: SimulatorServer) -> None:
    for world in opened(server, rate_limit=3):
        answers = [world.send("GET", "/user", "owner") for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 403]
        assert answers[-1].header("X-RateLimit-Remaining") == "0"
        assert int(answers[-1].header("X-RateLimit-Reset")) > 0


def test_without_an_sso_session_the_answer_names_where_to_get_one(plain: World) -> None:
    refused = plain.send("GET", f"/orgs/{SEALED}/personal-access-tokens", "owner")
    assert refused.header("X-GitHub-SSO").startswith("required; url=")


def test_broken_json_and_unknown_versions_are_refused_in_githubs_shape(plain: World) -> None:
    version = {"X-GitHub-Api-Version": "1999-01-01"}
    assert plain.send("GET", "/user", "owner", headers=version).status == 400
