"""What owners want done about sleeping tokens."""

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.models import SleepingSettings
from apps.tokens.names import Name
from apps.tokens.plans import days, sleeping


def change_sleeping_settings(
    *, user: User, organization: Organization, is_on: bool, unused_days: int, notice_days: int, grace_days: int
) -> SleepingSettings:
    """From now on. Raises what `require_owner_now` raises, and RuleBroken for days that make no sense."""
    longest = SleepingSettings.LONGEST
    if not (1 <= unused_days <= longest and 1 <= notice_days <= longest and 0 <= grace_days <= longest):
        raise RuleBroken(f"Choose 1 to {longest} days, and 0 to {longest} of grace.")
    access.require_owner_now(user, organization)
    after = {"is_on": is_on, "unused_days": unused_days, "notice_days": notice_days, "grace_days": grace_days}
    with transaction.atomic():
        before = SleepingSettings.objects.filter(organization=organization).values(*after).first()
        chosen, _ = SleepingSettings.objects.update_or_create(
            organization=organization, defaults=after | {"changed_by_login": user.login, "changed_at": clock.now()}
        )
        audit.record(
            Name.SLEEPING_CHANGED, organization_id=organization.pk, actor=user.actor, before=before, after=after
        )
    return chosen


def propose_beyond_bound(*, user: User, organization: Organization) -> int:
    """An owner's yes to all that sleep today, however many; they are proposed now. Returns how many.

    Raises what `require_owner_now` raises, and RuleBroken where nothing sleeps or it is not switched on.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        wanted = SleepingSettings.objects.select_for_update(of=("self",)).select_related("organization")
        chosen = wanted.filter(organization=organization, is_on=True).first()
        many = sleeping.asleep(chosen).count() if chosen else 0
        if chosen is None or not many:
            raise RuleBroken("Nothing sleeps here that could be proposed.")
        chosen.beyond_on = days.today(organization)
        chosen.save(update_fields=["beyond_on"])
        audit.record(Name.SLEEPING_BEYOND, organization_id=organization.pk, actor=user.actor, count=many)
    return sleeping.propose(chosen)
