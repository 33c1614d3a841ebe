"""The whole of /setup with a mouse: from a fresh data directory to the queue, on github.com and on a server.

The simulator asks whose browser it is, which GitHub knows; those answers are no clicks of the setup.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from apps.simulator.server import SimulatorServer
from config import embedded
from tests.browser.reporting import KEY
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window, window
from tests.cast import ORGANIZATION, OWNER
from tests.github import GitHub
from tests.processes import ROOT, RunningPatrol, clean_environment

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WORLD: dict[str, Any] = {
    "seed": 1, "organizations": 1, "members": 8, "grants": 12, "requests": 6, "saml_organizations": 0,
    "ready_made_app": False,
}  # fmt: skip
MOST_CLICKS, MOST_FIELDS = 8, 1


@dataclass
class Hand:
    """Counts what the person does."""

    page: Page
    clicks: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        """A click of the setup."""
        self.clicks.append(what.inner_text().strip().splitlines()[0])
        what.click()

    def press(self, name: str) -> None:
        """A button or link by its name."""
        self.click(self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first)

    def type(self, label: str, text: str) -> None:
        """A field that is typed."""
        self.fields.append(label)
        self.page.get_by_label(label).fill(text)

    def be(self, login: str) -> None:
        """Answer the simulator whose browser it is."""
        person = re.compile(f"^{login}\\b")
        self.page.get_by_role("button", name=person).or_(self.page.get_by_role("link", name=person)).click()


@dataclass
class Fresh:
    """A Patrol that nobody set up, and the GitHub it will talk to."""

    patrol: RunningPatrol
    server: SimulatorServer
    typed: bool

    def address(self) -> str:
        """What the console says to open."""
        found = re.search(r"Set Patrol up at \S+?(/setup/\?code=\S+)", self.patrol.console())
        assert found, self.patrol.console()
        return found[1]


@pytest.fixture(params=["github.com", "/api/v3", "a server's address, typed"])
def fresh(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Fresh]:
    """Addresses are settings where none is typed: no GitHub is on this machine."""
    is_server, typed = request.param != "github.com", "typed" in request.param
    with SimulatorServer(**WORLD, enterprise_server=is_server, port=0) as server:
        api = f"{server.url}/api/v3" if is_server else server.url
        given = {} if typed else {"PATROL_GITHUB_API_URL": api, "PATROL_GITHUB_WEB_URL": server.url}
        inside = server.url.partition("://")[2]
        patrol = RunningPatrol(tmp_path / "var", MODE="github", PATROL_OUTBOUND_PRIVATE_HOSTS=inside, **given)
        patrol.github = GitHub(server.url)
        try:
            yield Fresh(patrol.start(), server, typed)
        finally:
            patrol.stop()


@pytest.fixture
def browsing(chromium: Browser, fresh: Fresh) -> Iterator[Window]:
    with window(chromium, fresh.patrol) as one:
        yield one


def test_an_owner_comes_from_nothing_to_the_queue(
    browsing: Window, fresh: Fresh, record_property: Callable[[str, object], None]
) -> None:
    assert fresh.patrol.console().count("Set Patrol up at") == 1
    page, hand = browsing.go(fresh.address()), Hand(browsing.page)
    is_readable_and_quiet(browsing)
    if fresh.typed:
        hand.type("Your GitHub", fresh.server.url)
    hand.press("Continue")
    expect(page.get_by_role("status")).to_contain_text("answers")
    is_readable_and_quiet(browsing)
    hand.type("Your organization's name on GitHub", ORGANIZATION)
    hand.press("Continue")
    is_readable_and_quiet(browsing)
    hand.press("Create the App on GitHub")
    hand.be(OWNER)
    hand.press(f"Create GitHub App for {ORGANIZATION}")
    expect(page.get_by_role("heading", name="Install the App")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.press("Install on GitHub")
    hand.be(OWNER)
    hand.press("Install")
    hand.click(page.get_by_role("link", name=re.compile(f"^{OWNER}\\b")))
    expect(page.get_by_role("heading", name="This Patrol")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.press("Open the queue")
    page.wait_for_url(f"{fresh.patrol.url}/orgs/{ORGANIZATION}/requests/")
    browsing.refreshed_until(lambda seen: seen.locator("[data-row]").count() > 0, "requests")

    clicks = f"{len(hand.clicks)} clicks ({', '.join(hand.clicks)})"
    record_property(KEY, f"{clicks}, {len(hand.fields)} typed ({', '.join(hand.fields)})")
    assert len(hand.clicks) <= MOST_CLICKS
    assert len(hand.fields) <= MOST_FIELDS + fresh.typed
    _keeps_its_secrets(fresh)


def _keeps_its_secrets(fresh: Fresh) -> None:
    """No secret of the App, nor the code, is in the database file, the logs, or a command line of a process."""
    secrets, code = _secrets(fresh), fresh.address().partition("=")[2]
    assert all(len(secret) > 15 for secret in secrets)
    files = [*fresh.patrol.data_dir.glob("patrol.sqlite3*"), *(fresh.patrol.data_dir / "log").iterdir()]
    assert len(files) > 4
    for file in files:
        held = file.read_bytes()
        assert [secret for secret in secrets if secret.encode() in held] == [], file.name
        assert file.suffix == ".log" or code.encode() not in held
    for process in fresh.patrol.tree():
        line = "\0".join([*process.cmdline(), *process.environ().values()])
        assert [secret for secret in [*secrets, code] if secret in line] == []


def _secrets(fresh: Fresh) -> list[str]:
    """The App's secrets, opened with the keys of the data directory: GitHub's double keeps digests only."""
    show = "from apps.github.models import App; a = App.objects.get(); "
    show += "print(a.client_secret, *a.webhook_secrets, a.private_key.splitlines()[1])"
    environment = clean_environment() | embedded.keys({}, fresh.patrol.data_dir)
    asked = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", show],
        env=environment | {"PATROL_DATA_DIR": str(fresh.patrol.data_dir)},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return asked.stdout.split()
