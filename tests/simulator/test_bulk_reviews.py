"""Many at once: accepted first (202), done a little later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.client import GRANTS, REQUESTS, Person, SimulatedGitHub, ids


def test_bulk_approval_takes_effect_after_a_delay(simulator: SimulatedGitHub, owner: Person) -> None:
    asked = [simulator.change("requests")["id"] for _ in range(3)]
    answer = owner.post(REQUESTS, {"action": "approve", "pat_request_ids": asked, "reason": "all three"})
    assert (answer.status_code, answer.json()) == (202, {})
    assert set(asked) <= set(ids(owner.listed(REQUESTS)))
    simulator.change("clock", advance_seconds=1)
    assert not set(asked) & set(ids(owner.listed(REQUESTS)))
    assert len(owner.listed(GRANTS)) == 23


def test_bulk_denial_grants_nothing(simulator: SimulatedGitHub, owner: Person) -> None:
    pending = ids(owner.listed(REQUESTS))
    assert owner.post(REQUESTS, {"action": "deny", "pat_request_ids": pending}).status_code == 202
    simulator.change("clock", advance_seconds=1)
    assert owner.listed(REQUESTS) == []
    assert len(owner.listed(GRANTS)) == 20


def test_bulk_revocation_takes_effect_after_a_delay(simulator: SimulatedGitHub, owner: Person) -> None:
    held = ids(owner.listed(GRANTS))[:5]
    assert owner.post(GRANTS, {"action": "revoke", "pat_ids": held}).status_code == 202
    assert set(held) <= set(ids(owner.listed(GRANTS)))
    simulator.change("clock", advance_seconds=1)
    assert not set(held) & set(ids(owner.listed(GRANTS)))


def test_the_delay_can_be_chosen(world: Callable[..., SimulatedGitHub]) -> None:
    simulator = world(bulk_delay=0)
    owner, asked = simulator.sign_in("owner"), simulator.change("requests")
    owner.post(REQUESTS, {"action": "deny", "pat_request_ids": [asked["id"]]})
    assert asked["id"] not in ids(owner.listed(REQUESTS))


def test_what_is_gone_by_then_is_skipped(simulator: SimulatedGitHub, owner: Person) -> None:
    first, second = (simulator.change("requests")["id"] for _ in range(2))
    owner.post(REQUESTS, {"action": "approve", "pat_request_ids": [first, second, 1]})
    assert owner.post(f"{REQUESTS}/{first}", {"action": "deny"}).status_code == 204
    simulator.change("clock", advance_seconds=1)
    assert len(owner.listed(GRANTS)) == 21
    assert [entry["path"] for entry in simulator.ledger()] == [REQUESTS, f"{REQUESTS}/{first}"]


@pytest.mark.parametrize("some", [None, [], list(range(101)), ["1"], [True], 7])
def test_bulk_calls_take_one_to_a_hundred_ids(simulator: SimulatedGitHub, owner: Person, some: Any) -> None:
    extra = {} if some is None else {"pat_request_ids": some, "pat_ids": some}
    for path, action in ((REQUESTS, "approve"), (GRANTS, "revoke")):
        refused = owner.post(path, {"action": action, **extra})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] in ("pat_request_ids", "pat_ids")
    assert simulator.ledger() == []
