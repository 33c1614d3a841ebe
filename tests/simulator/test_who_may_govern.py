"""Who may read and decide: GitHub Apps only, and behind a user token an owner of the organization."""

from __future__ import annotations

import pytest

from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, Person, SimulatedGitHub, ids


def attempts(simulator: SimulatedGitHub, caller: Person) -> list[int]:
    """The answers to all eight operations."""
    contents = simulator.contents()
    request, grant = contents["requests"][0]["id"], contents["grants"][0]["id"]
    reads = (REQUESTS, f"{REQUESTS}/{request}/repositories", GRANTS, f"{GRANTS}/{grant}/repositories")
    writes = (
        (f"{REQUESTS}/{request}", {"action": "approve"}),
        (REQUESTS, {"action": "approve", "pat_request_ids": [request]}),
        (f"{GRANTS}/{grant}", {"action": "revoke"}),
        (GRANTS, {"action": "revoke", "pat_ids": [grant]}),
    )
    return [caller.get(path).status_code for path in reads] + [
        caller.post(path, body).status_code for path, body in writes
    ]


@pytest.mark.parametrize("login", ["owner", "second-owner"])
def test_owners_may_do_all_of_it(simulator: SimulatedGitHub, login: str) -> None:
    assert attempts(simulator, simulator.sign_in(login)) == [200] * 4 + [204, 202, 204, 202]


def test_an_installation_may_do_all_of_it(simulator: SimulatedGitHub, reader: Person) -> None:
    assert attempts(simulator, reader) == [200] * 4 + [204, 202, 204, 202]


def test_members_are_refused(simulator: SimulatedGitHub) -> None:
    member = simulator.sign_in("member")
    assert attempts(simulator, member) == [403] * 8
    assert member.get(GRANTS).json()["message"].startswith("Must have admin rights")
    assert simulator.ledger() == []


def test_for_outsiders_there_is_nothing(simulator: SimulatedGitHub) -> None:
    outsider = simulator.sign_in("outsider")
    assert attempts(simulator, outsider) == [404] * 8
    unknown = outsider.get("/orgs/no-such-organization/personal-access-tokens").json()["message"]
    assert outsider.get(GRANTS).json()["message"] == unknown
    assert simulator.ledger() == []


def test_the_app_itself_and_nobody_are_refused(simulator: SimulatedGitHub) -> None:
    assert attempts(simulator, simulator.as_app()) == [403] * 8
    assert attempts(simulator, Person(simulator.url, "unknown")) == [401] * 8


def test_an_owner_who_is_one_no_more_is_refused_at_once(simulator: SimulatedGitHub, owner: Person) -> None:
    assert owner.get(GRANTS).status_code == 200
    simulator.change("roles", organization=ORGANIZATION, login="owner", role="member")
    assert owner.get(GRANTS).status_code == 403
    simulator.change("members/remove", organization=ORGANIZATION, login="owner")
    assert owner.get(GRANTS).status_code == 404


def test_what_a_person_asked_for_stays_listed_when_they_leave(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests", login="member")
    simulator.change("members/remove", organization=ORGANIZATION, login="member")
    assert asked["id"] in ids(owner.listed(REQUESTS))
    assert owner.get(f"/orgs/{ORGANIZATION}/memberships/member").status_code == 404
