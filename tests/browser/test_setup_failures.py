"""One person who meets everything that can go wrong in /setup, is told each time what to do, and comes to the queue."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect

from apps.simulator.server import SimulatorServer
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.test_setup import WORLD, Fresh, Hand
from tests.browser.windows import Window, window
from tests.cast import ORGANIZATION, OWNER, SAML_ORGANIZATION
from tests.github import TIMEOUT, GitHub
from tests.github.listening import authority, listening
from tests.processes import RunningPatrol, free_port

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
REFUSAL = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
TOKENS = "organization_personal_access_tokens"
AN_HOUR_AND_A_SECOND = 3_601
NAME, SLUG = "Patrol after all", "patrol-after-all"


class Unlucky(Fresh):
    """Behind a proxy that lets nobody through; `strange` is a server whose certificate nobody knows."""

    strange = ""

    @property
    def github(self) -> GitHub:
        """The simulator's controls."""
        return self.patrol.github


@pytest.fixture
def fresh(chromium: Browser, tmp_path: Path) -> Iterator[Unlucky]:
    with ExitStack() as stack:
        world: dict[str, Any] = WORLD | {"organizations": 2, "saml_organizations": 1}
        server = stack.enter_context(SimulatorServer(**world, enterprise_server=True, port=0))
        proxy = stack.enter_context(listening(REFUSAL))
        strange = stack.enter_context(listening(b"", authority(tmp_path)[0]))
        patrol = RunningPatrol(
            tmp_path / "var", MODE="github", PATROL_OUTBOUND_PRIVATE_HOSTS="127.0.0.1,localhost",
            PATROL_HTTPS_PROXY=f"http://{proxy}", NO_PROXY="localhost",
            PATROL_WEBHOOK_URL=f"http://127.0.0.1:{free_port()}/webhooks/github",
        )  # fmt: skip
        patrol.github = GitHub(server.url)
        stack.callback(patrol.stop)
        one = Unlucky(patrol.start(), server, typed=True)
        one.strange = strange.replace("127.0.0.1", "localhost")
        yield one


@pytest.fixture
def browsing(chromium: Browser, fresh: Unlucky) -> Iterator[Window]:
    with window(chromium, fresh.patrol) as one:
        yield one


def test_whoever_meets_every_failure_of_the_setup_is_told_what_to_do_and_comes_to_the_queue(
    browsing: Window, fresh: Unlucky
) -> None:
    page, hand = browsing.page, Hand(browsing.page)
    _the_code_is_a_wrong_one(browsing, hand)
    browsing.go(fresh.address())
    _github_is_not_reached(browsing, hand, fresh)
    page.get_by_label("Several").check()
    hand.type("Your organization's name on GitHub", ORGANIZATION)
    hand.press("Continue")
    _the_app_does_not_come_about(browsing, hand, fresh)
    _a_permission_is_missing(browsing, hand, fresh)
    _the_installation_is_not_what_it_should_be(browsing, hand, fresh)
    _nobody_here_may_finish(browsing, hand, fresh)
    _sign_in(page, hand)
    expect(page.get_by_role("heading", name="This Patrol")).to_be_visible()
    is_readable_and_quiet(browsing)
    expect(page.get_by_text("let NTP set it")).to_be_visible()
    expect(page.get_by_text("GitHub tried")).to_be_visible()
    expect(page.get_by_role("heading", name=f"installed on {SAML_ORGANIZATION}, which nobody allowed")).to_be_visible()
    hand.press("Remove the App there")
    expect(page.get_by_role("status")).to_contain_text("no longer installed")
    hand.press("Open the queue")
    page.wait_for_url(f"{fresh.patrol.url}/orgs/{ORGANIZATION}/requests/")
    browsing.refreshed_until(lambda seen: seen.locator("[data-row]").count() > 0, "requests")


def _the_code_is_a_wrong_one(browsing: Window, hand: Hand) -> None:
    browsing.go("/setup/?code=wrong-code")
    hand.press("Continue")
    expect(browsing.page.get_by_label("Setup code")).to_have_attribute("aria-invalid", "true")
    is_readable_and_quiet(browsing)


