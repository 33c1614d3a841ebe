"""The calendar in a browser: days are links that the keyboard reaches and the list is what they count; feeds."""

import re

import pytest
import requests
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.browser.axe import grave_violations, overflows
from tests.browser.test_every_page import SETTLED, is_readable_and_quiet
from tests.browser.windows import Window
from tests.cast import MEMBER, ORGANIZATION, OWNER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGE = f"/orgs/{ORGANIZATION}/expiring/"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def looking(browsing: Window) -> Window:
    """The owner at the calendar, once the tokens are read."""
    browsing.sign_in(OWNER, PAGE)
    browsing.refreshed_until(lambda seen: seen.locator("a[data-day]").count() > 1, "a day on which something ends")
    return browsing


def shows(page: Page, number: str) -> None:
    """The inventory shows so many tokens."""
    expect(page.get_by_role("heading", name="Tokens", exact=True)).to_be_visible()
    expect(page.locator("#listing .Counter")).to_have_text(number)


def test_the_calendar_is_readable_in_light_in_dark_and_on_a_phone(looking: Window) -> None:
    is_readable_and_quiet(looking)


def test_a_day_is_reached_with_the_keyboard_and_leads_to_its_tokens(looking: Window) -> None:
    page = looking.page
    days = page.locator("a[data-day]")
    days.first.focus()
    page.keyboard.press("ArrowRight")
    expect(days.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(days.first).to_be_focused()
    number = days.first.locator("b").inner_text()
    page.keyboard.press("Enter")
    shows(page, number)
    expect(page.locator(".FilterChip")).to_contain_text(re.compile(r"\d+ \w+ 20\d\d"))


def test_up_and_down_go_by_weeks(looking: Window) -> None:
    page = looking.page
    dates = page.locator("a[data-day]").evaluate_all(
        "links => links.map(one => Date.parse(one.dataset.day) / 86400000)"
    )
    pair = next((one, two) for one in dates for two in dates if two > one and (two - one) % 7 == 0)
    here = page.locator("a[data-day]").nth(dates.index(pair[0]))
    here.focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("Date.parse(document.activeElement.dataset.day) / 86400000")
    assert (focused > pair[0], (focused - pair[0]) % 7) == (True, 0)
    page.keyboard.press("ArrowUp")
    expect(here).to_be_focused()


def test_a_week_and_a_month_lead_to_their_tokens(looking: Window) -> None:
    page = looking.page
    month = page.locator(".Month caption a").first
    number = month.locator(".Counter").inner_text()
    month.click()
    shows(page, number)
    page.go_back()
    page.locator(".Month tbody th a").first.click()
    expect(page.locator(".FilterChip")).to_contain_text("Week of")


def test_on_a_phone_months_stand_one_below_the_other(looking: Window) -> None:
    page = looking.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.evaluate(SETTLED)
    lefts = page.locator(".Month").evaluate_all("months => months.map(one => one.getBoundingClientRect().left)")
    assert (len(lefts), len(set(lefts))) == (12, 1)
    box = page.locator("a[data-day]").first.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
    page.locator(".Calendar-jump a").last.click()
    expect(page.locator(".Month").last).to_be_in_viewport()
    assert not overflows(page)
    assert grave_violations(page) == []


def test_on_a_phone_the_tab_of_the_page_is_seen_whole(looking: Window) -> None:
    page = looking.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()
    expect(page.locator(".UnderlineNav-item[aria-current]")).to_be_in_viewport(ratio=1)


def test_an_owner_subscribes_and_revokes(looking: Window) -> None:
    page = looking.page
    page.get_by_role("link", name="Subscribe").click()
    is_readable_and_quiet(looking)
    page.get_by_label("Alarm").select_option("7")
    page.get_by_role("button", name=re.compile("Make")).click()
    address = page.get_by_role("textbox", name="Address").input_value()
    is_readable_and_quiet(looking)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    secret = address.rsplit("/", 1)[1].removesuffix(".ics")
    path = f"{looking.patrol.url}/calendars/{secret}.ics"
    read = requests.get(path, timeout=30)
    assert read.status_code == 200
    found = Calendar.from_ical(read.content).walk("VEVENT")
    assert found
    assert all(one.walk("VALARM") for one in found)
    page.goto(looking.patrol.url + PAGE + "subscribe/")
    assert secret not in page.content()
    expect(page.get_by_text("last read")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked.")).to_be_visible()
    assert requests.get(path, timeout=30).status_code == 404
    assert secret not in (looking.patrol.data_dir / "log" / "web.log").read_text()


def test_a_member_subscribes_to_their_own_tokens(browsing: Window) -> None:
    page = browsing.sign_in(MEMBER, "/expiring/subscribe/")
    page.get_by_role("button", name=re.compile("Make")).click()
    shown = page.get_by_role("textbox", name="Address")
    expect(shown).to_have_value(re.compile(r"/calendars/patrol_ical_[\w-]{43}\.ics$"))
    is_readable_and_quiet(browsing)
