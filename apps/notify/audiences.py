"""Who is told, of one organization: holders, who looks after machines, owners, and the address beside."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from apps.accounts import contacts
from apps.accounts.models import Membership
from apps.core import crypto
from apps.github.models import Member
from apps.notify.models import MailSettings, Notice, mark

Role = Notice.Role


@dataclass(frozen=True)
class Recipient:
    """A person at GitHub, or a mailbox; `key` names them in rows."""

    key: str
    person_id: int | None = None


def person(number: int) -> Recipient:
    """By GitHub's id."""
    return Recipient(f"person:{number}", number)


def mailbox(email: str) -> Recipient:
    """One that stands for several people. The address itself stays where it is kept."""
    return Recipient(f"mailbox:{mark(email)}")


@dataclass
class Audience:
    """Everybody who may be told of events about these holders in one organization, and the addresses they have.

    `kept_by`: of each holder who looks after it, themselves first. `addresses` by recipient.
    """

    owners: list[Recipient]
    copy: list[Recipient]
    kept_by: dict[int, list[tuple[Recipient, Notice.Role]]]
    addresses: dict[str, str] = field(default_factory=dict)

    def reaches(self, holder: int) -> bool:
        """Whether anybody who looks after that holder's tokens has an address."""
        return any(one.key in self.addresses for one, _ in self.kept_by[holder])


def audience(organization_id: int, holders: Collection[int]) -> Audience:
    """Of these holders; a constant number of queries for 500 of them."""
    maintained = contacts.maintainers(holders, organization_id=organization_id)
    boxes = contacts.maintainer_mailboxes(holders, organization_id=organization_id)
    owners = owner_ids(organization_id)
    copies = copy_address(organization_id)
    people = {*holders, *owners, *(one for ids in maintained.values() for one in ids)}
    known = contacts.addresses(people, organization_id=organization_id)
    addresses = {person(number).key: one.email for number, one in known.items()}
    addresses |= {mailbox(email).key: email for emails in [*boxes.values(), copies] for email in emails}
    kept_by = {one: _keepers(one, maintained.get(one, ()), boxes.get(one, ())) for one in holders}
    return Audience([person(one) for one in sorted(owners)], [mailbox(one) for one in copies], kept_by, addresses)


def owner_ids(organization_id: int) -> set[int]:
    """Who owns it, by the last walk over its members and by what GitHub said of those who signed in.

    A role that GitHub took away since the walk counts as taken away.
    """
    walked = Member.objects.filter(organization=organization_id, role="admin", left_at__isnull=True)
    told = dict(Membership.objects.filter(organization=organization_id).values_list("user_id", "role"))
    owners = {*walked.values_list("user_id", flat=True), *told}
    return {one for one in owners if told.get(one, Membership.Role.ADMIN) == Membership.Role.ADMIN}


def copy_address(organization_id: int) -> list[str]:
    """The address beside, if the organization has one and it opens."""
    row = MailSettings.objects.filter(organization=organization_id).exclude(sealed_copy_to="").first()
    try:
        return [row.copy_to] if row else []
    except crypto.Sealed:
        return []


def _keepers(holder: int, maintainers: Iterable[int], boxes: Iterable[str]) -> list[tuple[Recipient, Notice.Role]]:
    return [
        (person(holder), Role.HOLDER),
        *((person(one), Role.MAINTAINER) for one in maintainers),
        *((mailbox(one), Role.MAINTAINER) for one in boxes),
    ]
