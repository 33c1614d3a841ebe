"""The main job as one list of decisions, told three times: with the mouse, with keys, without JavaScript."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.windows import Window
from tests.cast import MEMBER, ORGANIZATION, OWNER, SECOND_OWNER
from tests.processes import Person, RunningPatrol, eventually, hidden_fields

QUEUE = f"/orgs/{ORGANIZATION}/requests/"
TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
ACTIVITY = f"/orgs/{ORGANIZATION}/activity/"
WHY_NOT = "Ask for one repository, please"
SETTLED = 60.0


@dataclass(frozen=True)
class Job:
    """Requests and a token whose names begin with `mark`, and what GitHub's ledger held before.

    `wanted` is to be approved, `unwanted` denied, the `five` approved together, the token `leaving` revoked.
    """

    patrol: RunningPatrol
    mark: str
    wanted: int
    unwanted: int
    five: list[int]
    leaving: int
    before: int

    def name(self, number: int) -> str:
        """The token's name behind a request."""
        if number in self.five:
            return f"{self.mark}-five-{self.five.index(number)}"
        return f"{self.mark}-{'wanted' if number == self.wanted else 'unwanted'}"

    def ledger(self) -> list[dict[str, Any]]:
        """What GitHub accepted since, without when."""
        entries = self.patrol.github.ledger()[self.before :]
        return [{name: value for name, value in entry.items() if name != "time"} for entry in entries]

    def expected(self) -> list[dict[str, Any]]:
        """What the ledger holds when the job was done: nothing else, each with the owner's own token."""
        requests, grants = (f"/orgs/{ORGANIZATION}/personal-access-{kind}" for kind in ("token-requests", "tokens"))
        bodies = {
            f"{requests}/{self.wanted}": {"action": "approve"},
            f"{requests}/{self.unwanted}": {"action": "deny", "reason": WHY_NOT},
            requests: {"pat_request_ids": sorted(self.five), "action": "approve"},
            f"{grants}/{self.leaving}": {"action": "revoke"},
        }
        who = {"verb": "POST", "token_kind": "user", "login": OWNER}
        return [{**who, "path": path, "body": body} for path, body in bodies.items()]


def prepare(patrol: RunningPatrol, mark: str) -> Job:
    """Somebody asks seven times and holds a token; Patrol has read it. The other owner asks Patrol to look."""
    mark = f"{mark}-{token_hex(2)}"
    before = len(patrol.github.ledger())
    leaving = patrol.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"{mark}-leaving")["id"]
    numbers = [ask(patrol, f"{mark}-{name}") for name in ("wanted", "unwanted", *(f"five-{n}" for n in range(5)))]
    read_again(patrol, numbers, leaving)
    return Job(patrol, mark, numbers[0], numbers[1], numbers[2:], leaving, before)


def ask(patrol: RunningPatrol, name: str, **fields: Any) -> int:
    """A member asks for a token; its pat_request_id."""
    fields = {"organization": ORGANIZATION, "login": MEMBER, "name": name, "reason": f"Because of {name}", **fields}
    return int(patrol.github.ask(**fields)["id"])


def read_again(patrol: RunningPatrol, requests: list[int], grant: int = 0) -> None:
    """Press "Look again" as the other owner and wait until the lists show what is new."""
    other = Person(patrol.url, SECOND_OWNER)
    address = f"/orgs/{ORGANIZATION}/sync/"
    eventually(lambda: f'action="{address}"' in other.see(QUEUE), SETTLED, "the queue can be read again")
    fields = hidden_fields(other.see(QUEUE), address)
    other.session.post(patrol.url + address, data=fields, headers={"Referer": patrol.url + QUEUE}, timeout=20)
    eventually(lambda: set(requests) <= set(other.pending()), SETTLED, f"requests {requests} are in the queue")
    if grant:
        eventually(lambda: f"{TOKENS}{grant}/" in other.see(TOKENS), SETTLED, f"token {grant} is in the inventory")


def is_in_the_record(window: Window, job: Job) -> None:
    """GitHub holds exactly the job; Activity shows each act: who, what was seen, what GitHub answered."""
    eventually(lambda: len(job.ledger()) >= len(job.expected()), SETTLED, "GitHub heard of everything")
    page = window.go(f"{ACTIVITY}?q={OWNER}")
    acts = [(f"{QUEUE}{number}/", "approved") for number in (job.wanted, *job.five)]
    acts += [(f"{QUEUE}{job.unwanted}/", "denied"), (f"{TOKENS}{job.leaving}/", "revoked")]
    together = {f"{QUEUE}{number}/" for number in job.five}
    window.refreshed_until(lambda page: all(_act(page, *act).count() for act in acts), f"{acts}")
    for path, verb in acts:
        act = _act(page, path, verb)
        expect(act).to_have_count(1)
        expect(act.locator(".Person [title]")).to_have_text(OWNER)
        expect(act).to_contain_text("202" if path in together else "204")
        expect(_act(page, path, "decided to").filter(has_text="What was seen")).to_have_count(1)
    expect(_act(page, f"{QUEUE}{job.unwanted}/", "denied")).to_contain_text(WHY_NOT)
    for entry in (found := job.ledger()):
        entry["body"].get("pat_request_ids", []).sort()
    by_path = [sorted(entries, key=lambda entry: str(entry["path"])) for entries in (found, job.expected())]
    assert by_path[0] == by_path[1]


def _act(page: Page, path: str, verb: str) -> Any:
    """The events that say `verb` of the request or token at `path`."""
    about = page.locator(".TimelineItem").filter(has=page.locator(f'a[href="{path}"]'))
    return about.filter(has=page.locator(".TimelineItem-body", has_text=verb))
