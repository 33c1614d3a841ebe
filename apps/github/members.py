"""Walking an organization's members: a walk writes as it goes, and stops where a later one has begun to write."""

from collections.abc import Iterator

from django.db import transaction

from apps.core import clock
from apps.github import auth, errors, readings
from apps.github.client import Client
from apps.github.models import Installation, Member, Organization

BATCH = 500


def walk(installation: Installation) -> int:
    """Owners first; who is not listed any more has left. How many there are, 0 where a later walk has begun to write.

    That one sees whatever this did. Raises github.errors; Unreadable for an organization without an owner, which GitHub
    does not have.
    """
    organization = installation.organization
    reading, started = readings.begin(installation.app), clock.now()
    seen: set[int] = set()
    client, _ = auth.installation_client(installation)
    with client:
        for batch in _batches(client, organization, seen):
            if not _write(organization, reading, batch):
                return 0
    gone = _gone(organization, seen)
    with transaction.atomic():
        if not readings.takes_members(organization, reading):
            return 0
        for start in range(0, len(gone), BATCH):
            Member.objects.filter(pk__in=gone[start : start + BATCH]).update(left_at=clock.now())
        Organization.objects.filter(pk=organization.pk).update(members_synced_at=started)
    return len(seen)


def _batches(client: Client, organization: Organization, seen: set[int]) -> Iterator[list[Member]]:
    """Each person once, as what they are named first; their ids go into `seen`."""
    for role in ("admin", "member"):
        batch: list[Member] = []
        for account in client.members(organization.login, role):
            if account.id in seen:
                continue
            seen.add(account.id)
            batch.append(Member(organization=organization, user_id=account.id, login=account.login, role=role))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if not seen:
            raise errors.Unreadable("GitHub lists no owner of the organization.")
        yield batch


def _write(organization: Organization, reading: int, batch: list[Member]) -> bool:
    """False, and nothing is written, where a later walk has begun to write."""
    with transaction.atomic():
        if not readings.takes_members(organization, reading):
            return False
        Member.objects.bulk_create(
            batch,
            update_conflicts=True,
            unique_fields=["organization", "user_id"],
            update_fields=["login", "role", "left_at"],
        )
    return True


def _gone(organization: Organization, seen: set[int]) -> list[int]:
    """Rows of members who were not seen."""
    present = Member.objects.filter(organization=organization, left_at__isnull=True)
    return [pk for pk, user_id in present.values_list("pk", "user_id").iterator() if user_id not in seen]
