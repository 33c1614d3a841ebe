"""Addresses in a browser: an owner hands some in, a member confirms one of their own, and the count follows."""

import re
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import grave_violations, overflows
from tests.browser.mailbox import Mailbox
from tests.browser.windows import Window
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.processes import RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGE = f"/orgs/{ORGANIZATION}/settings/addresses/"


def reached(page: Page) -> int:
    """What the heading says."""
    found = re.search(r"Reachable: (\d+) of \d+", page.locator("#reach").inner_text())
    assert found
    return int(found.group(1))


def test_an_owner_hands_in_addresses_mends_what_was_wrong_and_the_count_changes(
    browsing: Window, running: RunningPatrol
) -> None:
    running.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"addresses-{token_hex(2)}")
    browsing.sign_in(OWNER)
    page = browsing.go(PAGE)
    browsing.refreshed_until(lambda shown: MEMBER in shown.locator("main").inner_text().split(), "the holder")
    before = reached(page)
    page.get_by_label("Or its lines").fill(f"login;email\n{MEMBER};max at example.com\nnobody-here;x@example.com\n")
    page.get_by_role("button", name="Show what would change").click()
    left_out = page.locator("#left-out")
    expect(left_out).to_contain_text("This is no e-mail address")
    expect(left_out).to_contain_text("Nobody of this login")
    expect(page.get_by_role("button", name=re.compile("^Write"))).to_have_count(0)
    assert grave_violations(page) == []
    assert not overflows(page)

    page.go_back()
    page.get_by_label("Or its lines").fill(f"login;email\n{MEMBER};max@example.com\nnobody-here;x@example.com\n")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#new")).to_contain_text("max@example.com")
    page.get_by_role("button", name="Write 1 address").click()
    expect(page.get_by_role("status").first).to_contain_text("1 added, 0 changed")
    expect(page.locator("#left-out")).to_contain_text("Nobody of this login")
    browsing.go(PAGE)
    assert reached(page) == before + 1
    page.get_by_role("link", name="See, export and remove them").click()
    page.get_by_role("button", name=f"Remove the address of {MEMBER}").click()
    expect(page.get_by_role("status").first).to_contain_text("1 address removed")
    browsing.go(PAGE)
    assert reached(page) == before


def test_a_member_confirms_an_address_of_their_own(browsing: Window, mailbox: Mailbox) -> None:
    address = f"max-{token_hex(3)}@example.com"
    page = browsing.sign_in(MEMBER, "/my/tokens/")
    page.get_by_role("navigation", name="Your own").get_by_role("link", name="My address").click()
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("main")).to_contain_text("waits for you to open the link")
    mail = mailbox.to(address)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    found = re.search(r"http\S+/my/address/confirm/(\S+)/", plain.get_content())
    assert found
    assert found.group(0) in html.get_content()
    browsing.go(f"/my/address/confirm/{found.group(1)}/")
    expect(page.locator("h1")).to_contain_text("Shall Patrol write to you here?")
    assert grave_violations(page) == []
    page.get_by_role("button", name="Confirm this address").click()
    expect(page.locator("section").first).to_contain_text(address)
    expect(page.locator("section").first).to_contain_text("Confirmed")
    page.get_by_role("button", name="Remove this address").click()
    expect(page.locator("main")).to_contain_text("No address of yours is confirmed")
    eventually(lambda: "does not write" in str(mailbox.to(address)["Subject"]), 60, "the address is told")
