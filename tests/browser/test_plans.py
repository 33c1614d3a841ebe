"""Planned for a day: an approval that is extended, tokens in quarantine, a person who leaves and stays after all."""

from datetime import UTC, date, datetime, timedelta
from secrets import token_hex

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.job import QUEUE, SETTLED, TOKENS, ask, read_again
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window, window
from tests.cast import MEMBER, OWNER, SECOND_OWNER
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ORGANIZATION = TOKENS.split("/")[2]


def ahead(days: int) -> date:
    """A day in the organization's zone, which is UTC's."""
    return datetime.now(UTC).date() + timedelta(days=days)


def written(day: date) -> str:
    """As pages write it."""
    return f"{day:%b} {day.day}, {day.year}"


def given(running: RunningPatrol, login: str = MEMBER, many: int = 1) -> list[tuple[str, int]]:
    """Tokens with access, by name and pat_id; Patrol has read them."""
    mark = token_hex(2)
    names = [f"planned-{mark}-{number}" for number in range(many)]
    found = [
        (name, int(running.github.grant(organization=ORGANIZATION, login=login, name=name)["id"])) for name in names
    ]
    read_again(running, [], found[-1][1])
    return found


def banner(page: Page, day: date) -> None:
    expect(page.locator(".PlanNotice h2")).to_have_text(f"Revoked on {written(day)}")


def test_an_approval_until_a_day_is_extended_in_one_click(browsing: Window, running: RunningPatrol) -> None:
    number = ask(running, f"until-{token_hex(2)}", expires_in_days=90)
    read_again(running, [number])
    page = browsing.sign_in(OWNER, f"{QUEUE}{number}/")
    page.get_by_label("Approve until").fill(ahead(30).isoformat())
    is_readable_and_quiet(browsing)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("main")).to_contain_text("Requests")
    browsing.go(f"{QUEUE}{number}/")
    browsing.refreshed_until(lambda page: page.get_by_text("Approved").count() > 0, "the approval")
    expect(page.locator("main")).to_contain_text("asks for 90 days, you gave 30")
    name = page.locator("h1").inner_text()
    browsing.go(f"{TOKENS}?q={name}")
    expect(page.locator("tr", has_text=name)).to_contain_text("approved until")
    page.get_by_role("link", name=name, exact=True).click()
    banner(page, ahead(30))
    is_readable_and_quiet(browsing)
    page.get_by_role("button", name="Extend by 30 days").click()
    banner(page, ahead(60))
    page.locator(".PlanNotice summary").click()
    page.locator("input[name=day]").fill(ahead(45).isoformat())
    page.get_by_role("button", name="Save").click()
    banner(page, ahead(45))
    expect(page.locator(".TimelineItem", has_text="named another day to revoke")).to_have_count(2)


def test_a_selection_is_put_into_quarantine_and_its_holder_keeps_one(
    browsing: Window, chromium: Browser, running: RunningPatrol
) -> None:
    tokens = given(running, many=2)
    mark = tokens[0][0].rsplit("-", 1)[0]
    page = browsing.sign_in(OWNER, f"{TOKENS}?q={mark}")
    for box in page.get_by_label("Select this token").all():
        box.check()
    page.locator(".BulkBar").get_by_role("button", name="Quarantine").click()
    dialog = page.locator("#page-dialog")
    expect(dialog).to_contain_text("They go on working until then")
    dialog.get_by_label("Revoke in so many days").fill("10")
    dialog.get_by_label("Why").fill("Nobody knows what it is for")
    is_readable_and_quiet(browsing)
    dialog.get_by_role("button", name="Quarantine 2 tokens").click()
    expect(page.locator("main")).to_contain_text("quarantine until")
    for name, _ in tokens:
        expect(page.locator("tr", has_text=name)).to_contain_text("quarantine until")
    name, pat_id = tokens[0]
    browsing.go(f"{TOKENS}{pat_id}/")
    banner(page, ahead(10))
    expect(page.locator(".PlanNotice")).to_contain_text("Nobody knows what it is for")
    is_readable_and_quiet(browsing)
    keep = page.get_by_role("link", name="Keep the token").get_attribute("href")
    with window(chromium, running) as holders:
        theirs = holders.sign_in(MEMBER, keep or "")
        theirs.get_by_label("What it is needed for").fill("The nightly build")
        theirs.get_by_label("Keep it until").fill(ahead(60).isoformat())
        theirs.locator("input[name=next]").evaluate("(one) => { one.value = '/' }")
        theirs.get_by_role("button", name="Keep the token").click()
        expect(theirs.get_by_text(f"Kept until {ahead(60).day} ")).to_be_visible()
    browsing.go(f"{TOKENS}{pat_id}/")
    expect(page.locator("main")).to_contain_text(f"{MEMBER} keeps it until {written(ahead(60))}: The nightly build")
    browsing.go(f"{TOKENS}{tokens[1][1]}/")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".PlanNotice")).to_have_count(0)


def test_a_person_leaves_on_a_day_and_stays_after_all(browsing: Window, running: RunningPatrol) -> None:
    tokens = given(running, SECOND_OWNER, many=2)
    owner = Person(running.url, OWNER)
    eventually(lambda: tokens[1][0] in owner.see(f"/people/{SECOND_OWNER}/"), SETTLED, "it is read")
    page = browsing.sign_in(OWNER, "/find/")
    browsing.go(f"/people/{SECOND_OWNER}/")
    page.get_by_role("link", name="Plan their leaving").click()
    expect(page.locator("main")).to_contain_text("Whom to ask")
    is_readable_and_quiet(browsing)
    page.get_by_label("Their last day").fill(ahead(20).isoformat())
    page.get_by_role("button", name="Plan").click()
    notice = page.locator(".PlanNotice")
    expect(notice.locator("h2")).to_contain_text(written(ahead(20)))
    is_readable_and_quiet(browsing)
    notice.locator("details").evaluate("(one) => { one.open = true }")
    notice.locator("li", has_text=tokens[0][0]).get_by_role("button", name="Undo").click()
    expect(notice.locator("li", has_text=tokens[0][0])).to_have_count(0)  # the page is loaded anew
    expect(notice.locator("li", has_text=tokens[1][0])).to_have_count(1)
    notice.get_by_role("button", name="Undo all").click()
    expect(page.locator(".PlanNotice")).to_have_count(0)
