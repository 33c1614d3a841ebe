"""What the end of a sync leaves beside the rows: whose holder left, and how many tokens each filter would show."""

from django.db.models import Exists, OuterRef

from apps.core import clock
from apps.github.models import Member, Organization
from apps.tokens.models import Grant, Tally
from apps.tokens.queries import facets


def keep(organization_id: int) -> None:
    """Note both for one organization. A constant number of statements, in the caller's transaction."""
    _mark_left(organization_id)
    Tally.objects.update_or_create(
        organization_id=organization_id,
        defaults={"counts": facets.counted(organization_id), "counted_at": clock.now()},
    )


def _mark_left(organization_id: int) -> None:
    """Before the first complete walk over the members nobody is known to have left."""
    grants = Grant.objects.filter(organization_id=organization_id)
    if not Organization.objects.filter(pk=organization_id, members_synced_at__isnull=False).exists():
        grants.filter(holder_left=True).update(holder_left=False)
        return
    members = Member.objects.filter(organization_id=organization_id, left_at__isnull=True)
    here = Exists(members.filter(user_id=OuterRef("owner_id")))
    grants.filter(~here, holder_left=False).update(holder_left=True)
    grants.filter(here, holder_left=True).update(holder_left=False)
