"""Turning on what needs a permission: the page says who does what on GitHub, and waits until it is so."""

from collections.abc import Callable

from django.test import Client

from apps.github import deliveries
from apps.github.models import Delivery, Installation
from apps.github.permissions import LOOK_ONLY, REQUESTS
from apps.tokens.models import SyncState
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle
from tests.github import GitHub
from tests.github.webhooks import envelope, send
from tests.keeping import beginning
from tests.tokens.pages import Page, get

Browse = Callable[[str], Client]
SETTINGS = f"/orgs/{ORGANIZATION}/settings/"
PAGE = f"{SETTINGS}on/decisions/"
SWAP = {"HX-Request": "true"}


@beginning
def looking(patrol: GitHub) -> GitHub:
    """GitHub, whose App may only look at the organization, as Patrol has read."""
    settle()
    look_only(patrol)
    settle()
    return patrol


def look_only(github: GitHub, **other: str) -> None:
    from apps.github import services

    github.change("installations/permissions", organization=ORGANIZATION, permissions=LOOK_ONLY | other)
    services.sync_installations()


def links(page: Page) -> list[str]:
    return [one.attributes["href"] for one in page.all("a", href="*")]


def test_settings_show_each_switch_and_lead_to_what_is_off(looking: GitHub, browse: Browse) -> None:
    page = get(browse(OWNER), SETTINGS)
    assert "Looking Requests, tokens and members are read" in page.text
    assert "Lacking: Personal access token requests: read and write, Personal access tokens: " in page.text
    assert PAGE in links(page)


def test_settings_lead_nowhere_where_all_is_on(patrol: GitHub, browse: Browse) -> None:
    page = get(browse(OWNER), SETTINGS)
    assert "Owners approve, deny and revoke here" in page.text
    assert PAGE not in links(page)


def test_the_page_says_exactly_what_to_accept_and_where(looking: GitHub, browse: Browse) -> None:
    """The App asks for it already; one level is there."""
    look_only(looking, **{REQUESTS: "write"})
    page = get(browse(OWNER), PAGE)
    number = Installation.objects.get(organization__login=ORGANIZATION).installation_id
    assert any(one.endswith(f"/organizations/{ORGANIZATION}/settings/installations/{number}") for one in links(page))
    assert "Done: The App asks for it" in page.text
    assert "Personal access tokens: read and write" in page.text
    assert "Personal access token requests" not in page.text


def test_the_page_says_what_the_app_s_owner_ticks_where_the_app_does_not_ask(looking: GitHub, browse: Browse) -> None:
    looking.change("apps/permissions", permissions=LOOK_ONLY)
    page = get(browse(OWNER), PAGE)
    assert "who owns the App patrol-demo, opens its permissions" in page.text
    assert any(one.endswith("/organizations/patrol-tools/settings/apps/patrol-demo/permissions") for one in links(page))
    assert page.text.count("Personal access token requests: read and write") == 2


def test_the_page_waits_until_github_tells_of_the_acceptance(looking: GitHub, browse: Browse) -> None:
    """By its webhook; the page itself asks GitHub no more then."""
    browser = browse(OWNER)
    waiting = Page(browser.get(PAGE, headers=SWAP))
    assert (waiting.status, len(waiting.all(hx_get=PAGE))) == (200, 1)
    looking.change("installations/accept-permissions", organization=ORGANIZATION)
    send("installation", envelope("new_permissions_accepted"))
    deliveries.process(Delivery.objects.latest("pk").pk)
    looking.fail("500", "/app")
    done = Page(browser.get(PAGE, headers=SWAP))
    assert (done.status, done.all(hx_get=PAGE)) == (286, [])
    assert "Decisions: on" in done.text


def test_the_page_reads_github_itself_where_no_webhook_comes(looking: GitHub, browse: Browse) -> None:
    """Without script a reload does. What may be read now is read soon."""
    browser = browse(OWNER)
    assert "Look now" in get(browser, PAGE).text
    SyncState.objects.update(due_at="2099-01-01T00:00Z")
    looking.change("installations/accept-permissions", organization=ORGANIZATION)
    page = get(browser, PAGE)
    assert (page.status, "Decisions: on" in page.text) == (200, True)
    assert f"/orgs/{ORGANIZATION}/requests/" in links(page)
    assert SyncState.objects.get(organization__login=ORGANIZATION).due_at.year < 2099


def test_the_page_says_when_github_does_not_answer(looking: GitHub, browse: Browse) -> None:
    browser = browse(OWNER)
    looking.fail("500", "/app", times=10)
    page = get(browser, PAGE)
    assert "GitHub did not answer just now" in page.text
    assert "Personal access token requests: read and write" in page.text


def test_only_owners_turn_on_and_only_what_there_is(looking: GitHub, browse: Browse) -> None:
    assert browse(MEMBER).get(PAGE).status_code == 403
    assert browse(OUTSIDER).get(PAGE).status_code == 404
    owner = browse(OWNER)
    assert owner.get(f"{SETTINGS}on/everything/").status_code == 404
    assert owner.post(PAGE).status_code == 405
