"""Who can write to a repository: from a token to its repository, narrowed, and back to another token."""

from secrets import token_hex

import pytest
from playwright.sync_api import expect

from tests.browser.job import TOKENS, ask, read_again
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.processes import RunningPatrol

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_repository_says_who_can_write_to_it(browsing: Window, running: RunningPatrol) -> None:
    mark = f"reach-{token_hex(2)}"
    given = {"organization": ORGANIZATION, "login": MEMBER}
    reads = running.github.grant(**given, name=f"{mark}-reads", permissions={"repository": {"contents": "read"}})
    writes = {"permissions": {"repository": {"contents": "write"}}, "repository_selection": "all"}
    last = running.github.grant(**given, name=f"{mark}-writes", **writes)
    asked = ask(running, f"{mark}-asks", **writes)
    read_again(running, [asked], last["id"])
    browsing.sign_in(OWNER)
    page = browsing.go(f"{TOKENS}{reads['id']}/")
    page.locator(".RepositoryList a").first.click()
    rows = page.locator("#tokens [data-row]")
    expect(rows.filter(has_text=f"{mark}-reads")).to_contain_text("this one by name")
    expect(rows.filter(has_text=f"{mark}-writes")).to_contain_text("all repositories")
    expect(page.locator("#requests")).to_contain_text(f"{mark}-asks")
    is_readable_and_quiet(browsing)
    page.get_by_role("link", name="May write").click()
    expect(rows.filter(has_text=f"{mark}-writes")).to_have_count(1)
    expect(rows.filter(has_text=f"{mark}-reads")).to_have_count(0)
    page.get_by_label("Permission").select_option("issues")
    expect(rows.filter(has_text=f"{mark}-writes")).to_have_count(0)
    page.get_by_label("Permission").select_option("contents")
    expect(rows.filter(has_text=f"{mark}-writes")).to_have_count(1)
    assert "level=write" in page.url
    page.evaluate("document.activeElement.blur()")
    for _ in range(26):
        page.keyboard.press("j")
        if f"{mark}-writes" in page.evaluate("document.activeElement.innerText"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(f"{mark}-writes")


def test_a_repository_that_no_token_named_is_readable_too(browsing: Window) -> None:
    page = browsing.sign_in(OWNER, f"/orgs/{ORGANIZATION}/repositories/never-heard-of/")
    expect(page.locator("main")).to_contain_text("Patrol has not met a repository of this name")
    is_readable_and_quiet(browsing)
