"""A message leaves once; what a mail server does wrong is waited out or shown; a crash sends it once more at most."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox

from apps.audit.models import Event
from apps.core import clock
from apps.core import mail as post_office
from apps.github.models import Organization
from apps.notify import gathering, reading, sending, services
from apps.notify.models import Message, Notice
from tests.effects.interruptions import Died
from tests.notify.telling import ANN, EVE, Server, one, remind, states, work
from tests.threads import together

LATER = timedelta(minutes=10)


def alarm(where: Organization, holder: int = ANN) -> Event:
    """At once, to its holder and to the owner."""
    return one(where, "token.expired_in_use", holder)


def ids(server: Server) -> list[str]:
    return [message["Message-ID"] for message in server.got]


@pytest.mark.database
def test_a_message_leaves_once(people: Organization, server: Server) -> None:
    alarm(people)
    assert [work() for _ in range(3)] == [2, 0, 0]
    assert sorted(message["To"] for message in server.got) == ["ann@example.com", "ben@example.com"]
    assert states() == ["sent", "sent"]


@pytest.mark.database
def test_senders_at_once_send_each_once(people: Organization, server: Server) -> None:
    alarm(people)
    alarm(people, EVE)
    reading.read_all()
    gathering.gather()
    together([sending.send_due] * 4)
    assert len(server.got) == len(set(ids(server))) == 4


def test_a_worker_killed_between_the_servers_yes_and_the_commit_sends_once_more(
    people: Organization, server: Server
) -> None:
    """Under the same Message-ID, so that mail programs show one."""
    alarm(people)

    class Killed:
        """The post of a process that dies when the server has answered."""

        def __init__(self, post: object) -> None:
            self._post = post

        def send(self, mail: object) -> None:
            self._post.send(mail)  # type: ignore[attr-defined]
            raise Died

    reading.read_all()
    gathering.gather()
    number = Message.objects.order_by("pk").values_list("pk", flat=True)[0]
    with post_office.post() as post, pytest.raises(Died):
        sending._send(number, Killed(post))  # type: ignore[arg-type]
    assert Message.objects.get(pk=number).state == Message.State.SENDING
    work(timedelta(seconds=1))
    assert Message.objects.get(pk=number).state == Message.State.SENDING  # its lease holds
    for _ in range(3):
        work(LATER)
    mine = [one for one in ids(server) if str(Message.objects.get(pk=number).key) in one]
    assert (len(mine), len(set(mine))) == (2, 1)
    assert states() == ["sent", "sent"]


def test_what_the_server_puts_off_is_tried_later(people: Organization, server: Server) -> None:
    server.answers = ["451 greylisted", "250 OK"]
    alarm(people)
    work(timedelta())
    assert sorted(states()) == ["sent", "waiting"]
    assert "451" in Message.objects.get(state="waiting").error
    assert work(timedelta(seconds=30)) == 0
    assert work(timedelta(seconds=70)) == 1
    assert states() == ["sent", "sent"]
    assert len(server.got) == 2


def test_what_the_server_refuses_for_good_is_tried_no_more_and_shown(people: Organization, server: Server) -> None:
    server.refused = {"ann@example.com": "550 <ann@example.com>: no such user"}
    alarm(people)
    work()
    work(timedelta(days=1))
    failed = Message.objects.get(state="failed")
    assert "550: <[address]>: no such user" in failed.error
    assert failed.attempts == 1
    assert [message["To"] for message in server.got] == ["ben@example.com"]


def test_a_server_that_hangs_is_given_up_on_and_tried_later(
    people: Organization, settings: Any, server: Server
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    server.hang = 1.0
    alarm(people)
    began = time.monotonic()
    assert work(timedelta()) == 0
    assert time.monotonic() - began < 10
    assert states() == ["waiting", "waiting"]
    server.hang = 0
    work(timedelta(hours=1))
    assert states() == ["sent", "sent"]


def test_a_server_that_is_away_delays_and_loses_nothing(people: Organization, server: Server) -> None:
    server.stop()
    alarm(people)
    assert work() == 0
    assert states() == ["waiting", "waiting"]
    assert "could not be used" in Message.objects.all()[0].error
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}


def test_after_three_days_a_message_is_given_up(people: Organization, server: Server) -> None:
    server.answers = ["451 later"] * 100
    alarm(people)
    for hours in (0, 1, 3, 12, 24, 48, 71, 73, 80, 90):
        work(timedelta(hours=hours))
    assert states() == ["failed", "failed"]
    asked = len(server.asked)
    work(timedelta(hours=100))
    assert len(server.asked) == asked


def test_one_bad_message_does_not_stop_the_others(people: Organization, server: Server) -> None:
    alarm(people)
    alarm(people, EVE)
    reading.read_all()
    gathering.gather()
    poisoned = Message.objects.order_by("pk")[0]
    Message.objects.filter(pk=poisoned.pk).update(sealed_to="nothing that opens")
    work()
    poisoned.refresh_from_db()
    assert poisoned.state == Message.State.WAITING
    assert "error of its own" in poisoned.error
    assert sorted(states()) == ["sent", "sent", "sent", "waiting"]
    assert Notice.objects.filter(message=poisoned).exists()


def test_a_clock_that_was_set_back_holds_nothing_up(people: Organization, server: Server) -> None:
    with clock.moved(timedelta(days=2)):
        alarm(people)
        reading.read_all()
        gathering.gather()
    assert work(timedelta()) == 2


def test_without_a_server_messages_are_kept_to_be_read(people: Organization, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    remind(people)
    work()
    assert states() == ["kept", "kept"]
    assert all("nightly" in text for text in Message.objects.values_list("text", flat=True))
    settings.EMAIL_HOST = "mail.test"
    work(timedelta(hours=1))
    assert outbox.outbox == []


def test_what_mails_said_is_forgotten_after_ninety_days(people: Organization, server: Server) -> None:
    alarm(people)
    work()
    with clock.moved(timedelta(days=91)):
        assert services.forget_old_words() == 2
        assert services.forget_old_words() == 0
    assert set(Message.objects.values_list("text", "html", "state")) == {("", "", "sent")}
