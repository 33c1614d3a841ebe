"""Decisions through the pages' forms: what is sent, what is refused and how the page says it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from apps.core import clock
from apps.tokens.forms import DecideManyForm, own_path
from apps.tokens.models import GrantRequest, Review
from tests.cast import ORGANIZATION, OTHER_ORGANIZATION, OWNER, SAML_ORGANIZATION
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Page, get

QUEUE = f"/orgs/{ORGANIZATION}/requests/"
MANY = f"{QUEUE}decide/"
HTMX = {"HX-Request": "true"}


def path(request: GrantRequest, verb: str = "") -> str:
    return f"{QUEUE}{request.pat_request_id}/{verb}/" if verb else f"{QUEUE}{request.pat_request_id}/"


def form(desk: Desk, request: GrantRequest, **words: str) -> dict[str, Any]:
    """What the form of the request's page would send."""
    return {**get(desk.browser, path(request)).form(path(request, "approve")), **words}


def chosen(page: Page, *requests: GrantRequest, **words: str) -> dict[str, Any]:
    """What the bulk form of a list would send with these selected."""
    keys = [f"{one.organization_id}:{one.pat_request_id}" for one in requests]
    action = next(one.attributes["action"] for one in page.all("form", id="decide-many"))
    return {**page.form(action), "chosen": keys, **words}


def test_an_approval_is_on_its_way_and_the_list_says_so(desk: Desk) -> None:
    request = desk.request(name="wanted")
    answer = desk.browser.post(path(request, "approve"), form(desk, request, reason="Fine"), follow=True)
    assert answer.redirect_chain == [(QUEUE, 302)]
    assert "Approval of wanted is on its way to GitHub." in Page(answer).text
    work()
    assert desk.sent() == [
        ("approve", f"/orgs/{ORGANIZATION}/personal-access-token-requests/{request.pat_request_id}", OWNER)
    ]


def test_a_denial_carries_its_reason_to_github(desk: Desk) -> None:
    request = desk.request()
    asked_why = get(desk.browser, path(request, "denial"))
    sent = asked_why.form(path(request, "deny")) | {"reason": ["Too wide.\r\nAsk for one."]}
    assert desk.browser.post(path(request, "deny"), sent).status_code == 302
    work()
    assert [one["body"] for one in desk.github.ledger()] == [{"action": "deny", "reason": "Too wide.\nAsk for one."}]


@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_a_decision_is_a_post(desk: Desk, verb: str) -> None:
    request = desk.request()
    assert desk.browser.get(path(request, verb)).status_code == 405
    assert not Review.objects.exists()


def test_a_decision_without_the_forms_protection_is_refused(desk: Desk) -> None:
    request = desk.request()
    careful = sign_in(Client(enforce_csrf_checks=True), OWNER)
    sent = form(desk, request)
    assert careful.post(path(request, "approve"), {"digest": sent["digest"]}).status_code == 403
    assert not Review.objects.exists()


def test_a_second_click_is_refused_and_decides_nothing_twice(desk: Desk) -> None:
    request = desk.request()
    sent = form(desk, request)
    assert desk.browser.post(path(request, "approve"), sent).status_code == 302
    assert desk.browser.post(path(request, "approve"), sent).status_code == 409
    work()
    assert len(desk.sent()) == 1


def test_what_changed_since_is_refused_with_the_words_kept_and_the_new_facts_shown(desk: Desk) -> None:
    request = desk.request()
    sent = form(desk, request, reason="Typed with care")
    request.permissions = {"repository": {"administration": "write"}}
    request.save(update_fields=["permissions"])
    answer = desk.browser.post(path(request, "approve"), sent)
    page = Page(answer)
    assert answer.status_code == 409
    assert "changed after you saw it" in page.text
    assert "Administration" in page.text
    again = page.form(path(request, "approve"))
    assert again["reason"] == ["Typed with care"]
    assert again["digest"] != sent["digest"]
    assert desk.browser.post(path(request, "approve"), again).status_code == 302


def test_too_long_a_reason_is_refused_with_the_words_kept(desk: Desk) -> None:
    request = desk.request()
    answer = desk.browser.post(path(request, "deny"), form(desk, request, reason="x" * 1025))
    assert answer.status_code == 422
    assert Page(answer).form(path(request, "approve"))["reason"] == ["x" * 1025]
    assert desk.browser.post(path(request, "deny"), form(desk, request, reason="x\r\n" * 512)).status_code == 302


