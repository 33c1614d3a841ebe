"""Whom Patrol can write to, and who looks after a machine user. GitHub gives no addresses.

People are GitHub's numeric ids. An address is for one organization, or for all where the person confirmed it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db.models import Q

from apps.accounts.contact_models import SealedAddress
from apps.accounts.models import Contact, MachineUsers
from apps.core import crypto, globs
from apps.github.models import Member

log = structlog.get_logger(__name__)
MANY = 500
"""As many ids as one query names."""


@dataclass(frozen=True)
class Address:
    """Where mail for a person goes. `source` is Contact.Source; without `confirmed_at` nobody proved that it is so."""

    email: str
    source: str
    confirmed_at: datetime | None = None


def addresses(people: Collection[int], *, organization_id: int) -> dict[int, Address]:
    """The most trusted address of each; people without one are left out. One query for 500 people.

    What does not open with the keys given is no address; it is logged by id.
    """
    found: dict[int, Address] = {}
    for row in _by_trust(people, organization_id):
        if row.person_id not in found:
            address = _address(row)
            if address is not None:
                found[row.person_id] = address
    return found


def maintainers(people: Collection[int], *, organization_id: int) -> dict[int, list[int]]:
    """Of each machine user the GitHub ids of who looks after it, in order; people who are none are left out."""
    found = {
        person: sorted({one for rule in rules for one in rule.maintainer_ids} - {person})
        for person, rules in _machines(people, organization_id).items()
    }
    return {person: ids for person, ids in found.items() if ids}


def maintainer_mailboxes(people: Collection[int], *, organization_id: int) -> dict[int, list[str]]:
    """Of each machine user the addresses that stand for its maintainers beside people: a team's, for instance."""
    found: dict[int, list[str]] = {}
    for person, rules in _machines(people, organization_id).items():
        emails = {email for rule in rules if (email := opened(rule))}
        if emails:
            found[person] = sorted(emails)
    return found


def unreached(people: Collection[int], *, organization_id: int) -> set[int]:
    """Those of them who have no address, nor anybody with one who looks after them."""
    kept = maintainers(people, organization_id=organization_id)
    boxes = maintainer_mailboxes(people, organization_id=organization_id)
    everybody = {*people, *(one for ids in kept.values() for one in ids)}
    known = addresses(everybody, organization_id=organization_id)
    return {
        one for one in people
        if one not in known and one not in boxes and known.keys().isdisjoint(kept.get(one, ()))
    }  # fmt: skip


def reached_machines(organization_id: int) -> tuple[set[int], list[str]]:
    """Machine users whose reminders reach a maintainer: by number, and as patterns of logins. Three queries at most."""
    rules = list(MachineUsers.objects.filter(organization=organization_id).order_by("pk"))
    people = {one for rule in rules for one in rule.maintainer_ids}
    have = addresses(people, organization_id=organization_id) if people else {}
    good = [rule for rule in rules if rule.sealed_email or not have.keys().isdisjoint(rule.maintainer_ids)]
    return {rule.person_id for rule in good if rule.person_id}, [rule.pattern for rule in good if rule.pattern]


def keep(person_id: int, email: str, *, source: str, organization_id: int | None, at: datetime) -> Contact:
    """Write an address down in place of what the same source gave before; inside the caller's transaction."""
    of = {"person_id": person_id, "organization_id": organization_id, "source": source}
    row = Contact.objects.filter(**of).first() or Contact(**of)
    row.known_at = at
    row.seal_email(email)
    row.save()
    return row


def seal_anew() -> int:
    """Seal with the ring's first key what another one sealed; how many. What does not open stays as it is."""
    return sum(_sealed_anew(kind) for kind in (Contact, MachineUsers))


def _sealed_anew(kind: type[Contact] | type[MachineUsers]) -> int:
    done = 0
    old = kind.objects.exclude(sealed_email="").exclude(sealed_email__startswith=crypto.newest_prefix())
    for row in old.iterator(chunk_size=MANY):
        before, email = row.sealed_email, opened(row)
        if email:
            row.seal_email(email)
            done += kind.objects.filter(pk=row.pk, sealed_email=before).update(sealed_email=row.sealed_email)
    return done


def _by_trust(people: Collection[int], organization_id: int) -> list[Contact]:
    rows: list[Contact] = []
    for some in _parts(people):
        here = Q(organization=organization_id) | Q(organization__isnull=True)
        rows += Contact.objects.filter(here, person_id__in=some)
    return sorted(rows, key=lambda row: Contact.TRUST.index(row.source))


def _address(row: Contact) -> Address | None:
    email = opened(row)
    confirmed = row.source == Contact.Source.CONFIRMED
    return Address(email, row.source, row.known_at if confirmed else None) if email else None


def opened(row: SealedAddress) -> str:
    """Its address; empty where the row does not open."""
    try:
        return row.email
    except crypto.Sealed:
        log.warning("accounts.address_sealed", table=row._meta.db_table, row=row.pk)
        return ""


def _machines(people: Collection[int], organization_id: int) -> dict[int, list[MachineUsers]]:
    """Of each who is a machine user, what says so; two queries for 500 people."""
    rules = list(MachineUsers.objects.filter(organization=organization_id).order_by("pk"))
    if not rules:
        return {}
    logins = _logins(people, organization_id) if any(rule.pattern for rule in rules) else {}
    found = {
        person: [rule for rule in rules if _is_meant(rule, person, logins.get(person, ""))] for person in set(people)
    }
    return {person: fitting for person, fitting in found.items() if fitting}


def _is_meant(rule: MachineUsers, person: int, login: str) -> bool:
    return rule.person_id == person or bool(rule.pattern and login and globs.fits(rule.pattern, login))


def _logins(people: Collection[int], organization_id: int) -> dict[int, str]:
    """As GitHub called members when they were last walked."""
    logins: dict[int, str] = {}
    for some in _parts(people):
        named = Member.objects.filter(organization=organization_id, user_id__in=some)
        logins |= dict(named.values_list("user_id", "login"))
    return logins


def _parts(people: Iterable[int]) -> Iterable[list[int]]:
    every = sorted(set(people))
    return (every[start : start + MANY] for start in range(0, len(every), MANY))
