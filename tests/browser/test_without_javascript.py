"""The main job with JavaScript off: plain links, plain forms, the same record."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.job import QUEUE, TOKENS, WHY_NOT, Job, is_in_the_record, prepare
from tests.browser.windows import Window, window
from tests.cast import OWNER
from tests.processes import RunningPatrol

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def plain(chromium: Browser, running: RunningPatrol) -> Iterator[Window]:
    """A window that runs no script."""
    with window(chromium, running, java_script_enabled=False) as one:
        yield one


@pytest.fixture
def job(running: RunningPatrol) -> Job:
    return prepare(running, "plain")


def test_an_owner_decides_without_javascript_and_finds_each_act(plain: Window, job: Job) -> None:
    page = plain.go(QUEUE)
    page.get_by_role("button", name="Sign in with GitHub").click()
    page.get_by_role("link", name=re.compile(f"^{OWNER}\\b")).click()
    expect(page).to_have_url(job.patrol.url + QUEUE)

    page.get_by_role("searchbox").fill(job.mark)
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[data-row]")).to_have_count(7)
    _approve_one(page, job)
    _deny_one(page, job)
    plain.refreshed_until(lambda page: page.locator("[data-row]").count() == 5, "the five that are left")
    _approve_five(page)
    plain.refreshed_until(lambda page: page.locator("[data-row]").count() == 0, "that all are decided")
    _revoke(page, job)
    plain.refreshed_until(lambda page: page.get_by_text(f"{job.mark}-leaving").count() == 0, "that the token is gone")
    is_in_the_record(plain, job)


def _approve_one(page: Page, job: Job) -> None:
    wanted = page.locator("[data-row]", has_text=job.name(job.wanted))
    wanted.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(f"Approval of {job.name(job.wanted)} is on its way to GitHub")
    assert f"q={job.mark}" in page.url, "back to the list as it was filtered"


def _deny_one(page: Page, job: Job) -> None:
    unwanted = page.locator("[data-row]", has_text=job.name(job.unwanted))
    unwanted.get_by_role("link", name="Deny").click()
    expect(page.get_by_role("heading", name="Deny this request")).to_be_visible()
    page.get_by_label("Reason").fill(WHY_NOT)
    page.get_by_role("button", name="Deny request").click()
    expect(page.get_by_role("status")).to_contain_text(f"Denial of {job.name(job.unwanted)} is on its way to GitHub")


def _approve_five(page: Page) -> None:
    for box in page.get_by_label("Select this request").all():
        box.check()
    page.get_by_role("region", name="Selected rows").get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("5 approvals are on the way to GitHub")


def _revoke(page: Page, job: Job) -> None:
    page.get_by_role("link", name="Tokens", exact=True).click()
    page.get_by_role("searchbox").fill(f"{job.mark}-leaving")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name=f"{job.mark}-leaving", exact=True).click()
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke access").click()
    expect(page).to_have_url(job.patrol.url + TOKENS)
    expect(page.get_by_role("status")).to_contain_text("is on its way to GitHub")