def test_nobody_decides_about_their_own_token(desk: Desk) -> None:
    request = desk.request()
    sent = form(desk, request)
    request.token.owner_id = desk.user.pk
    request.token.save(update_fields=["owner_id"])
    sent["digest"] = get(desk.browser, path(request)).form(path(request, "approve"))["digest"]
    answer = desk.browser.post(path(request, "approve"), sent)
    assert answer.status_code == 409
    assert "your own token" in Page(answer).text
    assert not Review.objects.exists()


def test_who_is_no_owner_any_more_is_refused_at_the_click(desk: Desk) -> None:
    request = desk.request()
    sent = form(desk, request)
    desk.github.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with clock.moved(timedelta(seconds=90)):
        answer = desk.browser.post(path(request, "approve"), sent)
    assert answer.status_code == 403
    assert not Review.objects.exists()


def test_htmx_gets_the_row_in_its_new_state_and_a_refusal_as_409(desk: Desk) -> None:
    request = desk.request(name="in-place")
    sent = form(desk, request, next=QUEUE)
    done = desk.browser.post(path(request, "approve"), sent, headers=HTMX)
    row = Page(done)
    assert done.status_code == 200
    assert row.all("li", data_row="*")[0].attributes["data-announce"] == "Approval is on its way"
    assert "on its way to GitHub" in row.text
    refused = desk.browser.post(path(request, "approve"), sent, headers=HTMX)
    assert refused.status_code == 409
    assert Page(refused).all(id="messages", hx_swap_oob="true")
    polled = desk.browser.get(path(request, "row"), {"next": QUEUE}, headers=HTMX)
    assert not Page(polled).all(id="messages"), "asking again does not wipe what the page says"


def test_the_way_back_leads_nowhere_else(desk: Desk) -> None:
    request = desk.request()
    answer = desk.browser.post(path(request, "approve"), form(desk, request, next="https://evil.example/"))
    assert answer["Location"] == QUEUE


@pytest.mark.parametrize("address", ["//evil.example/", "javascript:alert(1)", "/\\evil.example", "requests/", ""])
def test_only_a_path_of_ours_is_a_way_back(address: str) -> None:
    assert own_path(address, "/here/") == "/here/"
    assert own_path(f"{QUEUE}?risk=1", "/here/") == f"{QUEUE}?risk=1"


def test_the_way_back_keeps_the_filters(desk: Desk) -> None:
    request = desk.request()
    back = f"{QUEUE}?risk=1&sort=risk"
    assert desk.browser.post(path(request, "approve"), form(desk, request, next=back))["Location"] == back


# --- many ---------------------------------------------------------------------------------------------------------


def test_many_are_decided_with_one_click_and_others_are_left(desk: Desk) -> None:
    wanted = [desk.request(name=f"wanted-{number}") for number in range(3)]
    left = desk.request(name="left-alone")
    answer = desk.browser.post(MANY, chosen(get(desk.browser, QUEUE), *wanted, action="approve"), follow=True)
    assert "3 approvals are on the way to GitHub." in Page(answer).text
    work()
    for _ in range(6):
        settle()
    assert desk.decided() == sorted(one.pat_request_id for one in wanted)
    assert GrantRequest.objects.get(pk=left.pk).state == "pending"


def test_denying_many_asks_for_the_words_first(desk: Desk) -> None:
    requests = [desk.request(name=f"unwanted-{number}") for number in range(2)]
    page = get(desk.browser, QUEUE)
    answer = desk.browser.post(MANY, chosen(page, *requests, ask="deny"))
    asked_why = Page(answer)
    assert answer.status_code == 200
    assert "Deny 2 requests" in asked_why.text
    assert not Review.objects.exists(), "nothing is decided by asking"
    part = Page(desk.browser.post(MANY, chosen(page, *requests, ask="deny"), headers=HTMX))
    assert not part.all("html"), "a dialog shows the form alone"
    assert desk.browser.post(MANY, asked_why.form(MANY) | {"reason": ["Not now"]}).status_code == 302
    assert set(Review.objects.values_list("action", "reason")) == {("deny", "Not now")}


