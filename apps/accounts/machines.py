"""Machine users of an organization, and who looks after them, as its owners say."""

import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from apps.accounts import access, contacts
from apps.accounts.emails import NoAddress, email_of
from apps.accounts.models import MachineUsers, User
from apps.audit import services as audit
from apps.core import clock, globs
from apps.core.errors import RuleBroken
from apps.github.models import Member, Organization

MOST = 50
"""Of an organization: each pattern is held against every login."""


class NotNamed(RuleBroken):
    """Nothing was written; the sentence says why."""


@dataclass(frozen=True)
class Machines:
    """One row as the page shows it: who is meant, and who looks after them. Unknown people appear by number."""

    pk: int
    who: str
    is_pattern: bool
    maintainers: list[str]
    email: str


def machines(organization: Organization) -> list[Machines]:
    """Every row, in the order they were named; two queries."""
    rows = list(MachineUsers.objects.filter(organization=organization).order_by("pk"))
    people = {pk for row in rows for pk in (row.person_id, *row.maintainer_ids) if pk}
    named = Member.objects.filter(organization=organization, user_id__in=people)
    logins = dict(named.values_list("user_id", "login")) if people else {}
    return [
        Machines(
            row.pk,
            row.pattern or logins.get(row.person_id or 0, f"number {row.person_id}"),
            bool(row.pattern),
            sorted(logins.get(pk, f"number {pk}") for pk in row.maintainer_ids),
            contacts.opened(row),
        )
        for row in rows
    ]


def name_machines(*, user: User, organization: Organization, who: str, maintainers: str, email: str) -> None:
    """`who` is a login, a number or a pattern; `maintainers` are logins or numbers, apart by commas or blanks.

    Raises NotNamed and what access.require_owner_now does; no transaction around it.
    """
    access.require_owner_now(user, organization)
    row = MachineUsers(organization=organization, key=uuid.uuid4(), named_at=clock.now())
    row.person_id, row.pattern = _meant(organization, who.strip().removeprefix("@"))
    row.maintainer_ids = [_person(organization, one) for one in maintainers.replace(",", " ").split()]
    if not row.maintainer_ids and not email.strip():
        raise NotNamed("Say who looks after them: members, an address, or both.")
    if row.person_id in row.maintainer_ids:
        raise NotNamed("A machine user does not look after itself.")
    row.seal_email(_address(email))
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if MachineUsers.objects.filter(organization=organization).count() >= MOST:
            raise NotNamed(f"There are {MOST} already. Use a pattern, or remove one.")
        _save(row)
        audit.record(
            "machine_user.named", organization_id=organization.pk, actor=user.actor, pattern=row.pattern,
            person_id=row.person_id, maintainers=len(row.maintainer_ids) + bool(row.sealed_email),
        )  # fmt: skip


def forget_machines(*, user: User, organization: Organization, number: int) -> bool:
    """They are people like others again. Whether there was such a row. Raises what access.require_owner_now does."""
    access.require_owner_now(user, organization)
    with transaction.atomic():
        row = MachineUsers.objects.select_for_update().filter(organization=organization, pk=number).first()
        if row is None:
            return False
        row.delete()
        audit.record(
            "machine_user.forgotten", organization_id=organization.pk, actor=user.actor, pattern=row.pattern,
            person_id=row.person_id,
        )  # fmt: skip
    return True


def _meant(organization: Organization, who: str) -> tuple[int | None, str]:
    """A number, or a pattern."""
    if "*" not in who and "?" not in who:
        return _person(organization, who), ""
    if not globs.is_pattern(who):
        raise NotNamed("A pattern is made of letters, digits, hyphens, `*` for any text and `?` for one character.")
    if not who.strip("*?"):
        raise NotNamed("This pattern means everybody.")
    return None, who


def _person(organization: Organization, who: str) -> int:
    """By login or number, of who is a member now."""
    members = Member.objects.filter(organization=organization, left_at__isnull=True)
    found = members.filter(login__iexact=who).first()
    if found is None and who.isascii() and who.isdecimal() and len(who) <= 18:
        found = members.filter(user_id=int(who)).first()
    if found is None:
        raise NotNamed(f"“{who[:60]}” is no member of {organization.login} by the last reading.")
    return found.user_id


def _address(email: str) -> str:
    try:
        return email_of(email) if email.strip() else ""
    except NoAddress as error:
        raise NotNamed("This is no e-mail address that Patrol can write to.") from error


def _save(row: MachineUsers) -> None:
    """Twice the same is refused."""
    twin = MachineUsers.objects.filter(organization=row.organization, pattern__iexact=row.pattern)
    if row.pattern and twin.exists():
        raise NotNamed("This pattern is there already. Remove it first.")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NotNamed("This machine user is there already. Remove it first.") from error
