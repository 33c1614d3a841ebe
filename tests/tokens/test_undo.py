"""A decision rests for some seconds; until GitHub hears of it, whoever took it may take it back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.core import clock
from apps.effects.models import Effect
from apps.tokens.models import DecisionSettings, GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.tokens.desk import Desk, later, state_of, work

State = Effect.State
ORG = f"/orgs/{ORGANIZATION}"
SETTINGS = f"{ORG}/settings/decisions/"


@pytest.fixture
def desk(desk: Desk, settings: Any) -> Desk:
    settings.UNDO_SECONDS = 8
    return desk


def undo(desk: Desk, request: GrantRequest, login: str = "") -> Any:
    """Press "Undo" of the request's page; the answer, followed."""
    browser = sign_in(Client(), login) if login else desk.browser
    return browser.post(f"{ORG}/requests/{request.pat_request_id}/undo/", follow=True)


def test_a_decision_is_sent_when_its_seconds_are_over_and_not_before(desk: Desk) -> None:
    outcome = desk.approve(desk.request())
    later(seconds=7)
    assert (state_of(outcome), desk.sent()) == (State.READY, [])
    later(seconds=9)
    assert state_of(outcome) == State.CONFIRMED


def test_what_is_undone_never_reaches_github_and_may_be_decided_anew(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    answer = undo(desk, request)
    assert "Approval taken back. GitHub heard nothing." in answer.content.decode()
    later(minutes=1)
    assert (state_of(outcome), desk.sent()) == (State.WITHDRAWN, [])
    assert desk.events(request.subject)[-1] == "grant_request.decision_withdrawn"
    again = desk.deny(request)
    later(seconds=9)
    assert state_of(again) == State.CONFIRMED


def test_what_is_sent_cannot_be_undone(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    later(seconds=9)
    assert "Too late" in undo(desk, request).content.decode()
    assert state_of(outcome) == State.CONFIRMED
    assert "grant_request.decision_withdrawn" not in desk.events(request.subject)


def test_what_a_process_has_claimed_cannot_be_undone(desk: Desk) -> None:
    request = desk.request()
    (review,) = desk.approve(request).reviews
    held = {"state": State.SENDING, "fence": 1, "lease_until": clock.now() + timedelta(seconds=40)}
    Effect.objects.filter(pk=review.effect_id).update(**held)
    assert "Too late" in undo(desk, request).content.decode()
    assert Effect.objects.get(pk=review.effect_id).state == State.SENDING


@pytest.mark.parametrize(("login", "status"), [(SECOND_OWNER, 200), (MEMBER, 403), (OUTSIDER, 404)])
def test_nobody_else_undoes_it(desk: Desk, login: str, status: int) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    assert undo(desk, request, login).status_code == status
    assert state_of(outcome) == State.READY


def test_what_waits_for_a_sign_in_can_be_undone(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)
    Effect.objects.filter(review=outcome.reviews[0]).update(state=State.NEEDS_SIGN_IN)
    undo(desk, request)
    assert state_of(outcome) == State.WITHDRAWN


def test_an_urgent_revocation_does_not_wait(desk: Desk) -> None:
    grant, other = desk.grant(), desk.grant()
    for one, urgent in ((grant, {"urgent": "on"}), (other, {})):
        page = desk.browser.get(f"{ORG}/tokens/{one.pat_id}/revoke/").context["form"]
        form = {"digest": page.initial["digest"], **urgent}
        assert desk.browser.post(f"{ORG}/tokens/{one.pat_id}/revoke/", form).status_code == 302
    work()
    assert desk.decided() == [grant.pat_id]


def test_a_revocation_is_undone_at_its_token(desk: Desk) -> None:
    grant = desk.grant()
    outcome = desk.revoke(grant)
    desk.browser.post(f"{ORG}/tokens/{grant.pat_id}/undo/")
    assert state_of(outcome) == State.WITHDRAWN
    assert desk.events(grant.subject)[-1] == "grant.revocation_withdrawn"


def test_many_are_undone_together(desk: Desk) -> None:
    desk.approve(*(desk.request() for _ in range(3)))
    page = desk.browser.get(f"{ORG}/requests/").content.decode()
    assert "3 decisions are sent to GitHub in" in page
    answer = desk.browser.post(f"{ORG}/decisions/undo/", follow=True)
    assert "3 decisions taken back. GitHub heard nothing." in answer.content.decode()
    later(minutes=1)
    assert desk.sent() == []
    assert "Too late" in desk.browser.post("/decisions/undo/", follow=True).content.decode()


def test_the_bar_counts_what_is_settled_and_stops_asking_at_the_end(desk: Desk) -> None:
    desk.approve(*(desk.request() for _ in range(3)))
    bar, htmx = f"{ORG}/decisions/", {"HX-Request": "true"}
    Effect.objects.filter(pk=Effect.objects.earliest("pk").pk).update(state=State.CONFIRMED)
    with clock.moved(timedelta(seconds=9)):
        answer = desk.browser.get(bar, headers=htmx)
        assert (answer.status_code, "1 of 3 confirmed" in answer.content.decode()) == (200, True)
        work()
        with clock.moved(timedelta(seconds=12)):
            work()
            answer = desk.browser.get(bar, headers=htmx)
    assert (answer.status_code, "All your decisions are settled" in answer.content.decode()) == (286, True)


def test_an_organization_chooses_its_own_seconds(desk: Desk) -> None:
    assert desk.browser.post(SETTINGS, {"undo_seconds": "0"}).status_code == 302
    work_now = desk.approve(desk.request())
    work()
    assert state_of(work_now) == State.CONFIRMED
    event = Event.objects.get(name="decision_settings.changed")
    assert (event.actor_login, event.data["after"]["undo_seconds"]) == (OWNER, 0)


@pytest.mark.parametrize("seconds", ["61", "-1", "soon"])
def test_seconds_that_make_no_sense_are_refused(desk: Desk, seconds: str) -> None:
    answer = desk.browser.post(SETTINGS, {"undo_seconds": seconds})
    assert answer.status_code == 422
    assert not DecisionSettings.objects.exists()


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_choose_them(desk: Desk, login: str, status: int) -> None:
    assert sign_in(Client(), login).post(SETTINGS, {"undo_seconds": "3"}).status_code == status
    assert not DecisionSettings.objects.exists()
