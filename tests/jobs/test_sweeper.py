"""The sweeper does what is due from rows alone: without the broker, and whatever fails beside it."""

from io import StringIO
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.github.models import Organization
from apps.jobs import services
from apps.jobs.models import Slot
from apps.jobs.sweeper import sweep_once, sweep_until
from apps.tokens.models import GrantRequest, SyncState
from tests.cast import ORGANIZATION, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.jobs.work import HOUR, Work, later
from tests.tokens.pages import get

pytestmark = pytest.mark.database


def test_a_round_opens_and_runs_what_is_due(work: Work) -> None:
    assert sweep_once() == 1
    assert sweep_once() == 0
    assert work.runs == 1


def test_a_job_that_fails_does_not_stop_the_others(work: Work) -> None:
    other: list[int] = []
    work.fault = LookupError("mine")
    services.schedule("tests.other", every=HOUR, run=lambda: other.append(1))
    assert sweep_once() == 1
    assert (work.runs, other) == (1, [1])
    assert Slot.objects.get(job="tests.work").error == "LookupError('mine')"


@pytest.mark.usefixtures("sweeps")
def test_a_sweep_that_fails_does_not_stop_the_others(work: Work) -> None:
    heard: list[str] = []

    def fail() -> int:
        heard.append("before")
        raise LookupError("rows of one app")

    def succeed() -> int:
        heard.append("after")
        return 2

    services.sweep_with("tests.before", fail)
    services.sweep_with("tests.after", succeed)
    assert sweep_once() == 3
    assert heard == ["before", "after"]
    assert work.runs == 1


@pytest.mark.usefixtures("sweeps")
def test_rows_are_swept_before_jobs_run(work: Work) -> None:
    """Decisions of people wait in rows; a job may take minutes."""
    order: list[str] = []
    work.meanwhile = lambda: order.append("job")

    def rows() -> int:
        order.append("rows")
        return 1

    services.sweep_with("tests.rows", rows)
    sweep_once()
    assert order == ["rows", "job"]


@pytest.mark.usefixtures("sweeps")
def test_a_job_that_takes_minutes_keeps_no_row_waiting(work: Work, settings: Any, tmp_path: Path) -> None:
    """Nor does the pulse say that all is well before the job is over."""
    stop, rounds = Event(), Semaphore(0)
    settings.PULSE_PATH = str(tmp_path / "pulse")
    seen: list[bool] = []

    def rows() -> int:
        rounds.release()
        return 0

    def long() -> None:
        seen.extend(rounds.acquire(timeout=20) for _ in range(5))
        seen.append(not Path(settings.PULSE_PATH).exists())
        stop.set()

    services.sweep_with("tests.rows", rows)
    work.meanwhile = long
    sweep_until(stop, 0.01)
    assert seen == [True] * 6
    assert Slot.objects.get(job="tests.work").finished_at
    assert Path(settings.PULSE_PATH).exists()


@pytest.mark.filterwarnings("ignore:Exception in thread slots")
def test_where_jobs_cannot_go_on_rows_do_not_either(work: Work) -> None:
    """Whoever looks after the process starts it anew; half a sweeper would look like a whole one."""
    stop = Event()
    work.fault = SystemExit()
    sweep_until(stop, 0.01)
    assert (stop.is_set(), work.runs) == (True, 1)


def test_the_command_does_one_round_and_says_how_much(work: Work) -> None:
    said = StringIO()
    call_command("sweep", "--once", stdout=said)
    assert said.getvalue() == "1 done\n"
    call_command("sweep", "--once", stdout=said)
    assert said.getvalue() == "1 done\n0 done\n"


def test_everything_is_done_without_a_worker(patrol: GitHub) -> None:
    """From the first reading to a decision and what became of it: nobody hears a message in these tests."""
    assert not SyncState.objects.exists()
    settle()
    assert SyncState.objects.filter(completed_at__isnull=False).count() == Organization.objects.count() == 3
    pending = GrantRequest.objects.pending().filter(organization__login=ORGANIZATION).first()
    assert pending is not None

    owner = sign_in(Client(), OWNER)
    page = f"/orgs/{ORGANIZATION}/requests/{pending.pat_request_id}/"
    form = get(owner, page).form(f"{page}approve/")
    assert owner.post(f"{page}approve/", form).status_code == 302
    assert patrol.ledger() == []
    settle()
    (sent,) = patrol.ledger()
    assert (sent["body"]["action"], sent["login"]) == ("approve", OWNER)
    pending.refresh_from_db()
    assert pending.state == GrantRequest.State.APPROVED


def test_lists_are_read_again_when_they_are_due(patrol: GitHub) -> None:
    settle()
    asked = patrol.ask(organization=ORGANIZATION)
    mine = GrantRequest.objects.filter(pat_request_id=asked["id"])
    with later(minutes=5):
        settle()
    assert not mine.exists()
    with later(minutes=11):
        settle()
    assert mine.exists()
