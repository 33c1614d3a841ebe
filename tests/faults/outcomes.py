"""What a fault may do to a decision, and what it may not: said once, asserted for every fault."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from tests.cast import ORGANIZATION
from tests.faults.places import DATABASE_ERRORS, Place
from tests.processes import Person, eventually, reviews

SETTLE_SECONDS = 120
WEB_SECONDS = 60
QUEUE_SECONDS = 120
"""A walk that a fault before stopped is taken up after a pause that doubles."""
T = TypeVar("T")
ENDED = ("confirmed", "refused", "superseded", "withdrawn")


@dataclass(frozen=True)
class Decision:
    """A decision as Patrol's database has it; `login` is who decided."""

    action: str
    state: str
    pat_request_id: int
    login: str
    answer: str
    attempts: int

    @property
    def waits_for(self) -> str:
        """The person it waits for, or empty."""
        return {"needs_sign_in": self.login, "proposed": "another owner"}.get(self.state, "")

    @property
    def settled(self) -> bool:
        """Nothing more comes of it, or a named person is asked."""
        return self.state in ENDED or bool(self.waits_for)

    @property
    def outcome(self) -> str:
        """In words, for the table."""
        return f"waits for {self.waits_for}" if self.waits_for else self.state


def decisions(place: Place) -> list[Decision]:
    """Every decision on a request that Patrol wrote down, oldest first."""
    found = place.database.rows(
        "SELECT review.action, effect.state, request.pat_request_id, actor.login, effect.answer, effect.attempts "
        "FROM tokens_review review JOIN effects_effect effect ON effect.id = review.effect_id "
        "JOIN tokens_grantrequest request ON request.id = review.grant_request_id "
        "JOIN accounts_user actor ON actor.id = effect.actor_id ORDER BY review.id"
    )
    return [Decision(*row) for row in found]


def told(place: Place, pat_request_id: int) -> list[str]:
    """What GitHub accepted about a request: "approve", "deny"."""
    return [action for entry in reviews(place.github.ledger()) for action in _said(entry, pat_request_id)]


def _said(entry: dict[str, Any], pat_request_id: int) -> list[str]:
    body = entry.get("body") or {}
    alone = entry["path"].rstrip("/").endswith(f"/{pat_request_id}")
    return [body["action"]] if alone or pat_request_id in body.get("pat_request_ids", []) else []


def assert_invariants(place: Place, pat_request_id: int) -> None:
    """GitHub accepted at most one mutation for each decision, and never both answers to one request.

    Every decision on the request has ended, or waits for a named person; what Patrol calls confirmed GitHub has.
    """
    accepted = told(place, pat_request_id)
    ours = [one for one in decisions(place) if one.pat_request_id == pat_request_id]
    assert len(accepted) <= len(ours), f"GitHub accepted {accepted} for {ours}"
    for action in ("approve", "deny"):
        decided = [one for one in ours if one.action == action]
        assert accepted.count(action) <= len(decided), f"GitHub accepted {accepted} for {ours}"
    assert len(set(accepted)) <= 1, f"GitHub was told two things: {accepted}"
    assert [one for one in ours if not one.settled] == []
    for one in ours:
        assert one.state != "confirmed" or accepted == [one.action], f"{one} is not what GitHub has: {accepted}"


