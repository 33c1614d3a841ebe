"""Two readings of GitHub at once: whichever writes last, what the later one saw stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import Event
from apps.audit.services import Actor
from apps.core import clock
from apps.github import allowing, deliveries, errors, services
from apps.github.models import App, Delivery, Installation, Member, Organization
from apps.github.permissions import LOOK_ONLY
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.github import GitHub
from tests.github.webhooks import envelope, send
from tests.threads import held_up

pytestmark = pytest.mark.database
HERE, THERE = {"organization": ORGANIZATION}, {"organization": OTHER_ORGANIZATION}
LIST, ONE = "^/app/installations$", r"^/app/installations/\d+$"
MEMBERS = f"^/orgs/{ORGANIZATION}/members$"


def installed(login: str = ORGANIZATION) -> Installation:
    """The row that counts."""
    return Installation.objects.get(organization__login=login, removed_at__isnull=True)


def member(login: str) -> Member:
    """The row of somebody in the organization."""
    return Member.objects.get(organization__login=ORGANIZATION, login=login)


def waiting(action: str) -> Callable[[], Any]:
    """A message about the installation that has come; calling it processes it."""
    send("installation", envelope(action))
    delivery = Delivery.objects.latest("pk")
    return lambda: deliveries.process(delivery.pk)


def recorded(login: str = ORGANIZATION) -> list[str]:
    """What the organization's record says of its installation."""
    events = Event.objects.filter(chain=Organization.objects.get(login=login).pk, name__startswith="installation")
    return list(events.order_by("sequence").values_list("name", flat=True))


# --- where the App is installed, and what it may do there -------------------------------------------------------------


def test_a_suspension_that_is_over_is_not_believed_again(patrol: GitHub) -> None:
    """Two messages, two workers: the one that read first writes last."""
    suspended, resumed = waiting("suspend"), waiting("unsuspend")
    patrol.change("installations/suspend", **HERE)
    with held_up(patrol, LIST, suspended):
        patrol.change("installations/unsuspend", **HERE)
        resumed()
    assert installed().suspended_at is None
    assert recorded() == ["installation.created"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.PROCESSED}


def test_a_suspension_is_not_undone_by_who_read_before_it(patrol: GitHub) -> None:
    with held_up(patrol, LIST, services.sync_installations):
        patrol.change("installations/suspend", **HERE)
        services.sync_installations()
    assert installed().suspended_at is not None
    assert recorded() == ["installation.created", "installation.suspended"]


def test_who_reads_last_and_writes_last_is_believed(patrol: GitHub) -> None:
    with held_up(patrol, LIST, services.sync_installations):
        services.sync_installations()
    patrol.change("installations/suspend", **HERE)
    services.sync_installations()
    assert installed().suspended_at is not None


def test_a_later_reading_of_one_organization_takes_no_news_of_the_others(patrol: GitHub) -> None:
    patrol.change("installations/permissions", **HERE, permissions=LOOK_ONLY)
    patrol.change("installations/permissions", **THERE, permissions=LOOK_ONLY)
    everything = dict(installed().permissions)
    with held_up(patrol, LIST, services.sync_installations):
        patrol.change("installations/accept-permissions", **HERE)
        assert not services.read_installation(installed().organization_id)
    assert installed().permissions == everything
    assert installed(OTHER_ORGANIZATION).permissions == LOOK_ONLY


def test_a_reading_of_one_organization_takes_nothing_back_that_a_later_one_saw(patrol: GitHub) -> None:
    organization = installed().organization
    told: list[bool] = []
    with held_up(patrol, ONE, lambda: told.append(services.read_installation(organization.pk))):
        patrol.change("installations/permissions", **HERE, permissions=LOOK_ONLY)
        services.sync_installations()
    assert installed().permissions == LOOK_ONLY
    assert told == [True], "it may something else than was known when the reading began"


def test_an_app_that_was_taken_off_does_not_come_back(patrol: GitHub) -> None:
    with held_up(patrol, LIST, services.sync_installations):
        patrol.change("installations/delete", **HERE)
        services.sync_installations()
    assert not Installation.objects.filter(organization__login=ORGANIZATION, removed_at__isnull=True).exists()
    assert recorded() == ["installation.created", "installation.removed"]


