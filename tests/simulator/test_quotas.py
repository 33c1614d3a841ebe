"""Requests are counted by the hour, per installation and per person, and refused when used up."""

from __future__ import annotations

from collections.abc import Callable

import requests

from tests.simulator.client import GRANTS, ORGANIZATION, TIMEOUT, Person, SimulatedGitHub

World = Callable[..., SimulatedGitHub]


def test_each_answer_says_what_is_left(reader: Person) -> None:
    first, second = reader.get(GRANTS), reader.get(GRANTS)
    assert first.headers["X-RateLimit-Resource"] == "core"
    assert int(second.headers["X-RateLimit-Remaining"]) == int(first.headers["X-RateLimit-Remaining"]) - 1
    assert second.headers["X-RateLimit-Reset"] == first.headers["X-RateLimit-Reset"]


def test_when_used_up_requests_are_refused_and_change_nothing(world: World) -> None:
    simulator = world(rate_limit=10)
    owner = simulator.sign_in("owner")
    number = owner.get(GRANTS).json()[0]["id"]
    while int(owner.get(GRANTS).headers["X-RateLimit-Remaining"]):
        pass
    refused = owner.post(f"{GRANTS}/{number}", {"action": "revoke"})
    assert refused.status_code == 403
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "rate limit exceeded for user ID" in refused.json()["message"]
    assert simulator.ledger() == []


def test_the_next_hour_begins_anew(world: World) -> None:
    simulator = world(rate_limit=3)
    owner = simulator.sign_in("owner")
    assert [owner.get("/user").status_code for _ in range(4)] == [200, 200, 200, 403]
    simulator.change("clock", advance_seconds=3_601)
    assert owner.get("/user").status_code == 200


def test_persons_and_installations_are_counted_apart(world: World) -> None:
    simulator = world(rate_limit=2)
    owner, reader = simulator.sign_in("owner"), simulator.installation(ORGANIZATION)
    assert [owner.get("/user").status_code for _ in range(3)] == [200, 200, 403]
    assert reader.get(GRANTS).status_code == 200


def test_tokens_of_one_installation_share_its_quota(simulator: SimulatedGitHub, reader: Person) -> None:
    before = int(reader.get(GRANTS).headers["X-RateLimit-Used"])
    other = simulator.installation(ORGANIZATION)
    assert int(other.get(GRANTS).headers["X-RateLimit-Used"]) == before + 1


def test_the_limit_grows_with_repositories_and_people_up_to_the_ceiling(world: World) -> None:
    assert world().installation(ORGANIZATION).get(GRANTS).headers["X-RateLimit-Limit"] == "5000"
    grown = world(members=60).installation(ORGANIZATION).get(GRANTS).headers["X-RateLimit-Limit"]
    assert grown == str(5_000 + 50 * (60 - 20) + 50 * (68 - 20))
    capped = world(members=60, rate_limit=6_000).installation(ORGANIZATION).get(GRANTS)
    assert capped.headers["X-RateLimit-Limit"] == "6000"


def test_asking_what_is_left_is_free(reader: Person) -> None:
    before = int(reader.get(GRANTS).headers["X-RateLimit-Used"])
    shown = reader.get("/rate_limit").json()
    assert shown["resources"]["core"]["used"] == shown["rate"]["used"] == before
    newer = reader.get("/rate_limit", headers={"X-GitHub-Api-Version": "2026-03-10"}).json()
    assert "rate" not in newer
    assert newer["resources"]["core"]["used"] == before


def test_without_a_token_there_are_sixty_an_hour(simulator: SimulatedGitHub) -> None:
    shown = requests.get(f"{simulator.url}/users/owner", timeout=TIMEOUT)
    assert (shown.status_code, shown.headers["X-RateLimit-Limit"]) == (200, "60")
