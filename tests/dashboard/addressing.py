"""Addresses as owners hand them in, and who has one."""

import csv
import io
from typing import Any

from apps.accounts import contacts
from apps.accounts.models import Contact
from apps.core import clock
from apps.dashboard.addresses import queries
from apps.github.models import Member, Organization
from apps.github.services import sync_members
from apps.tokens.models import Grant
from tests.cast import ORGANIZATION
from tests.github import GitHub
from tests.tokens.desk import Desk

PAGE = f"/orgs/{ORGANIZATION}/settings/addresses/"
Source = Contact.Source


def desk_of(patrol: GitHub) -> Desk:
    """An owner's desk where the members were read too."""
    desk = Desk(patrol)
    sync_members(desk.organization.pk)
    return desk


def number(login: str) -> int:
    return Member.objects.filter(login=login).values_list("user_id", flat=True)[0]


def give(person: int, organization: Organization | None, source: str = Source.OWNER, email: str = "") -> None:
    contacts.keep(
        person, email or f"p{person}@example.com", source=source,
        organization_id=organization.pk if organization else None, at=clock.now(),
    )  # fmt: skip


def email_of(login: str, organization: Organization) -> str:
    found = contacts.addresses([number(login)], organization_id=organization.pk)
    return next((one.email for one in found.values()), "")


def reach(desk: Desk) -> queries.Reach:
    return queries.addresses(desk.organization).reach


def people(desk: Desk) -> list[tuple[int, str]]:
    """Who holds active tokens, by number."""
    active = Grant.objects.active().filter(organization=desk.organization, ends_at__gt=clock.now()).order_by("owner_id")
    return list(dict(active.values_list("owner_id", "owner_login")).items())


def hand_in(desk: Desk, content: str, **more: Any) -> Any:
    return desk.browser.post(f"{PAGE}import/", {"lines": content, **more})


def write(desk: Desk, content: str) -> Any:
    """Hand in, look, and write."""
    answer = hand_in(desk, content)
    assert answer.status_code == 302, answer.content
    page = desk.browser.get(answer["Location"])
    return desk.browser.post(answer["Location"], {"seen": page.context["digest"]})


def lines(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer).decode(), newline="")))
