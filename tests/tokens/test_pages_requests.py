"""The queue: what a row says, what narrows it, how it is ordered and paged, and why it is empty."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from apps.core import clock
from apps.github.services import sync_members
from apps.tokens import sync
from apps.tokens.models import Grant, GrantRequest, StatedPolicy
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Page, get

QUEUE = f"/orgs/{ORGANIZATION}/requests/"
TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
AtMost = Callable[[int], AbstractContextManager[object]]


def ask(desk: Desk, name: str, **fields: object) -> int:
    return int(desk.github.ask(organization=ORGANIZATION, name=name, **fields)["id"])


def row(page: Page, name: str) -> str:
    """What the row of a token says."""
    return next(one.text for one in page.all(data_row="*") if one.all("a", data_row_open="*")[0].text == name)


def test_a_row_says_who_asks_why_for_how_long_on_what_and_what_it_may_do(desk: Desk) -> None:
    ask(
        desk, "release-bot", reason="Tags releases on Fridays", expires_in_days=365, repository_selection="all",
        permissions={"repository": {"contents": "write", "metadata": "read"}},
    )  # fmt: skip
    desk.sync()
    page = get(desk.browser, QUEUE)
    said = row(page, "release-bot")
    for words in (
        MEMBER, "Tags releases on Fridays", "asks for 365 days", "all repositories", "Writes Contents", "just now",
        "High risk", "Reaches all repositories",
    ):  # fmt: skip
        assert words in said
    bold = [strong.text for one in page.all("li", data_row="*") for strong in one.all("strong")]
    assert "Writes Contents" in bold
    assert "as of" in page.text


def test_a_row_says_when_a_token_never_expires(desk: Desk) -> None:
    ask(desk, "for-ever", expires_in_days=None)
    desk.sync()
    assert "never expires" in row(get(desk.browser, QUEUE), "for-ever")


@pytest.mark.database
def test_each_filter_keeps_what_fits_and_leaves_the_rest(desk: Desk) -> None:
    ask(desk, "writer", permissions={"repository": {"contents": "write"}}, repository_selection="all")
    ask(desk, "reader", permissions={"repository": {"contents": "read"}}, repository_selection="none")
    ask(desk, "runner", permissions={"organization": {"organization_self_hosted_runners": "write"}}, login=MEMBER)
    desk.sync()
    cases: list[tuple[dict[str, str], set[str], set[str]]] = [
        ({"q": "WRIT"}, {"writer"}, {"reader", "runner"}),
        ({"owner": MEMBER}, {"writer", "reader", "runner"}, set()),
        ({"owner": "nobody-at-all"}, set(), {"writer", "reader", "runner"}),
        ({"permission": "contents"}, {"writer", "reader"}, {"runner"}),
        ({"permission": "contents", "level": "write"}, {"writer"}, {"reader", "runner"}),
        ({"permission": "organization_self_hosted_runners"}, {"runner"}, {"writer", "reader"}),
        ({"permission": "contents__startswith"}, set(), {"writer", "reader", "runner"}),
        ({"level": "write"}, {"writer", "runner"}, {"reader"}),
        ({"risk": "2"}, {"writer", "runner"}, {"reader"}),
        ({"age": "new"}, {"writer", "reader", "runner"}, set()),
        ({"age": "month"}, set(), {"writer", "reader", "runner"}),
        ({"repository": "any-of-all"}, {"writer"}, {"reader", "runner"}),
        ({"state": "approved"}, set(), {"writer", "reader", "runner"}),
        ({"state": "all", "q": "writer"}, {"writer"}, {"reader"}),
        ({"risk": "nonsense", "age": "' OR 1=1", "q": "reader"}, {"reader"}, {"writer"}),
    ]
    for query, kept, left in cases:
        names = set(get(desk.browser, QUEUE, **query).names)
        assert kept <= names, query
        assert not left & names, query


@pytest.mark.database
def test_a_repository_filter_finds_the_tokens_that_name_it(desk: Desk) -> None:
    pending = GrantRequest.objects.pending().filter(repository_selection="subset", organization=desk.organization)
    one = pending.filter(repositories__isnull=False).select_related("token").first()
    assert one is not None
    name = one.repositories.all()[0].name
    found = get(desk.browser, QUEUE, repository=name.upper()).names
    assert one.token.name in found
    assert len(found) == len(set(found)) or found.count(one.token.name) == 1


@pytest.mark.database
@pytest.mark.parametrize("sort", ["newest", "oldest", "risk", "owner", "expiry"])
def test_pages_of_any_order_show_every_request_once(desk: Desk, sort: str) -> None:
    for number in range(24):
        ask(desk, f"one-of-many-{number}", expires_in_days=None if number % 3 == 0 else number)
    desk.sync()
    seen, path = [], f"{QUEUE}?sort={sort}"
    while path:
        page = Page(desk.browser.get(path))
        seen += [one.attributes["id"] for one in page.all("li", data_row="*")]
        following = page.all("a", rel="next")
        path = QUEUE + following[0].attributes["href"] if following else ""
    assert len(seen) == len(set(seen)) == GrantRequest.objects.pending().filter(organization=desk.organization).count()


def test_a_cursor_that_makes_no_sense_starts_over(desk: Desk) -> None:
    first = get(desk.browser, QUEUE).names
    for cursor in ("x", "e30", "WyJhZnRlciIsICJub25zZW5zZSIsIDFd", "%00"):
        assert get(desk.browser, QUEUE, cursor=cursor).names == first


def test_the_queue_over_all_names_the_organization_and_filters_by_it(patrol: GitHub) -> None:
    for place in (ORGANIZATION, OTHER_ORGANIZATION):
        patrol.ask(organization=place, name=f"at-{place}")
    settle()
    browser = sign_in(Client(), OWNER)
    page = get(browser, "/requests/")
    assert OTHER_ORGANIZATION in row(page, f"at-{OTHER_ORGANIZATION}")
    assert {f"at-{ORGANIZATION}", f"at-{OTHER_ORGANIZATION}"} <= set(page.names)
    assert f"at-{ORGANIZATION}" not in get(browser, "/requests/", organization=OTHER_ORGANIZATION).names


def test_a_request_on_its_way_shows_how_far_it_is_and_leaves_the_queue_when_confirmed(desk: Desk) -> None:
    request = desk.request(name="on-the-way")
    desk.approve(request)
    page = get(desk.browser, QUEUE)
    assert "Approval by owner is on its way to GitHub" in row(page, "on-the-way")
    assert not page.all("form", action=f"{QUEUE}{request.pat_request_id}/approve/")
    assert "on-the-way" in get(desk.browser, QUEUE, state="on_its_way").names
    asks_again = next(one for one in page.all("li", data_row="*") if "on-the-way" in one.text)
    work()
    assert "on-the-way" not in get(desk.browser, QUEUE).names
    part = Page(desk.browser.get(asks_again.attributes["hx-get"], headers={"HX-Request": "true"}))
    assert "Approved" in part.text
    assert not part.all(hx_trigger="*"), "a settled row stops asking"


def test_an_owners_own_request_cannot_be_decided_and_says_why(desk: Desk) -> None:
    request = desk.request(name="mine")
    request.token.owner_id = desk.user.pk
    request.token.save(update_fields=["owner_id"])
    page = get(desk.browser, QUEUE)
    said = next(one for one in page.all("li", data_row="*") if "mine" in one.text)
    assert "another owner has to decide" in said.text
    assert all("disabled" in button.attributes for button in said.all("button"))
    assert not said.all("input", name="chosen")


# --- empty: which case it is -------------------------------------------------------------------------------------


def empty(desk: Desk) -> None:
    GrantRequest.objects.filter(organization=desk.organization).update(state=GrantRequest.State.DENIED)


def test_an_empty_queue_says_that_nothing_waits(desk: Desk) -> None:
    empty(desk)
    assert "Nothing waits" in get(desk.browser, QUEUE).text


def test_an_empty_queue_says_when_approval_was_stated_to_be_off(desk: Desk) -> None:
    empty(desk)
    StatedPolicy.objects.create(
        organization=desk.organization, approval_required=False, stated_by_login=OWNER, stated_at=clock.now()
    )
    assert "GitHub does not ask for approval" in get(desk.browser, QUEUE).text


def test_an_empty_queue_says_when_tokens_come_without_a_request(desk: Desk) -> None:
    desk.github.change("clock", advance_seconds=5)  # GitHub's times have no fractions
    desk.grant(name="unannounced", login=MEMBER)
    desk.grant(name="an-owners-own", login=OWNER)
    empty(desk)
    sync_members(desk.organization.pk)
    page = get(desk.browser, QUEUE)
    assert "1 token appeared without a request we saw" in page.text
    assert Grant.objects.filter(token__name="unannounced").exists()


def test_a_queue_that_was_never_read_says_so_and_shows_progress(patrol: GitHub) -> None:
    browser = sign_in(Client(), OWNER)
    page = get(browser, QUEUE)
    assert "Not read yet" in page.text
    assert page.all("progress")
    settle()
    asked = page.all(hx_get="*", class_="ProgressLine")[0].attributes["hx-get"]
    done = browser.get(asked, headers={"HX-Request": "true"})
    assert done.status_code == 286, "htmx stops asking"
    assert Page(done).all("a", hx_target="#listing")[0].attributes["href"] == QUEUE
    assert get(browser, QUEUE).names


def test_filters_that_fit_nothing_say_so(desk: Desk) -> None:
    page = get(desk.browser, QUEUE, q="there-is-no-such-name")
    assert "No request matches" in page.text
    assert "Nothing waits" not in page.text


def test_a_filtered_list_says_by_what_and_how_to_take_it_away(desk: Desk) -> None:
    chips = get(desk.browser, QUEUE, risk="1", sort="risk").all("a", class_="FilterChip")
    assert [(one.text.split(" Take")[0], one.attributes["href"]) for one in chips] == [
        ("Risk: Medium or more", f"{QUEUE}?sort=risk")
    ]
    assert get(desk.browser, QUEUE, sort="risk").all("a", class_="FilterChip") == []


def test_a_reading_that_fails_is_told_beside_what_was_last_seen(desk: Desk) -> None:
    before = get(desk.browser, QUEUE).names
    desk.github.fail("500", "personal-access-token-requests", times=50)
    assert sync.sync_organization(desk.organization.pk).state != "complete"
    page = get(desk.browser, QUEUE)
    assert page.names == before
    assert "Not available, because" in page.text


def test_a_reading_that_stopped_because_too_much_would_vanish_asks_above_the_list(desk: Desk) -> None:
    before = get(desk.browser, TOKENS).names
    for grant in Grant.objects.active().filter(organization=desk.organization)[:8]:
        desk.github.delete_grant(grant.pat_id)
    assert sync.sync_organization(desk.organization.pk).state == "asks"
    page = get(desk.browser, TOKENS)
    assert page.names == before
    assert "more would vanish at once than looks right" in page.text
    assert page.all("a", href=f"/orgs/{ORGANIZATION}/settings/")
    assert "more would vanish" in get(desk.browser, QUEUE).text


def test_the_number_of_queries_does_not_grow_with_the_rows(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    desk.browser.get(QUEUE)
    with django_assert_max_num_queries(12):
        desk.browser.get(QUEUE)
    for number in range(30):
        ask(desk, f"one-more-{number}", expires_in_days=number + 1)
    desk.sync()
    with django_assert_max_num_queries(12):
        desk.browser.get(QUEUE)
    with django_assert_max_num_queries(12):
        desk.browser.get("/requests/")


def test_htmx_gets_the_list_alone_and_a_restored_page_whole(desk: Desk) -> None:
    part = Page(desk.browser.get(QUEUE, headers={"HX-Request": "true"}))
    assert not part.all("html")
    assert part.all("section", id="listing")
    whole = Page(desk.browser.get(QUEUE, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}))
    assert whole.all("html")
