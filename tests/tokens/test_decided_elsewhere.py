"""A request that was cancelled, or decided on github.com, says by whom and when, as far as GitHub tells."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import UserToken
from apps.audit.models import Event
from apps.core import clock
from apps.github import deliveries
from apps.github.models import Delivery
from apps.tokens.models import GrantRequest, ToldDecision, Walk
from tests.cast import ORGANIZATION, SECOND_OWNER
from tests.conftest import SMALL_WORLD
from tests.effects.test_sending import decide_on_github
from tests.github import GitHub
from tests.github.webhooks import request_event, send
from tests.tokens.desk import Desk, effect_of, later, state_of, work
from tests.tokens.pages import Page, get

HOSTILE = "<b onclick=x>mallory</b>\u202e"


def ask(desk: Desk) -> tuple[GrantRequest, dict[str, Any]]:
    """A request, and what a message about it would hold."""
    asked = desk.github.ask(organization=ORGANIZATION)
    desk.sync()
    return GrantRequest.objects.get(pat_request_id=asked["id"]), asked


def tell(action: str, asked: dict[str, Any], by: Any = "hubot") -> None:
    """The message of it comes and is processed."""
    sender = {"id": 77, "login": by} if isinstance(by, str) else by
    send("personal_access_token_request", request_event(action, asked) | {"sender": sender})
    deliveries.process(Delivery.objects.latest("pk").pk)


def page_of(desk: Desk, request: GrantRequest) -> Page:
    return get(desk.browser, f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/")


def end_on_github(desk: Desk, request: GrantRequest, action: str) -> None:
    if action == "cancelled":
        desk.github.change(f"requests/{request.pat_request_id}/cancel")
    else:
        path = f"personal-access-token-requests/{request.pat_request_id}"
        decide_on_github(desk, path, "approve" if action == "approved" else "deny")


def activity(desk: Desk) -> str:
    return get(desk.browser, f"/orgs/{ORGANIZATION}/activity/").text


@pytest.mark.parametrize("action", ["approved", "denied", "cancelled"])
def test_a_decision_that_was_overtaken_names_who_did_it(desk: Desk, action: str) -> None:
    request, asked = ask(desk)
    outcome = desk.approve(request)
    end_on_github(desk, request, action)
    tell(action, asked)
    work()
    effect = effect_of(outcome)
    assert effect.state == "superseded"
    assert effect.answer == f"It was {action} by hubot on github.com. Nothing was sent."
    page = page_of(desk, request)
    assert f"was overtaken: It was {action} by hubot on github.com. Nothing was sent." in page.text
    assert f"{action.capitalize()} by hubot on github.com; GitHub told Patrol" in page.text
    assert f"It was {action} by hubot on github.com." in activity(desk)


@pytest.mark.parametrize("action", ["approved", "denied", "cancelled"])
def test_what_waited_for_nothing_ends_with_who_did_it(desk: Desk, action: str) -> None:
    request, asked = ask(desk)
    end_on_github(desk, request, action)
    tell(action, asked)
    desk.sync()
    request.refresh_from_db()
    assert request.state == {"cancelled": "ended"}.get(action, action)
    (event,) = Event.objects.filter(name="grant_request.ended", subject=request.subject)
    assert (event.data["action"], event.data["by"], event.data["by_id"]) == (action, "hubot", 77)
    assert f"{action.capitalize()} by hubot on github.com; GitHub told Patrol" in page_of(desk, request).text


def test_without_a_message_it_says_by_somebody_and_between_when(desk: Desk) -> None:
    request, _ = ask(desk)
    outcome = desk.approve(request)
    before = Walk.objects.filter(listing="grant_requests", state="complete").latest("started_at").started_at
    end_on_github(desk, request, "denied")
    work()
    effect = effect_of(outcome)
    assert effect.state == "superseded"
    request.refresh_from_db()
    assert request.last_pending_at is not None
    assert request.last_pending_at == max(before, request.requested_at)
    page = page_of(desk, request)
    assert "By somebody on github.com, between" in page.text
    assert "No webhook told who." in page.text
    times = [one.attributes["datetime"] for one in page.all("p", class_="DecidedElsewhere mb-0")[0].all("time")]
    assert len(times) == 2
    assert times == sorted(times)
    desk.sync()
    (event,) = Event.objects.filter(name="grant_request.ended", subject=request.subject)
    assert event.data["by"] == "somebody"
    assert event.data["not_before"] <= event.data["not_after"]
    assert "By somebody on github.com, between" in page_of(desk, request).text


def test_what_was_read_just_before_patrols_own_call_still_waited_then(patrol: GitHub) -> None:
    """It left the list between that look and the call, which GitHub refused."""
    patrol.change("reset", **SMALL_WORLD, worlds={"edited_request_id": "B"})
    desk = Desk(patrol)
    request, _ = ask(desk)
    desk.github.change(f"requests/{request.pat_request_id}/edit", permissions={"issues": "write"}, at_review=True)
    outcome = desk.approve(request)
    work()
    later(minutes=2)
    effect = effect_of(outcome)
    assert effect.state == "superseded"
    request.refresh_from_db()
    assert request.last_pending_at == effect.attempted_at


@pytest.mark.parametrize("action", ["approved", "denied", "cancelled"])
def test_word_that_comes_late_completes_what_was_written_down(desk: Desk, action: str) -> None:
    request, asked = ask(desk)
    outcome = desk.approve(request)
    end_on_github(desk, request, action)
    work()
    desk.sync()
    with clock.moved(timedelta(minutes=5)):
        tell(action, asked, "hubot")
    request.refresh_from_db()
    assert request.state == {"cancelled": "ended"}.get(action, action)
    assert effect_of(outcome).answer == f"It was {action} by hubot on github.com."
    (event,) = Event.objects.filter(name="grant_request.decision_told")
    assert (event.data["action"], event.data["by"]) == (action, "hubot")
    assert f"{action.capitalize()} by hubot on github.com" in page_of(desk, request).text
    tell(action, asked, "hubot")
    assert Event.objects.filter(name="grant_request.decision_told").count() == 1


def test_the_message_about_our_own_decision_tells_nothing_new(desk: Desk) -> None:
    request, asked = ask(desk)
    desk.approve(request)
    work()
    tell("approved", asked, "owner")
    assert not Event.objects.filter(name="grant_request.decision_told").exists()
    assert "on github.com" not in page_of(desk, request).text


def test_a_proposal_that_waited_for_a_second_owner_names_who_ended_it(desk: Desk) -> None:
    settings = f"/orgs/{ORGANIZATION}/settings/decisions/"
    desk.browser.post(settings, {"two_person": "on", "undo_seconds": "0"})
    request, asked = ask(desk)
    outcome = desk.approve(request)
    end_on_github(desk, request, "cancelled")
    tell("cancelled", asked, "member")
    desk.sync()
    assert state_of(outcome) == "superseded"
    assert effect_of(outcome).answer == "It was cancelled by member on github.com."


def test_a_decision_that_waited_for_a_sign_in_names_who_ended_it(desk: Desk) -> None:
    request, asked = ask(desk)
    outcome = desk.approve(request)
    UserToken.objects.all().update(sealed_access="", sealed_refresh="")
    work()
    assert state_of(outcome) == "needs_sign_in"
    end_on_github(desk, request, "denied")
    tell("denied", asked)
    desk.sync()
    assert effect_of(outcome).state == "superseded"
    assert effect_of(outcome).answer == "It was denied by hubot on github.com."
    request.refresh_from_db()
    assert request.state == "denied"


def test_a_message_never_ends_a_request_that_github_still_lists(desk: Desk) -> None:
    """It may be late, or replayed: it says who, never that."""
    request, asked = ask(desk)
    tell("denied", asked)
    desk.sync()
    request.refresh_from_db()
    assert request.state == "pending"
    page = page_of(desk, request)
    assert "hubot" not in page.text
    outcome = desk.approve(request)
    work()
    assert state_of(outcome) == "confirmed"


@pytest.mark.parametrize("sender", [None, {"login": 5, "id": 1}])
def test_a_message_that_names_nobody_says_somebody(desk: Desk, sender: Any) -> None:
    request, asked = ask(desk)
    end_on_github(desk, request, "denied")
    tell("denied", asked, sender)
    desk.sync()
    assert ToldDecision.objects.get().sender_id is None
    assert "Denied by somebody on github.com; GitHub told Patrol" in page_of(desk, request).text


def test_a_strangers_name_is_only_text(desk: Desk) -> None:
    request, asked = ask(desk)
    outcome = desk.approve(request)
    end_on_github(desk, request, "cancelled")
    tell("cancelled", asked, HOSTILE + "x" * 300)
    work()
    desk.sync()
    assert len(ToldDecision.objects.get().sender_login) <= 120
    assert len(effect_of(outcome).answer) <= 500
    for page in (page_of(desk, request), get(desk.browser, f"/orgs/{ORGANIZATION}/activity/")):
        assert "<b onclick" not in page.source
        assert "\u202e" not in page.source
        assert "mallory" in page.text


def test_two_organizations_do_not_share_what_was_told(desk: Desk) -> None:
    """The number alone names nothing."""
    request, asked = ask(desk)
    end_on_github(desk, request, "denied")
    tell("denied", asked)
    ToldDecision.objects.update(organization=Desk(desk.github, SECOND_OWNER, "northwind-labs").organization)
    desk.sync()
    assert "hubot" not in page_of(desk, request).text
