"""Ctrl-K: anything is found by keyboard alone, and a token's value never leaves the browser."""

import base64
import hashlib
from secrets import token_hex

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import grave_violations
from tests.browser.job import QUEUE, TOKENS, read_again
from tests.browser.test_every_page import SETTLED, is_readable_and_quiet
from tests.browser.windows import Window, window
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.processes import RunningPatrol

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
VALUE = "github_pat_" + "a1B2c3D4e5F6g7H8i9J0k1_" + "x9" * 29
FINGERPRINT = base64.b64encode(hashlib.sha256(VALUE.encode()).digest()).decode()


@pytest.fixture
def zebra(running: RunningPatrol) -> str:
    """A token of a name that nothing else has."""
    name = f"zebra-{token_hex(3)}"
    token = running.github.grant(organization=ORGANIZATION, login=MEMBER, name=name)["id"]
    read_again(running, [], token)
    return name


def opened(page: Page) -> Page:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    return page


def typed(page: Page, words: str) -> None:
    """And the answer has come: each has its first option chosen."""
    page.keyboard.type(words)
    expect(page.locator("#palette [role=option][aria-selected=true]")).to_have_count(1)


def active(page: Page) -> str:
    """The text of the option that the field calls active, which is the one shown as chosen."""
    chosen = page.locator("#palette-input").get_attribute("aria-activedescendant")
    expect(page.locator("#palette [role=option][aria-selected=true]")).to_have_attribute("id", chosen or "")
    return page.locator(f"#{chosen}").inner_text()


def test_a_token_is_opened_by_its_name_from_any_page(browsing: Window, zebra: str) -> None:
    page = browsing.sign_in(OWNER, QUEUE)
    typed(opened(page), zebra)
    expect(page.locator("#palette [role=option]")).to_have_count(1)
    assert zebra in active(page)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(zebra)


def test_arrows_choose_and_go_around_and_escape_gives_the_focus_back(browsing: Window) -> None:
    page = browsing.sign_in(OWNER, QUEUE)
    page.get_by_role("link", name="Activity").focus()
    typed(opened(page), ORGANIZATION)
    first = active(page)
    page.keyboard.press("ArrowDown")
    second = active(page)
    assert second != first
    page.keyboard.press("ArrowUp")
    assert active(page) == first
    page.keyboard.press("ArrowUp")
    last = active(page)
    page.keyboard.press("ArrowDown")
    assert active(page) == first
    page.keyboard.press("End")
    assert active(page) == last
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.get_by_role("link", name="Activity")).to_be_focused()


def test_enter_without_anything_found_goes_to_the_page_that_says_so(browsing: Window) -> None:
    page = opened(browsing.sign_in(OWNER))
    page.keyboard.type("no-such-thing-anywhere")
    expect(page.locator("#palette")).to_contain_text("Nothing of yours is called")
    expect(page.locator("#palette-input")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find/?q=no-such-thing-anywhere")


def test_it_opens_while_one_types_and_closes_by_the_same_keys(browsing: Window) -> None:
    page = browsing.sign_in(OWNER, TOKENS)
    page.keyboard.press("/")
    opened(page)
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_hidden()
    page.get_by_role("link", name="Find (Ctrl K)").click()
    expect(page.locator("#palette-input")).to_be_focused()
    assert page.url.endswith(TOKENS)


def test_the_open_palette_is_readable_in_light_and_dark(browsing: Window) -> None:
    page = browsing.sign_in(OWNER)
    typed(opened(page), "a")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        assert grave_violations(page) == [], scheme


@pytest.mark.parametrize("where", ["palette", "search", "field"])
def test_a_tokens_value_is_hashed_here_and_never_sent(browsing: Window, where: str) -> None:
    page = browsing.sign_in(OWNER, "/find/")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(f"{one.url} {one.post_data or ''}"))
    if where == "palette":
        opened(page)
    elif where == "search":
        page.get_by_role("searchbox").focus()
    else:
        page.get_by_label("Value of a token").focus()
    page.keyboard.insert_text(VALUE)
    page.wait_for_timeout(500)  # longer than the palette waits before it asks
    page.keyboard.press("Enter")
    page.wait_for_url("**/find/?hash=**")
    expect(page.locator("h1")).to_contain_text("Patrol cannot tell whose token this is yet")
    expect(page.locator("main")).to_contain_text(FINGERPRINT)
    assert asked
    assert [one for one in asked if VALUE[11:30] in one] == []


@pytest.mark.parametrize("address", ["/find/", "/find/?q=a", "/find/?hash=" + "A" * 43 + "%3D", f"/find/?q={VALUE}"])
def test_the_pages_of_finding_are_readable(browsing: Window, address: str) -> None:
    browsing.sign_in(OWNER)
    browsing.go(address)
    is_readable_and_quiet(browsing)


def test_without_javascript_finding_is_a_page_and_no_value_is_asked_for(
    chromium: Browser, running: RunningPatrol, zebra: str
) -> None:
    with window(chromium, running, java_script_enabled=False) as one:
        page = one.sign_in(OWNER)
        page.get_by_role("link", name="Find (Ctrl K)").click()
        page.get_by_role("searchbox").fill(zebra)
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_label("Value of a token")).to_be_hidden()
        expect(page.get_by_text("this browser has to hash it first")).to_be_visible()
        page.get_by_role("link", name=zebra).click()
        expect(page.locator("h1")).to_contain_text(zebra)


def test_no_page_has_more_than_a_hundred_kilobytes_of_script(browsing: Window) -> None:
    page = browsing.sign_in(OWNER)
    for address in ("/", QUEUE, TOKENS, "/find/", f"/people/{MEMBER}/", f"/orgs/{ORGANIZATION}/settings/"):
        browsing.go(address)
        names = page.evaluate("Array.from(document.scripts, (one) => one.src)")
        sizes = {name: len(page.request.get(name).body()) for name in names}
        assert len(sizes) >= 3, "the scripts were not seen"
        assert sum(sizes.values()) <= 100_000, (address, sizes)
