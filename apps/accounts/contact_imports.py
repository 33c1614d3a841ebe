"""An owner hands in addresses of an organization's people: read, compared and shown first, then applied.

What a file says counts for that organization only. People are told apart by GitHub's number: a login is looked up among
its members, and means who bears it now.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, BinaryIO

from django.db import transaction

from apps.accounts import access, contact_lines, contacts
from apps.accounts.contact_lines import Line
from apps.accounts.emails import email_of, same
from apps.accounts.models import Contact, ContactImport, User
from apps.audit import services as audit
from apps.core import bulk, clock
from apps.core.errors import RuleBroken, Stale
from apps.github.models import Member, Organization

GOOD_FOR = timedelta(hours=1)
KINDS = ("new", "changed", "same", "unknown", "invalid")
APPLIED = ("new", "changed")
Holders = Mapping[int, str]
"""People who hold tokens there, by GitHub's number, with their logins: they may be given an address as members are."""


class Over(RuleBroken):
    """An hour has passed, or it was applied."""


@dataclass(frozen=True)
class Entry:
    """A line and what becomes of it: one of KINDS; `person_id` 0 where nobody is known. `why` of what is left out."""

    line: Line
    kind: str
    person_id: int = 0
    login: str = ""
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What applying would do now; `digest` names exactly that."""

    entries: list[Entry]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind."""
        return {kind: len(self.of(kind)) for kind in KINDS}

    def of(self, *kinds: str) -> list[Entry]:
        """The entries of these kinds, in the order of the file."""
        return [entry for entry in self.entries if entry.kind in kinds]

    def digest(self) -> str:
        """Of what would be written."""
        said = [(one.person_id, one.line.email) for one in self.of(*APPLIED)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def hand_in(*, user: User, organization: Organization, file: BinaryIO) -> ContactImport:
    """Read a file and keep its lines, sealed, for an hour; nothing is written into contacts. Raises Unreadable."""
    lines = contact_lines.read(file)
    row = ContactImport(organization=organization, user=user, key=uuid.uuid4(), made_at=clock.now())
    row.seal_lines(json.dumps([list(asdict(line).values()) for line in lines]))
    row.save()
    return row


def kept(*, user: User, organization: Organization, number: int) -> ContactImport | None:
    """What this person handed in here within the hour."""
    mine = ContactImport.objects.filter(user=user, organization=organization, made_at__gt=clock.now() - GOOD_FOR)
    return mine.filter(pk=number).first()


def plan(row: ContactImport, holders: Holders) -> Plan:
    """Each line beside what is known now; three queries. Raises crypto.Sealed."""
    lines = [Line(*values) for values in json.loads(row.lines)]
    by_id, by_login = _directory(row.organization_id, holders)
    given = _given(row.organization_id)
    entries: list[Entry] = []
    first: dict[int, int] = {}
    for line in lines:
        entry = _entry(line, by_id, by_login)
        if entry.person_id and not entry.kind:
            entry = _beside(entry, given, first)
        entries.append(entry)
    return Plan(entries)


def apply(*, user: User, row: ContactImport, holders: Holders, seen: str) -> dict[str, int]:
    """Write what the plan shows, if it is what was `seen`, and record how many. Counts of each kind.

    Raises Over, Stale, crypto.Sealed and what access.require_owner_now does. Talks to GitHub: not in a transaction.
    """
    access.require_owner_now(user, row.organization)
    with transaction.atomic():
        locked = ContactImport.objects.select_for_update().get(pk=row.pk)
        if locked.applied_at is not None or locked.made_at <= clock.now() - GOOD_FOR:
            raise Over("This list was applied already, or is more than an hour old. Hand it in again.")
        found = plan(locked, holders)
        if found.digest() != seen:
            raise Stale("Something changed since this was shown. Look at it again.")
        _write(row.organization_id, found.of(*APPLIED))
        locked.applied_at, locked.outcome = clock.now(), found.counts
        locked.save(update_fields=["applied_at", "outcome"])
        told: dict[str, Any] = {f"contacts_{kind}": count for kind, count in found.counts.items()}
        audit.record("contact.imported", organization_id=row.organization_id, actor=user.actor, **told)
    return found.counts


def left_out(found: Plan) -> Iterable[list[str]]:
    """Lines that are not applied, as rows of a file that can be mended and handed in again."""
    yield ["github_id", "login", "email", "line", "problem"]
    for entry in found.of("unknown", "invalid"):
        line = entry.line
        yield [line.id, line.login, line.email, str(line.number), entry.why]


def forget_old() -> int:
    """Lists are kept for an hour, applied or not. Returns how many were deleted."""
    return ContactImport.objects.filter(made_at__lt=clock.now() - GOOD_FOR).delete()[0]


def _directory(organization_id: int, holders: Holders) -> tuple[dict[int, str], dict[str, int]]:
    """Whom a line may name: by number, and by login in small letters. Who bears a login now goes before who left."""
    members = Member.objects.filter(organization=organization_id).values_list("user_id", "login", "left_at")
    by_id, by_login = dict(holders), {login.lower(): pk for pk, login in holders.items()}
    for pk, login, left_at in sorted(members, key=lambda one: one[2] is None):
        by_id[pk] = login
        if left_at is None or login.lower() not in by_login:
            by_login[login.lower()] = pk
    return by_id, by_login


def _given(organization_id: int) -> dict[int, Contact]:
    rows = Contact.objects.filter(organization=organization_id, source=Contact.Source.OWNER)
    return {row.person_id: row for row in rows}


def _entry(line: Line, by_id: Mapping[int, str], by_login: Mapping[str, int]) -> Entry:
    """Whom the line names; without a kind yet where that is known and the line is in order."""
    if line.problem:
        return Entry(line, "invalid", login=line.login, why=line.problem)
    person = int(line.id) if line.id else by_login.get(line.login.lower(), 0)
    if person not in by_id:
        why = f"Nobody of the number {line.id}" if line.id else "Nobody of this login"
        return Entry(line, "unknown", login=line.login, why=f"{why} is a member here or holds a token.")
    return Entry(line, "", person, by_id[person])


def _beside(entry: Entry, given: Mapping[int, Contact], first: dict[int, int]) -> Entry:
    """What becomes of it, beside what was given so far and the lines before."""
    line, person = entry.line, entry.person_id
    if person in first:
        why = f"Line {first[person]} names the same person."
        return Entry(line, "invalid", person, entry.login, why)
    first[person] = line.number
    if person not in given:
        return Entry(line, "new", person, entry.login)
    kind = "same" if same(contacts.opened(given[person]), line.email) else "changed"
    return Entry(line, kind, person, entry.login)


def _write(organization_id: int, entries: Iterable[Entry]) -> None:
    rows, now = [], clock.now()
    for entry in entries:
        row = Contact(
            person_id=entry.person_id, organization_id=organization_id, source=Contact.Source.OWNER, known_at=now
        )
        row.seal_email(email_of(entry.line.email))
        names = ("person_id", "organization_id", "source", "known_at", "sealed_email")
        rows.append({name: getattr(row, name) for name in names})
    bulk.write(
        Contact, rows, unique=["organization_id", "person_id", "source"], update=["sealed_email", "known_at"]
    )  # fmt: skip
