"""A person's own address: a mail, a link, a page, a click; and what never happens without them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from apps.accounts import confirmation_mails, contacts
from apps.accounts.models import Contact, ContactConfirmation, User
from apps.audit.models import Event
from apps.core import clock, mail
from tests.cast import MEMBER, OUTSIDER, SECOND_OWNER
from tests.conftest import settle

pytestmark = pytest.mark.database
PAGE = "/my/address/"
Browse = Callable[[str], Client]
State = ContactConfirmation.State


def ask(browser: Client, email: str, **moved: float) -> Any:
    with clock.moved(timedelta(**moved)):
        return browser.post(PAGE, {"email": email})


def link(mail: EmailMessage) -> str:
    """The path of the link in a mail."""
    found = re.search(r"http://testserver(/my/address/confirm/\S+)", str(mail.body))
    assert found, mail.body
    return found.group(1)


def address_of(login: str) -> str:
    user = User.objects.get(login=login)
    found = contacts.addresses([user.pk], organization_id=1)
    return found[user.pk].email if found else ""


@pytest.fixture(autouse=True)
def mail_server(settings: Any) -> None:
    """Named only: mails stay in the test's outbox."""
    settings.EMAIL_HOST = "mail.example"


@pytest.fixture
def member(browse: Browse) -> Client:
    return browse(MEMBER)


def confirmed(browser: Client, email: str, outbox: list[EmailMessage]) -> None:
    """Leaves the outbox as it was."""
    ask(browser, email)
    settle(seconds=0)
    assert browser.post(link(outbox.pop())).status_code == 302
    settle(seconds=0)


def test_a_member_confirms_an_address_by_a_link_and_a_click(member: Client, mailoutbox: list[EmailMessage]) -> None:
    assert ask(member, "max@example.com").status_code == 302
    assert b"is on its way there" in member.get(PAGE).content
    settle(seconds=0)
    (mail,) = mailoutbox
    assert mail.to == ["max@example.com"]
    assert MEMBER in str(mail.body)
    assert address_of(MEMBER) == ""
    assert member.post(link(mail)).status_code == 302
    assert address_of(MEMBER) == "max@example.com"
    page = member.get(PAGE).content.decode()
    assert "max@example.com" in page
    assert "Confirmed" in page


def test_opening_the_link_confirms_nothing(member: Client, mailoutbox: list[EmailMessage]) -> None:
    ask(member, "max@example.com")
    settle(seconds=0)
    path = link(mailoutbox[0])
    for verb in (member.get, member.head, Client().get, Client().post):
        assert verb(path).status_code in (200, 302)
    assert address_of(MEMBER) == ""
    assert Client().get(path)["Location"].startswith("/sign-in/?next=")
    assert "Confirm this address" in member.get(path).content.decode()


def test_a_link_counts_once(member: Client, mailoutbox: list[EmailMessage]) -> None:
    ask(member, "max@example.com")
    settle(seconds=0)
    member.post(link(mailoutbox[0]))
    member.post(f"{PAGE}remove/")
    again = member.post(link(mailoutbox[0]))
    assert again.status_code == 409
    assert b"used already" in again.content
    assert address_of(MEMBER) == ""


def test_a_link_is_for_whom_it_was_made(member: Client, browse: Browse, mailoutbox: list[EmailMessage]) -> None:
    ask(member, "owner@example.com")
    settle(seconds=0)
    other = browse(SECOND_OWNER)
    for answer in (other.get(link(mailoutbox[0])), other.post(link(mailoutbox[0]))):
        assert answer.status_code == 409
        assert "made for another GitHub account" in answer.content.decode()
        assert "owner@example.com" not in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_link_ends_after_a_day_and_when_another_is_asked_for(member: Client, mailoutbox: list[EmailMessage]) -> None:
    ask(member, "first@example.com")
    settle(seconds=0)
    ask(member, "second@example.com", minutes=2)
    assert b"counts no more" in member.post(link(mailoutbox[0])).content
    with clock.moved(timedelta(minutes=2)):
        settle(seconds=0)
    # The session ends before the link does; the use case is asked itself.
    from apps.accounts import confirmations

    with clock.moved(timedelta(hours=25)), pytest.raises(confirmations.LinkDead, match="24 hours"):
        confirmations.confirm(link(mailoutbox[1]).split("/")[4], User.objects.get(login=MEMBER))
    assert address_of(MEMBER) == ""


@pytest.mark.parametrize("key", ["x", "a:b", "00000000000000000000000000000000:forged"])
def test_a_forged_link_confirms_nothing(member: Client, key: str) -> None:
    for answer in (member.get(f"{PAGE}confirm/{key}/"), member.post(f"{PAGE}confirm/{key}/")):
        assert answer.status_code == 409
        assert b"not whole" in answer.content


