"""The bad day: a person is found, everything they hold is taken away, and the record of it goes on paper."""

from secrets import token_hex

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.job import SETTLED, read_again
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window, window
from tests.cast import ORGANIZATION, OTHER_ORGANIZATION, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def given(running: RunningPatrol) -> tuple[str, int]:
    """The other owner gets a token in each of two organizations, and Patrol has read both."""
    mark = f"leaves-{token_hex(2)}"
    token = {"login": SECOND_OWNER, "permissions": {"repository": {"contents": "write"}}}
    running.github.grant(organization=OTHER_ORGANIZATION, name=f"{mark}-there", **token)
    there = f"/orgs/{OTHER_ORGANIZATION}"
    Person(running.url, OWNER).press(f"{there}/tokens/", f"{there}/sync/")
    here = running.github.grant(organization=ORGANIZATION, name=f"{mark}-here", **token)["id"]
    read_again(running, [], here)
    owner = Person(running.url, OWNER)
    eventually(lambda: f"{mark}-there" in owner.see(f"/people/{SECOND_OWNER}/"), SETTLED, "it is read")
    return mark, int(here)


def test_everything_a_person_holds_is_taken_away_with_keys_alone_and_printed(
    browsing: Window, running: RunningPatrol
) -> None:
    mark, here = given(running)
    page = browsing.sign_in(OWNER)
    page.keyboard.press("Control+k")
    page.keyboard.type(SECOND_OWNER)
    expect(page.locator("#palette [role=option]").first).to_contain_text(SECOND_OWNER)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(SECOND_OWNER)
    for words in (f"{mark}-here", f"{mark}-there", "Writes Contents", "Not looked at:", SAML_ORGANIZATION):
        expect(page.locator("main")).to_contain_text(words)
    is_readable_and_quiet(browsing)
    page.keyboard.press("d")
    button = page.get_by_role("button", name="Revoke")
    expect(button).to_be_visible()
    is_readable_and_quiet(browsing)
    assert browsing.sent == [], "looking is not revoking"
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Incident record")
    record = page.locator("#record")
    expect(record).not_to_contain_text("This record is not final", timeout=90_000)
    expect(record).to_contain_text("Settled")
    expect(record.locator("tr", has_text=f"{mark}-there")).to_contain_text("Revoked, GitHub confirmed")
    expect(record.locator("tr", has_text=f"{mark}-here")).to_contain_text("UTC")
    is_readable_and_quiet(browsing)
    page.emulate_media(media="print")
    expect(page.locator(".AppHeader")).to_be_hidden()
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
    expect(record.locator("tr", has_text=f"{mark}-here")).to_be_visible()
    page.emulate_media(media="screen")
    assert here not in running.github.granted(ORGANIZATION)


def test_without_javascript_the_same_is_done_by_links_and_forms(chromium: Browser, running: RunningPatrol) -> None:
    mark, _ = given(running)
    with window(chromium, running, java_script_enabled=False) as one:
        page = one.sign_in(OWNER)
        one.go(f"/people/{SECOND_OWNER}/")
        page.get_by_role("link", name="Revoke all").click()
        page.get_by_role("button", name="Revoke").click()
        one.refreshed_until(lambda page: page.get_by_text("This record is not final").count() == 0, "the end")
        expect(page.locator("tr", has_text=f"{mark}-here")).to_contain_text("Revoked, GitHub confirmed")
        expect(page.get_by_role("button", name="Print or save as PDF")).to_be_hidden()


def test_two_people_of_one_login_would_be_told_apart_readably(browsing: Window) -> None:
    """A person's own page, narrowed to one organization, is readable too."""
    page = browsing.sign_in(OWNER)
    browsing.go(f"/people/{SECOND_OWNER}/")
    page.get_by_role("navigation", name="Organizations").get_by_role("link", name=OTHER_ORGANIZATION).last.click()
    expect(page.locator("main")).not_to_contain_text("Not looked at:")
    is_readable_and_quiet(browsing)