def test_an_installation_that_came_and_went_meanwhile_is_not_found(patrol: GitHub) -> None:
    patrol.change("installations/delete", **HERE)
    services.sync_installations()
    came = patrol.change("installations/create", **HERE)["installation_id"]
    with held_up(patrol, LIST, services.sync_installations):
        patrol.change("installations/delete", **HERE)
        services.sync_installations()
    assert not Installation.objects.filter(installation_id=came).exists()


def test_an_app_that_was_installed_again_is_not_taken_for_gone(patrol: GitHub) -> None:
    patrol.change("installations/delete", **HERE)
    with held_up(patrol, ONE, services.sync_installations):
        came = patrol.change("installations/create", **HERE)["installation_id"]
        services.sync_installations()
    assert installed().installation_id == came
    assert recorded() == ["installation.created", "installation.created"]


def test_an_installation_that_an_administrator_removed_does_not_come_back(patrol: GitHub, settings: Any) -> None:
    settings.ALLOWED_ORGANIZATIONS = frozenset({installed(OTHER_ORGANIZATION).organization_id})
    services.sync_installations()
    outside = installed()
    with held_up(patrol, LIST, services.sync_installations):
        allowing.remove(outside.installation_id, by=Actor(1, OWNER))
    outside.refresh_from_db()
    assert outside.removed_at is not None


def test_a_name_and_what_the_app_asks_for_are_not_taken_back(patrol: GitHub) -> None:
    number = installed().organization_id
    with held_up(patrol, LIST, services.sync_installations):
        patrol.change("organizations/rename", **HERE, to="acme-machines")
        patrol.change("apps/permissions", permissions=LOOK_ONLY)
        services.sync_installations()
    assert Organization.objects.get(pk=number).login == "acme-machines"
    assert App.objects.get().asks == LOOK_ONLY


# --- who is a member --------------------------------------------------------------------------------------------------


def test_an_owner_who_was_removed_does_not_come_back(patrol: GitHub) -> None:
    organization = installed().organization
    services.sync_members(organization.pk)

    def older() -> None:
        assert services.sync_members(organization.pk) == 0

    with held_up(patrol, MEMBERS, older):
        patrol.change("members/remove", **HERE, login=SECOND_OWNER)
        assert services.sync_members(organization.pk)
        organization.refresh_from_db()
    assert member(SECOND_OWNER).left_at is not None
    assert Organization.objects.get(pk=organization.pk).members_synced_at == organization.members_synced_at


def test_who_came_meanwhile_has_not_left(patrol: GitHub) -> None:
    """The older walk has written its owners; it ends after the newer one."""
    organization = installed().organization
    patrol.change("members/remove", **HERE, login=SECOND_OWNER)
    with held_up(patrol, MEMBERS, lambda: services.sync_members(organization.pk), skip=1):
        patrol.change("roles", **HERE, login=SECOND_OWNER, role="admin")
        services.sync_members(organization.pk)
    assert member(SECOND_OWNER).left_at is None
    assert member(SECOND_OWNER).role == "admin"


def test_who_became_an_owner_meanwhile_stays_one(patrol: GitHub) -> None:
    """The older walk read the owners before and the others after: it has not seen them at all."""
    organization = installed().organization
    with held_up(patrol, MEMBERS, lambda: services.sync_members(organization.pk)):
        patrol.change("roles", **HERE, login=MEMBER, role="admin")
        services.sync_members(organization.pk)
    assert (member(MEMBER).role, member(MEMBER).left_at) == ("admin", None)


def test_a_message_whose_walk_was_overtaken_is_heard_again(patrol: GitHub) -> None:
    """The walk that overtook it broke off: what it wrote stands, and nobody takes the members for read."""
    organization = installed().organization
    send("organization", envelope("member_removed", membership={"role": "member", "user": {"id": 1, "login": "ghost"}}))
    message = Delivery.objects.latest("pk")
    with held_up(patrol, MEMBERS, lambda: deliveries.process(message.pk)):
        patrol.change("roles", **HERE, login=MEMBER, role="admin")
        patrol.fail("404", MEMBERS, skip=1)
        with pytest.raises(errors.NotFound):
            services.sync_members(organization.pk)
    assert member(MEMBER).role == "admin"
    assert Organization.objects.get(pk=organization.pk).members_synced_at is None
    with clock.moved(timedelta(minutes=2)):
        assert deliveries.sweep() == 1
    assert Organization.objects.get(pk=organization.pk).members_synced_at is not None
