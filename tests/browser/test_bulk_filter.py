"""Everything a filter matches, revoked in a browser: with the mouse, with keys, and without script."""

from secrets import token_hex

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import grave_violations, overflows
from tests.browser.job import TOKENS, read_again
from tests.browser.test_keyboard import tab_to
from tests.browser.test_saved_views import LOOKS
from tests.browser.windows import Window, window
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
MANY = 28


@pytest.fixture
def mark(running: RunningPatrol) -> str:
    """More tokens than a page shows, whose names begin with it; one is the owner's own."""
    word = f"bulk-{token_hex(3)}"
    for number in range(MANY):
        login = MEMBER if number else OWNER
        running.github.grant(organization=ORGANIZATION, login=login, name=f"{word}-{number}")
    read_again(running, [])
    owner = Person(running.url, OWNER)
    eventually(lambda: f"25 of {MANY}" in owner.see(f"{TOKENS}?q={word}"), 60, "all of them were read")
    return word


def gone(page: Page, running: RunningPatrol, mark: str) -> None:
    expect(page.get_by_text("All your decisions are settled")).to_be_visible(timeout=60_000)
    owner = Person(running.url, OWNER)
    found = owner.see(f"{TOKENS}?q={mark}")
    assert f"{mark}-0" in found
    assert f"{mark}-1<" not in found


def test_an_owner_selects_the_page_then_all_that_match_and_sees_what_is_left_out(
    browsing: Window, running: RunningPatrol, mark: str
) -> None:
    browsing.sign_in(OWNER)
    page = browsing.go(f"{TOKENS}?q={mark}")
    expect(page.locator("#select-matching")).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name=f"Select all {MANY} that match").click()
    expect(page.locator("h1")).to_have_text(f"Revoke {MANY - 1} tokens?")
    expect(page.locator("main")).to_contain_text("1 × Your own token")
    expect(page.locator("main")).to_contain_text(f"{MEMBER} ({MANY - 1})")
    page.get_by_role("link", name="Show what is not revoked").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text(f"{mark}-0")
    page.get_by_role("button", name=f"Revoke {MANY - 1} tokens").click()
    expect(page.locator("h1")).to_have_text(f"{MANY - 1} revocations decided")
    gone(page, running, mark)


def test_all_that_match_are_revoked_with_keys_alone(browsing: Window, running: RunningPatrol, mark: str) -> None:
    browsing.sign_in(OWNER)
    page = browsing.go(f"{TOKENS}?q={mark}")
    tab_to(page, page.get_by_label("Select all on this page"))
    page.keyboard.press("Space")
    tab_to(page, page.locator("#select-matching"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"Revoke {MANY - 1} tokens?")
    tab_to(page, page.get_by_role("button", name=f"Revoke {MANY - 1} tokens"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"{MANY - 1} revocations decided")
    gone(page, running, mark)


def test_the_preview_is_readable(chromium: Browser, running: RunningPatrol, mark: str) -> None:
    for look in LOOKS:
        with window(chromium, running, reduced_motion="reduce", **look) as mine:
            mine.sign_in(OWNER)
            page = mine.go(f"{TOKENS}?q={mark}")
            page.get_by_label("Select all on this page").check()
            assert grave_violations(page) == [], look
            page.locator("#select-matching").click()
            expect(page.locator("h1")).to_contain_text("Revoke")
            assert grave_violations(page) == [], look
            assert not overflows(page)


def test_without_javascript_all_that_match_are_revoked_too(
    chromium: Browser, running: RunningPatrol, mark: str
) -> None:
    with window(chromium, running, java_script_enabled=False) as plain:
        plain.sign_in(OWNER)
        page = plain.go(f"{TOKENS}?q={mark}")
        page.get_by_role("button", name=f"Select all {MANY} that match").click()
        page.get_by_role("button", name=f"Revoke {MANY - 1} tokens").click()
        expect(page.locator("h1")).to_have_text(f"{MANY - 1} revocations decided")
        plain.refreshed_until(lambda one: one.get_by_text("Revoked", exact=True).count() > 0, "one that was revoked")
