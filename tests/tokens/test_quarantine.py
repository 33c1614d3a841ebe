"""Quarantine: revoked in some days unless somebody keeps it, from a token's page and of many from the list."""

from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from apps.core import clock
from apps.tokens.models import Grant, PlannedRevocation
from apps.tokens.queries import details
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle, sign_in
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get
from tests.tokens.planning import Cause, State, carry_out, in_days, now, on_the_day, planned, told

pytestmark = pytest.mark.database
MANY = f"/orgs/{ORGANIZATION}/tokens/quarantine/"
LIST = f"/orgs/{ORGANIZATION}/tokens/"


@pytest.fixture
def grant(desk: Desk) -> Grant:
    return desk.grant(login=MEMBER, name="forgotten")


def page_of(grant: Grant) -> str:
    return f"{LIST}{grant.pat_id}/"


def quarantine(desk: Desk, grant: Grant, **fields: Any) -> Page:
    form = get(desk.browser, f"{page_of(grant)}quarantine/").form(MANY)
    return Page(desk.browser.post(MANY, {**form, **fields}, follow=True))


def the_plan() -> PlannedRevocation:
    return PlannedRevocation.objects.get()


def test_from_the_tokens_page_and_everybody_sees_it(desk: Desk, grant: Grant) -> None:
    said = quarantine(desk, grant, in_days="10", reason="<b>whose is it?</b>")
    assert "1 token is in quarantine: revoked in 10 days, unless somebody keeps it." in said.text
    plan = the_plan()
    assert (plan.due_on, plan.cause, plan.reason) == (in_days(desk, 10), Cause.QUARANTINE, "<b>whose is it?</b>")
    page = get(desk.browser, page_of(grant))
    assert "owner put it into quarantine: unless somebody keeps it until then, it is revoked." in page.text
    assert "<b>whose is it?</b>" in page.text
    listed = get(desk.browser, LIST, state="planned")
    assert listed.names == ["forgotten"]
    assert f"quarantine until {plan.due_on:%b} {plan.due_on.day}" in listed.text


def test_many_of_the_list_in_several_organizations(desk: Desk) -> None:
    other = Desk(desk.github, OWNER, OTHER_ORGANIZATION)
    grants = [desk.grant(login=MEMBER), desk.grant(login=MEMBER), other.grant(login=MEMBER)]
    listed = get(desk.browser, "/tokens/").form("/tokens/revoke/")
    keys = [f"{one.organization_id}:{one.pat_id}" for one in grants]
    before = Page(desk.browser.post("/tokens/quarantine/", {**listed, "chosen": keys}))
    assert "Quarantine 3 tokens" in before.text
    desk.browser.post("/tokens/quarantine/", before.form("/tokens/quarantine/"))
    plans = PlannedRevocation.objects.all()
    assert sorted(one.grant_id or 0 for one in plans) == sorted(one.pk for one in grants)
    assert {one.due_on for one in plans} == {in_days(desk, 14)}


@pytest.mark.parametrize("days", ["0", "367", "soon", ""])
def test_days_that_make_no_sense_are_asked_again(desk: Desk, grant: Grant, days: str) -> None:
    page = quarantine(desk, grant, in_days=days)
    assert page.all("input", name="in_days")
    assert not PlannedRevocation.objects.exists()


def test_the_readers_own_token_is_not_among_them(desk: Desk) -> None:
    own = desk.grant(login=OWNER)
    page = get(desk.browser, f"{page_of(own)}quarantine/")
    assert "None of what you selected can be put into quarantine" in page.text
    assert "Quarantine" not in get(desk.browser, page_of(own)).text


def test_it_is_undone_from_the_tokens_page(desk: Desk, grant: Grant) -> None:
    quarantine(desk, grant)
    plan = the_plan()
    undo = f"/orgs/{ORGANIZATION}/plans/{plan.pk}/cancel/"
    page = Page(desk.browser.post(undo, get(desk.browser, page_of(grant)).form(undo), follow=True))
    assert "Undone: nothing is revoked on that day." in page.source
    assert not page.all(id=f"plan-{plan.pk}")
    assert now(plan).state == State.CANCELLED


def test_the_holder_keeps_it_from_the_page_that_is_theirs(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    member, keep = sign_in(Client(), MEMBER), f"/orgs/{ORGANIZATION}/plans/{plan.pk}/keep/"
    form = {"reason": "nightly build", "day": in_days(desk, 90), "next": "/"}
    assert "What it is needed for" in get(member, keep).text
    assert member.post(keep, {"reason": "", "day": in_days(desk, 90)}).status_code == 422
    assert member.post(keep, {**form, "day": in_days(desk, 400)}).status_code == 409
    assert member.post(keep, form).status_code == 302
    assert now(plan).kept_by_login == MEMBER
    page = get(desk.browser, page_of(grant)).text
    assert "member keeps it until" in page
    assert "nightly build" in page
    with on_the_day(plan):
        carry_out()
    assert desk.decided() == []


def test_the_holders_own_pages_can_say_it_with_the_way_to_keep_it(desk: Desk, grant: Grant) -> None:
    (optional,) = planned(desk, grant, ahead=9)
    (strict,) = planned(desk, grant, cause=Cause.OFFBOARDING, ahead=20)
    row = details.find_grant(desk.organization, grant.pat_id, grant.token.owner_id)
    assert row is not None
    told_them = render_to_string("tokens/plan_own.html", {"row": row, "organization": desk.organization})
    assert f"/orgs/{ORGANIZATION}/plans/{optional.pk}/keep/" in told_them
    assert f"/orgs/{ORGANIZATION}/plans/{strict.pk}/keep/" not in told_them
    assert told_them.index("quarantine") < told_them.index("the person leaves")


def test_what_was_kept_can_be_put_into_quarantine_again(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    desk.browser.post(f"/orgs/{ORGANIZATION}/plans/{plan.pk}/keep/", {"reason": "x", "day": in_days(desk, 30)})
    (again,) = planned(desk, grant)
    assert again.pk != plan.pk
    with on_the_day(again):
        carry_out()
    assert desk.decided() == [grant.pat_id]


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_put_tokens_into_quarantine(desk: Desk, grant: Grant, login: str, status: int) -> None:
    browser = sign_in(Client(), login)
    assert browser.get(f"{page_of(grant)}quarantine/").status_code == status
    assert browser.post(MANY, {}).status_code == status
    assert browser.get(MANY).status_code == 405
    key = f"{grant.organization_id}:{grant.pat_id}"
    form = {"chosen": key, f"digest-{key}": "0" * 64, "in_days": "3", "confirmed": "yes"}
    assert browser.post("/tokens/quarantine/", form).status_code == 404
    assert not PlannedRevocation.objects.exists()


@pytest.mark.parametrize(("login", "status"), [(OUTSIDER, 404)])
def test_a_stranger_learns_of_no_plan(desk: Desk, grant: Grant, login: str, status: int) -> None:
    (plan,) = planned(desk, grant)
    assert sign_in(Client(), login).get(f"/orgs/{ORGANIZATION}/plans/{plan.pk}/keep/").status_code == status


def test_an_undo_after_the_day_says_that_it_is_too_late(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    with on_the_day(plan):
        settle()
        assert told(plan) == ["planned", "sent"]
        later = sign_in(Client(), OWNER)
        answer = later.post(f"/orgs/{ORGANIZATION}/plans/{plan.pk}/cancel/", follow=True)
        assert "Too late" in answer.content.decode()
    assert clock.now() < plan.due_at - timedelta(days=1)
