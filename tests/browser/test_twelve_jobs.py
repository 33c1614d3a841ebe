"""What owners come for, twelve jobs one after the other, with the clicks and the seconds that each takes.

Every job begins where an owner would be: at the queue or the inventory of the organization. The seconds are the
browser's and Patrol's; a person reads in between. They are printed at the end of a run and asserted nowhere.
"""

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.job import QUEUE, SETTLED, TOKENS, ask, read_again
from tests.browser.reporting import JOBS
from tests.browser.windows import window
from tests.cast import MEMBER, ORGANIZATION, OWNER, SECOND_OWNER
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WRITES = {"permissions": {"repository": {"contents": "write"}}}


@dataclass
class Day:
    """An owner's window, the names of this story's tokens, and what each job took."""

    page: Page
    patrol: RunningPatrol
    mark: str
    widened: int
    widening: int
    took: list[str] = field(default_factory=list)
    clicks: int = 0
    keys: int = 0

    @contextmanager
    def job(self, what: str, start: str) -> Iterator[None]:
        """One of the twelve, from an address on."""
        self.page.goto(self.patrol.url + start)
        self.clicks, self.keys, began = 0, 0, time.monotonic()
        yield
        typed = f", {self.keys} typed" if self.keys else ""
        self.took.append(f"{what}: {self.clicks} clicks{typed}, {time.monotonic() - began:.1f} s")

    def click(self, what: Locator) -> None:
        """A click."""
        self.clicks += 1
        what.click()

    def choose(self, label: str, value: str) -> None:
        """A choice of a filter: opening it and taking one."""
        self.clicks += 2
        self.page.get_by_label(label, exact=True).select_option(value)

    def search(self, words: str) -> None:
        """What is typed into the search of a list."""
        self.keys += len(words)
        self.page.get_by_role("searchbox").fill(words)

    def find(self, words: str) -> None:
        """Ctrl-K, some words, Enter on the first."""
        self.keys += len(words) + 2
        self.page.keyboard.press("Control+k")
        self.page.keyboard.type(words)
        expect(self.page.locator("#palette [role=option]").first).to_contain_text(words)
        self.page.keyboard.press("Enter")

    def names(self) -> list[str]:
        """The tokens of a list."""
        return sorted(self.page.locator("[data-row] [data-row-open]").all_inner_texts())


@pytest.fixture
def day(chromium: Browser, running: RunningPatrol) -> Iterator[Day]:
    """25 wishes; tokens that write, rest, never end, end soon; the other owner's two; and a wish for more."""
    github, mark = running.github, f"day-{token_hex(2)}"
    ours: dict[str, Any] = {"organization": ORGANIZATION, "login": MEMBER}
    github.grant(**ours, name=f"{mark}-endless", expires_in_days=None, repository_selection="all", **WRITES)
    github.grant(**ours, name=f"{mark}-soon", expires_in_days=5)
    for number in range(2):
        github.grant(organization=ORGANIZATION, login=SECOND_OWNER, name=f"{mark}-held-{number}", **WRITES)
    held = github.grant(**ours, name=f"{mark}-widens", expires_in_days=300)
    for number in range(25):
        ask(running, f"{mark}-wish-{number:02}")
    more = github.ask(organization=ORGANIZATION, token_id=held["token_id"], permissions={"issues": "write"})
    read_again(running, [], held["id"])
    owner = Person(running.url, OWNER)
    wishes = f"{QUEUE}?state=all&q={mark}"  # 25 at a time, so two pages
    eventually(lambda: '<span class="Counter">26</span>' in owner.see(wishes), SETTLED, "all wishes are in the queue")
    with window(chromium, running) as one:
        one.sign_in(OWNER)
        yield Day(one.page, running, mark, held["id"], int(more["id"]))


def test_the_twelve_jobs_of_an_owner(
    day: Day, chromium: Browser, record_property: Callable[[str, object], None]
) -> None:
    _clear_25_requests(day)
    _what_writes_to_a_repository(day)
    _what_ends_next_week(day)
    _what_a_person_holds_and_revoke_it(day)
    _never_expire_never_used(day)
    _approve_a_widening(day)
    _what_changed_and_who_approved(day)
    _export(day)
    _hand_over_a_view(day, chromium)
    assert len(day.took) == 12
    record_property(JOBS, day.took)


def _clear_25_requests(day: Day) -> None:
    page = day.page
    with day.job("clear 25 requests", QUEUE):
        day.search(f"{day.mark}-wish")
        expect(page.locator("#listing .Counter")).to_have_text("25")
        day.click(page.get_by_label("Select all on this page"))
        day.click(page.get_by_role("region", name="Selected rows").get_by_role("button", name="Approve", exact=True))
        expect(page.locator("[data-row]:not(:has-text('Approved'))")).to_have_count(0, timeout=90_000)


