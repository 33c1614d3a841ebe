"""An approval may be for less long than was asked: the day is part of what is decided, and Patrol revokes then."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import clock
from apps.effects.models import Effect
from apps.tokens import services
from apps.tokens.models import Grant, GrantRequest, PlannedRevocation, Review, Token
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.tokens.desk import Desk, later, work
from tests.tokens.pages import Page, get
from tests.tokens.planning import State, approved_until, at_noon, carry_out, data_of, in_days, now, on_the_day, told

pytestmark = pytest.mark.database
REVIEW = r"/personal-access-token-requests(/\d+)?$"


@pytest.fixture
def two(desk: Desk) -> Client:
    """The other owner, where it takes two."""
    desk.browser.post(f"/orgs/{ORGANIZATION}/settings/decisions/", {"two_person": "on", "undo_seconds": "0"})
    return sign_in(Client(), SECOND_OWNER)


def path(request: GrantRequest, verb: str = "") -> str:
    return f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/" + (f"{verb}/" if verb else "")


def press(desk: Desk, request: GrantRequest, until: str) -> Page:
    """Approve on the request's page, with a day in the form."""
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    return Page(desk.browser.post(path(request, "approve"), {**form, "until": until}, follow=True))


def the_plan() -> PlannedRevocation:
    return PlannedRevocation.objects.get()


def token_page(desk: Desk, plan: PlannedRevocation) -> Page:
    assert plan.grant
    return get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/{plan.grant.pat_id}/")


def test_what_is_approved_until_a_day_is_revoked_then(desk: Desk) -> None:
    request = desk.request(login=MEMBER, name="deploy", expires_in_days=365)
    day = in_days(desk, 30)
    press(desk, request, day.isoformat())
    plan = the_plan()
    assert (plan.state, plan.grant, plan.due_on) == (State.WAITING, None, day)
    assert "asks for 365 days, you gave 30 (until" in get(desk.browser, path(request)).text
    later(seconds=15)
    plan = now(plan)
    assert plan.state == State.PLANNED
    assert plan.grant == Grant.objects.active().get(token=request.token)
    page = token_page(desk, plan).text
    assert "owner approved it until then: it asked for 365 days, you gave 30." in page
    with on_the_day(plan):
        carry_out()
    assert now(plan).grant.state == Grant.State.REVOKED  # type: ignore[union-attr]
    assert told(plan) == ["planned", "sent"]
    assert data_of(plan, "planned")["ends_on"] == day.isoformat()
    assert "Approved until" in Review.objects.get(action="revoke").reason


def test_the_day_is_part_of_the_evidence(desk: Desk) -> None:
    plan = approved_until(desk, desk.request(), 30)
    assert plan.approval is not None
    assert plan.approval.evidence["until"] == in_days(desk, 30).isoformat()


@pytest.mark.parametrize("until", ["tomorrow", "2020-01-01"])
def test_a_day_that_cannot_be_is_refused_and_nothing_is_sent(desk: Desk, until: str) -> None:
    request = desk.request()
    page = press(desk, request, until)
    assert page.status in (409, 422)
    assert "day" in page.text
    later(seconds=15)
    assert (desk.sent(), PlannedRevocation.objects.count()) == ([], 0)


def test_many_are_approved_until_one_day(desk: Desk) -> None:
    requests = [desk.request(login=MEMBER) for _ in range(3)]
    keys = {f"{desk.organization.pk}:{one.pat_request_id}": one for one in requests}
    shown = get(desk.browser, f"/orgs/{ORGANIZATION}/requests/").form(f"/orgs/{ORGANIZATION}/requests/decide/")
    chosen = {**shown, "chosen": list(keys), "ask": "approve"}
    asked = Page(desk.browser.post(f"/orgs/{ORGANIZATION}/requests/decide/", chosen))
    form = {**asked.form(f"/orgs/{ORGANIZATION}/requests/decide/"), "until": in_days(desk, 14).isoformat()}
    desk.browser.post(f"/orgs/{ORGANIZATION}/requests/decide/", form)
    for seconds in (15, 30):
        later(seconds=seconds)
    plans = PlannedRevocation.objects.all()
    assert {(one.state, one.due_on) for one in plans} == {(State.PLANNED, in_days(desk, 14))}
    assert len(plans) == len({one.grant_id for one in plans}) == 3


