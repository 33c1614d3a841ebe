"""The filter bar: filters combine, each is a chip, Back brings the last ones again, and keys alone are enough."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import grave_violations, overflows
from tests.browser.test_keyboard import tab_to
from tests.browser.windows import Window
from tests.cast import OWNER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
TOKENS = "/tokens/"
A_PAGE = 25
HELD = 24
"""Both organizations' tokens, of which a page shows up to 25."""


@pytest.fixture(autouse=True)
def read(browsing: Window) -> None:
    """Patrol has read every organization, and the owner is signed in."""
    browsing.sign_in(OWNER, then=TOKENS)
    browsing.refreshed_until(lambda page: rows(page) >= HELD and "(" in _choices(page), "everything, counted")


def _choices(page: Page) -> str:
    return " ".join(page.locator("select[name=risk] option").all_inner_texts())


def asked(page: Page) -> dict[str, list[str]]:
    """The filters in the address."""
    return parse_qs(urlsplit(page.url).query)


def chips(page: Page) -> list[str]:
    """The chips, without what only screen readers hear."""
    said = page.locator(".FilterChip").all_inner_texts()
    return [" ".join(one.replace("Take this filter away", "").split()) for one in said]


def rows(page: Page) -> int:
    return page.locator("[data-row]").count()


def choose(page: Page, label: str, value: str) -> None:
    """Choose, and wait until the list answered."""
    with page.expect_response(lambda answer: "/tokens/?" in answer.url):
        page.get_by_role("combobox", name=label, exact=True).select_option(value)
    expect(page.locator(".htmx-request")).to_have_count(0)


def test_filters_combine_and_the_focus_stays(browsing: Window) -> None:
    page = browsing.go(TOKENS)
    everything = rows(page)
    page.get_by_role("combobox", name="Level", exact=True).focus()
    choose(page, "Level", "write")
    expect(page.get_by_role("combobox", name="Level", exact=True)).to_be_focused()
    writing = rows(page)
    assert 0 < writing < everything
    assert chips(page) == ["Level: Write or more"]

    choose(page, "Expiry", "never")
    assert chips(page) == ["Level: Write or more", "Expiry: Never expires"]
    assert (asked(page)["level"], asked(page)["expiring"]) == (["write"], ["never"])
    assert rows(page) < writing
    choose(page, "Sort", "owner")
    assert len(chips(page)) == 2, "an order is no filter"


def test_a_chip_takes_its_filter_away_and_leaves_the_others(browsing: Window) -> None:
    page = browsing.go(f"{TOKENS}?level=write&risk=1&sort=owner")
    assert chips(page) == ["Level: Write or more", "Risk: Medium or more"]
    page.get_by_role("link", name=re.compile("^Level:")).click()
    expect(page.get_by_role("combobox", name="Level", exact=True)).to_have_value("")
    expect(page.get_by_role("combobox", name="Risk", exact=True)).to_have_value("1")
    expect(page.get_by_role("combobox", name="Sort", exact=True)).to_have_value("owner")
    assert chips(page) == ["Risk: Medium or more"]


def test_back_brings_the_filters_before_in_the_bar_and_in_the_list(browsing: Window) -> None:
    page = browsing.go(TOKENS)
    choose(page, "Risk", "1")
    with_risk = rows(page)
    choose(page, "Use", "never")
    page.go_back()
    expect(page.get_by_role("combobox", name="Use", exact=True)).to_have_value("")
    expect(page.get_by_role("combobox", name="Risk", exact=True)).to_have_value("1")
    assert chips(page) == ["Risk: Medium or more"]
    assert rows(page) == with_risk
    page.go_back()
    expect(page.get_by_role("combobox", name="Risk", exact=True)).to_have_value("")
    assert chips(page) == []


