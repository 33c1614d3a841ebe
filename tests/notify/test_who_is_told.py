"""Who hears of an event: each once, owners in the place of who cannot be reached, and nobody who lost the role."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail

from apps.accounts.models import MachineUsers, Membership, User
from apps.core import clock
from apps.github.models import Member, Organization
from apps.notify import gathering, reading, services
from apps.notify.models import Cursor, MailSettings, Message, Notice
from tests.notify.telling import ANN, BEN, BOT, EVE, LOGINS, give, one, organization, plan, remind, told, work
from tests.threads import together
from tests.tokens.reminded import dies_after

State = Notice.State


def to() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


@pytest.mark.database
def test_holders_owners_and_the_address_beside_are_told(people: Organization) -> None:
    row = MailSettings(organization=people, changed_by_login="ben", changed_at=clock.now())
    row.seal_copy_to("platform@example.com")
    row.save()
    remind(people)
    work()
    assert told() == {("ann", "holder", False), ("ben", "owner", False), ("mailbox", "copy", False)}
    assert to() == ["ann@example.com", "ben@example.com", "platform@example.com"]
    assert "platform@example.com" not in str(list(Notice.objects.values())) + str(
        list(Message.objects.values("sealed_to"))
    )


def test_who_is_several_of_them_is_told_once(people: Organization) -> None:
    remind(people, BEN)
    work()
    assert told() == {("ben", "holder", False)}
    assert to() == ["ben@example.com"]


def test_what_concerns_the_holder_alone_goes_to_no_owner(people: Organization) -> None:
    plan(people, "planned")
    work()
    assert told() == {("ann", "holder", False)}


def test_owners_hear_of_a_plan_that_none_of_them_made(people: Organization) -> None:
    plan(people, "planned", cause="sleeping", planned_by="patrol")
    work()
    assert told() == {("ann", "holder", False), ("ben", "owner", False)}


@pytest.mark.parametrize("event", ["holder.reminded", "planned_revocation.planned"])
def test_owners_are_told_in_the_place_of_who_cannot_be_reached(acme: Organization, event: str) -> None:
    give(BEN)
    remind(acme) if event == "holder.reminded" else plan(acme, "planned")
    work()
    assert told() == {("ann", "holder", False), ("ben", "owner", True)}
    assert "could not be told" in mail.outbox[0].body
    assert dict(Notice.objects.values_list("person_id", "state")) == {ANN: State.NO_ADDRESS, BEN: State.IN_MESSAGE}


def test_where_nobody_can_be_reached_nothing_is_lost(acme: Organization) -> None:
    """The page has it."""
    remind(acme)
    work()
    assert set(Notice.objects.values_list("person_id", "state")) == {(ANN, State.NO_ADDRESS), (BEN, State.NO_ADDRESS)}


def machines(where: Organization, email: str = "", maintainers: tuple[int, ...] = ()) -> None:
    row = MachineUsers(
        organization=where, person_id=BOT, maintainer_ids=list(maintainers), key=uuid.uuid4(), named_at=clock.now()
    )
    row.seal_email(email)
    row.save()


def test_a_machine_is_reached_through_who_looks_after_it(people: Organization) -> None:
    machines(people, "team@example.com", (EVE,))
    remind(people, BOT)
    work()
    maintained = {("eve", "maintainer", False), ("mailbox", "maintainer", False)}
    assert told() == {("deploy-bot", "holder", False), ("ben", "owner", False), *maintained}
    assert to() == ["ben@example.com", "eve@example.com", "team@example.com"]


def test_a_machine_that_nobody_looks_after_is_told_to_the_owners(people: Organization) -> None:
    remind(people, BOT)
    work()
    assert ("ben", "owner", True) in told()


@pytest.mark.database
def test_an_event_is_told_once_whoever_reads(people: Organization) -> None:
    events = [remind(people, person) for person in (ANN, EVE, BOT)]
    together([reading.read_all] * 4)
    Cursor.objects.all().delete()  # as if all had been forgotten
    reading.read_all()
    assert Notice.objects.count() == Notice.objects.values("event", "recipient").distinct().count()
    assert set(Notice.objects.values_list("event_id", flat=True)) == {event.pk for event in events}


def test_a_reader_that_dies_anywhere_loses_and_doubles_nothing(people: Organization) -> None:
    remind(people)
    one(people, "token.expired_in_use", EVE)
    for statements in range(1, 26):
        with dies_after(statements), clock.moved(clock.SKEW * 3):
            services.work()
    work(timedelta(minutes=10))
    assert Notice.objects.count() == 4
    assert set(Notice.objects.values_list("state", flat=True)) == {State.IN_MESSAGE}
    assert set(Message.objects.values_list("state", flat=True)) <= {"sent", "sending"}


def test_what_nobody_hears_of_is_passed_over(people: Organization) -> None:
    event = one(people, "token.changed")
    work()
    assert not Notice.objects.exists()
    assert Cursor.objects.get(chain=people.pk).sequence == event.sequence


def test_who_lost_the_role_since_is_not_told(people: Organization) -> None:
    """Between the notice and its message, and between the message and its sending."""
    remind(people)
    reading.read_all()
    Member.objects.filter(user_id=BEN).update(role="member")
    work()
    assert to() == ["ann@example.com"]
    assert Notice.objects.get(person_id=BEN).state == State.DROPPED


def test_a_message_to_who_lost_the_role_since_is_dropped(people: Organization) -> None:
    one(people, "token.expired_in_use")
    reading.read_all()
    gathering.gather()
    ben = User.objects.create(id=BEN, login=LOGINS[BEN])
    Membership.objects.create(user=ben, organization=people, role=Membership.Role.NONE, checked_at=clock.now())
    work()
    assert to() == ["ann@example.com"]
    assert Message.objects.get(person_id=BEN).state == Message.State.DROPPED


def test_a_message_follows_its_reader_to_another_address(people: Organization) -> None:
    one(people, "token.expired_in_use")
    reading.read_all()
    gathering.gather()
    give(ANN, "new@example.com")
    work()
    work()
    assert to() == ["ben@example.com", "new@example.com"]


def test_an_address_serves_the_organization_it_was_given_for(acme: Organization) -> None:
    other = organization(2, "northwind")
    give(ANN, "at-acme@example.com", acme)
    remind(acme)
    remind(other)
    work()
    assert to() == ["at-acme@example.com"]
    assert "northwind" not in mail.outbox[0].body
