"""What owners tell Patrol: GitHub's own settings, and that what vanished is really gone."""

from typing import Any

import pytest

from apps.accounts.errors import NotAnOwner
from apps.audit.models import Event
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.tokens import services
from apps.tokens.models import StatedPolicy, SyncState, Walk
from tests.cast import MEMBER, OWNER
from tests.tokens.desk import Desk

STATED: dict[str, Any] = {
    "approval_required": True, "fine_grained_allowed": True, "classic_allowed": False,
    "fine_grained_max_days": 90, "classic_max_days": None,
}  # fmt: skip


def state(desk: Desk, **stated: Any) -> None:
    services.state_policy(user=desk.user, organization=desk.organization, **(STATED | stated))


def asking(desk: Desk, state: Walk.State = Walk.State.ASKS) -> None:
    Walk.objects.create(
        organization=desk.organization, listing=Walk.Listing.GRANTS, state=state, vanishing=12, started_at=clock.now()
    )


def test_stated_settings_replace_the_earlier_ones_and_the_record_keeps_both(desk: Desk) -> None:
    state(desk)
    state(desk, classic_allowed=None, fine_grained_max_days=30)
    policy = StatedPolicy.objects.get(organization=desk.organization)
    assert (policy.classic_allowed, policy.fine_grained_max_days, policy.stated_by_login) == (None, 30, OWNER)
    first, second = Event.objects.filter(name="stated_policy.changed").order_by("sequence")
    assert first.data["before"] is None
    assert second.data["before"] == STATED
    assert second.data["after"]["fine_grained_max_days"] == 30


@pytest.mark.parametrize("days", [0, 367, -1])
def test_a_lifetime_github_does_not_offer_is_refused(desk: Desk, days: int) -> None:
    with pytest.raises(RuleBroken, match="between 1 and 366"):
        state(desk, classic_max_days=days)
    assert not StatedPolicy.objects.exists()


def test_a_member_states_nothing(desk: Desk) -> None:
    desk.user = Desk(desk.github, MEMBER).user
    with pytest.raises(NotAnOwner):
        state(desk)
    assert not StatedPolicy.objects.exists()


def test_an_owner_accepts_that_what_vanished_is_gone_and_the_lists_are_due(desk: Desk) -> None:
    asking(desk)
    services.accept_vanishing(user=desk.user, organization=desk.organization)
    sync = SyncState.objects.get(organization=desk.organization)
    assert sync.vanishing_accepted
    assert sync.due_at <= clock.now()
    event = Event.objects.get(name="sync.vanishing_accepted")
    assert (event.actor_login, event.data["vanishing"], event.data["lists"]) == (OWNER, 12, ["grants"])


def test_what_nobody_asks_cannot_be_accepted(desk: Desk) -> None:
    with pytest.raises(RuleBroken, match="Nothing waits for an answer"):
        services.accept_vanishing(user=desk.user, organization=desk.organization)
    asking(desk)
    asking(desk, Walk.State.COMPLETE)
    with pytest.raises(RuleBroken, match="Nothing waits for an answer"):
        services.accept_vanishing(user=desk.user, organization=desk.organization)


def test_it_is_accepted_once(desk: Desk) -> None:
    asking(desk)
    services.accept_vanishing(user=desk.user, organization=desk.organization)
    with pytest.raises(RuleBroken, match="Nothing waits for an answer"):
        services.accept_vanishing(user=desk.user, organization=desk.organization)


def test_a_member_accepts_nothing(desk: Desk) -> None:
    asking(desk)
    desk.user = Desk(desk.github, MEMBER).user
    with pytest.raises(NotAnOwner):
        services.accept_vanishing(user=desk.user, organization=desk.organization)
    assert not SyncState.objects.get(organization=desk.organization).vanishing_accepted
