"""A plan in a running Patrol: made by an owner on the pages, its day brought about, and what came of it at GitHub."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.cast import ORGANIZATION
from tests.faults.outcomes import SETTLE_SECONDS, Fault
from tests.faults.places import DATABASE_ERRORS, Place
from tests.processes import eventually

TOKENS = "/personal-access-tokens"
GRANTS = (
    "SELECT asked.pat_request_id, its.pat_id FROM tokens_grant its "
    "JOIN tokens_grantrequest asked ON asked.token_id = its.token_id WHERE its.state = 'active'"
)
PLANS = (
    "SELECT its.pat_id, plan.id FROM tokens_plannedrevocation plan JOIN tokens_grant its ON its.id = plan.grant_id "
    "WHERE plan.state = 'planned'"
)
STANDINGS = (
    "SELECT plan.id, plan.state, plan.trouble, effect.state, review.reason FROM tokens_plannedrevocation plan "
    "LEFT JOIN tokens_review review ON review.id = plan.review_id "
    "LEFT JOIN effects_effect effect ON effect.id = review.effect_id"
)
BY_RULE = (
    "SELECT its.pat_id, effect.state FROM tokens_review review JOIN tokens_grant its ON its.id = review.grant_id "
    "JOIN effects_effect effect ON effect.id = review.effect_id WHERE review.reviewer_id IS NULL"
)


@dataclass(frozen=True)
class Standing:
    """A plan as Patrol's database has it; `effect` and `reason` are of the decision it became."""

    state: str
    trouble: str
    effect: str | None
    reason: str | None

    @property
    def settled(self) -> bool:
        """Nothing more comes of it."""
        return self.state in ("kept", "cancelled", "ended") or (self.state, self.effect) == ("sent", "confirmed")


class Plan:
    """What is planned for a grant of the fault's own, and what GitHub accepted about that grant."""

    def __init__(self, fault: Fault, cause: str = "quarantine") -> None:
        self.place, self.fault, self.cause = fault.place, fault, cause
        self.pat_id = 0
        self.pk = 0
        self._began = 0.0

    def made(self) -> "Plan":
        """Its request is approved (until a day, where that is the cause), and then the plan stands."""
        if self.cause == "approved_until":
            path = f"/orgs/{ORGANIZATION}/requests/{self.fault.request_id}/"
            until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
            self.fault.begins()
            self.place.owner.press(path, f"{path}approve/", reason=self.fault.name, until=until)
            return self
        self.fault.decide()
        self.fault.settles("confirmed")
        self.find_grant()
        tokens = f"/orgs/{ORGANIZATION}/tokens/"
        page = f"{tokens}{self.pat_id}/quarantine/"
        self.place.owner.press(page, f"{tokens}quarantine/", in_days="10", reason=self.fault.name)
        return self.found()

    def find_grant(self) -> None:
        """The grant that came of the request."""
        self.pat_id = eventually(lambda: self._found(GRANTS, self.fault.request_id), 60, "the grant is known")

    def found(self) -> "Plan":
        """The live plan of the grant."""
        self.pk = eventually(lambda: self._found(PLANS, self.pat_id), 60, "the plan stands")
        return self

    def comes_due(self, ago: timedelta = timedelta(seconds=1)) -> None:
        """Its instant was so long ago."""
        self._began = time.monotonic()
        self.place.database.come_due([self.pk], datetime.now(UTC) - ago)

    def keep(self) -> int:
        """The owner speaks for the token; the answer's status."""
        path = f"/orgs/{ORGANIZATION}/plans/{self.pk}/keep/"
        page = self.place.owner.see(path).replace('<form method="post">', f'<form method="post" action="{path}">')
        token = page.split('name="csrfmiddlewaretoken" value="')[-1].split('"')[0]
        until = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011
        fields = {"csrfmiddlewaretoken": token, "reason": self.fault.name, "day": until}
        answer = self.place.owner.session.post(
            self.place.patrol.url + path, data=fields, headers={"Referer": self.place.patrol.url + path}, timeout=60
        )
        return answer.status_code

    def standing(self) -> Standing | None:
        """As it is now, as far as the database can be asked."""
        return next((Standing(*row[1:]) for row in self._rows(STANDINGS) if row[0] == self.pk), None)

    def stands(self, effect: str, within: float = 60) -> None:
        """Wait until its decision is in that state."""
        eventually(lambda: (found := self.standing()) and found.effect == effect, within, f"the decision is {effect}")

    def told(self) -> list[str]:
        """What GitHub accepted about the grant."""
        return [entry["body"]["action"] for entry in self.place.github.ledger() if _is_about(entry, self.pat_id)]

    def reaches_github(self) -> None:
        """Wait until GitHub accepted it."""
        eventually(self.told, 60, "GitHub was told")

    def settles(self, *expected: str, within: float = SETTLE_SECONDS) -> Standing:
        """Wait until nothing more comes of it; assert that it came to this, and what must always hold."""

        def ended() -> Standing | None:
            found = self.standing()
            return found if found and found.settled else None

        try:
            found = eventually(ended, within, f"{self.fault.name}: the plan settles")
        except AssertionError as error:
            error.add_note(f"{self.standing()}\n{self.place.story()}")
            raise
        assert found
        seconds = round(time.monotonic() - self._began, 1)
        self.fault.row.update(
            fault=self.fault.name, database=self.place.vendor, outcome=f"plan {found.state}", seconds=seconds
        )
        assert found.state in (expected or ("sent",)), found
        self.assert_invariants(found)
        return found

    def assert_invariants(self, found: Standing) -> None:
        """At most one revocation reached GitHub, and none of what was kept; the record tells of it once."""
        accepted = self.told()
        assert accepted == (["revoke"] if found.state == "sent" else []), (accepted, found)
        there = self.pat_id in self.place.github.granted(ORGANIZATION)
        assert there == (found.state != "sent"), found
        decided = [state for pat_id, state in self._rows(BY_RULE) if pat_id == self.pat_id]
        assert [state for state in decided if state != "withdrawn"] == ["confirmed"][: len(accepted)], decided

    def _found(self, sql: str, number: int) -> int:
        """The second column where the first is this number; 0: nowhere."""
        return next((int(row[1]) for row in self._rows(sql) if row[0] == number), 0)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self.place.database.rows(sql)
        except DATABASE_ERRORS:
            return []


def _is_about(entry: dict[str, Any], pat_id: int) -> bool:
    body = entry.get("body") or {}
    return f"{TOKENS}/{pat_id}" in entry["path"] or (TOKENS in entry["path"] and pat_id in body.get("pat_ids", []))


def planned(place: Place, fault: Fault, cause: str = "quarantine") -> Plan:
    """A plan that stands."""
    return Plan(fault, cause).made()
