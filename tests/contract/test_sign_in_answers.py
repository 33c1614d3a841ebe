"""Sign-in with GitHub: what the simulator answers is what GitHub's pages say (they are in no description)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from apps.simulator.server import SimulatorServer
from tests.contract.examples import every_example
from tests.contract.messages import Answer, Request
from tests.contract.openapi import OAUTH, ContractError, load
from tests.contract.world import SIGNED_IN, SIZE, World

AUTHORIZE = "/login/oauth/authorize?"
VERIFIER = "v" * 64


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    """One simulator for this module."""
    with SimulatorServer(**SIZE, port=0) as started:
        yield started


@pytest.fixture
def world(server: SimulatorServer) -> Iterator[World]:
    """A world to sign in to."""
    opened = World(server)
    yield opened
    opened.close()


def test_the_examples_fit_the_schema_and_a_mixture_does_not() -> None:
    oauth = load(OAUTH)
    values = {}
    for example in every_example(oauth):
        assert not list(oauth.schemas.faults(example.schema, example.value))
        values[example.name.rsplit(" ", 1)[1]] = example
    mixed = values["tokens"].value | values["refusal"].value
    assert list(oauth.schemas.faults(values["tokens"].schema, mixed))


@pytest.mark.parametrize("missing", ["client_id", "state", "code_challenge", "code_challenge_method"])
def test_an_authorization_request_without_its_protections_is_refused(world: World, missing: str) -> None:
    query = world.authorization(VERIFIER)
    assert world.oauth.check_request(Request("GET", AUTHORIZE + urlencode(query)))
    del query[missing]
    with pytest.raises(ContractError, match=f"query parameter {missing} is missing"):
        world.oauth.check_request(Request("GET", AUTHORIZE + urlencode(query)))


def test_a_request_for_scopes_is_refused_because_apps_have_none(world: World) -> None:
    query = world.authorization(VERIFIER) | {"scope": "repo"}
    with pytest.raises(ContractError, match="query parameter scope is unknown"):
        world.oauth.check_request(Request("GET", AUTHORIZE + urlencode(query)))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"login": "owner"}, 302),
        ({"login": "no-such-user"}, 404),
        ({"client_id": "Iv23unknown"}, 404),
        ({"redirect_uri": "javascript:alert(1)"}, 400),
        ({"login": "owner", "code_challenge_method": "plain"}, 302),
    ],
    ids=str,
)
def test_the_sign_in_page_answers_as_documented(world: World, change: dict[str, str], status: int) -> None:
    answer = world.web("GET", AUTHORIZE + urlencode(world.authorization(VERIFIER) | change))
    assert answer.status == status
    if change.get("code_challenge_method") == "plain":
        assert "error" in parse_qs(urlsplit(answer.header("Location")).query)


def test_a_code_is_good_once_and_only_with_its_verifier(world: World) -> None:
    code, verifier = world.code_for("owner")
    form = {"code": code, "redirect_uri": SIGNED_IN, "code_verifier": verifier}
    assert "access_token" in world.value(world.exchange(form))
    assert error_of(world, world.exchange(form)) == "bad_verification_code"
    code, _ = world.code_for("owner")
    form |= {"code": code, "code_verifier": VERIFIER}
    assert error_of(world, world.exchange(form)) == "bad_verification_code"


def test_a_code_needs_the_same_address_and_the_right_secret(world: World) -> None:
    code, verifier = world.code_for("owner")
    form = {"code": code, "redirect_uri": SIGNED_IN + "other/", "code_verifier": verifier}
    assert error_of(world, world.exchange(form)) == "redirect_uri_mismatch"
    wrong = world.exchange(form | {"client_secret": "wrong"})
    assert error_of(world, wrong) == "incorrect_client_credentials"


def test_a_refresh_token_is_good_once_and_ends_both_old_tokens(world: World) -> None:
    world.tokens["owner"] = (first := world.sign_in("owner"))["access_token"]
    assert world.send("GET", "/user", "owner").status == 200
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = world.value(world.exchange(form))
    assert world.send("GET", "/user", "owner").status == 401
    world.tokens["owner"] = second["access_token"]
    assert world.send("GET", "/user", "owner").status == 200
    assert error_of(world, world.exchange(form)) == "bad_refresh_token"


def error_of(world: World, answer: Answer) -> Any:
    """Return GitHub's name of a refusal; it comes with status 200."""
    assert answer.status == 200
    return world.value(answer)["error"]
