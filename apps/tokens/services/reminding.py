"""What owners, the instance's administrators and token owners say about reminders."""

from collections.abc import Sequence
from zoneinfo import available_timezones

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.models import Grant, ReminderDefaults, ReminderSettings, ReplacementConfirmation
from apps.tokens.names import Name
from apps.tokens.queries import replacing
from apps.tokens.reminder_rules import LONGEST, MOST

Days = Sequence[int] | None
"""Before the end; None: not said, so that it is inherited."""


def change_reminder_settings(*, user: User, organization: Organization, days: Days, time_zone: str) -> None:
    """When the people of an organization are reminded, and by which clock its days are counted.

    Raises what `require_owner_now` raises, and RuleBroken for days or a zone that are none.
    """
    kept = _sane(days)
    if time_zone not in available_timezones():
        raise RuleBroken("There is no such time zone.")
    access.require_owner_now(user, organization)
    with transaction.atomic():
        held = Organization.objects.select_for_update().get(pk=organization.pk)
        before = ReminderSettings.objects.filter(organization=organization).first()
        was = {"days": before.days if before else None, "time_zone": held.time_zone}
        ReminderSettings.objects.update_or_create(organization=organization, defaults=_by(user, kept))
        Organization.objects.filter(pk=organization.pk).update(time_zone=time_zone)
        audit.record(
            Name.REMINDER_SETTINGS_CHANGED, organization_id=organization.pk, actor=user.actor,
            before=was, after={"days": kept, "time_zone": time_zone},
        )  # fmt: skip


def change_reminder_defaults(*, user: User, days: Days) -> None:
    """When people are reminded where their organization does not say it. Raises PermissionDenied, RuleBroken."""
    if not user.is_administrator:
        raise PermissionDenied
    kept = _sane(days)
    with transaction.atomic():
        before = ReminderDefaults.objects.select_for_update().first()
        ReminderDefaults.objects.update_or_create(id=ReminderDefaults.ONLY, defaults=_by(user, kept))
        audit.record(
            Name.REMINDER_DEFAULTS_CHANGED, actor=user.actor,
            before={"days": before.days if before else None}, after={"days": kept},
        )  # fmt: skip


def confirm_replacement(*, user: User, organization: Organization, pat_id: int, by: int) -> None:
    """The grant `pat_id` is replaced by the grant `by`: nobody is reminded of this end any more.

    By its holder, or an owner of the organization. Raises RuleBroken where it is not likely any more, and for who is
    neither what `require_owner_now` raises.
    """
    _require_holder_or_owner(user, organization, pat_id)
    with transaction.atomic():
        grant = _active(organization, pat_id)
        likely = replacing.replacement_of(grant)
        if likely is None or likely.pat_id != by:
            raise RuleBroken("That token does not look like its replacement any more.")
        _, new = ReplacementConfirmation.objects.get_or_create(
            grant=grant,
            ends_at=grant.ends_at,
            defaults={
                "replaced_by": likely, "confirmed_by_id": user.pk, "confirmed_by_login": user.login,
                "confirmed_at": clock.now(),
            },
        )  # fmt: skip
        if new:
            _record(Name.REPLACEMENT_CONFIRMED, user, grant, likely)


def withdraw_replacement(*, user: User, organization: Organization, pat_id: int) -> None:
    """It is not replaced after all: reminders go on. Raises the same as `confirm_replacement`."""
    _require_holder_or_owner(user, organization, pat_id)
    with transaction.atomic():
        grant = _active(organization, pat_id)
        said = ReplacementConfirmation.objects.filter(grant=grant, ends_at=grant.ends_at)
        found = said.select_related("replaced_by__token").first()
        if found is None:
            raise RuleBroken("Nobody said that it is replaced.")
        said.delete()
        _record(Name.REPLACEMENT_WITHDRAWN, user, grant, found.replaced_by)


def _require_holder_or_owner(user: User, organization: Organization, pat_id: int) -> None:
    """Outside a transaction: GitHub may be asked."""
    if not Grant.objects.filter(organization=organization, pat_id=pat_id, owner_id=user.pk).exists():
        access.require_owner_now(user, organization)


def _active(organization: Organization, pat_id: int) -> Grant:
    found = Grant.objects.active().select_for_update(of=("self",)).select_related("token")
    grant = found.filter(organization=organization, pat_id=pat_id).first()
    if grant is None:
        raise RuleBroken("This token has no access any more.")
    return grant


def _record(name: Name, user: User, grant: Grant, other: Grant) -> None:
    audit.record(
        name, organization_id=grant.organization_id, actor=user.actor, subject=grant.subject,
        token_name=grant.token.name, owner_login=grant.owner_login, replacement=f"grant {other.pat_id}",
    )  # fmt: skip


def _by(user: User, days: Days) -> dict[str, object]:
    return {"days": days, "changed_by_login": user.login, "changed_at": clock.now()}


def _sane(days: Days) -> list[int] | None:
    if days is None:
        return None
    kept = sorted(set(days), reverse=True)
    if not 1 <= len(kept) <= MOST or not all(0 <= one <= LONGEST for one in kept):
        raise RuleBroken(f"Between 1 and {MOST} numbers of days, each from 0 to {LONGEST}.")
    return kept
