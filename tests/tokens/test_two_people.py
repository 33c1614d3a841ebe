"""Where an organization wants two owners for an approval, one proposes and another one confirms or rejects."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import clock
from apps.effects.models import Effect
from apps.tokens.models import GrantRequest, Review, Token
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, effect_of, later, state_of, work
from tests.tokens.pages import Page, get

State = Effect.State


@beginning
def desk(patrol: GitHub) -> Desk:
    desk = Desk(patrol)
    desk.browser.post(f"/orgs/{ORGANIZATION}/settings/decisions/", {"two_person": "on", "undo_seconds": "0"})
    return desk


@pytest.fixture
def second(desk: Desk) -> Client:
    return sign_in(Client(), SECOND_OWNER)


def path(request: GrantRequest, verb: str = "") -> str:
    return f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/" + (f"{verb}/" if verb else "")


def press(browser: Client, request: GrantRequest, verb: str) -> Any:
    """The button of the request's page."""
    form = get(browser, path(request)).form(path(request, "confirm"))
    return browser.post(path(request, verb), form, follow=True)


def test_an_approval_is_sent_when_another_owner_confirms_it(desk: Desk, second: Client) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    later(minutes=5)
    assert (state_of(outcome), desk.sent()) == (State.PROPOSED, [])
    assert "Confirmed" in press(second, request, "confirm").content.decode()
    work()
    assert state_of(outcome) == State.CONFIRMED
    assert [(action, login) for action, _, login in desk.sent()] == [("approve", OWNER)]
    assert Review.objects.get().confirmed_by_login == SECOND_OWNER
    assert "grant_request.approval_confirmed" in desk.events(request.subject)


def test_the_proposer_is_told_that_it_waits(desk: Desk) -> None:
    request = desk.request(name="nightly")
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    answer = Page(desk.browser.post(path(request, "approve"), form, follow=True))
    assert "Approval of nightly waits for another owner to confirm it." in answer.text
    assert "on its way to GitHub." not in answer.text


def test_a_rejected_approval_is_not_sent_and_the_request_waits_on(desk: Desk, second: Client) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    assert "Rejected" in press(second, request, "reject").content.decode()
    later(minutes=5)
    assert (state_of(outcome), desk.sent()) == (State.WITHDRAWN, [])
    request.refresh_from_db()
    assert request.state == GrantRequest.State.PENDING
    assert "second-owner rejected it" in Page(desk.browser.get(path(request))).text
    assert desk.events(request.subject)[-1] == "grant_request.approval_rejected"


