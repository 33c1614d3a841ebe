"""A running Patrol for the browser tests: the real processes, a small simulated GitHub, Chromium.

Both are started once for a run. Tests share them, so each decides on requests of its own.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.mailbox import Mailbox
from tests.browser.stage import browser
from tests.browser.windows import Window, window
from tests.processes import RunningPatrol

WORLD = "--seed 1 --organizations 2 --members 8 --grants 12 --requests 6 --saml-organizations 1"
# GitHub asks for a second between two writes; its double here does not mind, and people need not wait.
PAUSE = {"PATROL_GITHUB_WRITE_PAUSE_MILLISECONDS": "50", "PATROL_UNDO_SECONDS": "0"}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; the test is skipped where there is none."""
    with browser() as one:
        yield one


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """Where the running Patrol's mails arrive."""
    server = Mailbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running(chromium: Browser, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPatrol]:
    """Patrol as `make run` starts it, on free ports. It comes after the browser: without one nobody needs it."""
    options = {"SIMULATOR_OPTIONS": WORLD, **PAUSE, **mailbox.settings()}
    patrol = RunningPatrol(tmp_path_factory.mktemp("browser") / "var", **options)
    try:
        yield patrol.start()
    finally:
        patrol.stop()  # also what started only in part


@pytest.fixture
def browsing(chromium: Browser, running: RunningPatrol) -> Iterator[Window]:
    """A fresh window at Patrol, nobody signed in."""
    with window(chromium, running) as one:
        yield one