def test_one_that_changed_is_left_out_and_named_while_the_others_go(desk: Desk) -> None:
    good, changed = desk.request(name="good"), desk.request(name="changed")
    sent = chosen(get(desk.browser, QUEUE), good, changed, action="approve")
    changed.permissions = {"repository": {"secrets": "write"}}
    changed.save(update_fields=["permissions"])
    page = Page(desk.browser.post(MANY, sent, follow=True))
    assert "1 approval is on the way to GitHub." in page.text
    assert "It changed after you saw it" in page.text
    assert Review.objects.get().grant_request == good


def test_a_bulk_that_is_refused_whole_keeps_the_words_and_shows_what_is_there_now(desk: Desk) -> None:
    changed = desk.request(name="changed")
    sent = chosen(get(desk.browser, QUEUE), changed, action="deny", reason="Typed with care")
    changed.permissions = {"repository": {"secrets": "write"}}
    changed.save(update_fields=["permissions"])
    answer = desk.browser.post(MANY, sent)
    again = Page(answer).form(MANY)
    assert answer.status_code == 409
    assert again["reason"] == ["Typed with care"]
    assert desk.browser.post(MANY, again).status_code == 302
    assert Review.objects.get().reason == "Typed with care"


@pytest.mark.parametrize(
    "broken",
    [
        {"chosen": []},
        {"chosen": ["1"]},
        {"chosen": ["1:x"]},
        {"chosen": ["1:3"]},
        {"chosen": ["9999999999999999999:2"]},
        {"digest-1:2": "short"},
        {"action": "merge"},
        {"reason": "x" * 1025},
        {"chosen": [f"1:{number}" for number in range(501)]},
    ],
    ids=["nothing", "no pair", "no number", "no digest", "too big", "bad digest", "no action", "long", "too many"],
)
def test_a_selection_that_makes_no_sense_is_no_decision(broken: dict[str, Any]) -> None:
    sent = {"chosen": ["1:2"], "digest-1:2": "0" * 64, "action": "approve", "reason": "x" * 1024}
    assert DecideManyForm(form_data(sent)).is_valid()
    assert not DecideManyForm(form_data({**sent, **broken})).is_valid()


def form_data(sent: dict[str, Any]) -> QueryDict:
    return QueryDict(urlencode(sent, doseq=True))


def test_a_selection_of_nothing_says_so(desk: Desk) -> None:
    sent = chosen(get(desk.browser, QUEUE), action="approve")
    answer = desk.browser.post(MANY, sent, follow=True)
    assert answer.redirect_chain == [(QUEUE, 302)]
    assert "Nothing was selected." in Page(answer).all(role="alert")[0].text
    assert not Review.objects.exists()


def test_a_bulk_over_all_is_split_by_organization(patrol: GitHub) -> None:
    for place in (ORGANIZATION, OTHER_ORGANIZATION):
        patrol.ask(organization=place, name="everywhere")
    settle()
    browser = sign_in(Client(), OWNER)
    page = get(browser, "/requests/", q="everywhere")
    requests = list(GrantRequest.objects.filter(token__name="everywhere"))
    assert browser.post("/requests/decide/", chosen(page, *requests, action="approve")).status_code == 302
    reviewed = {(review.organization_id, review.grant_request_id) for review in Review.objects.all()}
    assert reviewed == {(one.organization_id, one.pk) for one in requests}


def test_a_key_of_an_organization_one_does_not_own_is_not_found(desk: Desk) -> None:
    request = desk.request()
    sent = chosen(get(desk.browser, "/requests/"), request, action="approve")
    key = f"{request.organization_id + 1_000}:{request.pat_request_id}"
    foreign = {**sent, "chosen": [key], f"digest-{key}": "0" * 64}
    assert desk.browser.post("/requests/decide/", foreign).status_code == 404
    assert not Review.objects.exists()


def test_an_organization_behind_single_sign_on_asks_for_a_session(desk: Desk) -> None:
    settle()
    browser = sign_in(Client(), OWNER)
    answer = browser.get(f"/orgs/{SAML_ORGANIZATION}/requests/")
    assert answer.status_code == 403
    assert "single sign-on" in answer.content.decode().lower()