def test_changing_it_needs_confirming_again_and_the_old_one_is_told(
    member: Client, mailoutbox: list[EmailMessage]
) -> None:
    confirmed(member, "old@example.com", mailoutbox)
    ask(member, "new@example.com", minutes=2)
    with clock.moved(timedelta(minutes=2)):
        settle(seconds=0)
        assert address_of(MEMBER) == "old@example.com"
        member.post(link(mailoutbox.pop()))
        assert address_of(MEMBER) == "new@example.com"
        settle(seconds=0)
    (told,) = mailoutbox
    assert told.to == ["old@example.com"]
    assert "nothing comes to this address" in str(told.body)
    assert "new@example.com" not in str(told.body)
    assert not ContactConfirmation.objects.exclude(sealed_former="").exists()


def test_an_address_is_taken_back_and_told(member: Client, mailoutbox: list[EmailMessage]) -> None:
    confirmed(member, "max@example.com", mailoutbox)
    assert member.post(f"{PAGE}remove/").status_code == 302
    settle(seconds=0)
    assert address_of(MEMBER) == ""
    assert [mail.to for mail in mailoutbox] == [["max@example.com"]]
    assert member.post(f"{PAGE}remove/").status_code == 302  # nothing there: nothing happens
    settle(seconds=0)
    assert len(mailoutbox) == 1


def test_mails_are_throttled(member: Client, mailoutbox: list[EmailMessage]) -> None:
    assert ask(member, "a@example.com").status_code == 302
    soon = ask(member, "b@example.com", seconds=30)
    assert soon.status_code == 422
    assert b"Wait a minute" in soon.content
    for number in range(4):
        assert ask(member, f"c{number}@example.com", minutes=2 * number + 2).status_code == 302
    assert b"a day" in ask(member, "d@example.com", minutes=20).content
    with clock.moved(timedelta(minutes=21)):
        settle(seconds=0)
    assert [mail.to for mail in mailoutbox] == [["c3@example.com"]]  # those before were overtaken


@pytest.mark.parametrize(
    "email",
    ["", "max", "max@", "@example.com", "a@b@example.com", "max@example.com\nBcc: x@example.com", "max@localhost",
     '"max"@example.com', "max <max@example.com>", "a" * 250 + "@example.com", "mäx@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(member: Client, email: str) -> None:
    assert ask(member, email).status_code == 422
    assert not ContactConfirmation.objects.exists()


def test_the_same_address_is_not_asked_for_again(member: Client, mailoutbox: list[EmailMessage]) -> None:
    confirmed(member, "max@example.com", mailoutbox)
    assert b"already" in ask(member, "max@EXAMPLE.com", minutes=2).content


def test_who_is_no_member_has_no_address_here(browse: Browse) -> None:
    outsider = browse(OUTSIDER)
    for answer in (outsider.get(PAGE), ask(outsider, "x@example.com"), outsider.post(f"{PAGE}remove/")):
        assert answer.status_code == 404
    assert not ContactConfirmation.objects.exists()


def test_who_died_before_saying_so_sends_once_more(member: Client, mailoutbox: list[EmailMessage]) -> None:
    ask(member, "max@example.com")
    row = ContactConfirmation.objects.get()
    dead = confirmation_mails._claim(row.pk)
    assert dead is not None
    with mail.post() as post:
        post.send(confirmation_mails.written(dead))
    assert not confirmation_mails.send(row.pk), "somebody holds it"
    with clock.moved(mail.LEASE):
        settle()
    assert len(mailoutbox) == 2
    assert link(mailoutbox[0]) == link(mailoutbox[1])
    assert len({one.extra_headers["Message-ID"] for one in mailoutbox}) == 1, "by which a reader knows the double"
    confirmation_mails._settle(dead, failed=True)
    assert ContactConfirmation.objects.get().state == State.SENT, "its lease was over: its word counts no more"


def test_a_mail_server_that_is_away_is_tried_again_and_then_given_up(member: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "apps.core.mail.TrustingBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ask(member, "max@example.com")
    row = ContactConfirmation.objects.get()
    for hours in range(0, 25, 3):
        with clock.moved(timedelta(hours=hours)):
            confirmation_mails.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.due_at) == (State.FAILED, 5, None)
    assert b"could not be sent" in member.get(PAGE).content


def test_without_a_mail_server_nothing_is_asked_for(member: Client, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    answer = ask(member, "max@example.com")
    assert answer.status_code == 422
    assert b"no mail server" in answer.content


def test_the_record_tells_of_it_without_the_address(member: Client, mailoutbox: list[EmailMessage]) -> None:
    confirmed(member, "max@example.com", mailoutbox)
    member.post(f"{PAGE}remove/")
    events = Event.objects.filter(name__startswith="contact.").order_by("pk")
    assert [event.name for event in events] == ["contact.confirmed", "contact.taken_back"]
    assert "example.com" not in "".join(bytes(event.canonical).decode() for event in Event.objects.all())
