"""GitHub answers wrongly, late, in part or not at all: every decision ends all the same, and is sent once.

Faults of one POST do not disturb each other: they are decided together, and each has a test of its own. Rate limits
hold a whole organization up and have another one; an organization that takes Patrol off is another one each time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any, Protocol

import pytest
import requests

from tests.cast import ORGANIZATION, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.faults.outcomes import Fault, settle_together
from tests.faults.places import Place
from tests.faults.proxy import Mode
from tests.processes import Person, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
REQUESTS, GRANTS = "/personal-access-token-requests$", "/personal-access-tokens$"
Reported = Callable[[Fault], Fault]
Together = dict[str, Fault]


@dataclass(frozen=True)
class Answer:
    """What GitHub does with the first POST of a decision; `done`: after it carried it out."""

    name: str
    kind: str
    done: bool = False
    seconds: float = 6


ANSWERS = [
    *(
        Answer(f"{name} {'after' if done else 'before'} it was done", kind, done)
        for name, kind in (
            ("GitHub 500", "500"),
            ("GitHub 502", "502"),
            ("read time-out", "hang"),
            ("connection reset", "reset"),
            ("HTML with 200", "html"),
        )
        for done in (False, True)
    ),
    Answer("answer cut off", "cut", done=True),
    Answer("answer drips, a byte a second", "drip", done=True),
]
LIMITS = [
    Answer("403 primary limit", "primary-limit", seconds=3),
    Answer("403 secondary limit with Retry-After", "secondary-limit", seconds=3),
    Answer("429", "429", seconds=3),
    Answer("403 secondary limit without Retry-After", "secondary-limit", seconds=0),
]
ELSEWHERE = {
    "decided on github.com: approved": ("deny", "approve"),
    "decided on github.com: denied": ("approve", "deny"),
}
AWAY = ("GitHub did not answer", "GitHub does not answer")
"""Of the decision's own call; of the look at the owner's role before it, where the last one is a minute old."""
NEVER = "bulk 202 that never takes effect"


def _named(answers: list[Answer]) -> Any:
    return pytest.mark.parametrize("answer", [pytest.param(one, id=one.name) for one in answers])


@pytest.fixture(scope="module")
def place(vendor: str) -> Iterator[Place]:
    """Organizations and requests enough for every fault to have its own."""
    with Place(vendor, "--organizations", "5", "--requests", "32") as running:
        yield running


class Begin(Protocol):
    """Begins a fault by its name, on the next of the requests that wait in an organization."""

    def __call__(self, name: str, organization: str = ORGANIZATION) -> Fault: ...


@pytest.fixture(scope="module")
def begin(place: Place) -> Begin:
    """Of the module: whoever reports it says so by `reported`."""
    waiting: dict[str, list[int]] = {}

    def begin(name: str, organization: str = ORGANIZATION) -> Fault:
        left = waiting.setdefault(organization, place.github.pending(organization))
        return Fault(place, name, {}, organization=organization, request_id=left.pop())

    return begin


@pytest.fixture
def fault(begin: Begin, reported: Reported) -> Begin:
    """Of this test."""
    return lambda name, organization=ORGANIZATION: reported(begin(name, organization))


@pytest.fixture(scope="module")
def limited(place: Place, begin: Begin) -> Iterator[Together]:
    """Decisions that GitHub lets wait, looked at while other tests run."""
    person = Person(place.patrol.url, SECOND_OWNER)
    begun = {one.name: _decided(one, begin(one.name, OTHER_ORGANIZATION), person) for one in LIMITS}
    watching = Thread(target=settle_together, args=(begun.values(),))
    watching.start()
    yield begun
    watching.join()


@pytest.fixture(scope="module")
def together(place: Place, begin: Begin, limited: Together) -> Together:
    """Every fault of one POST, decided at the same time."""
    begun = {one.name: _decided(one, begin(one.name), place.owner) for one in ANSWERS}
    begun |= {name: _decided_elsewhere(begin(name), *actions) for name, actions in ELSEWHERE.items()}
    begun |= _promised([begin(f"{NEVER}, {which} of two") for which in ("first", "second")])
    settle_together(begun.values())
    return begun


def _decided(answer: Answer, fault: Fault, person: Person) -> Fault:
    fault.place.github.fail(answer.kind, fault.path, verb="POST", after=answer.done, seconds=answer.seconds)
    fault.decide(by=person)
    return fault


def _decided_elsewhere(fault: Fault, ours: str, theirs: str) -> Fault:
    """GitHub fails; before Patrol looks what became of it another owner decides the other way."""
    fault.place.github.fail("500", fault.path, verb="POST")
    fault.decide(ours)
    fault.stands("unknown")
    fault.place.github.change(f"requests/{fault.request_id}/decide", action=theirs, by=SECOND_OWNER)
    return fault


def _promised(faults: list[Fault]) -> Together:
    place = faults[0].place
    place.github.fail("202", REQUESTS, verb="POST")
    place.owner.decide_many([fault.request_id for fault in faults], "approve")
    for fault in faults:
        fault.begins()
    return {fault.name: fault for fault in faults}


@_named(ANSWERS)
def test_a_decision_is_done_once_whatever_github_answers(
    together: Together, reported: Reported, answer: Answer
) -> None:
    fault = reported(together[answer.name])
    decision = fault.settles("confirmed")
    assert fault.told() == ["approve"]
    assert decision.attempts == 1 if answer.done else decision.attempts >= 2
    assert fault.was_met()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_decision_that_another_owner_took_on_github_is_superseded(
    together: Together, reported: Reported, name: str
) -> None:
    fault = reported(together[name])
    assert "by second-owner on github.com" in fault.settles("superseded").answer
    assert fault.told() == []


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_promise_that_github_does_not_keep_is_asked_for_again_alone(
    together: Together, reported: Reported, which: str
) -> None:
    fault = reported(together[f"{NEVER}, {which} of two"])
    assert fault.settles("confirmed").attempts >= 2
    assert fault.told() == ["approve"]


# --- one at a time ----------------------------------------------------------------------------------------------


def test_who_cannot_connect_tries_again(fault: Begin, place: Place) -> None:
    silent = fault("connect time-out")
    place.github.fail("429", silent.path, verb="POST", seconds=6)  # time enough to fall silent
    silent.decide()
    eventually(silent.was_met, 60, "GitHub asked to wait")
    with place.github_wire.being(Mode.SILENT):
        eventually(lambda: _answer(silent).startswith(AWAY), 30, "Patrol could not connect")
        assert silent.told() == []
    silent.settles("confirmed")
    assert silent.told() == ["approve"]


def _answer(fault: Fault) -> str:
    decision = fault.decision()
    return decision.answer if decision else ""


@pytest.mark.parametrize("kind", ["500", "truncate", "cut", "html", "empty", "drip", "loop"])
def test_a_list_that_cannot_be_read_decides_nothing(fault: Begin, place: Place, kind: str) -> None:
    """Neither before the decision is sent, where requests are read, nor afterwards, where the grant is looked for."""
    unread = fault(f"reading before and after: {kind}")
    place.github.fail(kind, REQUESTS, verb="GET")
    place.github.fail(kind, GRANTS, verb="GET")
    unread.decide()
    unread.settles("confirmed")
    assert unread.told() == ["approve"]
    assert unread.was_met(REQUESTS, GRANTS)


@pytest.mark.parametrize("action", ["approve", "deny"])
def test_a_decision_another_owner_took_after_the_last_look_is_superseded(
    fault: Begin, place: Place, action: str
) -> None:
    """GitHub itself says no to the call, as the request is not there any more."""
    theirs = {"approve": "deny", "deny": "approve"}[action]
    late = next(_decided_late(fault, place, action, theirs), None)
    assert late is not None, "the other owner was too late each time"
    late.settles("superseded")
    assert late.told() == []


def _decided_late(fault: Begin, place: Place, action: str, theirs: str) -> Iterator[Fault]:
    """Decisions that the other owner was in time for, while Patrol's last look hung; a slow one tries again."""
    for number in range(1, 6):
        late = fault(f"decided on github.com at the last moment: {action} ({number})")
        place.github.fail("hang", REQUESTS, verb="GET", seconds=2, after=True)
        late.decide(action)
        eventually(lambda late=late: late.was_met(REQUESTS), 60, "Patrol reads the request")  # type: ignore[misc]
        try:
            place.github.change(f"requests/{late.request_id}/decide", action=theirs, by=SECOND_OWNER)
        except requests.HTTPError:
            late.settles("confirmed")
        else:
            yield late


