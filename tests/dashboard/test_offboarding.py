"""A person leaves on a day: what they hold is planned as it was seen, and undone one by one or all at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core import clock
from apps.github.models import Member, Organization
from apps.tokens.models import Grant, PlannedRevocation
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get
from tests.tokens.planning import State, carry_out, in_days, on_the_day

pytestmark = pytest.mark.database


@beginning
def desk(patrol: GitHub) -> Desk:
    """The member holds two tokens here and one in the other organization."""
    for number in range(2):
        patrol.grant(organization=ORGANIZATION, login=MEMBER, name=f"here-{number}")
    patrol.grant(organization=OTHER_ORGANIZATION, login=MEMBER, name="there-0")
    settle()
    return Desk(patrol)


def theirs() -> list[Grant]:
    found = Grant.objects.active().filter(owner_login=MEMBER).select_related("token", "organization")
    return list(found.order_by("pk"))


def path(verb: str = "") -> str:
    number = Member.objects.filter(login=MEMBER).values_list("user_id", flat=True)[0]
    return f"/people/{MEMBER}/{number}/" + (f"{verb}/" if verb else "")


def leaves(desk: Desk, ahead: int = 20, **fields: Any) -> Page:
    form = get(desk.browser, path("offboarding")).form(path("offboarding"))
    day = in_days(desk, ahead).isoformat()
    return Page(desk.browser.post(path("offboarding"), {**form, "day": day, **fields}, follow=True))


def plans() -> list[PlannedRevocation]:
    return list(PlannedRevocation.objects.select_related("grant", "organization").order_by("grant_id"))


def test_the_page_says_what_runs_whom_to_ask_and_plans_nothing(desk: Desk) -> None:
    page = get(desk.browser, path("offboarding"))
    for words in ("here-0", "here-1", "there-0", "What may run on these tokens", "Whom to ask", "second-owner"):
        assert words in page.text
    assert len(page.all("input", name="chosen")) == len(theirs())
    assert not PlannedRevocation.objects.exists()


def test_all_is_planned_for_the_day_in_every_organization(desk: Desk) -> None:
    Organization.objects.filter(login=OTHER_ORGANIZATION).update(time_zone="Pacific/Auckland")
    page = leaves(desk)
    assert f"{len(theirs())} tokens are revoked on" in page.source
    assert "Undo all" in page.text
    made = plans()
    assert [one.grant for one in made] == theirs()
    assert {one.due_on for one in made} == {in_days(desk, 20)}
    assert {one.organization.login: one.due_at.hour for one in made}[ORGANIZATION] == 9
    assert len({one.due_at for one in made}) == 2
    last = max(made, key=lambda one: one.due_at)
    for minutes in (0, 1, 2):
        with on_the_day(last, minutes=minutes):
            carry_out()
    assert desk.decided() == sorted(one.grant.pat_id for one in made if one.grant)
    assert not theirs()


def test_another_day_moves_all(desk: Desk) -> None:
    leaves(desk, 20)
    leaves(desk, 40)
    assert {(one.state, one.due_on) for one in plans()} == {(State.PLANNED, in_days(desk, 40))}
    assert len(plans()) == len(theirs())


def test_one_is_undone_or_all(desk: Desk) -> None:
    leaves(desk)
    first = plans()[0]
    undo = f"/orgs/{first.organization.login}/plans/{first.pk}/cancel/"
    page = Page(desk.browser.post(undo, get(desk.browser, path()).form(undo), follow=True))
    assert page.all("form", action=path("offboarding/undo"))
    assert [one.state for one in plans()].count(State.CANCELLED) == 1
    page = Page(desk.browser.post(path("offboarding/undo"), follow=True))
    assert f"{len(plans()) - 1} plans undone" in page.source
    assert {one.state for one in plans()} == {State.CANCELLED}
    with clock.moved(timedelta(days=21)):
        carry_out()
    assert desk.decided() == []


def test_a_page_narrowed_to_an_organization_plans_there_only(desk: Desk) -> None:
    narrow = f"{path('offboarding')}?organization={ORGANIZATION}"
    form = get(desk.browser, narrow).form(narrow)
    desk.browser.post(narrow, {**form, "day": in_days(desk, 5).isoformat()})
    assert {one.organization.login for one in plans()} == {ORGANIZATION}


def test_what_changed_after_it_was_seen_is_shown_and_not_planned(desk: Desk) -> None:
    form = get(desk.browser, path("offboarding")).form(path("offboarding"))
    changed = theirs()[0]
    Grant.objects.filter(pk=changed.pk).update(permissions={"repository": {"contents": "write"}})
    answer = Page(desk.browser.post(path("offboarding"), {**form, "day": in_days(desk, 5).isoformat()}))
    assert "It changed after you saw it" in answer.text
    assert [one.attributes["value"] for one in answer.all("input", name="chosen")] == [
        f"{changed.organization_id}:{changed.pat_id}"
    ]
    assert len(plans()) == len(theirs()) - 1


@pytest.mark.parametrize("day", ["", "2020-01-01", "soon"])
def test_a_day_that_cannot_be_plans_nothing(desk: Desk, day: str) -> None:
    form = get(desk.browser, path("offboarding")).form(path("offboarding"))
    assert desk.browser.post(path("offboarding"), {**form, "day": day}).status_code in (409, 422)
    assert plans() == []


def test_somebody_elses_token_is_not_planned_on_this_page(desk: Desk) -> None:
    other = desk.grant(login=OWNER)
    key = f"{other.organization_id}:{other.pat_id}"
    form = {"chosen": key, f"digest-{key}": "0" * 64, "day": in_days(desk, 5).isoformat()}
    assert desk.browser.post(path("offboarding"), form).status_code == 404


@pytest.mark.parametrize("verb", ["offboarding", "offboarding/undo"])
def test_who_owns_nothing_here_plans_nothing(desk: Desk, verb: str) -> None:
    leaves(desk)
    for login in (MEMBER, OUTSIDER):
        answer = sign_in(Client(), login).post(path(verb), {"day": in_days(desk, 5).isoformat()})
        assert answer.status_code in (404, 422), (login, answer.status_code)
    assert {(one.state, one.due_on) for one in plans()} == {(State.PLANNED, in_days(desk, 20))}