def test_an_owner_extends_it_in_one_click(desk: Desk) -> None:
    plan = approved_until(desk, desk.request(login=MEMBER), 30)
    extend = f"/orgs/{ORGANIZATION}/plans/{plan.pk}/extend/"
    desk.browser.post(extend, token_page(desk, plan).form(extend))
    assert now(plan).due_on == in_days(desk, 60)
    assert data_of(plan, "extended")["before"] == plan.due_on.isoformat()
    with on_the_day(plan):
        carry_out()
        assert desk.decided() == [plan.approval.request.pat_request_id]  # type: ignore[union-attr]


def test_the_holder_extends_nothing_though_an_owner(desk: Desk) -> None:
    plan = approved_until(desk, desk.request(login=MEMBER), 30)
    Token.objects.filter(pk=plan.token_id).update(owner_id=desk.user.pk)
    answer = desk.browser.post(f"/orgs/{ORGANIZATION}/plans/{plan.pk}/extend/", follow=True)
    assert "This is your own token" in answer.content.decode()
    assert now(plan).due_on == plan.due_on


@pytest.mark.parametrize("verb", ["extend", "cancel", "keep"])
@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_have_a_say(desk: Desk, verb: str, login: str, status: int) -> None:
    plan = approved_until(desk, desk.request(login=MEMBER), 30)
    Token.objects.filter(pk=plan.token_id).update(owner_id=User.objects.get(login=OWNER).pk)
    browser = sign_in(Client(), login)
    assert browser.post(f"/orgs/{ORGANIZATION}/plans/{plan.pk}/{verb}/").status_code == status
    assert now(plan).state == State.PLANNED


def test_the_holder_is_told_now_a_week_and_a_day_ahead(desk: Desk) -> None:
    with at_noon():
        plan = approved_until(desk, desk.request(login=MEMBER), 30)
        for ahead in range(30):
            with clock.moved(timedelta(days=ahead, seconds=20)):
                carry_out()
    assert told(plan) == ["planned", "near", "near"]
    assert data_of(plan, "near")["owner_login"] == MEMBER


# --- approvals that come to nothing ------------------------------------------------------------------------------


def decided(desk: Desk, request: GrantRequest) -> None:
    from tests.tokens.desk import digest

    services.decide_requests(
        user=desk.user, organization=desk.organization, action="approve", reason="", until=in_days(desk, 30),
        chosen={request.pat_request_id: digest(request)},
    )  # fmt: skip


def test_an_approval_that_was_undone_leaves_no_plan(desk: Desk) -> None:
    request = desk.request()
    decided(desk, request)
    desk.browser.post(path(request, "undo"))
    assert (the_plan().state, told(the_plan())) == (State.ENDED, [])


def test_an_approval_that_github_refused_leaves_no_plan(desk: Desk) -> None:
    request = desk.request()
    decided(desk, request)
    desk.github.fail("403", REVIEW, verb="POST", times=9)
    later(seconds=15)
    assert (Review.objects.get().effect.state, the_plan().state) == (Effect.State.REFUSED, State.ENDED)


def test_an_approval_that_was_overtaken_leaves_no_plan(desk: Desk) -> None:
    request = desk.request()
    decided(desk, request)
    desk.github.change(f"requests/{request.pat_request_id}/decide", action="approve", by=SECOND_OWNER)
    later(seconds=15)
    assert Review.objects.get().effect.state == Effect.State.SUPERSEDED
    desk.sync()
    carry_out()
    assert Grant.objects.active().filter(token=request.token).exists()
    assert (the_plan().state, told(the_plan())) == (State.ENDED, [])


