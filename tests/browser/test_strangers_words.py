"""What strangers write is shown as words: nothing of it runs, asks, opens or breaks the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import overflows
from tests.browser.job import ACTIVITY, QUEUE, TOKENS, ask, read_again
from tests.browser.windows import Window, window
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.processes import Person, RunningPatrol, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WORDS = {
    "an image": '"><img src=x onerror=alert(1)>',
    "a script": "</title></textarea><script>alert(1)</script>",
    "htmx": f'<b hx-post="/orgs/{ORGANIZATION}/sync/" hx-trigger="load" data-hx-post="/x/">bold</b>',
    "a link": '<a href="javascript:alert(1)" autofocus onfocus=alert(1)>javascript:alert(1)</a>',
    "a frame": '<iframe src="https://example.org/"></iframe><link rel=stylesheet href="https://example.org/x.css">',
    "a form": f'<form action="/orgs/{ORGANIZATION}/sync/" method=post><button data-shortcut=a>Approve</button></form>',
    "a template": "{{ request.user }}{% csrf_token %}${alert(1)}",
    "turned round": "invoice\u202egnp.exe \u2066isolated",
    "nothing": "zero\x00byte \x1b[31m and \u2028 lines",
    "half a letter": "lone \ud83d surrogate",
    "10 kB": "W" * 10_240,
}
# Words that a page would have lost had it taken them for markup.
KEPT = ["onerror=alert(1)", "<script>alert(1)</script>", "hx-post=", "javascript:alert(1)", "example.org", "{{ request"]


@dataclass(frozen=True)
class Strangers:
    """A request and a token for each of the words; `decided` is one of the requests."""

    mark: str
    requests: dict[str, int]
    tokens: dict[str, int]


@pytest.fixture(scope="module")
def strangers(running: RunningPatrol) -> Strangers:
    mark, github = f"hostile-{token_hex(2)}", running.github
    owner = Person(running.url, OWNER)
    # The first reading is one event of the record; what comes after it is told one by one.
    eventually(lambda: "first time" in owner.see(f"{ACTIVITY}?what=sync."), 120, "the first reading is over")
    # Of tokens that have expired, so that they are offered for cleaning up as well.
    asked = {"expires_in_days": -1}
    requests = {what: ask(running, f"{mark} {words}", reason=words, **asked) for what, words in WORDS.items()}
    tokens = {
        what: int(github.grant(organization=ORGANIZATION, login=MEMBER, name=f"{mark} {words}")["id"])
        for what, words in WORDS.items()
    }
    read_again(running, list(requests.values()), list(tokens.values())[-1])
    decided = requests.pop("a script")
    owner.decide(decided, "deny", reason=WORDS["an image"])
    eventually(lambda: decided not in owner.pending(), 60, "one is decided")
    return Strangers(mark, {**requests, "a script": decided}, tokens)


@pytest.fixture
def owners(chromium: Browser, running: RunningPatrol) -> Iterator[Window]:
    with window(chromium, running) as one:
        one.sign_in(OWNER)
        yield one


def is_harmless(shown: Window, path: str) -> str:
    """The page's visible text. Nothing was asked of anybody but what the page itself asks, and it fits a phone."""
    page = shown.go(path)
    page.set_viewport_size({"width": 320, "height": 800})
    assert not overflows(page), f"{path} at 320 pixels"
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not overflows(page), path
    assert page.locator("iframe, img[src='x'], b[hx-post], a[href^=javascript], main script").count() == 0
    expect(page.locator("h1")).to_have_count(1)
    assert shown.sent == [], path
    assert shown.troubles == [], path
    return page.locator("body").inner_text()


@pytest.mark.parametrize("path", [QUEUE, "/requests/", TOKENS, "/tokens/"])
def test_lists_show_words_of_strangers_as_words(owners: Window, strangers: Strangers, path: str) -> None:
    text = is_harmless(owners, f"{path}?q={strangers.mark}&state=all")
    assert [words for words in KEPT if words not in text] == []


@pytest.mark.parametrize("path", [ACTIVITY, "/activity/", "/", f"{QUEUE}cleanup/"])
def test_pages_over_many_bear_words_of_strangers(owners: Window, strangers: Strangers, path: str) -> None:
    text = is_harmless(owners, path)
    assert path == "/" or "hx-post=" in text


@pytest.mark.parametrize("what", WORDS)
def test_pages_about_one_bear_words_of_strangers(owners: Window, strangers: Strangers, what: str) -> None:
    request, token = f"{QUEUE}{strangers.requests[what]}/", f"{TOKENS}{strangers.tokens[what]}/"
    for path in (request, f"{request}denial/", token, f"{token}revoke/"):
        assert strangers.mark in is_harmless(owners, path), path


def test_a_dialog_with_words_of_strangers_does_nothing_by_itself(owners: Window, strangers: Strangers) -> None:
    page = owners.go(f"{QUEUE}?q={strangers.mark}")
    for row in page.locator("[data-row]").filter(has=page.get_by_role("link", name="Deny")).all():
        row.get_by_role("link", name="Deny").click()
        expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    page.get_by_role("region", name="Selected rows").get_by_role("button", name="Deny").click()
    expect(page.get_by_role("dialog")).to_contain_text("javascript:alert(1)")
    assert owners.sent == [f"POST /orgs/{ORGANIZATION}/requests/decide/"]
    assert owners.troubles == []


def test_a_reason_of_a_stranger_is_not_approved_by_a_key_of_its_own(owners: Window, strangers: Strangers) -> None:
    """`data-shortcut` in a name is text: the key finds Patrol's own button, and there is none without a row."""
    page = owners.go(f"{QUEUE}?q={strangers.mark}")
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert owners.sent == []


def test_a_window_notices_what_words_must_not_do(owners: Window) -> None:
    """Or the rules above could not fail."""
    page = owners.page
    page.evaluate("alert(1)")
    page.evaluate("new Image().src = 'https://example.org/'")
    page.evaluate(
        "() => { const script = document.createElement('script'); script.text = 'window.ran = 1';"
        " document.body.append(script); }"
    )
    page.evaluate("fetch('/sign-out/', {method: 'POST'}).catch(() => null)")
    assert page.evaluate("window.ran") is None
    noticed = " ".join(owners.troubles)
    assert "dialog on" in noticed
    assert "https://example.org/" in noticed
    assert "inline script" in noticed
    assert owners.sent == ["POST /sign-out/"]
    owners.troubles.clear()