def test_without_a_valid_token_a_decision_waits_for_its_person(fault: Begin, place: Place) -> None:
    unknown = fault("401")
    place.github.fail("401", unknown.path, verb="POST")
    unknown.decide()
    assert unknown.settles("needs_sign_in").waits_for == OWNER
    assert unknown.told() == []
    place.owner = Person(place.patrol.url, OWNER)
    unknown.stands("confirmed")
    unknown.settles("confirmed")
    assert unknown.told() == ["approve"]


@pytest.mark.parametrize(("number", "how"), [(2, "delete"), (3, "suspend")])
def test_what_was_not_sent_is_refused_where_the_app_is_gone(fault: Begin, place: Place, number: int, how: str) -> None:
    gone = fault(f"App uninstalled before sending: {how}", _organization(place, number))
    place.github.fail("429", gone.path, verb="POST", seconds=2)
    gone.decide()
    eventually(gone.was_met, 60, "GitHub asked to wait")
    place.github.change(f"installations/{how}", organization=gone.organization)
    gone.settles("refused")
    assert gone.told() == []


def test_what_cannot_be_looked_up_any_more_ends_where_the_app_is_gone(fault: Begin, place: Place) -> None:
    gone = fault("App uninstalled while the outcome is unknown", _organization(place, 4))
    place.github.fail("hang", gone.path, verb="POST", seconds=6, after=True)
    gone.decide()
    gone.reaches_github()
    place.github.change("installations/delete", organization=gone.organization)
    assert "not installed" in gone.settles("superseded").answer
    assert gone.told() == ["approve"]


def _organization(place: Place, number: int) -> str:
    return str(place.github.state()["organizations"][number]["login"])


# --- those that wait for GitHub ---------------------------------------------------------------------------------


@_named(LIMITS)
def test_a_rate_limit_is_waited_for_and_costs_no_attempt(limited: Together, reported: Reported, answer: Answer) -> None:
    fault = reported(limited[answer.name])
    fault.settles("confirmed")
    assert fault.told() == ["approve"]
    assert fault.was_met()
