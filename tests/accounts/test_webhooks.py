"""People who go on GitHub lose access at once, when a webhook tells; a message never gives access."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts import access
from apps.accounts.errors import NotAnOwner
from apps.accounts.models import Membership, User, UserToken
from apps.core import clock
from apps.github import deliveries
from apps.github import services as mirror
from apps.github.models import Delivery, Installation, Member
from tests.accounts.steps import is_signed_in
from tests.accounts.test_access import PAGE, organization, person
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.github import GitHub
from tests.github.webhooks import envelope, send
from tests.threads import held_up

pytestmark = pytest.mark.database


def told(event: str, payload: dict[str, object]) -> Delivery:
    """The message comes and is processed."""
    send(event, payload)
    delivery = Delivery.objects.latest("pk")
    deliveries.process(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def membership_event(action: str, user_id: int, login: str = ORGANIZATION) -> dict[str, object]:
    """A message of event `organization` about one person."""
    return envelope(action, login, membership={"role": "member", "user": {"id": user_id, "login": "whoever"}})


def test_an_owner_who_left_loses_access_at_once(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client, colleague = browse(OWNER), browse(SECOND_OWNER)
    user = person(client)
    assert client.get(PAGE).status_code == 200
    patrol.change("members/remove", organization=ORGANIZATION, login=OWNER)
    assert client.get(PAGE).status_code == 200, "the last look is not five minutes old"
    told("organization", membership_event("member_removed", user.pk))
    assert client.get(PAGE).status_code == 404
    with pytest.raises(NotAnOwner):
        access.require_owner_now(person(client), organization())
    assert colleague.get(PAGE).status_code == 200
    assert client.get(f"/orgs/{OTHER_ORGANIZATION}/activity/").status_code == 200


def test_an_owner_who_left_loses_access_while_github_is_away(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    patrol.change("members/remove", organization=ORGANIZATION, login=OWNER)
    patrol.fail("500", "^/user", times=200)
    told("organization", membership_event("member_removed", person(client).pk))
    assert client.get(PAGE).status_code == 503
    assert Membership.objects.get(user=person(client), organization=organization()).role == Membership.Role.NONE
    patrol.heal()
    with clock.moved(access.TRY_AGAIN + timedelta(seconds=1)):
        assert client.get(PAGE).status_code == 404


def test_an_old_message_about_who_is_still_an_owner_takes_nothing(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    client = browse(OWNER)
    told("organization", membership_event("member_removed", person(client).pk))
    assert client.get(PAGE).status_code == 200
    access.require_owner_now(person(client), organization())


def test_a_message_gives_nobody_a_role(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    outsider, member = browse(OUTSIDER), browse(MEMBER)
    for one in (outsider, member):
        told("organization", membership_event("member_added", person(one).pk))
    assert outsider.get(PAGE).status_code == 404
    assert member.get(PAGE).status_code == 403


def test_who_came_back_is_let_in_at_the_next_page(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(SECOND_OWNER)
    patrol.change("members/remove", organization=ORGANIZATION, login=SECOND_OWNER)
    told("organization", membership_event("member_removed", person(client).pk))
    assert client.get(PAGE).status_code == 404
    patrol.change("roles", organization=ORGANIZATION, login=SECOND_OWNER, role="admin")
    told("organization", membership_event("member_added", person(client).pk))
    assert client.get(PAGE).status_code == 200


def test_a_message_of_one_organization_touches_no_role_in_another(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    client = browse(OWNER)
    foreign = membership_event("member_removed", person(client).pk) | {
        "organization": {"id": organization(OTHER_ORGANIZATION).pk, "login": OTHER_ORGANIZATION}
    }
    patrol.fail("500", "^/user", times=200)
    told("organization", foreign)
    assert client.get(PAGE).status_code == 200
    assert client.get(f"/orgs/{OTHER_ORGANIZATION}/activity/").status_code == 200


def test_the_members_are_walked_once_for_many_messages(patrol: GitHub) -> None:
    gone = 99
    mirror.sync_members(organization().pk)
    Member.objects.create(organization=organization(), user_id=gone, login="gone", role="member")
    assert told("organization", membership_event("member_removed", gone)).state == Delivery.State.RECEIVED
    told("organization", membership_event("member_removed", gone))
    with clock.moved(timedelta(seconds=70)):
        assert deliveries.sweep() == 2
    assert Member.objects.get(user_id=gone).left_at is not None
    assert organization().members_synced_at is not None


@pytest.mark.parametrize("action", ["deleted", "suspend"])
def test_where_patrol_is_uninstalled_everybody_is_looked_at_again(
    patrol: GitHub, browse: Callable[[str], Client], action: str
) -> None:
    """The simulator still lists it. What Patrol knew is shown again once GitHub calls the person an owner."""
    client = browse(OWNER)
    user = person(client)
    payload = envelope(action)
    del payload["organization"]
    payload["installation"] = {**payload["installation"], "account": {"id": organization().pk, "login": ORGANIZATION}}
    assert told("installation", payload).state == Delivery.State.PROCESSED
    user.refresh_from_db()
    assert user.organizations_checked_at is None
    Installation.objects.filter(organization=organization()).update(removed_at=clock.now())
    patrol.fail("500", "^/app/installations", times=20)
    patrol.fail("empty", "^/user/memberships/orgs$", times=1)
    assert client.get(PAGE).status_code == 404
    User.objects.update(organizations_checked_at=None)
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("action", ["suspend", "deleted"])
def test_a_look_that_was_under_way_when_a_message_came_is_taken_again(
    patrol: GitHub, browse: Callable[[str], Client], action: str
) -> None:
    """What it brings is older than the message: it gives no role, and nobody waits for the next one."""
    client = browse(OWNER)
    User.objects.update(organizations_checked_at=None)
    answers: list[int] = []
    with held_up(patrol, "^/user/memberships/orgs$", lambda: answers.append(client.get(PAGE).status_code)):
        told("installation", envelope(action))
        assert Membership.objects.get(user=person(client), organization=organization()).role == Membership.Role.NONE
    assert answers == [200]
    assert client.get(PAGE).status_code == 200


def test_a_look_that_began_before_an_owner_left_gives_no_role_back(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    client = browse(OWNER)
    user = person(client)
    leaving = membership_event("member_removed", user.pk)
    refused: list[bool] = []

    def writes() -> None:
        with clock.moved(timedelta(minutes=2)), pytest.raises(NotAnOwner):
            access.require_owner_now(person(client), organization())
        refused.append(True)

    with held_up(patrol, f"^/user/memberships/orgs/{ORGANIZATION}$", writes):
        patrol.change("members/remove", organization=ORGANIZATION, login=OWNER)
        told("organization", leaving)
    assert refused == [True]
    assert client.get(PAGE).status_code == 404


def test_where_patrol_works_again_everybody_is_looked_at_again(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    """While it was suspended GitHub named no role there."""
    client = browse(OWNER)
    told("installation", envelope("suspend"))
    patrol.fail("empty", "^/user/memberships/orgs$", times=1)
    assert client.get(PAGE).status_code == 404
    assert told("installation", envelope("unsuspend")).state == Delivery.State.PROCESSED
    assert client.get(PAGE).status_code == 200


def revocation(user_id: int) -> dict[str, object]:
    """A message of event `github_app_authorization`."""
    return {"action": "revoked", "sender": {"id": user_id, "login": "whoever"}}


def test_who_withdraws_patrols_permission_is_signed_out(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client, colleague = browse(OWNER), browse(SECOND_OWNER)
    user = person(client)
    patrol.fail("401", "^/user$", times=1)
    assert told("github_app_authorization", revocation(user.pk)).state == Delivery.State.PROCESSED
    assert not is_signed_in(client)
    assert UserToken.objects.get(user=user).sealed_access == ""
    assert is_signed_in(colleague)


def test_a_withdrawal_that_is_not_so_signs_nobody_out(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    user = person(client)
    assert told("github_app_authorization", revocation(user.pk)).state == Delivery.State.RECEIVED
    with clock.moved(timedelta(seconds=90)):
        assert deliveries.sweep() == 1
    assert is_signed_in(client)
    assert UserToken.objects.get(user=user).sealed_access
    told("github_app_authorization", revocation(424242))
