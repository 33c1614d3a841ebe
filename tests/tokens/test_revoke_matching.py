"""Everything a filter matches is revoked: frozen and shown first, then exactly that, each checked once more."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Event
from apps.core import clock
from apps.effects.models import Effect
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import Grant, PreviewItem, Review, RevocationPreview, Token
from apps.tokens.queries.filters import GrantFilters
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.threads import together
from tests.tokens.desk import Desk, later, work
from tests.tokens.pages import Page, get
from tests.tokens.test_as_app import end_session, open_session

TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
MATCHING = f"{TOKENS}revoke/matching/"
AtMost = Callable[[int], AbstractContextManager[object]]


def given(desk: Desk, count: int, name: str = "bulk", **fields: Any) -> None:
    for number in range(count):
        desk.github.grant(**{"organization": ORGANIZATION, "name": f"{name}-{number}", "login": MEMBER} | fields)


def frozen(browser: Client, query: str = "q=bulk-", path: str = MATCHING) -> str:
    """The address of a preview of what the filter matches now."""
    answer = browser.post(f"{path}?{query}")
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def send(browser: Client, address: str, **fields: str) -> Page:
    return Page(browser.post(address, fields, follow=True))


def outcomes() -> dict[str, int]:
    found: dict[str, int] = {}
    for item in PreviewItem.objects.all():
        key = item.outcome or item.left_out or "open"
        found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.database
def test_all_that_match_are_revoked_and_nothing_else(desk: Desk) -> None:
    given(desk, 30)
    given(desk, 1, "stays")
    desk.sync()
    page = get(desk.browser, TOKENS, q="bulk-")
    assert "Select all 30 that match" in page.text
    address = frozen(desk.browser)
    before = get(desk.browser, address)
    assert "Revoke 30 tokens?" in before.text
    assert "Search: bulk-" in before.text
    assert f"{MEMBER} (30)" in before.text
    assert len(before.names) == 25
    assert not Review.objects.exists(), "looking is not revoking"
    after = send(desk.browser, address)
    assert "30 revocations decided" in after.text
    assert "of 30 confirmed" in after.text, "the bar tells how far they are"
    work()
    assert len(desk.decided()) == 30
    calls = [one for one in desk.github.ledger() if "pat_ids" in one["body"]]
    assert len(calls) == 1, "one call carries them"
    later(seconds=30)
    assert not Grant.objects.active().filter(token__name__startswith="bulk-").exists()
    assert Grant.objects.active().filter(token__name="stays-0").exists()


def test_what_begins_to_match_later_is_not_in_it(desk: Desk) -> None:
    given(desk, 2)
    desk.sync()
    address = frozen(desk.browser)
    given(desk, 1, "bulk-late")
    desk.sync()
    send(desk.browser, address)
    assert Review.objects.count() == 2
    assert not Review.objects.filter(grant__token__name__startswith="bulk-late").exists()


@pytest.mark.database
def test_what_changed_since_is_not_sent_and_shown_with_why(desk: Desk) -> None:
    given(desk, 3)
    desk.sync()
    address = frozen(desk.browser)
    changed = Grant.objects.get(token__name="bulk-1")
    changed.permissions = {"repository": {"pages": "write"}}
    changed.save(update_fields=["permissions"])
    assert "Changed since: it will not be sent" in get(desk.browser, address).text
    page = send(desk.browser, address)
    assert "1 was not sent" in page.text
    assert page.names == ["bulk-1"]
    assert "It changed after you saw it" in page.text
    assert outcomes() == {"sent": 2, "refused": 1}


def test_ones_own_what_travels_and_what_is_only_looked_at_are_left_out_and_said(desk: Desk) -> None:
    given(desk, 3)
    given(desk, 1, "bulk-own", login=OWNER)
    desk.sync()
    desk.revoke(Grant.objects.get(token__name="bulk-0"))
    page = get(desk.browser, frozen(desk.browser))
    assert "Revoke 2 tokens?" in page.text
    assert "1 × Your own token" in page.text
    assert "1 × A decision on it is on its way already" in page.text
    left = get(desk.browser, frozen(desk.browser), only="left")
    assert sorted(left.names) == ["bulk-0", "bulk-own-0"]


def test_where_nothing_can_be_revoked_there_is_no_button(desk: Desk) -> None:
    given(desk, 1, "bulk-own", login=OWNER)
    desk.sync()
    page = get(desk.browser, frozen(desk.browser))
    assert "No token to revoke" in page.text
    assert not page.all("button", class_="btn btn-danger")


def test_where_nothing_matches_nothing_is_frozen(desk: Desk) -> None:
    answer = desk.browser.post(f"{MATCHING}?q=nothing-has-this-name", follow=True)
    assert "Nothing matches the filter any more." in Page(answer).text
    assert not RevocationPreview.objects.exists()


def test_over_all_organizations_each_ones_are_decided_apart(patrol: GitHub) -> None:
    for organization in (ORGANIZATION, OTHER_ORGANIZATION):
        patrol.grant(organization=organization, name="bulk-everywhere", login=MEMBER)
    settle()
    browser = sign_in(Client(), OWNER)
    address = frozen(browser, path="/tokens/revoke/matching/")
    page = get(browser, address)
    assert {row.all("td")[0].text for row in page.all("section", id="parts")[0].all("tr")[1:]} == {
        ORGANIZATION, OTHER_ORGANIZATION
    }  # fmt: skip
    assert "2 revocations decided" in send(browser, address).text
    told = Event.objects.filter(name="tokens.revocation_decided", actor_login=OWNER)
    assert {event.chain for event in told} == set(
        Organization.objects.filter(login__in=[ORGANIZATION, OTHER_ORGANIZATION]).values_list("pk", flat=True)
    )
    assert all(event.data["count"] == 1 and event.data["filter"] == "q=bulk-" for event in told)


def test_an_organization_that_is_lost_meanwhile_keeps_its_tokens(patrol: GitHub) -> None:
    for organization in (ORGANIZATION, OTHER_ORGANIZATION):
        patrol.grant(organization=organization, name="bulk-everywhere", login=MEMBER)
    settle()
    browser = sign_in(Client(), OWNER)
    address = frozen(browser, path="/tokens/revoke/matching/")
    patrol.change("roles", organization=OTHER_ORGANIZATION, login=OWNER, role="member")
    with clock.moved(timedelta(seconds=90)):
        page = send(browser, address)
    assert outcomes() == {"sent": 1, "refused": 1}
    assert OTHER_ORGANIZATION not in page.text, "what is not theirs is not shown to them"


# --- rules -------------------------------------------------------------------------------------------------


def test_a_preview_is_sent_once(desk: Desk) -> None:
    given(desk, 2)
    desk.sync()
    address = frozen(desk.browser)
    send(desk.browser, address)
    again = desk.browser.post(address)
    assert again.status_code == 409
    assert "All of this was sent already." in Page(again).text
    assert Review.objects.count() == 2


@pytest.mark.database
def test_two_clicks_at_once_are_one(desk: Desk) -> None:
    given(desk, 3)
    desk.sync()
    frozen(desk.browser)
    preview = RevocationPreview.objects.get()

    def click() -> str:
        try:
            services.send_revocation(user=User.objects.get(login=OWNER), preview=preview, urgent=False)
        except Exception as error:
            return str(error)
        return "sent"

    said = together([click, click])
    assert said.count("sent") == 1
    assert set(said) - {"sent"} <= {"This is being sent already.", "All of this was sent already."}
    assert Review.objects.count() == 3
    assert outcomes() == {"sent": 3}


def test_of_two_owners_who_revoke_the_same_the_second_is_told(desk: Desk) -> None:
    given(desk, 2)
    desk.sync()
    second = sign_in(Client(), SECOND_OWNER)
    first_address, second_address = frozen(desk.browser), frozen(second)
    send(desk.browser, first_address)
    page = send(second, second_address)
    assert "2 were not sent" in page.text
    assert "already on its way to GitHub" in page.text
    assert Effect.objects.count() == 2


def test_a_preview_older_than_an_hour_is_not_sent(desk: Desk) -> None:
    given(desk, 1)
    desk.sync()
    address = frozen(desk.browser)
    RevocationPreview.objects.update(frozen_at=clock.now() - timedelta(minutes=61))
    assert "older than an hour" in get(desk.browser, address).text
    assert not get(desk.browser, address).all("button", class_="btn btn-danger")
    answer = desk.browser.post(address)
    assert answer.status_code == 409
    assert not Review.objects.exists()


def test_a_preview_is_its_persons_and_its_lists(desk: Desk) -> None:
    given(desk, 1)
    desk.sync()
    address = frozen(desk.browser)
    second = sign_in(Client(), SECOND_OWNER)
    elsewhere = address.replace(f"/orgs/{ORGANIZATION}", "")
    for browser, path in ((second, address), (desk.browser, elsewhere), (desk.browser, f"{TOKENS}revoke/999/")):
        assert browser.get(path).status_code == 404
        assert browser.post(path).status_code == 404
    for login, status in ((OUTSIDER, 404), (MEMBER, 403)):
        browser = sign_in(Client(), login)
        assert browser.get(address).status_code == status
        assert browser.post(address).status_code == status
        assert browser.post(MATCHING).status_code == status
    assert not Review.objects.exists()


@pytest.mark.parametrize("path", [MATCHING, "/tokens/revoke/matching/"])
def test_freezing_is_a_post(desk: Desk, path: str) -> None:
    assert desk.browser.get(path).status_code == 405


def test_what_was_left_by_an_end_in_between_is_sent_by_the_next_click(desk: Desk) -> None:
    given(desk, 3)
    desk.sync()
    address = frozen(desk.browser)
    first = PreviewItem.objects.order_by("pk")[0]
    PreviewItem.objects.filter(pk=first.pk).update(outcome=PreviewItem.Outcome.SENT)
    RevocationPreview.objects.update(lease_until=clock.now() + timedelta(minutes=1))
    assert desk.browser.post(address).status_code == 409, "somebody may still be at it"
    with clock.moved(timedelta(minutes=30)):
        send(desk.browser, address)
    assert outcomes() == {"sent": 3}
    assert Review.objects.count() == 2


def test_while_github_is_away_nothing_is_sent_and_it_can_be_clicked_again(desk: Desk) -> None:
    given(desk, 1)
    desk.sync()
    address = frozen(desk.browser)
    desk.github.fail("502", f"/user/memberships/orgs/{ORGANIZATION}", times=20)
    with clock.moved(timedelta(seconds=90)):
        assert desk.browser.post(address).status_code == 503
        assert outcomes() == {"open": 1}
        desk.github.heal()
        send(desk.browser, address)
    assert outcomes() == {"sent": 1}


def test_who_has_to_sign_on_first_comes_back_and_sends_the_rest(patrol: GitHub) -> None:
    open_session(patrol, OWNER)
    desk = Desk(patrol, organization=SAML_ORGANIZATION)
    desk.grant(name="bulk-saml", login=MEMBER)
    path = f"/orgs/{SAML_ORGANIZATION}/tokens/revoke/matching/"
    address = frozen(desk.browser, path=path)
    end_session(desk)
    answer = desk.browser.post(address)
    assert answer.status_code == 403
    assert "single sign-on" in answer.content.decode()
    assert outcomes() == {"open": 1}
    open_session(patrol, OWNER)
    with clock.moved(timedelta(seconds=90)):
        send(desk.browser, address)
    assert outcomes() == {"sent": 1}


def test_urgent_ones_go_without_the_seconds_to_undo_them(desk: Desk) -> None:
    given(desk, 1)
    desk.sync()
    send(desk.browser, frozen(desk.browser), urgent="on")
    assert Effect.objects.get().due_at <= clock.now()


# --- bounds ------------------------------------------------------------------------------------------------


def copies(grant: Grant, count: int) -> None:
    """So many more like it, without asking GitHub for each."""
    tokens = [copy(grant.token) for _ in range(count)]
    for number, token in enumerate(tokens, 1):
        token.pk, token.token_id = None, grant.token.token_id + 1_000_000 + number
    Token.objects.bulk_create(tokens)
    grants = [copy(grant) for _ in tokens]
    for number, (one, token) in enumerate(zip(grants, tokens, strict=True), 1):
        one.pk, one.token, one.pat_id = None, token, grant.pat_id + 1_000_000 + number
    Grant.objects.bulk_create(grants)


@pytest.mark.database
def test_more_than_the_ceiling_is_said_and_cut(desk: Desk) -> None:
    copies(desk.grant(name="bulk-many", login=MEMBER, repository_selection="all"), RevocationPreview.CEILING + 2)
    assert "Select the first 2,000 that match" in get(desk.browser, TOKENS, q="bulk-").text
    page = get(desk.browser, frozen(desk.browser))
    assert "2,003 matched; the first 2,000" in page.text
    assert "Revoke 2,000 tokens?" in page.text


def test_a_long_preview_has_pages(desk: Desk) -> None:
    given(desk, 28)
    desk.sync()
    address = frozen(desk.browser)
    first = get(desk.browser, address)
    (link,) = first.all("a", rel="next")
    second = Page(desk.browser.get(f"{address}{link.attributes['href']}"))
    assert len(first.names) == 25
    assert len(second.names) == 3
    assert not set(first.names) & set(second.names)


def test_the_queries_of_a_preview_do_not_grow(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    given(desk, 28)
    desk.sync()
    address = frozen(desk.browser)
    with django_assert_max_num_queries(12):
        desk.browser.get(address)
    send(desk.browser, address)
    with django_assert_max_num_queries(12):
        desk.browser.get(address)


def test_freezing_takes_as_many_statements_for_many_as_for_few(desk: Desk) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def statements(text: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            services.freeze_revocation(
                user=desk.user, organizations=[desk.organization], organization=desk.organization,
                filters=GrantFilters(q=text), query="",
            )  # fmt: skip
        return len(seen)

    given(desk, 40)
    desk.sync()
    assert statements("bulk-") <= statements("bulk-1") + 1


def test_strangers_words_stay_words(desk: Desk) -> None:
    given(desk, 1, "bulk-<img src=x onerror=alert(1)>")
    desk.sync()
    page = get(desk.browser, frozen(desk.browser, "q=%3Cimg"))
    assert page.fault == ""
    assert not page.all("img", src="x")
    assert "<img src=x" in page.text
