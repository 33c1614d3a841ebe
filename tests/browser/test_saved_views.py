"""Views, columns and files of the inventory in a browser: with the mouse, with keys, and without script."""

import csv
import io
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import grave_violations, overflows
from tests.browser.job import TOKENS, read_again
from tests.browser.test_keyboard import tab_to
from tests.browser.windows import Window, window
from tests.cast import MEMBER, ORGANIZATION, OWNER, SECOND_OWNER
from tests.processes import RunningPatrol

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LOOKS: list[dict[str, Any]] = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    for scheme in ("light", "dark")
    for width in (1280, 390)
]


@pytest.fixture
def mark(running: RunningPatrol) -> str:
    """Tokens whose names begin with it: three that never end, and one that does."""
    word = f"views-{token_hex(3)}"
    for number in range(3):
        running.github.grant(
            organization=ORGANIZATION, login=MEMBER, name=f"{word}-endless-{number}", expires_in_days=None
        )
    last = running.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"{word}-ends", expires_in_days=5)
    read_again(running, [], last["id"])
    return word


@pytest.fixture
def owners(browsing: Window) -> Window:
    browsing.sign_in(OWNER)
    return browsing


def rows(page: Page) -> list[str]:
    return page.locator("[data-row] [data-row-open]").all_inner_texts()


def test_an_owner_saves_a_view_changes_it_and_hands_it_to_a_colleague(
    owners: Window, chromium: Browser, running: RunningPatrol, mark: str
) -> None:
    page = owners.go(f"{TOKENS}?q={mark}")
    page.get_by_label("Expiry").select_option("never")
    expect(page.locator("[data-row]")).to_have_count(3)
    page.locator("#views-menu").click()
    page.get_by_role("link", name="Save as a view…").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill(f"Endless {mark}")
    dialog.get_by_label("Share with the owners").check()
    dialog.get_by_role("button", name="Save view").click()
    expect(page.locator("#views-menu")).to_contain_text(f"Endless {mark}")
    expect(page.get_by_role("status")).to_contain_text("is kept")
    address = page.url.removeprefix(running.url)

    page.get_by_label("Expiry").focus()
    page.get_by_label("Expiry").select_option("")
    expect(page.locator("[data-row]")).to_have_count(4)
    expect(page.get_by_label("Expiry")).to_be_focused()  # the list was replaced, the focus was not lost
    expect(page.locator(".ListTools")).to_contain_text("changed")
    page.get_by_role("link", name="Discard").click()
    expect(page.locator("[data-row]")).to_have_count(3)
    expect(page.locator(".ListTools")).not_to_contain_text("changed")
    page.get_by_label("Sort").select_option("owner")
    expect(page.locator(".ListTools")).to_contain_text("changed")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("status")).to_contain_text("shows this now")
    expect(page.locator(".ListTools")).not_to_contain_text("changed")

    with window(chromium, running) as colleague:
        colleague.sign_in(SECOND_OWNER)
        theirs = colleague.go(address)
        assert len(rows(theirs)) == 3
        theirs.goto(f"{running.url}{TOKENS}views/")
        theirs.locator("li", has_text=mark).get_by_role("button", name="Delete").click()
        expect(theirs.get_by_role("status")).to_contain_text("is deleted")
    page.reload()
    expect(page.locator("#views-menu")).not_to_contain_text(mark)
    assert len(rows(page)) == 3, "the address goes on showing what it says"


def test_views_and_columns_are_reached_with_keys_alone(owners: Window, mark: str) -> None:
    page = owners.go(f"{TOKENS}?q={mark}")
    tab_to(page, page.locator("#views-menu"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Never expire"))
    page.keyboard.press("Enter")
    expect(page.locator("#views-menu")).to_contain_text("Never expire")
    tab_to(page, page.locator("#columns-menu"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Token ID"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Show these"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Token ID")).to_be_visible()
    page.locator("#columns-menu").click()
    page.get_by_label("Token ID").uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Token ID")).to_have_count(0)


def test_what_opens_over_the_list_and_the_pages_of_views_are_readable(
    chromium: Browser, running: RunningPatrol, mark: str
) -> None:
    for look in LOOKS:
        with window(chromium, running, reduced_motion="reduce", **look) as mine:
            mine.sign_in(OWNER)
            page = mine.go(f"{TOKENS}?q={mark}&view=never-expire&columns=may")
            for menu in ("views-menu", "columns-menu", "export-menu"):
                page.locator(f"#{menu}").click()
                assert grave_violations(page) == [], (look, menu)
                assert not overflows(page)
                page.keyboard.press("Escape")
            for path in ("views/", "views/new/?expiring=never"):
                page = mine.go(f"{TOKENS}{path}")
                assert grave_violations(page) == [], (look, path)
                assert not overflows(page)


def test_a_file_holds_what_the_filter_shows_and_can_be_taken_twice(owners: Window, mark: str) -> None:
    page = owners.go(f"{TOKENS}?q={mark}&expiring=never&view=never-expire")
    for _ in range(2):
        page.locator("#export-menu").click()
        with page.expect_download() as taken:
            page.get_by_role("button", name="CSV").click()
        assert taken.value.suggested_filename.startswith(f"{ORGANIZATION}-never-expire-")
        text = Path(taken.value.path()).read_text(encoding="utf-8")
        found = {row["token_name"] for row in csv.DictReader(io.StringIO(text, newline=""))}
        assert found == {f"{mark}-endless-{number}" for number in range(3)}


def test_without_javascript_views_are_saved_columns_chosen_and_files_taken(
    chromium: Browser, running: RunningPatrol, mark: str
) -> None:
    with window(chromium, running, java_script_enabled=False) as plain:
        plain.sign_in(OWNER)
        page = plain.go(f"{TOKENS}?q={mark}&expiring=never")
        page.locator("#views-menu").click()
        page.get_by_role("link", name="Save as a view…").click()
        page.get_by_label("Name").fill(f"Plain {mark}")
        page.get_by_role("button", name="Save view").click()
        expect(page.locator("#views-menu")).to_contain_text(f"Plain {mark}")
        page.locator("#columns-menu").click()
        page.get_by_role("checkbox", name="Risk").uncheck()
        page.get_by_role("button", name="Show these").click()
        expect(page.get_by_role("columnheader", name="Risk")).to_have_count(0)
        expect(page.locator(".ListTools")).to_contain_text("changed")
        page.locator("#export-menu").click()
        with page.expect_download() as taken:
            page.get_by_role("button", name="JSON Lines").click()
        assert Path(taken.value.path()).read_text(encoding="utf-8").count("\n") == 3
        page = plain.go(TOKENS)
        page.locator("#columns-menu").click()
        page.get_by_role("checkbox", name="Risk").check()
        page.get_by_role("button", name="Show these").click()
