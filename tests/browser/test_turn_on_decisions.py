"""An organization that only looks, in a browser: to GitHub, back, and decisions are on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from apps.github.permissions import LOOK_ONLY
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window, window
from tests.cast import OTHER_ORGANIZATION, OWNER
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ORG = f"/orgs/{OTHER_ORGANIZATION}/"
PAGE = f"{ORG}settings/on/decisions/"


@pytest.fixture
def looking(chromium: Browser, running: RunningPatrol) -> Iterator[Window]:
    """The owner's window, where Patrol knows that its App may only look at the organization; afterwards all again."""
    github, here = running.github, {"organization": OTHER_ORGANIZATION}
    github.change("installations/permissions", **here, permissions=LOOK_ONLY)
    github.change("installations/suspend", **here)  # of this GitHub tells
    github.change("installations/unsuspend", **here)
    owner = Person(running.url, OWNER)
    eventually(lambda: _is_told(owner), 60, "Patrol knows that it only looks")
    with window(chromium, running) as one:
        one.sign_in(OWNER)
        yield one
    github.change("installations/accept-permissions", **here)


def _is_told(owner: Person) -> bool:
    try:
        return "look only" in owner.see(f"{ORG}requests/")
    except AssertionError:  # while it is suspended the page is not there
        return False


@pytest.mark.parametrize("path", ["requests/", "requests/cleanup/", "tokens/", "settings/", "settings/on/decisions/"])
def test_pages_of_who_only_looks_are_readable(looking: Window, path: str) -> None:
    looking.go(f"{ORG}{path}")
    is_readable_and_quiet(looking)


def test_the_keys_that_decide_lead_to_github(looking: Window) -> None:
    page = looking.go(f"{ORG}requests/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-row].is-current")).to_have_count(1)
    expect(page.get_by_role("region", name="Selected rows")).to_have_count(0)
    page.keyboard.press("d")
    page.wait_for_url(f"**/organizations/{OTHER_ORGANIZATION}/settings/personal-access-token-requests")
    assert looking.sent == []


def test_an_owner_turns_decisions_on_while_the_page_waits(looking: Window) -> None:
    page = looking.go(f"{ORG}requests/")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.get_by_role("link", name="Turn on decisions").click()
    expect(page.get_by_text("Waiting for GitHub's word")).to_be_visible()
    at_github = page.context.new_page()
    there = page.get_by_role("link", name=f"The App on {OTHER_ORGANIZATION}").get_attribute("href")
    at_github.goto(f"{there}?login={OWNER}")
    at_github.get_by_role("link", name="Review request").click()
    at_github.get_by_role("button", name="Accept new permissions").click()
    expect(page.locator("#switch")).to_contain_text("Decisions: on", timeout=20_000)
    page.get_by_role("link", name="Go to the requests").click()
    expect(page.get_by_role("button", name="Approve").first).to_be_visible()
    assert looking.troubles == []
