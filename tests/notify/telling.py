"""What the tests of messages share: people with addresses, events to tell, a mail server that does as it is told."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from django.db import transaction

from apps.accounts import contacts
from apps.accounts.models import Contact
from apps.audit import services as audit
from apps.audit.models import Event
from apps.core import clock
from apps.github.models import Member, Organization
from apps.notify import reading, services
from apps.notify.models import Message, Notice

ANN, BEN, EVE, BOT = 11, 12, 13, 14
LOGINS = {ANN: "ann", BEN: "ben", EVE: "eve", BOT: "deploy-bot"}
"""ann and eve hold tokens, ben owns the organizations."""
AFTER = timedelta(minutes=3)


def organization(number: int = 1, login: str = "acme") -> Organization:
    """With ann and eve as members and ben as its owner."""
    row = Organization.objects.create(id=number, login=login, members_synced_at=clock.now())
    for person, name in LOGINS.items():
        role = "admin" if person == BEN else "member"
        Member.objects.create(organization=row, user_id=person, login=name, role=role)
    return row


def give(person: int, email: str = "", organization: Organization | None = None) -> None:
    """An address: confirmed by the person, or given by an owner of one organization."""
    contacts.keep(
        person,
        email or f"{LOGINS[person]}@example.com",
        source=Contact.Source.OWNER if organization else Contact.Source.CONFIRMED,
        organization_id=organization.pk if organization else None,
        at=clock.now(),
    )


def token(days: int = 7, name: str = "nightly", **more: Any) -> dict[str, Any]:
    """One of a reminder."""
    ends = clock.now() + timedelta(days=days, hours=1)
    return {
        "pat_id": 501, "token_id": 901, "token_name": name, "ends_at": ends.isoformat(), "last_used_at": None,
        "days": days, **more,
    }  # fmt: skip


def remind(where: Organization, holder: int = ANN, *tokens: dict[str, Any], day: date | None = None) -> Event:
    """The day's reminder of one holder."""
    return record(
        where, "holder.reminded", holder, day=(day or clock.now().date()).isoformat(), zone="UTC",
        tokens=list(tokens) or [token()], count=len(tokens) or 1,
    )  # fmt: skip


def one(where: Organization, name: str, holder: int = ANN, **data: Any) -> Event:
    """An event about one token."""
    return record(where, name, holder, **{"zone": "UTC", **token(), **data})


def plan(where: Organization, name: str, holder: int = ANN, **data: Any) -> Event:
    """An event about a planned revocation."""
    ends = {"ends_on": "2026-12-24", "ends_at": "2026-12-24T23:00:00+00:00", "cause": "quarantine"}
    return record(where, f"planned_revocation.{name}", holder, **{**token(), "planned_by": "ben", **ends, **data})


def record(where: Organization, name: str, holder: int, **data: Any) -> Event:
    """As the rooms that know tokens do."""
    with transaction.atomic():
        return audit.record(
            name, organization_id=where.pk, subject=f"person:{holder}", organization=where.login, owner_id=holder,
            owner_login=LOGINS.get(holder, "somebody"), **data,
        )  # fmt: skip


def work(after: timedelta = AFTER) -> int:
    """What is recorded now, and what is due then."""
    reading.read_all()
    with clock.moved(after):
        return services.work()


def told() -> set[tuple[str, str, bool]]:
    """Who was told as what, and whether in somebody's place."""
    logins = {f"person:{person}": login for person, login in LOGINS.items()}
    return {(logins.get(one.recipient, "mailbox"), one.role, one.unreached) for one in Notice.objects.all()}


def states() -> list[str]:
    """Of all messages, oldest first."""
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def instant(text: str) -> datetime:
    """In UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Server:
    """A mail server on this machine. `answers` says what to each mail, "250" in the end; `got` what was accepted."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.asked: list[str] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}
        self.hang = 0.0
        self.then: Callable[[], None] = lambda: None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Refuses whom it was told to."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Takes the mail, or says what it was told to say."""
        self.asked.append(envelope.rcpt_tos[0])
        if self.hang:
            await asyncio.sleep(self.hang)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.got.append(message)
            self.then()
        return answer

    def start(self) -> None:
        """From now on."""
        self._controller.start()

    def stop(self) -> None:
        """It is gone."""
        with contextlib.suppress(AssertionError):
            self._controller.stop()


@contextlib.contextmanager
def serving(settings: Any, timeout: float = 2) -> Iterator[Server]:
    """A server that Patrol's settings name."""
    server = Server()
    server.start()
    settings.EMAIL_BACKEND = "apps.core.mail.TrustingBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, timeout
    try:
        yield server
    finally:
        server.stop()
