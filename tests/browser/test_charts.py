"""Charts in a browser: every bar is a link that the keyboard reaches, and the list behind it is what was drawn."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window
from tests.cast import ORGANIZATION, OWNER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGE = f"/orgs/{ORGANIZATION}/"


@pytest.fixture
def looking(browsing: Window) -> Window:
    """The owner at the page of the organization, once it was counted."""
    browsing.sign_in(OWNER, PAGE)
    browsing.refreshed_until(lambda seen: seen.locator(".Chart-bars").count() > 0, "a chart")
    return browsing


def test_pictures_are_readable_in_light_in_dark_and_on_a_phone(looking: Window) -> None:
    is_readable_and_quiet(looking)


def test_a_bar_is_followed_with_the_keyboard_to_the_tokens_it_counts(looking: Window) -> None:
    page = looking.page
    bar = page.locator(".Chart-bars").first.locator("a:has(.Chart-box)").first
    said = bar.get_attribute("aria-label") or ""
    many = sum(int(part.split()[0]) for part in said.partition(": ")[2].split(", "))
    bar.focus()
    expect(bar.locator(".Chart-hit")).not_to_have_css("stroke", "none")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tokens", exact=True)).to_be_visible()
    assert "expiring=" in page.url
    expect(page.locator("#listing .Counter")).to_have_text(str(many))
    week = said.partition("week of ")[2].partition(":")[0]
    expect(page.locator(".FilterChip")).to_contain_text(f"Week of {week}")


def test_a_share_leads_to_its_tokens(looking: Window) -> None:
    link = looking.page.locator(".Shares a").first
    link.click()
    expect(looking.page.locator(".FilterChip")).to_contain_text("Never expires")
    assert "expiring=never" in looking.page.url
