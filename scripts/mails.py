"""Every mail that Patrol writes, from rows: `python -m scripts.mails` prints {name: {"subject", "text", "html"}}.

A database that goes away gets an organization or two, people with addresses, and events as the rooms record them; what
is printed are the messages that came of these.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from scripts import throwaway

NOW = datetime(2026, 12, 1, 8, 5, tzinfo=UTC)
MONA, OWNER = 1001, 1002
LOGINS = {MONA: "mona", OWNER: "owner", 1003: "hubot", 1004: "jessica", 1005: "sleepy-bot"}
HOSTILE = '<b>Free</b> tokens\u202e here" onclick="alert(1)'


def main() -> int:
    """Print them."""
    with throwaway.environment() as clean:
        os.environ.clear()
        os.environ.update(clean)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        json.dump(dict(_mails()), sys.stdout)
    return 0


def _mails() -> Iterator[tuple[str, dict[str, str]]]:
    from apps.core import clock

    with clock.moved(NOW - clock.now()):
        _people()
        for name, (reader, events) in _stories().items():
            yield name, _told(reader, events)
        yield from _about_addresses()


def _about_addresses() -> Iterator[tuple[str, dict[str, str]]]:
    """The two about a person's own address: the link to the new one, and what the one before is told."""
    from apps.accounts import confirmation_mails
    from apps.accounts.models import ContactConfirmation, User

    row = ContactConfirmation(user=User(pk=MONA, login=LOGINS[MONA]), key=UUID(int=MONA), asked_at=NOW)
    row.seal_email("mona@example.com")
    row.seal_former("mona@example.org")
    for name, state in (("address-confirm", row.State.DUE), ("address-former", row.State.OVERTAKEN)):
        row.state = state
        mail = confirmation_mails.written(row)
        yield name, {"subject": mail.subject, "text": mail.text, "html": mail.html}


def _people() -> None:
    from apps.accounts import contacts
    from apps.core import clock
    from apps.github.models import Member, Organization

    for number, login in ((1, "acme-robotics"), (2, "northwind-labs")):
        place = Organization.objects.create(id=number, login=login, time_zone="Europe/Berlin")
        for person, name in LOGINS.items():
            role = "admin" if person == OWNER else "member"
            Member.objects.create(organization=place, user_id=person, login=name, role=role)
    for person in (MONA, OWNER):
        contacts.keep(person, f"{LOGINS[person]}@example.com", source="confirmed", organization_id=None, at=clock.now())


Event = tuple[int, str, int, dict[str, Any]]
"""Organization, name, holder, data."""


def _stories() -> dict[str, tuple[int, list[Event]]]:
    """Who reads, and what was recorded."""
    several = [
        _reminded(1, MONA, ("nightly-build", 7, 2), ("release-notes", 30, 40), ("deploy-production", 1, 0)),
        _reminded(2, MONA, ("export-invoices", 14, None)),
    ]
    of_all = [
        *several,
        _reminded(1, 1003, ("package-mirror", 0, 0)),
        _reminded(1, 1005, ("old-crawler", 7, 90)),
        _reminded(2, 1004, (HOSTILE, 14, 3)),
    ]
    return {
        "reminder-holder": (MONA, several),
        "reminder-owner": (OWNER, of_all),
        "less-than-a-day": (MONA, [_one("token.reminded", "hotfix-2041", 0.4, None)]),
        "expired-in-use": (MONA, [_one("token.expired_in_use", "deploy-production", -0.01, 0)]),
        "expired-in-use-owner": (OWNER, [_one("token.expired_in_use", "deploy-production", -0.01, 0)]),
        "revocation-planned": (MONA, [_plan("planned", cause="approved_until")]),
        "revocation-near": (MONA, [_plan("near", cause="quarantine", days=7, reason="Not used since spring.")]),
        "revocation-extended": (MONA, [_plan("extended", cause="approved_until", before="2026-12-24")]),
        "revocation-kept": (MONA, [_plan("kept", cause="sleeping", by="owner", kept_until="2027-03-01")]),
        "revocation-cancelled": (MONA, [_plan("cancelled", cause="quarantine", by="owner")]),
        "revocation-sent": (MONA, [_plan("sent", cause="offboarding", reason="Last day at the company.")]),
    }


def _told(reader: int, events: list[Event]) -> dict[str, str]:
    """What came of the events for the reader."""
    from django.db import transaction

    from apps.audit import services as audit
    from apps.core import clock
    from apps.github.models import Organization
    from apps.notify import reading, services
    from apps.notify.models import Message

    Message.objects.all().delete()
    for number, name, holder, data in events:
        with transaction.atomic():
            audit.record(
                name, organization_id=number, subject=f"person:{holder}", owner_id=holder, owner_login=LOGINS[holder],
                organization=Organization.objects.get(pk=number).login, **data,
            )  # fmt: skip
    reading.read_all()
    with clock.moved(timedelta(minutes=3)):
        services.work()
    message = Message.objects.get(person_id=reader)
    return {"subject": message.subject, "text": message.text, "html": message.html}


def _reminded(place: int, holder: int, *tokens: tuple[str, int, int | None]) -> Event:
    """(name, days left, days since it was used) of each."""
    told = [{**_token(name, days + 0.25, used), "days": days} for name, days, used in tokens]
    day = {"day": NOW.date().isoformat(), "zone": "Europe/Berlin"}
    return place, "holder.reminded", holder, {**day, "count": len(told), "tokens": told}


def _one(name: str, token: str, days: float, used: int | None) -> Event:
    return 1, name, MONA, {**_token(token, days, used), "zone": "Europe/Berlin"}


def _plan(what: str, **more: Any) -> Event:
    plan = {"ends_on": "2027-01-31", "planned_by": "owner", **more}
    return 1, f"planned_revocation.{what}", MONA, {**_token("build-results-export", 61, 5), **plan}


def _token(name: str, days: float, used: int | None) -> dict[str, Any]:
    last = None if used is None else (NOW - timedelta(days=used)).isoformat()
    ends = (NOW + timedelta(days=days)).isoformat()
    return {"pat_id": 501, "token_id": 901, "token_name": name, "ends_at": ends, "last_used_at": last}


if __name__ == "__main__":
    sys.exit(main())
