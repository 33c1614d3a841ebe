"""What an organization's owners do with its addresses beside handing them in: take out, remove, switch.

Addresses are in no event: those carry counts and GitHub's numbers.
"""

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import Contact, ContactSettings, ProfileLook, User
from apps.audit import services as audit
from apps.core import clock
from apps.github.models import Organization


def record_export(*, user: User, organization: Organization, count: int) -> None:
    """The addresses of the organization leave as a file."""
    with transaction.atomic():
        audit.record("contact.exported", organization_id=organization.pk, actor=user.actor, count=count)


def remove_contacts(*, user: User, organization: Organization, person_id: int | None = None) -> int:
    """Forget what owners gave and profiles showed, of one person or (None) of everybody. Returns how many addresses.

    What a person confirmed is theirs and stays. Raises what access.require_owner_now does; no transaction around it.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        mine = Contact.objects.filter(organization=organization)
        if person_id is not None:
            mine = mine.filter(person_id=person_id)
        count = mine.delete()[0]
        if count:
            audit.record(
                "contact.removed", organization_id=organization.pk, actor=user.actor, count=count, person_id=person_id
            )  # fmt: skip
    return count


def reads_profiles(organization_id: int) -> bool:
    """Whether the organization lets Patrol read public profiles."""
    return ContactSettings.objects.filter(organization=organization_id, profiles=True).exists()


def switch_profiles(*, user: User, organization: Organization, on: bool) -> None:
    """Let Patrol read the public profiles of who holds tokens, or not: then what they showed is forgotten at once.

    Raises what access.require_owner_now does; no transaction around it.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        row, _ = ContactSettings.objects.select_for_update().get_or_create(
            organization=organization, defaults={"changed_at": clock.now()}
        )
        if row.profiles == on:
            return
        row.profiles, row.changed_by_login, row.changed_at = on, user.login, clock.now()
        row.profiles_read_at = None
        row.save()
        forgotten = 0 if on else Contact.objects.filter(organization=organization, source="profile").delete()[0]
        ProfileLook.objects.filter(organization=organization).delete()
        audit.record(
            "contact.profiles_switched", organization_id=organization.pk, actor=user.actor,
            now="on" if on else "off", count=forgotten,
        )  # fmt: skip
