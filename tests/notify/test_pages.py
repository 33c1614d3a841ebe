"""People read what they were told, and what the mails said; nobody reads what is another's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts import contacts
from apps.accounts.models import Contact, Membership, User
from apps.audit.models import Event
from apps.core import clock
from apps.github.models import Organization
from apps.notify import reading, services
from apps.notify.audiences import copy_address
from apps.notify.models import Message, Notice
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import sign_in
from tests.github import GitHub
from tests.notify.telling import one
from tests.tokens.desk import Desk
from tests.tokens.pages import get
from tests.tokens.planning import Cause, planned
from tests.tokens.reminded import minute

Browse = Callable[[str], Client]
SETTINGS = f"/orgs/{ORGANIZATION}/settings/reminders/"
COPIES = f"{SETTINGS}copies/"


@pytest.fixture
def desk(patrol: GitHub, settings: Any) -> Desk:
    """A member's token that has less than a day, and the messages about it."""
    settings.EMAIL_HOST = "mail.test"
    desk = Desk(patrol)
    member = sign_in(Client(), MEMBER)
    for login in (OWNER, MEMBER):
        person = User.objects.get(login=login).pk
        contacts.keep(
            person, f"{login}@example.com", source=Contact.Source.CONFIRMED, organization_id=None, at=clock.now()
        )
    desk.grant(login=MEMBER, name="hotfix", expires_in_days=0.5)
    minute()
    services.work()
    assert member.get("/notices/").status_code == 200
    return desk


def of(login: str) -> Message:
    return Message.objects.get(person_id=User.objects.get(login=login).pk, subject__contains="hotfix")


def text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("login", [OWNER, MEMBER])
def test_what_no_mail_told_yet_stands_together(desk: Desk, login: str) -> None:
    """But for what is told by itself."""
    names = [f"planned-{number}" for number in range(3)]
    for name in names:
        planned(desk, desk.grant(login=MEMBER, name=name), cause=Cause.SLEEPING)
    reading.read_all()
    browser = sign_in(Client(), login)
    for _ in range(2):
        rows = [row.text for row in get(browser, "/notices/").all("li", class_="Row")]
        said = [[name in row for name in [*names, "hotfix"]] for row in rows]
        assert [one for one in said if any(one)] == [[True, True, True, False], [False, False, False, True]]
        Notice.objects.update(state=Notice.State.NO_ADDRESS, message=None)


@pytest.mark.parametrize("login", [OWNER, MEMBER])
def test_a_person_reads_what_they_were_told_and_what_the_mail_said(desk: Desk, login: str) -> None:
    browser = sign_in(Client(), login)
    page = text(browser, "/notices/")
    assert "hotfix" in page
    assert "ends in less than a day" in page
    assert "Sent" in page
    assert f"/notices/{of(login).pk}/" in page
    assert "What to do" in text(browser, f"/notices/{of(login).pk}/")


def test_nobody_reads_what_is_anothers(desk: Desk) -> None:
    assert sign_in(Client(), MEMBER).get(f"/notices/{of(OWNER).pk}/").status_code == 404
    outsider = sign_in(Client(), OUTSIDER)
    assert outsider.get(f"/notices/{of(MEMBER).pk}/").status_code == 404
    assert "hotfix" not in text(outsider, "/notices/")
    assert Client().get("/notices/").status_code == 302


def test_who_owns_the_organization_no_more_does_not_read_it_any_more(desk: Desk) -> None:
    owner = User.objects.get(login=OWNER)
    Membership.objects.filter(user=owner).update(role=Membership.Role.MEMBER)
    User.objects.filter(pk=owner.pk).update(organizations_checked_at=clock.now())
    assert "hotfix" not in text(desk.browser, "/notices/")
    assert desk.browser.get(f"/notices/{of(OWNER).pk}/").status_code == 404


def test_of_a_message_the_part_that_is_seen_is_shown(desk: Desk) -> None:
    """As where an organization wants a single sign-on session that the reader does not have."""
    other = Organization.objects.get(login=OTHER_ORGANIZATION)
    message = of(OWNER)
    for where, name in ((desk.organization, "seen-here"), (other, "not-seen")):
        event = one(where, "token.reminded", desk.user.pk, token_name=name)
        Notice.objects.create(
            event=event, recipient=message.recipient, person_id=desk.user.pk, organization=where, made_at=clock.now(),
            role=Notice.Role.OWNER, pace=Notice.Pace.OWN, state=Notice.State.IN_MESSAGE, message=message,
        )  # fmt: skip
    Membership.objects.filter(user=desk.user, organization=other).update(sso_required=True)
    page = text(desk.browser, f"/notices/{message.pk}/")
    assert "seen-here" in page
    assert "not-seen" not in page
    assert "is left out" in page


def test_a_notice_without_an_address_is_on_the_page_which_asks_for_one(desk: Desk, settings: Any) -> None:
    """Not where no mail can leave: there no address is confirmed."""
    assert "Enter your address" not in text(desk.browser, "/notices/")
    Notice.objects.update(state=Notice.State.NO_ADDRESS, message=None)
    assert "no address of yours is known" in text(desk.browser, "/notices/")
    for host, asked in (("", False), ("mail.example.com", True)):
        settings.EMAIL_HOST = host
        assert ("Enter your address" in text(desk.browser, "/notices/")) == asked


def test_owners_see_what_could_not_be_sent_and_not_what_it_said(desk: Desk) -> None:
    failed = of(MEMBER)
    Message.objects.filter(pk=failed.pk).update(state=Message.State.FAILED, error="550: no such user")
    page = text(desk.browser, SETTINGS)
    assert "550: no such user" in page
    assert failed.subject not in page
    assert "550" not in text(desk.browser, "/orgs/northwind-labs/settings/reminders/")


def test_who_looks_after_this_patrol_sees_how_mail_leaves(desk: Desk) -> None:
    assert desk.browser.get("/setup/mail/").status_code == 404
    User.objects.filter(login=OWNER).update(is_administrator=True)
    Message.objects.filter(pk=of(MEMBER).pk).update(state=Message.State.FAILED, error="550: no such user")
    page = text(desk.browser, "/setup/mail/")
    assert "mail.test" in page
    assert "1 failed" in page
    assert "hotfix" not in page


def test_an_owner_enters_an_address_that_is_told_besides(browse: Browse) -> None:
    browser = browse(OWNER)
    here = Organization.objects.get(login=ORGANIZATION)
    assert browser.post(COPIES, {"email": "platform@example.com"}).status_code == 302
    assert copy_address(here.pk) == ["platform@example.com"]
    assert 'value="platform@example.com"' in text(browser, SETTINGS)
    assert browser.post(COPIES, {"email": ""}).status_code == 302
    assert copy_address(here.pk) == []
    said = Event.objects.filter(name="mail_settings.changed", actor_login=OWNER).order_by("sequence")
    assert [event.data for event in said] == [{"address": "entered"}, {"address": "removed"}]


@pytest.mark.parametrize("wrong", ["nobody", "a@b", "a@example.com, b@example.com", "a@example.com\nBcc: b@x.org"])
def test_what_is_no_address_is_refused(browse: Browse, wrong: str) -> None:
    assert browse(OWNER).post(COPIES, {"email": wrong}).status_code == 422
    assert copy_address(Organization.objects.get(login=ORGANIZATION).pk) == []


def test_only_owners_enter_it(browse: Browse) -> None:
    for login, status in ((MEMBER, 403), (OUTSIDER, 404)):
        assert browse(login).post(COPIES, {"email": "me@example.com"}).status_code == status
    assert browse(OWNER).get(COPIES).status_code == 405
