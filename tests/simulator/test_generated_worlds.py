"""Worlds are believable, repeatable, and as large as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, SimulatedGitHub

World = Callable[..., SimulatedGitHub]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def large(world: World) -> dict[str, Any]:
    """The contents of an organization of 60 people, 1,000 grants and 100 requests."""
    return world(organizations=1, members=60, grants=1_000, requests=100).contents()


def test_every_world_has_the_cast_and_the_known_organizations(world: World) -> None:
    shown = world(organizations=4, saml_organizations=2).overview()
    logins = [one["login"] for one in shown["organizations"]]
    assert logins[:2] == ["acme-robotics", "northwind-labs"]
    assert logins[4:] == ["sealed-harbor", "sealed-harbor-2"]
    assert len(set(logins)) == 6
    assert all(one["admins"] == ["owner", "second-owner"] for one in shown["organizations"])
    sealed = next(one for one in shown["organizations"] if one["saml"])
    assert "owner" not in sealed["sso_sessions"]
    assert "second-owner" in sealed["sso_sessions"]


def test_sizes_are_as_asked(large: dict[str, Any]) -> None:
    assert (len(large["members"]), len(large["grants"]), len(large["requests"])) == (60, 1_000, 100)


def test_the_same_seed_makes_the_same_world_and_another_another(world: World) -> None:
    def names(seed: int) -> list[Any]:
        contents = world(seed=seed).contents()
        members = list(contents["members"])
        return [members, *([i["token_name"], i["permissions"]] for i in contents["grants"] + contents["requests"])]

    assert names(7) == names(7)
    assert names(7) != names(8)


def test_selections_are_spread_as_in_a_real_company(large: dict[str, Any]) -> None:
    counts = Counter(item["repository_selection"] for item in large["grants"])
    assert 340 <= counts["subset"] <= 460
    assert 150 <= counts["all"] <= 260


def test_ends_are_near_far_past_and_never(large: dict[str, Any]) -> None:
    now, ends = datetime.now(UTC), [item["token_expires_at"] for item in large["grants"]]
    dated = [moment(end) for end in ends if end]
    assert 50 <= ends.count(None) <= 160
    assert sum(item["token_expired"] for item in large["grants"]) > 20
    assert sum(now < end < now + timedelta(days=7) for end in dated) > 20
    assert max(dated) < now + timedelta(days=367)


def test_uses_are_fresh_old_and_never(large: dict[str, Any]) -> None:
    now, uses = datetime.now(UTC), [item["token_last_used_at"] for item in large["grants"]]
    assert uses.count(None) > 50
    assert any(used and moment(used) < now - timedelta(days=365) for used in uses)
    assert sum(bool(used) and moment(used) > now - timedelta(days=14) for used in uses) > 300
    assert all(
        moment(i["token_last_used_at"]) >= moment(i["access_granted_at"])
        for i in large["grants"]
        if i["token_last_used_at"]
    )


def test_requests_are_of_every_kind_that_owners_know(world: World) -> None:
    contents = world().contents()
    now, granted = datetime.now(UTC), {item["token_id"]: item for item in contents["grants"]}
    requests = contents["requests"]
    assert any(item["owner"]["login"] == "member" for item in requests)
    assert any(moment(item["created_at"]) < now - timedelta(days=30) for item in requests)
    assert any(item["owner"]["login"] not in contents["members"] for item in requests)
    assert any(item["token_expired"] for item in requests)
    assert any(not item["reason"] for item in requests)
    widening = [item for item in requests if item["token_id"] in granted]
    assert widening
    assert all(item["permissions"] != granted[item["token_id"]]["permissions"] for item in widening) or any(
        item["repository_selection"] != granted[item["token_id"]]["repository_selection"] for item in widening
    )


def test_the_three_ids_are_three_different_numbers(large: dict[str, Any]) -> None:
    requests, grants = large["requests"], large["grants"]
    spaces = [{i["id"] for i in requests}, {i["id"] for i in grants}, {i["token_id"] for i in requests + grants}]
    assert not spaces[0] & spaces[1]
    assert not spaces[0] & spaces[2]
    assert not spaces[1] & spaces[2]


def test_names_are_harmless_unless_hostile_ones_are_asked_for(world: World) -> None:
    quiet, loud = world(requests=20).contents(), world(requests=20, hostile=True)
    assert not any("<" in item["token_name"] for item in quiet["requests"])
    reasons = [item["reason"] for item in loud.contents()["requests"]]
    assert any("<script>" in reason for reason in reasons)
    assert any("hx-post" in reason for reason in reasons)
    assert any("\x00" in reason for reason in reasons)
    assert any("\u202e" in reason for reason in reasons)
    assert any(len(reason) > 10_000 for reason in reasons)


def test_a_lone_surrogate_leaves_as_an_escape(world: World) -> None:
    reader = world(requests=20, hostile=True).installation(ORGANIZATION)
    body = reader.get(REQUESTS, params={"per_page": 100}).content
    assert rb"\ud800" in body
    body.decode("ascii")


def test_a_world_without_the_cast_cannot_be_made(world: World) -> None:
    for wrong in ({"members": 2}, {"organizations": 0}):
        with pytest.raises(ValueError, match="the cast"):
            world(**wrong)


def test_ten_thousand_grants_are_walked_in_a_hundred_pages(world: World) -> None:
    reader = world(organizations=1, saml_organizations=0, members=50, grants=10_000).installation(ORGANIZATION)
    first = reader.get(GRANTS, params={"per_page": 100})
    assert first.links["last"]["url"].endswith("page=100")
    assert len(reader.get(GRANTS, params={"per_page": 100, "page": 100}).json()) == 100
