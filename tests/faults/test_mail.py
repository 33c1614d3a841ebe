"""A mail leaves once; whoever is killed between the mail server's yes and the commit sends it once more at most."""

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.cast import MEMBER, ORGANIZATION
from tests.faults.places import Place
from tests.notify.telling import Server
from tests.processes import ROOT, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
TIMEOUT_SECONDS = 1
"""Twenty of them are the lease of a message."""
ADDRESS = """
from apps.accounts import contacts
from apps.accounts.models import User
from apps.core import clock
owner = User.objects.get(login="owner").pk
contacts.keep(owner, "owner@example.com", source="confirmed", organization_id=None, at=clock.now())
"""


@pytest.fixture(scope="module")
def server(vendor: str) -> Iterator[Server]:
    """One for each Patrol: what it took came from there."""
    running = Server()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def place(vendor: str, server: Server) -> Iterator[Place]:
    """A Patrol that sends mail, and whose owner has an address."""
    mail = {
        "PATROL_EMAIL_HOST": "127.0.0.1", "PATROL_EMAIL_PORT": str(server.port), "PATROL_EMAIL_SECURITY": "none",
        "PATROL_EMAIL_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
    }  # fmt: skip
    with Place(vendor, **mail) as running:
        environment = psutil.Process(running.patrol.pid("worker")).environ()
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", ADDRESS]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        yield running


def hear(place: Place, name: str) -> None:
    """A token of less than a day is there, and read."""
    place.github.grant(organization=ORGANIZATION, login=MEMBER, name=name, expires_in_days=0.5)
    place.owner.press(f"/orgs/{ORGANIZATION}/settings/", f"/orgs/{ORGANIZATION}/sync/")
    eventually(lambda: (name,) in place.database.rows("SELECT name FROM tokens_token"), 90, "the token is read")
    again(place)


def again(place: Place) -> None:
    """The minute's jobs are due once more."""
    for job in ("tokens.remind_due", "notify.work"):
        place.database.run_again(job)


def about(server: Server, name: str) -> list[str]:
    """The Message-IDs of what the server took."""
    return [message["Message-ID"] for message in server.got if name in message["Subject"]]


def states(place: Place, name: str) -> list[str]:
    found = place.database.rows("SELECT subject, state FROM notify_message ORDER BY id")
    return [str(state) for subject, state in found if name in subject]


def test_a_mail_that_nothing_happens_to_leaves_once(place: Place, server: Server) -> None:
    hear(place, "undisturbed")
    eventually(lambda: states(place, "undisturbed") == ["sent"], 120, "it is sent")
    again(place)
    time.sleep(10)
    assert len(about(server, "undisturbed")) == 1


def test_who_is_killed_before_the_commit_sends_it_once_more_and_readers_know_it(place: Place, server: Server) -> None:
    """The server has taken the mail and its answer is under way: both who may be sending die."""

    def kill() -> None:
        if about(server, "disturbed-once") and len(about(server, "disturbed-once")) == 1:
            place.kill("worker", "sweeper")

    server.then = kill
    hear(place, "disturbed-once")
    eventually(lambda: about(server, "disturbed-once"), 120, "the server has it")
    assert states(place, "disturbed-once") == ["sending"]

    def sent() -> bool:
        again(place)
        return states(place, "disturbed-once") == ["sent"]

    eventually(sent, 200, "it is sent")
    time.sleep(5)
    again(place)
    time.sleep(10)
    taken = about(server, "disturbed-once")
    assert (len(taken), len(set(taken))) == (2, 1)
