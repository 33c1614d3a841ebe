"""Every page in light and dark, wide and narrow: readable for everybody, never wider than the window, quiet."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import grave_violations, overflows
from tests.browser.job import ACTIVITY, QUEUE, TOKENS, ask, read_again
from tests.browser.windows import Window, window
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
# Colours change over a moment, one level of the page after the other; axe must not look in between. In what is
# folded away they wait until it is opened.
SETTLED = """async () => {
  do await new Promise(requestAnimationFrame);
  while (document.getAnimations().some((one) => one instanceof CSSTransition && one.effect.target.checkVisibility()));
}"""
# Address -> what its first heading says. "{request}" waits, "{decided}" was approved, "{token}" is granted.
PAGES = {
    "/": "Overview",
    "/sign-in/": "Know every token",
    "/sign-in/callback/?error=access_denied&state=x": "This sign-in was not begun here",
    "/requests/?q=nothing-has-this-name": "Requests",
    "/requests/?q={name}&state=all": "Requests",
    "/requests/cleanup/": "Clean up old requests",
    "/tokens/?q={name}&state=all": "Tokens",
    "/activity/?q=nobody": "Activity",
    "/coverage/": "Coverage",
    "/my/address/": "My address",
    "/groups/": "Groups",
    "/groups/new/": "New group",
    QUEUE: "Requests",
    f"{QUEUE}cleanup/": "Clean up old requests",
    f"{QUEUE}{{request}}/": "{name}",
    f"{QUEUE}{{request}}/denial/": "Deny this request",
    f"{QUEUE}{{decided}}/": "{name}",
    TOKENS: "Tokens",
    f"{TOKENS}{{token}}/": "{name}",
    f"{TOKENS}{{token}}/revoke/": "Revoke {name}?",
    f"{TOKENS}{{token}}/quarantine/": "Quarantine the selected tokens",
    ACTIVITY: "Activity",
    f"/orgs/{ORGANIZATION}/settings/": "Settings",
    f"/orgs/{ORGANIZATION}/settings/sleeping/": "Sleeping tokens",
    f"/orgs/{ORGANIZATION}/settings/addresses/": "Addresses",
    f"/orgs/{ORGANIZATION}/settings/addresses/given/": f"Addresses of {ORGANIZATION}",
    f"/orgs/{ORGANIZATION}/settings/addresses/machines/": "Machine users",
    f"/orgs/{ORGANIZATION}/settings/reminders/": "Reminders",
    "/notices/": "Messages",
    f"/orgs/{SAML_ORGANIZATION}/requests/": f"Sign in with SSO to see {SAML_ORGANIZATION}",
    "/orgs/nobody-knows-this/requests/": "Nothing here that you can see",
}


@dataclass(frozen=True)
class Known:
    """One of each, for the pages about one; all bear the `name`."""

    name: str
    request: int
    decided: int
    token: int


@pytest.fixture(scope="module")
def known(running: RunningPatrol) -> Known:
    name = f"every-page-{token_hex(2)}"
    many = {"repository": {"contents": "write", "administration": "write", "metadata": "read", "actions": "read"}}
    request = ask(running, name, permissions=many, repository_selection="all", expires_in_days=None)
    decided = ask(running, name)
    grant = {"organization": ORGANIZATION, "login": MEMBER, "permissions": many, "expires_in_days": 400}
    token = running.github.grant(**grant, name=name)["id"]
    read_again(running, [request, decided], token)
    owner = Person(running.url, OWNER)
    owner.decide(decided, "approve", reason="For the release")
    eventually(lambda: decided not in owner.pending(), 60, "it is decided")
    return Known(name, request, decided, token)


@pytest.fixture(scope="module")
def owners(chromium: Browser, running: RunningPatrol) -> Iterator[Window]:
    """One signed-in window for all pages."""
    with window(chromium, running) as one:
        one.sign_in(OWNER)
        yield one


def is_readable_and_quiet(shown: Window) -> None:
    """No serious violation in light, dark and on a phone; nothing to scroll sideways; a silent console."""
    page = shown.page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        assert grave_violations(page) == [], scheme
        assert not overflows(page), "at 1280 pixels"
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert not overflows(page), "at 320 pixels"
    assert grave_violations(page, contrast=False) == [], "at 320 pixels"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert shown.troubles == []


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_readable_fits_and_is_quiet(owners: Window, known: Known, address: str) -> None:
    page = owners.go(address.format(**vars(known)))
    expect(page.locator("h1")).to_contain_text(PAGES[address].format(**vars(known)))
    is_readable_and_quiet(owners)


def test_the_sign_in_page_of_a_stranger_is_readable(browsing: Window) -> None:
    browsing.go(QUEUE)
    expect(browsing.page.get_by_role("button", name="Sign in with GitHub")).to_be_visible()
    is_readable_and_quiet(browsing)


@pytest.mark.parametrize(
    ("login", "says"), [(MEMBER, "This is for organization owners"), (OUTSIDER, "Nothing here that you can see")]
)
def test_who_owns_nothing_gets_a_readable_refusal(browsing: Window, login: str, says: str) -> None:
    page = browsing.sign_in(login, "/my/tokens/")
    is_readable_and_quiet(browsing)
    browsing.go(QUEUE)
    expect(page.locator("h1")).to_contain_text(says)
    is_readable_and_quiet(browsing)


def _keys(page: Page, known: Known) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def _denial(page: Page, known: Known) -> None:
    page.locator("[data-row]", has_text=known.name).get_by_role("link", name="Deny").click()
    expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_focused()


def _counter_offer(page: Page, known: Known) -> None:
    _denial(page, known)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Days")).to_be_hidden()
    dialog.get_by_label("Lives too long").check()
    dialog.get_by_label("Days").fill("7")
    dialog.get_by_role("button", name="Write the text").click()
    expect(dialog.get_by_label("Reason")).to_have_value(re.compile("expires_in=7&"))
    expect(dialog.get_by_label("Reason")).to_be_focused()


def _many_denials(page: Page, known: Known) -> None:
    page.get_by_label("Select all on this page").check()
    page.get_by_role("region", name="Selected rows").get_by_role("button", name="Deny").click()
    expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_focused()


def _reasons_of_risk(page: Page, known: Known) -> None:
    page.locator("[data-row]", has_text=known.name).locator("summary").click()
    expect(page.locator(".RiskReasons-list:visible")).to_have_count(1)


def _selection(page: Page, known: Known) -> None:
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_role("region", name="Selected rows")).to_be_visible()


@pytest.mark.parametrize("opened", [_keys, _denial, _counter_offer, _many_denials, _reasons_of_risk, _selection])
def test_what_opens_over_the_queue_is_readable_too(
    owners: Window, known: Known, opened: Callable[[Page, Known], None]
) -> None:
    opened(owners.go(f"{QUEUE}?q={known.name}"), known)
    is_readable_and_quiet(owners)


@pytest.mark.parametrize(
    ("address", "form", "says"),
    [(QUEUE, "decide-many", "Deny the selected requests"), (TOKENS, "revoke-many", "Revoke the selected tokens")],
)
def test_the_pages_before_many_are_decided_are_readable(
    owners: Window, known: Known, address: str, form: str, says: str
) -> None:
    """They stand in a dialog where script runs; here they are asked for as a browser without script asks."""
    page = owners.go(f"{address}?q={known.name}")
    page.get_by_label("Select all on this page").check()
    page.locator(f"#{form} button", has_text=says.split(maxsplit=1)[0]).evaluate(
        "button => { const copy = document.createElement('input'); copy.name = button.name || 'ask';"
        " copy.value = button.value; button.form.append(copy); button.form.submit(); }"
    )
    expect(page.locator("h1")).to_contain_text(says)
    is_readable_and_quiet(owners)


def test_a_form_from_elsewhere_is_refused_readably(browsing: Window) -> None:
    page = browsing.go("/sign-in/")
    page.locator("main form").evaluate("form => { form.csrfmiddlewaretoken.value = 'x'; form.submit(); }")
    expect(page.locator("h1")).to_contain_text("could not be trusted")
    is_readable_and_quiet(browsing)
