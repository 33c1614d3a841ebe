"""If the event cannot be written, the thing is not done: the database refuses events, Patrol refuses the acts."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Event
from apps.effects.models import Effect
from apps.tokens import services, sync
from apps.tokens.models import Grant, GrantRequest, Review, StatedPolicy
from tests.audit.writing import refused
from tests.cast import ORGANIZATION, OWNER
from tests.conftest import sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, effect_of, later, state_of, work
from tests.tokens.pages import get

pytestmark = pytest.mark.database


@beginning
def desk(patrol: GitHub) -> Desk:
    """An owner whose browser shows error pages instead of raising them into the test."""
    at = Desk(patrol)
    at.browser.raise_request_exception = False
    return at


def press(desk: Desk, page: str, form: str, button: str = "") -> int:
    """Send a form of a page as the owner sees it, by a button that may send it elsewhere; the answer's status."""
    return desk.browser.post(button or form, {**get(desk.browser, page).form(form)}).status_code


@pytest.mark.parametrize(
    ("button", "name"),
    [("approve", "grant_request.approval_proposed"), ("deny", "grant_request.denial_proposed")],
)
def test_a_decision_that_cannot_be_recorded_is_not_taken(desk: Desk, button: str, name: str) -> None:
    request = desk.request()
    page = f"/orgs/{ORGANIZATION}/requests/{request.pat_request_id}/"

    with refused(name):
        assert press(desk, page, f"{page}approve/", f"{page}{button}/") == 500
        assert (Effect.objects.count(), Review.objects.count()) == (0, 0)
        work()
    assert desk.sent() == []
    assert name not in desk.events(request.subject)

    assert press(desk, page, f"{page}approve/", f"{page}{button}/") == 302
    work()
    assert [action for action, _, _ in desk.sent()] == [button]
    assert name in desk.events(request.subject)


def test_a_revocation_that_cannot_be_recorded_is_not_taken(desk: Desk) -> None:
    grant = desk.grant()
    page = f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/revoke/"

    with refused("grant.revocation_proposed"):
        assert press(desk, page, page) == 500
        work()
    assert (Effect.objects.count(), Review.objects.count(), desk.sent()) == (0, 0, [])
    assert Grant.objects.get(pk=grant.pk).state == Grant.State.ACTIVE

    assert press(desk, page, page) == 302
    work()
    assert [action for action, _, _ in desk.sent()] == ["revoke"]


def test_of_many_decisions_none_is_taken_when_one_cannot_be_recorded(desk: Desk) -> None:
    chosen = [desk.request() for _ in range(3)]
    with refused("grant_request.approval_proposed"), pytest.raises(DatabaseError, match="no room"):
        desk.approve(*chosen)
    assert (Effect.objects.count(), Review.objects.count()) == (0, 0)


def test_github_is_not_told_before_the_attempt_is_recorded(desk: Desk) -> None:
    outcome = desk.approve(desk.request())

    with refused("effect.attempted"):
        work()
        later(seconds=10)
        assert desk.sent() == []
        assert effect_of(outcome).is_open

    for minutes in (1, 3, 15):
        later(minutes=minutes)
    assert len(desk.sent()) == 1
    assert state_of(outcome) == Effect.State.CONFIRMED


def test_a_result_that_cannot_be_recorded_is_not_known_and_is_looked_up_later(desk: Desk) -> None:
    request = desk.request()
    outcome = desk.approve(request)

    with refused("grant_request.approved"):
        work()
        assert len(desk.sent()) == 1
        assert GrantRequest.objects.get(pk=request.pk).state == GrantRequest.State.PENDING
        assert effect_of(outcome).is_open

    for minutes in (1, 3, 15):
        later(minutes=minutes)
    assert len(desk.sent()) == 1
    assert state_of(outcome) == Effect.State.CONFIRMED
    assert GrantRequest.objects.get(pk=request.pk).state == GrantRequest.State.APPROVED
    assert desk.events(request.subject).count("grant_request.approved") == 1


def test_who_cannot_be_recorded_as_signed_in_is_not(patrol: GitHub) -> None:
    browser = Client(raise_request_exception=False)
    with refused("user.signed_in"), pytest.raises(AssertionError):
        sign_in(browser, OWNER)
    assert browser.get("/")["Location"].startswith("/sign-in/")
    assert not User.objects.filter(login=OWNER).exists()

    sign_in(browser, OWNER)
    assert browser.get("/").status_code == 200


def test_a_request_that_cannot_be_recorded_as_seen_is_not_adopted(desk: Desk) -> None:
    asked = desk.github.ask(organization=ORGANIZATION)
    mine = GrantRequest.objects.filter(pat_request_id=asked["id"])

    with refused("grant_request.seen"), pytest.raises(DatabaseError, match="no room"):
        sync.sync_organization(desk.organization.pk)
    assert not mine.exists()

    desk.sync()
    assert mine.exists()
    assert Event.objects.filter(name="grant_request.seen", subject=mine.get().subject).count() == 1


def test_stated_settings_that_cannot_be_recorded_are_not_kept(desk: Desk) -> None:
    stated: dict[str, Any] = {
        "approval_required": True, "fine_grained_allowed": True, "classic_allowed": False,
        "fine_grained_max_days": 90, "classic_max_days": None,
    }  # fmt: skip
    with refused("stated_policy.changed"), pytest.raises(DatabaseError, match="no room"):
        services.state_policy(user=desk.user, organization=desk.organization, **stated)
    assert not StatedPolicy.objects.exists()

    services.state_policy(user=desk.user, organization=desk.organization, **stated)
    assert StatedPolicy.objects.get().fine_grained_max_days == 90
