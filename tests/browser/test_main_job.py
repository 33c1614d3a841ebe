"""The main job with a mouse: sign in, filter, approve, deny, approve five, revoke, and find each act."""

import re
from secrets import token_hex

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.job import QUEUE, TOKENS, WHY_NOT, Job, ask, is_in_the_record, prepare, read_again
from tests.browser.windows import Window
from tests.cast import OWNER
from tests.processes import RunningPatrol

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def job(running: RunningPatrol) -> Job:
    return prepare(running, "mouse")


def test_an_owner_decides_with_the_mouse_and_finds_each_act(browsing: Window, job: Job) -> None:
    page = browsing.go(QUEUE)
    page.get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_role("link", name=re.compile(f"^{OWNER}\\b")).click()
    page.wait_for_url(job.patrol.url + QUEUE)

    rows = page.locator("[data-row]")
    page.get_by_role("searchbox").fill(job.mark)
    expect(rows).to_have_count(7)
    assert f"{QUEUE}?q={job.mark}" in page.url, "the filter is in the address"
    _approve_one(page, job)
    _deny_one(page, job)

    page.reload()
    expect(rows).to_have_count(5)
    _approve_five(page)
    _revoke(page, job)
    is_in_the_record(browsing, job)


def test_a_decision_answered_after_the_list_was_filtered_is_shown(browsing: Window, running: RunningPatrol) -> None:
    name = f"late-{token_hex(2)}"
    read_again(running, [ask(running, name)])
    page = browsing.sign_in(OWNER, f"{QUEUE}?q={name[:-1]}")
    held: list[Route] = []
    page.route("**/approve/", lambda route: held.append(route))  # noqa: PLW0108  Playwright marks what it is given
    row = page.locator("[data-row]")
    row.get_by_role("button", name="Approve").click()
    with page.expect_response(lambda answer: f"q={name}&" in answer.url):
        page.get_by_role("searchbox").fill(name)
    expect(row.get_by_role("button", name="Approve")).to_be_enabled()  # a new row, which knows of nothing
    held[0].continue_()
    expect(row).to_contain_text("Approved")


def _approve_one(page: Page, job: Job) -> None:
    wanted = page.locator("[data-row]", has_text=job.name(job.wanted))
    wanted.get_by_role("button", name="Approve").click()
    expect(wanted.get_by_role("button", name="Approve")).to_have_count(0)
    expect(wanted).to_contain_text("Approved")  # by itself: nobody loads the page again


def _deny_one(page: Page, job: Job) -> None:
    unwanted = page.locator("[data-row]", has_text=job.name(job.unwanted))
    unwanted.get_by_role("link", name="Deny").click()
    dialog = page.get_by_role("dialog", name="Deny this request")
    dialog.get_by_label("Reason").fill(WHY_NOT)
    dialog.get_by_role("button", name="Deny request").click()
    expect(page.get_by_role("status")).to_contain_text("is on its way to GitHub")
    expect(unwanted.and_(page.locator(":not(:has-text('Denied'))"))).to_have_count(0)


def _approve_five(page: Page) -> None:
    boxes = page.get_by_label("Select this request")
    boxes.first.click()
    boxes.last.click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected rows")
    expect(bar).to_contain_text("5 selected")
    bar.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("5 approvals are on the way to GitHub")
    expect(page.locator("[data-row]:not(:has-text('Approved'))")).to_have_count(0)


def _revoke(page: Page, job: Job) -> None:
    page.get_by_role("link", name="Tokens", exact=True).click()
    page.get_by_role("searchbox").fill(f"{job.mark}-leaving")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name=f"{job.mark}-leaving", exact=True).click()
    page.get_by_role("link", name="Revoke").click()
    expect(page.locator("main")).to_contain_text("Goes on working")
    page.get_by_role("button", name="Revoke access").click()
    page.wait_for_url(job.patrol.url + TOKENS)
    expect(page.get_by_role("status")).to_contain_text("is on its way to GitHub")
