"""`make run` as it stands, with its own settings: a decision reaches GitHub once, whatever happens to its processes."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cast import ORGANIZATION, OWNER
from tests.processes import Person, RunningPatrol, eventually, reviews

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPatrol]:
    """One Patrol for the module; each test decides on a request of its own."""
    with RunningPatrol(tmp_path_factory.mktemp("decisions") / "var") as patrol:
        yield patrol


def _owner_with_a_request(running: RunningPatrol) -> tuple[Person, int]:
    owner = Person(running.url, OWNER)
    return owner, eventually(owner.pending, 60, "the queue shows requests")[0]


def _told(running: RunningPatrol, request_id: int) -> list[dict[str, Any]]:
    """What GitHub accepted about the request."""
    return [one for one in reviews(running.github.ledger()) if one["path"].endswith(f"/{request_id}")]


def _recorded(owner: Person, verb: str, request_id: int) -> int:
    """How many events the Activity page shows that say `verb` of the request."""
    page = owner.see(f"/orgs/{ORGANIZATION}/activity/")
    return len(re.findall(rf'\s{verb}\s*<a href="/orgs/{ORGANIZATION}/requests/{request_id}/"', page))


def test_the_first_requests_are_on_the_page_soon_after_sign_in(running: RunningPatrol) -> None:
    """The aim is 10 s on a quiet machine; the bound here only catches what waits for a tick or a sweep."""
    owner = Person(running.url, OWNER)
    assert eventually(owner.pending, 30, "the queue shows requests")


def test_a_decision_is_sent_by_the_sweeper_when_the_worker_hangs(running: RunningPatrol) -> None:
    owner, request_id = _owner_with_a_request(running)
    worker = running.pid("worker")
    os.kill(worker, signal.SIGSTOP)
    owner.decide(request_id, "approve")
    sent = eventually(lambda: _told(running, request_id), 60, "the sweeper sent it")
    assert len(sent) == 1
    assert sent[0]["token_kind"] == "user"
    assert sent[0]["login"] == OWNER
    eventually(lambda: _recorded(owner, "approved", request_id), 60, "Activity shows it")
    os.kill(worker, signal.SIGCONT)


def test_a_decision_whose_process_was_killed_in_the_middle_is_sent_once(running: RunningPatrol) -> None:
    owner, request_id = _owner_with_a_request(running)
    running.github.fail("hang", f"personal-access-token-requests/{request_id}$", verb="POST", seconds=20, after=True)
    owner.decide(request_id, "deny", reason="Not needed any more")
    eventually(lambda: _told(running, request_id), 60, "GitHub was told")
    running.kill("worker")
    running.kill("sweeper")
    eventually(lambda: _recorded(owner, "denied", request_id), 150, "it was settled by looking")
    assert len(_told(running, request_id)) == 1
    assert request_id not in owner.pending()


def test_a_decision_is_not_lost_with_the_web_process(running: RunningPatrol) -> None:
    owner, request_id = _owner_with_a_request(running)
    owner.decide(request_id, "approve")
    running.kill("web")
    running.kill("worker")
    eventually(lambda: _told(running, request_id), 90, "GitHub was told")
    eventually(lambda: running.pid("web"), 30, "web runs again")
    assert len(_told(running, request_id)) == 1


def test_decisions_reach_github_without_the_broker(tmp_path: Path) -> None:
    """Nothing listens on the port: neither workers nor beat can be rung."""
    with RunningPatrol(tmp_path / "var", PATROL_REDIS_URL="redis://127.0.0.1:9/0") as running:
        owner, request_id = _owner_with_a_request(running)
        owner.decide(request_id, "approve")
        eventually(lambda: _told(running, request_id), 90, "the sweeper sent it")
        eventually(lambda: _recorded(owner, "approved", request_id), 60, "Activity shows it")
