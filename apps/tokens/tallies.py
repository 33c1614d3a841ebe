"""What the end of a sync leaves beside the rows: whose holder left, how many each filter shows, and end on each day."""

from django.db.models import Exists, OuterRef

from apps.core import clock
from apps.core.spans import UTC_ZONE, zone_of
from apps.github.models import Member, Organization
from apps.tokens.models import EndingDay, Grant, Tally
from apps.tokens.queries import ending_days, facets


def keep(organization_id: int) -> None:
    """Note all of it for one organization. As many statements for any number of tokens, in the caller's transaction.

    The organization's row is held: where two readings end at once, the second counts after the first.
    """
    zone = zone_of(Organization.objects.select_for_update(no_key=True).get(pk=organization_id).time_zone)
    _mark_left(organization_id)
    now = clock.now()
    EndingDay.objects.filter(organization=organization_id).delete()
    EndingDay.objects.bulk_create(
        day for one in {UTC_ZONE, zone} for day in ending_days.counted(organization_id, one, now)
    )
    weeks = ending_days.by_week(organization_id, now)
    Tally.objects.update_or_create(
        organization_id=organization_id,
        defaults={"counts": facets.counted(organization_id), "weeks": weeks, "counted_at": now},
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