class Fault:
    """One fault: a request of its own, decided while it happens, and what came of the decision.

    `name` is the fault's in the table. `row` takes its row of the table when everything settled. The request is
    asked for now, unless one that waits already is named; first whatever an earlier fault killed has come back.
    """

    def __init__(
        self, place: Place, name: str, row: dict[str, Any], *, organization: str = ORGANIZATION, request_id: int = 0
    ) -> None:
        self.place, self.name, self.row, self.organization = place, name, row, organization
        self._wait(place.takes_webhooks, WEB_SECONDS, "Patrol takes webhooks")
        self.request_id = request_id or int(place.github.ask(name=name[:40], organization=organization)["id"])
        self.path = f"personal-access-token-requests/{self.request_id}$"
        self._wait(lambda: self.request_id in self._queue(), QUEUE_SECONDS, "the queue shows the new request")
        self._began = 0.0

    def decide(self, action: str = "approve", *, by: Person | None = None) -> None:
        """The owner, or another, presses the button. With a reason of its own it goes to GitHub alone."""
        self.begins()
        (by or self.place.owner).decide(self.request_id, action, reason=self.name, organization=self.organization)

    def begins(self) -> None:
        """The clock of the table starts."""
        self._began = time.monotonic()

    def _wait(self, look: Callable[[], T], within: float, what: str) -> T:
        try:
            return eventually(look, within, f"{self.name}: {what}")
        except AssertionError as error:
            error.add_note(self.place.story())
            raise

    def opened(self) -> Callable[[str], int]:
        """The owner opens the page; what comes back presses a button and returns the answer's status."""
        press = self.place.owner.open(self.request_id)

        def pressed(action: str) -> int:
            self._began = time.monotonic()
            return press(action).status_code

        return pressed

    def _queue(self) -> list[int]:
        """What the owner's queue lists; nothing while no page is served."""
        try:
            return self.place.owner.pending(self.organization)
        except (requests.ConnectionError, requests.Timeout):
            return []

    def decision(self) -> Decision | None:
        """The newest decision on the request, as far as the database can be asked."""
        try:
            return next((one for one in reversed(decisions(self.place)) if one.pat_request_id == self.request_id), None)
        except DATABASE_ERRORS:
            return None

    def stands(self, *states: str, within: float = 60) -> Decision:
        """Wait until the decision is in one of the states."""

        def look() -> Decision | None:
            found = self.decision()
            return found if found and found.state in states else None

        found = self._wait(look, within, f"the decision is {' or '.join(states)}")
        assert found
        return found

    def told(self) -> list[str]:
        """What GitHub accepted about the request."""
        return told(self.place, self.request_id)

    def reaches_github(self, within: float = 60) -> None:
        """Wait until GitHub accepted it."""
        self._wait(self.told, within, "GitHub was told")

    def stands_at_github(self, kind: str, *, verb: str, path: str = "", times: int = 1, **fields: Any) -> None:
        """GitHub fails the next request of this kind about the request; `await_arrival` waits for it."""
        self.place.github.fail(kind, path or self.path, verb=verb, times=times, **fields)

    def await_arrival(self) -> None:
        """Wait until a request ran into every fault that GitHub was told to make."""
        self._wait(lambda: not self.place.github.state()["faults"], 60, "the request is at GitHub")

    def was_met(self, *paths: str) -> bool:
        """Whether requests ran into every fault that GitHub was told to make about the request, or at these paths."""
        waiting = {one["path"] for one in self.place.github.state()["faults"]}
        return waiting.isdisjoint(paths or (self.path,))

    def ended(self) -> Decision | None:
        """The decision once it settled; the first look that finds it so is the row of the table."""
        found = self.decision()
        if not found or not found.settled:
            return None
        if not self.row:
            seconds = round(time.monotonic() - self._began, 1)
            self.row.update(fault=self.name, database=self.place.vendor, outcome=found.outcome, seconds=seconds)
        return found

    def settles(self, *expected: str, within: float = SETTLE_SECONDS) -> Decision:
        """Wait until the decision has ended; assert that it ended as expected, and what must always hold."""
        found = self._wait(self.ended, within, "the decision settles")
        assert found
        assert found.state in (expected or ("confirmed",)), found
        assert_invariants(self.place, self.request_id)
        return found


def settle_together(faults: Iterable[Fault], within: float = SETTLE_SECONDS) -> None:
    """Look at all of them until each settled or the time is over; each then has its row, and `settles` at once."""
    end, left = time.monotonic() + within, list(faults)
    while left and time.monotonic() < end:
        left = [fault for fault in left if not fault.ended()]
        time.sleep(0.3)
