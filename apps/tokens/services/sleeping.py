"""What owners want done about sleeping tokens, and what administrators say for those that do not say it."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.models import SleepingDefaults, SleepingSettings
from apps.tokens.names import Name
from apps.tokens.plans import days, sleeping
from apps.tokens.services.defaults import Change, differing, record_changes, require_seen
from apps.tokens.sleeping_rules import NAMES, SETTINGS, defaults, rule, rule_of

Told = Mapping[str, int | None]
"""Days by the name of their setting; None: not said, so that it is inherited."""


def change_sleeping_settings(*, user: User, organization: Organization, is_on: bool, told: Told) -> SleepingSettings:
    """From now on. Raises what `require_owner_now` raises, and RuleBroken for days that make no sense."""
    _require_sane(told)
    access.require_owner_now(user, organization)
    after = {"is_on": is_on, **told}
    with transaction.atomic():
        before = SleepingSettings.objects.filter(organization=organization).values(*after).first()
        chosen, _ = SleepingSettings.objects.update_or_create(
            organization=organization, defaults=after | {"changed_by_login": user.login, "changed_at": clock.now()}
        )
        audit.record(
            Name.SLEEPING_CHANGED, organization_id=organization.pk, actor=user.actor, before=before, after=after
        )
    return chosen


def sleeping_changes(told: Told) -> list[Change]:
    """What becomes different where sleeping tokens are proposed, by login; a constant number of queries."""
    before, after = defaults(), SleepingDefaults(**told)
    wanted = {one.organization_id: one for one in SleepingSettings.objects.filter(is_on=True)}
    return differing(wanted, lambda pk: (rule(wanted[pk], before).said, rule(wanted[pk], after).said), SETTINGS)


def change_sleeping_defaults(*, user: User, told: Told, seen: str) -> None:
    """By an administrator of this Patrol. Raises PermissionDenied, ChangesUnseen, RuleBroken."""
    if not user.is_administrator:
        raise PermissionDenied
    _require_sane(told)
    with transaction.atomic():
        before = SleepingDefaults.objects.select_for_update().first()
        changes = require_seen(sleeping_changes(told), seen)
        SleepingDefaults.objects.update_or_create(
            id=SleepingDefaults.ONLY, defaults={**told, "changed_by_login": user.login, "changed_at": clock.now()}
        )
        audit.record(
            Name.SLEEPING_DEFAULTS_CHANGED, actor=user.actor,
            before={name: getattr(before, name, None) for name in NAMES}, after=dict(told), changes=len(changes),
        )  # fmt: skip
        record_changes(changes, user)


def _require_sane(told: Told) -> None:
    longest = SleepingSettings.LONGEST
    least = {"unused_days": 1, "notice_days": 1, "grace_days": 0}
    if not all(told[name] is None or least[name] <= (told[name] or 0) <= longest for name in NAMES):
        raise RuleBroken(f"Choose 1 to {longest} days, and 0 to {longest} of grace.")


def propose_beyond_bound(*, user: User, organization: Organization) -> int:
    """An owner's yes to all that sleep today, however many; they are proposed now. Returns how many.

    Raises what `require_owner_now` raises, and RuleBroken where nothing sleeps or it is not switched on.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        wanted = SleepingSettings.objects.select_for_update(of=("self",)).select_related("organization")
        chosen = wanted.filter(organization=organization, is_on=True).first()
        many = sleeping.asleep(organization, rule_of(chosen)).count() if chosen else 0
        if chosen is None or not many:
            raise RuleBroken("Nothing sleeps here that could be proposed.")
        chosen.beyond_on = days.today(organization)
        chosen.save(update_fields=["beyond_on"])
        audit.record(Name.SLEEPING_BEYOND, organization_id=organization.pk, actor=user.actor, count=many)
    return sleeping.propose(chosen)
