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


@pytest.mark.parametrize("kind", ["500", "502", "html", "reset"])
def test_what_fails_does_nothing_unless_it_is_to_fail_afterwards(
    simulator: SimulatedGitHub, owner: Person, kind: str
) -> None:
    for after in (False, True):
        held = owner.listed(GRANTS)[0]
        simulator.change("faults", kind=kind, verb="POST", path=GRANTS, after=after)
        try:
            answer = owner.post(f"{GRANTS}/{held['id']}", {"action": "revoke"})
        except requests.ConnectionError:
            assert kind == "reset"
        else:
            assert answer.status_code == (200 if kind == "html" else int(kind))
        assert (held["id"] in ids(owner.listed(GRANTS))) is not after
        assert len(simulator.ledger()) == after


def test_a_promise_that_is_never_kept_is_no_mutation(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = simulator.change("requests")
    simulator.change("faults", kind="202", verb="POST", path=REQUESTS)
    answer = owner.post(REQUESTS, {"action": "approve", "pat_request_ids": [asked["id"]]})
    assert (answer.status_code, answer.json()) == (202, {})
    assert simulator.ledger() == []
    assert asked["id"] in ids(owner.listed(REQUESTS))


def test_the_primary_limit_says_that_nothing_is_left_and_until_when(simulator: SimulatedGitHub, owner: Person) -> None:
    simulator.change("faults", kind="primary-limit", path="/user$", seconds=90)
    answer = owner.get("/user")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert 80 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 90
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(("kind", "status"), [("secondary-limit", 403), ("429", 429)])
def test_a_secondary_limit_comes_with_a_time_or_without(
    simulator: SimulatedGitHub, owner: Person, kind: str, status: int
) -> None:
    for seconds, told in ((7, "7"), (0, None)):
        simulator.change("faults", kind=kind, path="/user$", seconds=seconds)
        answer = owner.get("/user")
        assert (answer.status_code, answer.headers.get("Retry-After")) == (status, told)
        assert "secondary rate limit" in answer.json()["message"]


def test_a_loop_of_links_leads_back_to_the_first_page(simulator: SimulatedGitHub, owner: Person) -> None:
    simulator.change("faults", kind="loop", path=f"{GRANTS}$", skip=1)
    second = owner.get(GRANTS + "?per_page=5").links["next"]["url"]
    answer = owner.get(second.removeprefix(simulator.url))
    assert "page=2" in second
    assert list(answer.links) == ["next"]
    assert answer.links["next"]["url"] == f"{simulator.url}{GRANTS}?per_page=5"
    assert len(answer.json()) == 5


def test_a_list_that_is_unchanged_is_spoilt_as_a_whole_one(simulator: SimulatedGitHub, owner: Person) -> None:
    known = {"If-None-Match": owner.get(GRANTS).headers["ETag"]}
    assert owner.get(GRANTS, headers=known).status_code == 304
    simulator.change("faults", kind="loop", path=f"{GRANTS}$")
    looped = owner.get(GRANTS, headers=known)
    assert (looped.status_code, list(looped.links)) == (200, ["next"])
    assert owner.get(GRANTS, headers=known).status_code == 304


def test_an_answer_breaks_off_in_the_middle(simulator: SimulatedGitHub, owner: Person) -> None:
    whole = owner.get("/user")
    simulator.change("faults", kind="cut", path="/user$")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        owner.get("/user")
    assert owner.get("/user").json() == whole.json()


def test_an_answer_drips_a_byte_at_a_time_until_the_faults_are_cleared(
    simulator: SimulatedGitHub, owner: Person
) -> None:
    simulator.change("faults", kind="drip", path="/user$")
    with ThreadPoolExecutor(1) as pool:
        dripping = pool.submit(owner.get, "/user")
        time.sleep(1.5)
        assert not dripping.done()
        simulator.control("DELETE", "faults")
        assert dripping.result(5).json()["login"] == "owner"


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