def test_nobody_confirms_their_own_proposal(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    form = {"digest": outcome.reviews[0].digest}
    answer = desk.browser.post(path(request, "confirm"), form, follow=True)
    assert "You proposed this yourself" in answer.content.decode()
    assert not Page(answer).all("form", action=path(request, "confirm"))
    assert state_of(outcome) == State.PROPOSED


@pytest.mark.parametrize("verb", ["confirm", "reject"])
@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_have_a_say(desk: Desk, verb: str, login: str, status: int) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    browser = sign_in(Client(), login)
    assert browser.post(path(request, verb), {"digest": outcome.reviews[0].digest}).status_code == status
    assert browser.get(path(request, verb)).status_code == 405
    assert state_of(outcome) == State.PROPOSED


def test_nobody_confirms_for_their_own_token(desk: Desk, second: Client) -> None:
    request = desk.request()
    Token.objects.filter(pk=request.token_id).update(owner_id=User.objects.get(login=SECOND_OWNER).pk)
    request = GrantRequest.objects.select_related("token").get(pk=request.pk)
    outcome = desk.approve(request)
    answer = second.post(path(request, "confirm"), {"digest": outcome.reviews[0].digest}, follow=True)
    assert "This is your own token" in answer.content.decode()
    assert state_of(outcome) == State.PROPOSED


def test_what_changed_after_it_was_proposed_is_not_confirmed(desk: Desk, second: Client) -> None:
    request = desk.request(permissions={"repository": {"contents": "read"}})
    outcome = desk.approve(request)
    desk.github.change(f"requests/{request.pat_request_id}/edit", permissions={"repository": {"contents": "write"}})
    desk.sync()
    assert "changed after it was proposed" in press(second, request, "confirm").content.decode()
    assert (state_of(outcome), desk.sent()) == (State.PROPOSED, [])


def test_a_second_owner_removed_before_the_sending_makes_it_void(desk: Desk, second: Client) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    press(second, request, "confirm")
    desk.github.change("members/remove", organization=ORGANIZATION, login=SECOND_OWNER)
    work()
    effect = effect_of(outcome)
    assert (effect.state, desk.sent()) == (State.REFUSED, [])
    assert SECOND_OWNER in effect.answer


def test_a_proposer_removed_before_the_sending_makes_it_void(desk: Desk, second: Client) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    press(second, request, "confirm")
    desk.github.change("members/remove", organization=ORGANIZATION, login=OWNER)
    with clock.moved(timedelta(seconds=61)):
        work()
    assert (state_of(outcome), desk.sent()) == (State.REFUSED, [])


def test_the_proposer_may_take_it_back(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.browser.post(path(request, "undo"))
    assert state_of(outcome) == State.WITHDRAWN


def test_a_request_cancelled_meanwhile_ends_what_was_proposed(desk: Desk, second: Client) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    desk.github.change(f"requests/{request.pat_request_id}/cancel")
    desk.sync()
    request.refresh_from_db()
    assert (request.state, state_of(outcome)) == (GrantRequest.State.ENDED, State.SUPERSEDED)
    answer = second.post(path(request, "confirm"), {"digest": outcome.reviews[0].digest}, follow=True)
    assert "does not wait for a second owner any more" in answer.content.decode()


def test_two_who_confirm_and_reject_at_once_leave_one_answer(desk: Desk, second: Client) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    press(second, request, "confirm")
    answer = second.post(path(request, "reject"), follow=True)
    assert "does not wait for a second owner any more" in answer.content.decode()
    assert state_of(outcome) == State.READY


def test_denials_and_revocations_need_one(desk: Desk) -> None:
    outcomes = [desk.deny(desk.request()), desk.revoke(desk.grant())]
    work()
    assert [state_of(one) for one in outcomes] == [State.CONFIRMED] * 2


def queue(browser: Client, **query: str) -> Page:
    return get(browser, f"/orgs/{ORGANIZATION}/requests/", **query)


def test_the_second_owner_is_told_on_every_page_that_approvals_wait(desk: Desk, second: Client) -> None:
    request = desk.request()
    assert "waits for you" not in queue(second).text
    desk.approve(request)
    for where in ("/", f"/orgs/{ORGANIZATION}/tokens/", f"/orgs/{ORGANIZATION}/settings/"):
        page = get(second, where)
        assert "acme-robotics: 1 approval waits for you." in page.text
        assert page.all("main")[0].all("a", href=path(request))
        assert "1 to confirm" in page.all("nav", class_="Frame-side")[0].text
    assert "waits for you" not in get(second, "/orgs/northwind-labs/requests/").text
    assert "waits for you" not in queue(desk.browser).text, "the proposer waits for another"
    press(second, request, "confirm")
    assert "waits for you" not in queue(second).text


def test_nobody_is_told_to_confirm_for_their_own_token(desk: Desk, second: Client) -> None:
    request = desk.request()
    Token.objects.filter(pk=request.token_id).update(owner_id=User.objects.get(login=SECOND_OWNER).pk)
    desk.approve(GrantRequest.objects.select_related("token").get(pk=request.pk))
    assert "waits for you" not in queue(second).text
    assert not queue(second, state="to_confirm").names


def test_several_are_confirmed_at_once_from_the_queue(desk: Desk, second: Client) -> None:
    wanted = [desk.request(name=f"token-{number}") for number in range(3)]
    plain = desk.request(name="plain")
    desk.approve(*wanted, reason="For the release")
    page = queue(second, state="to_confirm")
    assert "3 approvals wait for you" in page.text
    assert sorted(page.names) == [one.token.name for one in wanted]
    there = f"/orgs/{ORGANIZATION}/requests/decide/"
    (bar,) = page.all("form", action=there)
    assert bar.all("button", value="confirm")
    form = page.form(there)
    boxes = [one.attributes["value"] for one in page.all("input", name="chosen")]
    form |= {"chosen": boxes, "action": ["confirm"]}
    answer = Page(second.post(there, form, follow=True))
    assert "3 approvals are on the way to GitHub." in answer.text
    work()
    later(seconds=3)
    assert desk.decided() == sorted(one.pat_request_id for one in wanted)
    assert len(desk.sent()) == 1, "one call carries them"
    assert set(Review.objects.values_list("confirmed_by_login", flat=True)) == {SECOND_OWNER}
    assert GrantRequest.objects.get(pk=plain.pk).state == "pending"


def test_of_several_each_is_refused_on_its_own(desk: Desk, second: Client) -> None:
    good, changed, plain = desk.request(), desk.request(permissions={"contents": "read"}), desk.request()
    desk.approve(good, changed)
    page = queue(second)
    there = f"/orgs/{ORGANIZATION}/requests/decide/"
    form = page.form(there)
    keys = [f"{desk.organization.pk}:{one.pat_request_id}" for one in (good, changed, plain)]
    desk.github.change(f"requests/{changed.pat_request_id}/edit", permissions={"contents": "write"})
    desk.sync()
    answer = Page(second.post(there, form | {"chosen": keys, "action": ["confirm"]}, follow=True))
    assert "1 approval is on the way to GitHub." in answer.text
    assert "changed after it was proposed" in answer.text
    assert "does not wait for a second owner" in answer.text
    work()
    assert desk.decided() == [good.pat_request_id]


def test_nobody_confirms_their_own_proposals_in_bulk(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    key = f"{desk.organization.pk}:{request.pat_request_id}"
    page = queue(desk.browser)
    assert not page.all("button", value="confirm")
    sent = {"chosen": [key], f"digest-{key}": outcome.reviews[0].digest, "action": "confirm"}
    answer = desk.browser.post(f"/orgs/{ORGANIZATION}/requests/decide/", sent, follow=True)
    assert "You proposed this yourself" in Page(answer).text
    assert state_of(outcome) == State.PROPOSED


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_confirm_in_bulk(desk: Desk, login: str, status: int) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    key = f"{desk.organization.pk}:{request.pat_request_id}"
    sent = {"chosen": [key], f"digest-{key}": outcome.reviews[0].digest, "action": "confirm"}
    assert sign_in(Client(), login).post(f"/orgs/{ORGANIZATION}/requests/decide/", sent).status_code == status
    assert state_of(outcome) == State.PROPOSED
