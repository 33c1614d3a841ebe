"""The main job with keys alone: j k x a d Enter ? / Esc and Tab, the focus always somewhere one can see."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.job import QUEUE, TOKENS, WHY_NOT, Job, is_in_the_record, prepare
from tests.browser.windows import Window
from tests.cast import OWNER
from tests.processes import RunningPatrol

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# The focused element is in the window and drawn differently: a ring, or the row around it that is marked as current.
VISIBLE = """() => {
  const element = document.activeElement, place = element.getBoundingClientRect(), style = getComputedStyle(element);
  const inside = place.width > 0 && place.bottom > 0 && place.top < innerHeight && place.right > 0;
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return element === document.body || (inside && (ring || Boolean(element.closest(".is-current"))));
}"""
WHICH = "() => document.activeElement.outerHTML.slice(0, 200)"


@pytest.fixture
def job(running: RunningPatrol) -> Job:
    return prepare(running, "keys")


def test_an_owner_decides_with_keys_alone_and_finds_each_act(browsing: Window, job: Job) -> None:
    page = browsing.go(QUEUE)
    tab_to(page, page.get_by_role("button", name="Sign in with GitHub"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=re.compile(f"^{OWNER}\\b")))
    page.keyboard.press("Enter")
    page.wait_for_url(job.patrol.url + QUEUE)

    _filter(page, job.mark, 7)
    _see_the_help(page)
    _approve_one(page, job)
    _deny_one(page, job)

    page.reload()
    expect(page.locator("[data-row]")).to_have_count(5)
    _approve_five(page, job)
    _revoke(page, job)
    is_in_the_record(browsing, job)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus; whatever is passed on the way shows that it has it."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
        assert page.evaluate(VISIBLE), page.evaluate(WHICH)
    raise AssertionError(f"Tab never reaches {target}")


def step_to(page: Page, row: Locator) -> None:
    """Press j until the row is the current one and its link has the focus."""
    for _ in range(10):
        page.keyboard.press("j")
        assert page.evaluate(VISIBLE), page.evaluate(WHICH)
        if "is-current" in (row.get_attribute("class") or ""):
            expect(row.locator("[data-row-open]")).to_be_focused()
            return
    raise AssertionError(f"j never reaches {row}")


def named(page: Page, name: str) -> Locator:
    return page.locator("[data-row]", has_text=name)


def _filter(page: Page, words: str, found: int) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(words)
    expect(page.locator("[data-row]")).to_have_count(found)
    expect(page.get_by_role("searchbox")).to_be_focused()  # the list was replaced, the focus was not lost
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value(words)


def _see_the_help(page: Page) -> None:
    page.keyboard.press("j")
    here = page.locator("[data-row].is-current [data-row-open]")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    expect(here).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(here).to_be_focused()
    page.keyboard.press("k")
    expect(here).to_be_focused()
    page.evaluate("document.activeElement.blur(); document.querySelector('.is-current').classList.remove('is-current')")


def _approve_one(page: Page, job: Job) -> None:
    wanted = named(page, job.name(job.wanted))
    step_to(page, wanted)
    page.keyboard.press("a")
    expect(wanted).to_contain_text("Approved")
    expect(wanted.locator("[data-row-open]")).to_be_focused()  # the row was replaced twice


def _deny_one(page: Page, job: Job) -> None:
    unwanted = named(page, job.name(job.unwanted))
    for key in "jjjjjjkkkkkk":
        if "is-current" in (unwanted.get_attribute("class") or ""):
            break
        page.keyboard.press(key)
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Deny this request")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type(WHY_NOT)
    tab_to(page, dialog.get_by_role("button", name="Deny request"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is on its way to GitHub")
    expect(named(page, f"{job.name(job.unwanted)}").filter(has_not_text="Denied")).to_have_count(0)


def _approve_five(page: Page, job: Job) -> None:
    for count in range(1, 6):
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.get_by_role("region", name="Selected rows")).to_contain_text(f"{count} selected")
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("5 approvals are on the way to GitHub")
    expect(page.locator("[data-row]").filter(has_not_text="Approved")).to_have_count(0)


def _revoke(page: Page, job: Job) -> None:
    tab_to(page, page.get_by_role("link", name="Tokens", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url(job.patrol.url + TOKENS)
    _filter(page, f"{job.mark}-leaving", 1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{job.patrol.url}{TOKENS}{job.leaving}/")
    page.keyboard.press("d")
    button = page.get_by_role("button", name="Revoke access")
    tab_to(page, button)
    page.keyboard.press("Enter")
    page.wait_for_url(job.patrol.url + TOKENS)
    expect(page.get_by_role("status")).to_contain_text("is on its way to GitHub")
