"""My tokens, why one fails, and Ask before you ask, as `member` meets them: readable, and no credential is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.job import ask, read_again
from tests.browser.test_every_page import is_readable_and_quiet
from tests.browser.windows import Window, window
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER
from tests.policy.pasted import SECRET, TWENTY
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
MINE, WHY, ASK = "/my/tokens/", "/my/tokens/why/", "/my/ask/"
TOKENS, SETTINGS = f"/orgs/{ORGANIZATION}/tokens/", f"/orgs/{ORGANIZATION}/settings/"
HELD = {"repository": {"issues": "read", "metadata": "read"}}
BROWSED = ["curl posts over several lines", "gh opens and merges a pull request", "steps of a workflow"]


@dataclass(frozen=True)
class Mine:
    """Tokens of `member`, whose names begin with `mark`: one that waits, one denied, one active, one expired, one whose
    access was taken, and one that lives longer than an owner said is allowed.
    """

    mark: str


@pytest.fixture(scope="module")
def mine(running: RunningPatrol) -> Iterator[Mine]:
    mark = f"own-{token_hex(2)}"
    waits, denied = ask(running, f"{mark}-waits"), ask(running, f"{mark}-denied")
    given = {"organization": ORGANIZATION, "login": MEMBER, "permissions": HELD}
    running.github.grant(**given, name=f"{mark}-over", expires_in_days=-1)
    running.github.grant(**given, name=f"{mark}-long", expires_in_days=365)
    taken = running.github.grant(**given, name=f"{mark}-taken", expires_in_days=20)["id"]
    active = running.github.grant(**given, name=f"{mark}-active", expires_in_days=20)["id"]
    read_again(running, [waits, denied], active)
    owner = Person(running.url, OWNER)
    owner.decide(denied, "deny", reason="Too wide for a report")
    owner.press(f"{TOKENS}{taken}/revoke/", f"{TOKENS}{taken}/revoke/", urgent="on")
    owner.press(SETTINGS, SETTINGS, fine_grained_max_days="300", classic_allowed="false")
    eventually(lambda: denied not in owner.pending(), 60, "it is denied")
    eventually(lambda: f"{TOKENS}{taken}/" not in owner.see(f"{TOKENS}?q={mark}-taken"), 60, "it is revoked")
    yield Mine(mark)
    owner.press(SETTINGS, SETTINGS, fine_grained_max_days="", classic_allowed="")


@pytest.fixture(scope="module")
def member(chromium: Browser, running: RunningPatrol) -> Iterator[Window]:
    """One signed-in window for all of these."""
    with window(chromium, running) as one:
        one.sign_in(MEMBER, then=MINE)
        yield one


def test_a_member_sees_their_own_tokens_readably(member: Window, mine: Mine) -> None:
    page = member.go(MINE)
    waits = page.locator(".MyToken", has_text=f"{mine.mark}-waits")
    expect(waits).to_contain_text("Do not create another one")
    active = page.locator(".MyToken", has_text=f"{mine.mark}-active")
    active.get_by_text("Renew it").click()
    form = active.get_by_role("link", name="Open GitHub's form, filled in")
    assert f"target_name={ORGANIZATION}" in (form.get_attribute("href") or "")
    page.get_by_text("Those that ended").click()
    expect(page.locator(".MyToken", has_text=f"{mine.mark}-denied")).to_contain_text("Too wide for a report")
    is_readable_and_quiet(member)


def _why(page: Page, token: str, answer: str = "", begins: str = "", place: str = ORGANIZATION) -> None:
    option = page.get_by_label("Which token fails?").locator("option", has_text=token).first
    page.get_by_label("Which token fails?").select_option(option.get_attribute("value"))
    page.get_by_label("Where should it reach?").select_option(label=place)
    if begins:
        page.get_by_label(begins).check()
    page.get_by_label("What did GitHub answer?").fill(answer)
    page.get_by_role("button", name="Tell me why").click()


@pytest.mark.parametrize(
    ("token", "answer", "says"),
    [
        ("{mark}-waits", "", "It waits for approval"),
        ("{mark}-denied", "", "It was denied"),
        ("{mark}-taken", "", "Its access was revoked"),
        ("{mark}-over", "", "It expired"),
        ("{mark}-long", "", f"It lives longer than {ORGANIZATION} allows"),
        ("{mark}-active", "", "Nothing wrong that Patrol can see"),
        ("{mark}-active", "HTTP/2 403\nx-accepted-github-permissions: issues=write", "It lacks a permission"),
        ("{mark}-active", "SAML enforcement", "asks for single sign-on"),
        ("{mark}-active", "404 Not Found", "The repository is not one of its own"),
        ("{mark}-active", '{"message": "Bad credentials"}', "GitHub does not know the value that was sent"),
        ("{mark}-active", "API rate limit exceeded", "Too many requests"),
        ("{mark}-active", "has an IP allow list enabled", f"{ORGANIZATION} has an IP allow list"),
        ("It is not in this list", "", "never heard of it"),
    ],
)
def test_why_a_token_fails_is_answered_readably(member: Window, mine: Mine, token: str, answer: str, says: str) -> None:
    page = member.go(WHY)
    _why(page, token.format(mark=mine.mark), answer)
    expect(page.locator(".MyWhy-cause h3").first).to_contain_text(says)
    is_readable_and_quiet(member)


@pytest.mark.parametrize(
    ("begins", "place", "says"),
    [
        ("ghp_", ORGANIZATION, f"{ORGANIZATION} does not let classic tokens in"),
        ("github_pat_", "Another organization", "GitHub does not call you a member there"),
    ],
)
def test_why_a_token_that_is_in_no_list_fails_is_answered(
    member: Window, mine: Mine, begins: str, place: str, says: str
) -> None:
    page = member.go(WHY)
    _why(page, "It is not in this list", begins=begins, place=place)
    expect(page.locator(".MyWhy-cause h3").first).to_contain_text(says)


@pytest.mark.parametrize("name", TWENTY)
def test_twenty_pasted_commands_are_answered(member: Window, name: str) -> None:
    page = member.go(ASK)
    field = page.get_by_label("What fails, or what you are about to run")
    field.fill(TWENTY[name].text)
    page.get_by_role("button", name="What does it need?").click()
    levels = page.locator("section[aria-labelledby=needs] .Level")
    expect(levels).to_have_count(len(TWENTY[name].needs))
    assert sorted(levels.all_inner_texts()) == sorted(level.capitalize() for level in TWENTY[name].needs.values())
    assert SECRET not in field.input_value()
    if name in BROWSED:
        expect(field).to_have_value(TWENTY[name].text)
        page.mouse.move(0, 0)
        is_readable_and_quiet(member)


def test_a_credential_is_blacked_out_before_it_is_sent(member: Window) -> None:
    bodies: list[str] = []
    member.page.on("request", lambda request: bodies.append(request.post_data or ""))
    page = member.go(ASK)
    field = page.get_by_label("What fails, or what you are about to run")
    field.fill(f"curl -u me:hunter2 -H 'Authorization: Bearer {SECRET}' https://api.github.com/repos/acme/api/pulls")
    page.get_by_role("button", name="What does it need?").click()
    expect(page.locator("section[aria-labelledby=needs]")).to_contain_text("Pull requests")
    expect(field).to_have_value("curl -u *** -H 'Authorization: ***' https://api.github.com/repos/acme/api/pulls")
    expect(page.get_by_text("was blacked out here, in your browser")).to_be_visible()
    page = member.go(WHY)
    _why(page, "It is not in this list", f"{SECRET} got 401")
    expect(page.locator(".MyWhy-cause")).not_to_have_count(0)
    assert any("commands=" in body or 'name="commands"' in body for body in bodies)
    assert not any(SECRET in body or "hunter2" in body for body in bodies)


def test_without_javascript_the_same_is_asked_and_answered(
    chromium: Browser, running: RunningPatrol, mine: Mine
) -> None:
    with window(chromium, running, java_script_enabled=False) as one:
        page = one.sign_in(MEMBER, then=WHY)
        _why(page, f"{mine.mark}-waits")
        expect(page.locator(".MyWhy-cause h3")).to_contain_text("It waits for approval")
        one.go(ASK)
        page.get_by_label("What fails, or what you are about to run").fill("gh pr list")
        page.get_by_role("button", name="What does it need?").click()
        expect(page.locator("section[aria-labelledby=needs]")).to_contain_text("Pull requests")
        expect(page.get_by_role("link", name="Open GitHub's form, filled in")).to_be_visible()


def test_an_outsider_gets_a_readable_page_without_anything(chromium: Browser, running: RunningPatrol) -> None:
    with window(chromium, running) as one:
        page = one.sign_in(OUTSIDER, then=MINE)
        expect(page.locator("main")).to_contain_text("No organization of yours uses this Patrol")
        is_readable_and_quiet(one)


def test_an_owner_reaches_their_own_from_the_menu(browsing: Window) -> None:
    page = browsing.sign_in(OWNER)
    page.get_by_label(f"{OWNER}: your menu").click()
    page.get_by_role("link", name="My tokens").click()
    expect(page.locator("h1")).to_have_text("My tokens")
    is_readable_and_quiet(browsing)