def _what_writes_to_a_repository(day: Day) -> None:
    page = day.page
    reaches = day.patrol.github.contents(ORGANIZATION)["repositories"][0]
    with day.job("find everything that writes to a repository", TOKENS):
        day.find(reaches)
        expect(page.locator("h1")).to_contain_text(reaches)
        day.click(page.get_by_role("link", name="May write"))
        expect(page.locator("#tokens [data-row]").filter(has_text=f"{day.mark}-endless")).to_have_count(1)


def _what_ends_next_week(day: Day) -> None:
    with day.job("what ends within a week", TOKENS):
        day.choose("Expiry", "7")
        expect(day.page.locator("[data-row]").filter(has_text=f"{day.mark}-soon")).to_have_count(1)
        expect(day.page.locator("[data-row]").filter(has_text=f"{day.mark}-widens")).to_have_count(0)


def _what_a_person_holds_and_revoke_it(day: Day) -> None:
    page = day.page
    with day.job("everything a person holds", TOKENS):
        day.find(SECOND_OWNER)
        for number in range(2):
            expect(page.locator("main")).to_contain_text(f"{day.mark}-held-{number}")
    with day.job("revoke all of it", page.url.removeprefix(day.patrol.url)):
        day.click(page.get_by_role("link", name="Revoke all"))
        day.click(page.get_by_role("button", name="Revoke"))
        expect(page.locator("#record")).not_to_contain_text("This record is not final", timeout=90_000)
        expect(page.locator("tr", has_text=f"{day.mark}-held-1")).to_contain_text("Revoked, GitHub confirmed")


def _never_expire_never_used(day: Day) -> None:
    page = day.page
    with day.job("which tokens never expire", TOKENS):
        day.choose("Expiry", "never")
        expect(page.locator("[data-row]").filter(has_text=f"{day.mark}-endless")).to_have_count(1)
        expect(page.locator("[data-row]").filter(has_text=f"{day.mark}-soon")).to_have_count(0)
    with day.job("which were never used", TOKENS):
        day.choose("Use", "never")
        expect(page.locator(".FilterChip")).to_contain_text("Never used")
        expect(page.locator("[data-row]").filter(has_text=day.mark)).not_to_have_count(0)
        expect(page.locator("[data-row]").filter(has_not_text="never")).to_have_count(0)


def _approve_a_widening(day: Day) -> None:
    page = day.page
    with day.job("approve a widening after reading the difference", f"{QUEUE}?q={day.mark}-widens"):
        day.click(page.locator("[data-row-open]"))
        expect(page.locator("main")).to_contain_text("Issues")
        with page.expect_response(lambda answer: answer.request.method == "POST"):  # before the page is left
            day.click(page.get_by_role("button", name="Approve").first)
        page.goto(f"{day.patrol.url}{QUEUE}{day.widening}/")
        expect(page.locator("main")).to_contain_text("Approved", timeout=60_000)


def _what_changed_and_who_approved(day: Day) -> None:
    page = day.page
    with day.job("what changed on a token", TOKENS):
        day.find(f"{day.mark}-widens")
        expect(page.locator("ol.Versions")).to_contain_text("Issues")
    with day.job("find who approved it", TOKENS):
        day.find(f"{day.mark}-widens")
        approved = page.get_by_role("region", name="Who approved it, and what they saw")
        expect(approved).to_contain_text(OWNER)


def _export(day: Day) -> None:
    page = day.page
    with day.job("export it", f"{TOKENS}?q={day.mark}"):
        day.click(page.locator("#export-menu"))
        with page.expect_download() as taken:
            day.click(page.get_by_role("button", name="CSV"))
        text = Path(taken.value.path()).read_text(encoding="utf-8")
        names = {row["token_name"] for row in csv.DictReader(io.StringIO(text, newline=""))}
        assert {f"{day.mark}-endless", f"{day.mark}-soon", f"{day.mark}-widens"} <= names


def _hand_over_a_view(day: Day, chromium: Browser) -> None:
    page = day.page
    with day.job("hand a view to a colleague", f"{TOKENS}?q={day.mark}&expiring=never"):
        shown = day.names()
        day.click(page.locator("#views-menu"))
        day.click(page.get_by_role("link", name="Save as a view…"))
        dialog = page.get_by_role("dialog", name="Save this view")
        day.keys += len(f"For you {day.mark}")
        dialog.get_by_label("Name").fill(f"For you {day.mark}")
        day.click(dialog.get_by_label("Share with the owners"))
        day.click(dialog.get_by_role("button", name="Save view"))
        expect(page.locator("#views-menu")).to_contain_text(day.mark)
        with window(chromium, day.patrol) as colleague:
            colleague.sign_in(SECOND_OWNER)
            theirs = colleague.go(page.url.removeprefix(day.patrol.url))
            expect(theirs.locator("[data-row]")).to_have_count(len(shown))
