"""One message a person and day with everything in it; what cannot wait has one of its own; nothing is repeated."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from apps.core import clock
from apps.github.models import Organization
from apps.notify import gathering, reading
from apps.notify.models import Message, Notice
from tests.notify.telling import ANN, one, organization, plan, remind, token, work
from tests.threads import together

TODAY = date(2026, 12, 1)


def to(address: str) -> list[EmailMultiAlternatives]:
    return [message for message in mail.outbox if message.to == [address]]  # type: ignore[misc]


@pytest.mark.database
def test_a_day_is_one_message_over_all_organizations(people: Organization) -> None:
    other = organization(2, "northwind")
    remind(people, ANN, token(30, "far"), token(7, "near"))
    remind(other, ANN, token(1, "urgent"))
    work()
    work()
    (message,) = to("ann@example.com")
    assert [message.body.index(word) for word in ("northwind", "urgent", "acme", "near", "far")] == sorted(
        message.body.index(word) for word in ("northwind", "urgent", "acme", "near", "far")
    )
    assert message.subject == "3 of your tokens end soon: the first ends tomorrow"


def test_it_waits_some_minutes_for_what_else_there_is(people: Organization) -> None:
    remind(people)
    assert work(timedelta(seconds=30)) == 0
    remind(organization(2, "northwind"))
    work()
    assert len(to("ann@example.com")) == 1


def test_what_comes_later_that_day_waits_for_the_next(people: Organization) -> None:
    """As from an organization whose day begins hours later."""
    other = organization(2, "northwind")
    remind(people, ANN, day=TODAY)
    work()
    remind(other, ANN, token(14, "later"), day=TODAY)
    work()
    assert len(to("ann@example.com")) == 1
    remind(people, ANN, token(7, "tomorrows"), day=TODAY + timedelta(days=1))
    work()
    _, second = to("ann@example.com")
    assert "later" in second.body
    assert "tomorrows" in second.body


def test_what_waits_for_a_day_that_brings_nothing_goes_by_itself(people: Organization) -> None:
    remind(people, ANN, day=TODAY)
    work()
    remind(organization(2, "northwind"), ANN, token(14, "later"), day=TODAY)
    work()
    work(timedelta(hours=23))
    assert len(to("ann@example.com")) == 2


@pytest.mark.parametrize("days", [0, 1])
def test_what_ends_within_a_day_waits_for_nothing(people: Organization, days: int) -> None:
    remind(people, ANN, day=TODAY)
    work()
    remind(organization(2, "northwind"), ANN, token(days, "urgent"), day=TODAY)
    work()
    assert "urgent" in to("ann@example.com")[1].body


@pytest.mark.parametrize("event", ["token.reminded", "token.expired_in_use"])
def test_what_is_urgent_is_alone_and_at_once(people: Organization, event: str) -> None:
    remind(people)
    one(people, event, token_name="hotfix")
    work(timedelta(0))
    (message,) = to("ann@example.com")
    assert "hotfix" in message.subject
    assert "nightly" not in message.body
    assert "hotfix" in to("ben@example.com")[0].subject


def test_many_plans_of_one_holder_are_one_message(people: Organization) -> None:
    for number in range(5):
        plan(people, "planned", token_name=f"token-{number}", pat_id=number + 1)
    work()
    (message,) = to("ann@example.com")
    assert all(f"token-{number}" in message.body for number in range(5))


@pytest.mark.database
def test_gatherers_at_once_make_one_message(people: Organization) -> None:
    remind(people)
    reading.read_all()
    with clock.moved(timedelta(minutes=3)):
        together([gathering.gather] * 4)
    assert Message.objects.count() == 2
    assert Notice.objects.filter(state=Notice.State.IN_MESSAGE).count() == 2


def test_a_message_names_two_hundred_and_counts_the_rest(people: Organization) -> None:
    remind(people, ANN, *[token(7, f"token-{number}", pat_id=number + 1) for number in range(230)])
    work()
    (message,) = to("ben@example.com")
    assert message.body.count("ends in 7 days") == 200
    assert "and 30 more" in message.body
