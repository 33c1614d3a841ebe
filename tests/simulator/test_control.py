"""Whoever tests makes things happen: tokens change and vanish, time passes, worlds begin."""

from __future__ import annotations

from typing import Any

import pytest

from apps.simulator.options import WORLD_SWITCHES
from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, Person, SimulatedGitHub, ids


def test_the_overview_says_who_and_what_there_is(simulator: SimulatedGitHub) -> None:
    shown = simulator.overview()
    assert list(shown["cast"]) == ["owner", "second-owner", "member", "outsider"]
    first = shown["organizations"][0]
    assert (first["login"], first["requests"], first["grants"]) == (ORGANIZATION, 6, 20)
    assert set(shown["worlds"].values()) == {"A"}
    assert set(shown["worlds"]) == set(WORLD_SWITCHES)
    assert shown["webhook"] == {"url": None, "waiting": 0, "deliveries": 0, "faults": []}


def test_the_overview_tells_no_secret(simulator: SimulatedGitHub) -> None:
    text = simulator.control("GET", "state").text
    assert simulator.app.client_secret not in text
    assert simulator.app.webhook_secret not in text


def test_a_request_without_any_field_is_a_members(simulator: SimulatedGitHub) -> None:
    asked = simulator.change("requests")
    assert asked["owner"]["login"] == "member"
    assert asked["permissions"] == {"repository": {"metadata": "read", "contents": "read"}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"organization": "nowhere"}, 404),
        ({"login": "nobody-here"}, 404),
        ({"login": "outsider"}, 422),
        ({"repositories": ["no-such"]}, 422),
        ({"repository_selection": "some"}, 422),
        ({"permissions": "all"}, 422),
        ({"expires_in_days": "soon"}, 422),
        ({"token_id": 1}, 404),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(simulator: SimulatedGitHub, body: Any, status: int) -> None:
    for page in ("requests", "grants"):
        assert simulator.control("POST", page, body).status_code == status
    assert simulator.overview()["organizations"][0]["requests"] == 6


def test_a_granted_token_changes_in_place(simulator: SimulatedGitHub, reader: Person) -> None:
    held, name = simulator.change("grants"), simulator.contents()["repositories"][5]
    changed = simulator.change(
        f"tokens/{held['token_id']}",
        permissions={"repository": {"administration": "write"}},
        repositories=[name],
        expires_at="2030-01-01T00:00:00Z",
        name="renamed",
    )
    assert changed["id"] == held["id"]
    listed = next(i for i in reader.listed(GRANTS) if i["id"] == held["id"])
    assert listed == changed
    assert (listed["token_name"], listed["permissions"]["repository"]) == ("renamed", {"administration": "write"})
    assert listed["token_expires_at"].startswith("2029-12-31T17:00:00")
    assert [r["name"] for r in reader.listed(f"{GRANTS}/{held['id']}/repositories")] == [name]
    assert simulator.change(f"tokens/{held['token_id']}", expires_at=None)["token_expires_at"] is None
    assert simulator.control("POST", "tokens/1", {}).status_code == 404


def test_a_token_its_owner_deletes_just_vanishes(simulator: SimulatedGitHub, reader: Person) -> None:
    held = simulator.change("grants")
    asked = simulator.change("requests", token_id=held["token_id"])
    assert simulator.control("DELETE", f"grants/{held['id']}").status_code == 204
    assert held["id"] not in ids(reader.listed(GRANTS))
    assert asked["id"] not in ids(reader.listed(REQUESTS))
    assert simulator.ledger() == []
    assert simulator.control("DELETE", f"grants/{held['id']}").status_code == 404


def test_cancelling_what_is_not_pending_is_refused(simulator: SimulatedGitHub) -> None:
    assert simulator.control("POST", "requests/1/cancel").status_code == 404


@pytest.mark.parametrize("action", ["approve", "deny"])
def test_a_request_is_decided_on_the_web_without_a_line_in_the_ledger(
    simulator: SimulatedGitHub, reader: Person, action: str
) -> None:
    asked = simulator.change("requests", login="member")
    simulator.change(f"requests/{asked['id']}/decide", action=action, by="second-owner")
    assert asked["id"] not in ids(reader.listed(REQUESTS))
    granted = [one for one in reader.listed(GRANTS) if one["token_id"] == asked["token_id"]]
    assert bool(granted) is (action == "approve")
    assert simulator.ledger() == []


def test_a_decision_on_the_web_has_to_make_sense(simulator: SimulatedGitHub) -> None:
    asked = simulator.change("requests", login="member")
    assert simulator.control("POST", f"requests/{asked['id']}/decide", {"action": "shrug"}).status_code == 422
    assert simulator.control("POST", "requests/1/decide", {"action": "deny"}).status_code == 404


def test_people_are_removed_once_and_roles_have_names(simulator: SimulatedGitHub) -> None:
    body = {"organization": ORGANIZATION, "login": "member"}
    assert simulator.control("POST", "members/remove", body).status_code == 204
    assert simulator.control("POST", "members/remove", body).status_code == 404
    assert simulator.control("POST", "roles", {**body, "role": "king"}).status_code == 422


def test_the_clock_moves_ahead(simulator: SimulatedGitHub, reader: Person) -> None:
    before = simulator.overview()["now"]
    assert simulator.change("clock", advance_seconds=7_200)["now"] > before
    assert simulator.control("POST", "clock", {}).status_code == 422


def test_a_reset_begins_a_new_world_with_the_same_app(simulator: SimulatedGitHub, reader: Person) -> None:
    client = simulator.overview()["app"]
    simulator.change("requests")
    shown = simulator.change("reset", members=5, grants=3)
    assert shown["app"] == client
    assert (shown["organizations"][0]["members"], shown["organizations"][0]["grants"]) == (5, 3)
    assert shown["ledger"] == 0
    assert reader.get(GRANTS).status_code == 401, "tokens of the old world open nothing"
    assert simulator.control("POST", "reset", {"colour": "red"}).status_code == 422
    assert simulator.control("POST", "reset", {"worlds": {"nonsense": "A"}}).status_code == 422


def test_an_unknown_control_page_is_not_found(simulator: SimulatedGitHub) -> None:
    assert simulator.control("GET", "nothing").status_code == 404
    assert simulator.control("POST", "state").status_code == 404