def _github_is_not_reached(browsing: Window, hand: Hand, fresh: Unlucky) -> None:
    hand.type("Your GitHub", f"https://127.0.0.1:{free_port()}")
    hand.press("Continue")
    expect(browsing.page.get_by_text("The proxy did not let Patrol through")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.type("Your GitHub", f"https://{fresh.strange}")
    hand.press("Try again")
    expect(browsing.page.get_by_text("Set PATROL_CA_BUNDLE")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.type("Your GitHub", fresh.server.url)
    hand.press("Try again")
    expect(browsing.page.get_by_role("status")).to_contain_text("answers")


def _the_app_does_not_come_about(browsing: Window, hand: Hand, fresh: Unlucky) -> None:
    def converted(address: str) -> None:
        code = re.findall(r"code=([^&]+)", address)[0]
        api = f"{fresh.server.url}/api/v3/app-manifests/{code}/conversions"
        assert requests.post(api, timeout=TIMEOUT).status_code == 201

    page = browsing.page
    browsing.go("/setup/created/?code=abc&state=foreign")
    expect(page.get_by_role("heading", name="This App was not begun here")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.press("Create the App again")
    _create(
        page,
        hand,
        then=lambda _: fresh.github.change("clock", advance_seconds=AN_HOUR_AND_A_SECOND),
        name="Patrol too late",
    )
    expect(page.get_by_text("older than an hour")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.press("Create the App again")
    _create(page, hand, then=converted, name="Patrol taken")
    expect(page.get_by_text("it was used before")).to_be_visible()
    hand.press("Create the App again")


def _create(page: Page, hand: Hand, then: Callable[[str], object], name: str) -> None:
    """Make the App at GitHub; `then` something happens before the browser is back, told its address."""

    def meanwhile(route: Route) -> None:
        sent_back = route.fetch(max_redirects=0)
        then(sent_back.headers["location"])
        route.fulfill(response=sent_back)

    hand.press("Create the App on GitHub")
    hand.be(OWNER)
    page.route("**/settings/apps/manifest**", meanwhile, times=1)
    page.get_by_label("GitHub App name").fill(name)
    hand.press(f"Create GitHub App for {ORGANIZATION}")


def _a_permission_is_missing(browsing: Window, hand: Hand, fresh: Unlucky) -> None:
    page = browsing.page
    fresh.github.change("apps/withhold", permissions=[TOKENS])
    _create(page, hand, then=lambda _: None, name=NAME)
    expect(page.get_by_text("Set Personal access tokens: read-only")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.press("the App's permission page")
    hand.be(OWNER)
    page.locator(f"[name=permission_{TOKENS}]").select_option("read")
    page.get_by_role("button", name="Save changes").click()
    browsing.go("/setup/install/")
    expect(page.get_by_text("with all permissions that were asked for")).to_be_visible()


def _the_installation_is_not_what_it_should_be(browsing: Window, hand: Hand, fresh: Unlucky) -> None:
    page = browsing.page
    hand.press("It is installed: look again")
    expect(page.get_by_text("installed on no organization yet")).to_be_visible()
    is_readable_and_quiet(browsing)
    there = {"organization": SAML_ORGANIZATION, "app": SLUG}
    fresh.github.change("installations/create", **there)
    fresh.github.change("installations/suspend", **there)
    hand.press("It is installed: look again")
    expect(page.get_by_text("It is suspended there")).to_be_visible()
    is_readable_and_quiet(browsing)
    fresh.github.change("installations/unsuspend", **there)
    browsing.go("/setup/install/")


def _nobody_here_may_finish(browsing: Window, hand: Hand, fresh: Unlucky) -> None:
    page = browsing.page
    _sign_in(page, hand)
    expect(page.get_by_role("link", name=f"Open a session at {SAML_ORGANIZATION}")).to_be_visible()
    is_readable_and_quiet(browsing)
    hand.press("Back to the installation")
    fresh.github.change("installations/create", organization=ORGANIZATION, app=SLUG)
    browsing.go("/setup/install/")


def _sign_in(page: Page, hand: Hand) -> None:
    hand.press("Sign in and begin to read")
    hand.click(page.get_by_role("link", name=re.compile(f"^{OWNER}\\b")))
