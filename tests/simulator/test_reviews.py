"""An owner decides on requests, one by one, and revokes grants."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, Person, SimulatedGitHub, ids


def test_an_approved_request_becomes_a_grant(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests", name="flux-sync")
    answer = owner.post(f"{REQUESTS}/{asked['id']}", {"action": "approve", "reason": "As agreed"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert asked["id"] not in ids(owner.listed(REQUESTS))
    granted = owner.listed(GRANTS)[0]
    assert granted["token_id"] == asked["token_id"]
    assert granted["permissions"] == asked["permissions"]


def test_a_denied_request_leaves_the_queue_and_grants_nothing(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")
    before = ids(owner.listed(GRANTS))
    assert owner.post(f"{REQUESTS}/{asked['id']}", {"action": "deny", "reason": None}).status_code == 204
    assert asked["id"] not in ids(owner.listed(REQUESTS))
    assert ids(owner.listed(GRANTS)) == before


def test_approving_more_for_a_granted_token_widens_its_grant(simulator: SimulatedGitHub, owner: Person) -> None:
    first, second = simulator.contents()["repositories"][:2]
    held = simulator.change("grants", permissions={"contents": "read", "issues": "write"}, repositories=[first])
    more = {"contents": "write", "issues": "read", "actions": "read"}
    asked = simulator.change("requests", token_id=held["token_id"], permissions=more, repositories=[second])
    assert owner.post(f"{REQUESTS}/{asked['id']}", {"action": "approve"}).status_code == 204
    [widened] = owner.listed(GRANTS, **{"token_id[]": [held["token_id"]]})
    assert widened["id"] == held["id"]
    assert widened["permissions"]["repository"] == {"contents": "write", "issues": "write", "actions": "read"}
    assert {r["name"] for r in owner.listed(f"{GRANTS}/{held['id']}/repositories")} == {first, second}


def test_a_decision_is_made_once(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")
    path = f"{REQUESTS}/{asked['id']}"
    assert owner.post(path, {"action": "approve"}).status_code == 204
    assert owner.post(path, {"action": "deny"}).status_code == 404
    assert len(simulator.ledger()) == 1


def test_of_many_decisions_at_the_same_moment_one_counts(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")

    def decide(action: str) -> int:
        return Person(owner.url, owner.token).post(f"{REQUESTS}/{asked['id']}", {"action": action}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(decide, ["approve", "deny"] * 8))
    assert answers == [204] + [404] * 15
    assert len(simulator.ledger()) == 1


def test_in_the_other_world_a_second_decision_is_unprocessable(world: Callable[..., SimulatedGitHub]) -> None:
    simulator = world(worlds={"review_decided": "B"})
    owner, asked = simulator.sign_in("owner"), simulator.change("requests")
    path = f"{REQUESTS}/{asked['id']}"
    assert owner.post(path, {"action": "approve"}).status_code == 204
    assert owner.post(path, {"action": "approve"}).status_code == 422
    assert owner.post(f"{REQUESTS}/1", {"action": "approve"}).status_code == 404


def test_a_cancelled_request_can_no_longer_be_decided(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")
    simulator.change(f"requests/{asked['id']}/cancel")
    assert asked["id"] not in ids(owner.listed(REQUESTS))
    assert owner.post(f"{REQUESTS}/{asked['id']}", {"action": "approve"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "revoke"}, "action"),
        ({"action": "approve", "reason": "x" * 1025}, "reason"),
        ({"action": "approve", "reason": 7}, "reason"),
    ],
)
def test_a_body_that_is_not_as_described_changes_nothing(
    simulator: SimulatedGitHub, owner: Person, body: dict[str, Any], field: str
) -> None:
    asked = simulator.change("requests")
    refused = owner.post(f"{REQUESTS}/{asked['id']}", body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field
    assert asked["id"] in ids(owner.listed(REQUESTS))
    assert simulator.ledger() == []


def test_a_reason_of_1024_characters_is_taken(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")
    assert owner.post(f"{REQUESTS}/{asked['id']}", {"action": "deny", "reason": "é" * 1024}).status_code == 204


@pytest.mark.parametrize(("data", "message"), [("{", "Problems parsing JSON"), ("[]", "Body should be a JSON object")])
def test_a_body_that_is_no_object_is_a_bad_request(owner: Person, data: str, message: str) -> None:
    refused = owner.send("POST", f"{REQUESTS}/1", data=data, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["message"]) == (400, message)


def test_a_revoked_grant_leaves_the_list_and_its_token_may_ask_again(simulator: SimulatedGitHub, owner: Person) -> None:
    held = owner.listed(GRANTS)[0]
    assert owner.post(f"{GRANTS}/{held['id']}", {"action": "revoke"}).status_code == 204
    assert held["id"] not in ids(owner.listed(GRANTS))
    assert owner.post(f"{GRANTS}/{held['id']}", {"action": "revoke"}).status_code == 404
    assert simulator.change("requests", token_id=held["token_id"])["token_id"] == held["token_id"]


def test_a_grant_is_revoked_and_nothing_else(simulator: SimulatedGitHub, owner: Person) -> None:
    held = owner.listed(GRANTS)[0]
    refused = owner.post(f"{GRANTS}/{held['id']}", {"action": "deny"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "action")
    assert held["id"] in ids(owner.listed(GRANTS))
    assert simulator.ledger() == []


def test_an_owners_own_request_is_approved_at_once(simulator: SimulatedGitHub, reader: Person) -> None:
    granted = simulator.change("requests", login="owner", name="mine")
    assert "access_granted_at" in granted
    assert granted["id"] in ids(reader.listed(GRANTS))
    assert granted["token_id"] not in [item["token_id"] for item in reader.listed(REQUESTS)]


def test_the_ledger_says_what_was_done_with_whose_token(simulator: SimulatedGitHub, owner: Person) -> None:
    asked, held = simulator.change("requests"), owner.listed(GRANTS)[0]
    body = {"action": "approve", "reason": "ok"}
    owner.post(f"/api/v3{REQUESTS}/{asked['id']}", body)
    simulator.installation(ORGANIZATION).post(f"{GRANTS}/{held['id']}", {"action": "revoke"})
    first, second = simulator.ledger()
    assert first.pop("time").endswith("Z")
    assert first == {
        "verb": "POST",
        "path": f"{REQUESTS}/{asked['id']}",
        "body": body,
        "token_kind": "user",
        "login": "owner",
    }
    assert (second["token_kind"], second["login"]) == ("installation", None)


@pytest.mark.parametrize("bulk", [False, True])
def test_an_edit_may_come_between_the_look_and_the_review(
    simulator: SimulatedGitHub, owner: Person, *, bulk: bool
) -> None:
    asked = simulator.change("requests", permissions={"contents": "read"})
    simulator.change(f"requests/{asked['id']}/edit", permissions={"contents": "write"}, at_review=True)
    listed = next(one for one in owner.listed(REQUESTS) if one["id"] == asked["id"])
    assert listed["permissions"] == asked["permissions"], "a reader does not see it coming"
    path, ids_ = (REQUESTS, {"pat_request_ids": [asked["id"]]}) if bulk else (f"{REQUESTS}/{asked['id']}", {})
    assert owner.post(path, {"action": "approve", **ids_}).status_code in (202, 204)
    simulator.change("clock", advance_seconds=60)
    [given] = owner.listed(GRANTS, **{"token_id[]": [asked["token_id"]]})
    assert given["permissions"]["repository"] == {"contents": "write"}