def test_keys_alone_filter_and_take_filters_away(browsing: Window) -> None:
    page = browsing.go(TOKENS)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    with page.expect_response(lambda answer: "q=max" in answer.url):
        page.keyboard.type("max")
    expect(page.locator(".FilterChip")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    tab_to(page, page.get_by_role("combobox", name="Risk", exact=True))
    with page.expect_response(lambda answer: "risk=1" in answer.url):
        page.keyboard.type("Medium")
    expect(page.locator(".FilterChip")).to_have_count(2)
    expect(page.get_by_role("combobox", name="Risk", exact=True)).to_be_focused()
    tab_to(page, page.get_by_role("link", name=re.compile("^Risk:")))
    page.keyboard.press("Enter")
    expect(page.locator(".FilterChip")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Risk", exact=True)).to_have_value("")
    expect(page.get_by_role("searchbox")).to_have_value("max")


def test_choices_tell_how_many_tokens_they_show(browsing: Window) -> None:
    page = browsing.go(TOKENS)
    told = page.locator("select[name=selection] option[value=all]").inner_text()
    choose(page, "Repositories", "all")
    assert told == f"All repositories ({rows(page)})"


def test_a_team_is_chosen_among_those_of_each_organization_and_combines(browsing: Window) -> None:
    browsing.go(TOKENS)
    browsing.refreshed_until(lambda page: len(_teams(page)) > 4, "teams, which are read once a minute", times=180)
    page = browsing.page
    assert page.locator("select[name=team] optgroup").count() == 2
    team, told = next((value, said) for value, said in _teams(page) if value and not said.endswith("(0)"))
    page.get_by_role("combobox", name="Team", exact=True).focus()
    choose(page, "Team", team)
    expect(page.get_by_role("combobox", name="Team", exact=True)).to_be_focused()
    assert rows(page) == min(int(told.rpartition("(")[2].rstrip(")").replace(",", "")), A_PAGE)
    assert chips(page) == [f"Team: {team}"]
    expect(page.get_by_text("as GitHub listed them")).to_be_visible()
    choose(page, "Risk", "1")
    assert (asked(page)["team"], asked(page)["risk"]) == ([team], ["1"])
    page.get_by_role("link", name=re.compile("^Team:")).click()
    expect(page.get_by_role("combobox", name="Team", exact=True)).to_have_value("")
    assert chips(page) == ["Risk: Medium or more"]


def _teams(page: Page) -> list[tuple[str, str]]:
    """The choices: value and what is written there."""
    found = page.locator("select[name=team] option").evaluate_all("all => all.map(one => [one.value, one.label])")
    return [(value, said) for value, said in found]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bar_and_its_chips_suit_everybody(browsing: Window, width: int, scheme: str) -> None:
    browsing.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    browsing.page.set_viewport_size({"width": width, "height": 900})
    page = browsing.go(f"{TOKENS}?level=write&risk=1&q=e&team=platform")
    assert grave_violations(page) == []
    assert not overflows(page)


LONGEST = """() => Object.entries({
  "td[data-label=Organization], .Person > :last-child": "abcdefghijklmnopqrstuvwxyz0123456789abc",
  "td[data-label='Last used'] time": "59 minutes ago",
  "td[data-label=Ends] time": "on Nov 28, 2027",
}).forEach(([where, words]) => document.querySelectorAll(where).forEach((one) => { one.textContent = words; }))"""
"""GitHub's logins have up to 39 characters."""
CUT_OFF = """() => [...document.querySelectorAll(".DataTable")].some(
  (one) => one.getBoundingClientRect().right > one.closest(".Box").getBoundingClientRect().right)"""


@pytest.mark.parametrize("path", [TOKENS, f"{TOKENS}?columns=may.on.used.ends.risk.granted.id"])
def test_the_list_fits_every_window_whatever_the_columns_and_the_logins(browsing: Window, path: str) -> None:
    page = browsing.go(path)
    for changed in (False, True):
        for width in (360, 768, 820, 900, 1012, 1100, 1200, 1280, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert not overflows(page), f"at {width} pixels"
            assert not page.evaluate(CUT_OFF), f"the table leaves its box at {width} pixels"
        if not changed:
            page.evaluate(LONGEST)