def test_a_denial_knows_no_day(desk: Desk) -> None:
    request = desk.request()
    form = get(desk.browser, path(request)).form(path(request, "approve"))
    desk.browser.post(path(request, "deny"), {**form, "until": in_days(desk, 30).isoformat()})
    assert (Review.objects.get().action, PlannedRevocation.objects.count()) == ("deny", 0)


def test_a_later_approval_with_a_day_takes_the_place_of_the_earlier(desk: Desk) -> None:
    first = approved_until(desk, desk.request(login=MEMBER, name="grows", token="grows"), 60)
    assert first.grant
    again = desk.github.ask(
        organization=ORGANIZATION, token_id=first.token.token_id, permissions={"repository": {"contents": "write"}}
    )
    desk.sync()
    second = approved_until(desk, GrantRequest.objects.get(pat_request_id=again["id"]), 20)
    assert (now(first).state, now(second).state, now(second).grant) == (State.ENDED, State.PLANNED, first.grant)


def test_a_plan_takes_hold_when_the_grant_comes_to_light_later(desk: Desk) -> None:
    request = desk.request(login=MEMBER)
    decided(desk, request)
    plan = the_plan()
    Effect.objects.update(state=Effect.State.CONFIRMED, settled_at=clock.now())
    carry_out()
    assert now(plan).state == State.WAITING
    desk.github.change(f"requests/{request.pat_request_id}/decide", action="approve", by=OWNER)
    desk.sync()
    carry_out()
    assert (now(plan).state, told(plan)) == (State.PLANNED, ["planned"])


def test_a_plan_ends_when_a_whole_reading_shows_no_grant(desk: Desk) -> None:
    request = desk.request(login=MEMBER)
    decided(desk, request)
    Effect.objects.update(state=Effect.State.CONFIRMED, settled_at=clock.now())
    with clock.moved(timedelta(hours=2)):
        desk.sync()
        carry_out()
    assert the_plan().state == State.ENDED


# --- two people --------------------------------------------------------------------------------------------------


def test_two_owners_agree_on_the_day(desk: Desk, two: Client) -> None:
    request = desk.request(login=MEMBER)
    decided(desk, request)
    page = get(two, path(request))
    assert "owner gave 30 (until" in page.text
    assert Review.objects.get().digest != page.form(path(request, "confirm"))["digest"][0]
    answer = two.post(path(request, "confirm"), {"digest": Review.objects.get().digest}, follow=True)
    assert "changed after it was proposed" in answer.content.decode()
    two.post(path(request, "confirm"), page.form(path(request, "confirm")))
    work()
    assert the_plan().state == State.PLANNED


def test_another_day_than_was_seen_is_not_agreed_to(desk: Desk, two: Client) -> None:
    request = desk.request(login=MEMBER)
    decided(desk, request)
    seen = get(two, path(request)).form(path(request, "confirm"))
    desk.browser.post(path(request, "undo"))
    press(desk, request, in_days(desk, 300).isoformat())
    answer = two.post(path(request, "confirm"), seen, follow=True)
    assert "changed after it was proposed" in answer.content.decode()
    assert desk.sent() == []


def test_a_rejected_proposal_leaves_no_plan(desk: Desk, two: Client) -> None:
    request = desk.request(login=MEMBER)
    decided(desk, request)
    two.post(path(request, "reject"))
    assert the_plan().state == State.ENDED


def test_a_day_that_passed_before_the_second_word_is_not_agreed_to(desk: Desk, two: Client) -> None:
    request = desk.request(login=MEMBER)
    decided(desk, request)
    form = get(two, path(request)).form(path(request, "confirm"))
    with clock.moved(timedelta(days=31)):
        later_browser = sign_in(Client(), SECOND_OWNER)
        answer = later_browser.post(path(request, "confirm"), form, follow=True)
    assert "has passed" in answer.content.decode()
    assert Review.objects.get().effect.state == Effect.State.PROPOSED
