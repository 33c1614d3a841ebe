"""GitHub fails on demand: an error before anything is done, or an answer that does not come."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator.client import GRANTS, REQUESTS, Person, SimulatedGitHub, ids


def test_a_500_fires_before_the_mutation_and_once(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")
    simulator.change("faults", kind="500", verb="POST", path=r"/personal-access-token-requests/\d+$")
    path = f"{REQUESTS}/{asked['id']}"
    assert owner.get(REQUESTS).status_code == 200
    assert owner.post(path, {"action": "approve"}).status_code == 500
    assert asked["id"] in ids(owner.listed(REQUESTS))
    assert simulator.ledger() == []
    assert owner.post(path, {"action": "approve"}).status_code == 204


def test_a_fault_counts_down_and_reaches_the_enterprise_prefix(simulator: SimulatedGitHub, owner: Person) -> None:
    simulator.change("faults", kind="502", path="^/orgs/", times=2)
    assert [owner.get("/api/v3" + GRANTS).status_code for _ in range(3)] == [502, 502, 200]


def test_sign_in_fails_too(simulator: SimulatedGitHub) -> None:
    simulator.change("faults", kind="503", path="/login/oauth/authorize")
    assert simulator.authorize(login="owner").status_code == 503


def test_a_hang_answers_late_and_has_done_nothing(simulator: SimulatedGitHub, owner: Person) -> None:
    held = owner.listed(GRANTS)[0]
    simulator.change("faults", kind="hang", verb="POST", path=GRANTS, seconds=0.2)
    started = time.monotonic()
    assert owner.post(f"{GRANTS}/{held['id']}", {"action": "revoke"}).status_code == 504
    assert time.monotonic() - started >= 0.2
    assert held["id"] in ids(owner.listed(GRANTS))


def test_a_hang_after_has_done_what_was_asked(simulator: SimulatedGitHub, owner: Person) -> None:
    held = owner.listed(GRANTS)[0]
    simulator.change("faults", kind="hang", verb="POST", path=GRANTS, seconds=30, after=True)
    with pytest.raises(requests.ReadTimeout):
        owner.session.post(
            f"{owner.url}{GRANTS}/{held['id']}",
            json={"action": "revoke"},
            headers={"Authorization": f"Bearer {owner.token}"},
            timeout=0.5,
        )
    while not simulator.ledger():
        time.sleep(0.01)
    assert held["id"] not in ids(owner.listed(GRANTS))
    assert len(simulator.ledger()) == 1


def test_others_are_served_while_one_hangs_and_clearing_lets_go(simulator: SimulatedGitHub, owner: Person) -> None:
    simulator.change("faults", kind="hang", path="/user$", seconds=30)
    other = simulator.sign_in("second-owner")
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(owner.get, "/user")
        while simulator.overview()["faults"]:
            time.sleep(0.01)
        assert other.get("/user").status_code == 200
        assert not hanging.done()
        assert simulator.control("DELETE", "faults").status_code == 204
        assert hanging.result(5).status_code == 504


def test_waiting_faults_are_shown_and_forgotten(simulator: SimulatedGitHub, owner: Person) -> None:
    simulator.change("faults", kind="500", path="/user", times=3)
    assert simulator.overview()["faults"][0]["times"] == 3
    simulator.control("DELETE", "faults")
    assert owner.get("/user").status_code == 200


def test_control_pages_never_fail(simulator: SimulatedGitHub) -> None:
    simulator.change("faults", kind="500", path=".", times=9)
    assert simulator.control("GET", "state").status_code == 200


@pytest.mark.parametrize("body", [{"kind": "explosion"}, {"kind": "500", "path": "("}])
def test_a_fault_that_makes_no_sense_is_refused(simulator: SimulatedGitHub, body: dict[str, str]) -> None:
    assert simulator.control("POST", "faults", body).status_code == 422
