"""What owners tell Patrol that GitHub's API does not, and how their organization decides."""

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.jobs import services as jobs
from apps.tokens.models import DecisionSettings, StatedPolicy, SyncState, Walk
from apps.tokens.names import Name

LONGEST_LIFE = 366
"""The longest lifetime, in days, that GitHub's token policies can name."""


def accept_vanishing(*, user: User, organization: Organization) -> None:
    """An owner says that what vanished from GitHub's lists is really gone: the next complete reading applies it.

    Raises what `require_owner_now` raises, and RuleBroken when nothing asks.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        asking = _asking(organization)
        state = SyncState.objects.select_for_update().filter(organization=organization).first()
        if not asking or state is None or state.vanishing_accepted:
            raise RuleBroken("Nothing waits for an answer here any more.")
        state.vanishing_accepted, state.due_at = True, clock.now()
        state.save(update_fields=["vanishing_accepted", "due_at"])
        audit.record(
            Name.VANISHING_ACCEPTED, organization_id=organization.pk, actor=user.actor,
            vanishing=sum(walk.vanishing for walk in asking), lists=[str(walk.listing) for walk in asking],
        )  # fmt: skip
        jobs.ring("tokens.sync_organization", organization.pk)


def state_policy(
    *,
    user: User,
    organization: Organization,
    approval_required: bool | None,
    fine_grained_allowed: bool | None,
    classic_allowed: bool | None,
    fine_grained_max_days: int | None,
    classic_max_days: int | None,
) -> StatedPolicy:
    """Keep GitHub's own token settings as an owner reads them there; None: not stated. GitHub has no API for them.

    Raises what `require_owner_now` raises, and RuleBroken for a lifetime GitHub does not offer.
    """
    for days in (fine_grained_max_days, classic_max_days):
        if days is not None and not 1 <= days <= LONGEST_LIFE:
            raise RuleBroken(f"GitHub's longest lifetime is between 1 and {LONGEST_LIFE} days.")
    access.require_owner_now(user, organization)
    stated = {
        "approval_required": approval_required, "fine_grained_allowed": fine_grained_allowed,
        "classic_allowed": classic_allowed, "fine_grained_max_days": fine_grained_max_days,
        "classic_max_days": classic_max_days,
    }  # fmt: skip
    with transaction.atomic():
        before = StatedPolicy.objects.filter(organization=organization).values(*stated).first()
        policy, _ = StatedPolicy.objects.update_or_create(
            organization=organization,
            defaults=stated | {"stated_by_login": user.login, "stated_at": clock.now()},
        )
        audit.record(
            Name.STATED_POLICY_CHANGED, organization_id=organization.pk, actor=user.actor, before=before, after=stated
        )
    return policy


def change_decision_settings(
    *,
    user: User,
    organization: Organization,
    undo_seconds: int | None,
    two_person: bool | None = None,
    revoke_wider: bool | None = None,
    installation_may_send: bool | None = None,
) -> DecisionSettings:
    """How the organization decides from now on. None: not said here, so that it is inherited.

    Raises what `require_owner_now` raises, and RuleBroken for a window longer than LONGEST_UNDO.
    """
    longest = DecisionSettings.LONGEST_UNDO
    if undo_seconds is not None and not 0 <= undo_seconds <= longest:
        raise RuleBroken(f"A decision rests for 0 to {longest} seconds.")
    access.require_owner_now(user, organization)
    after = {
        "undo_seconds": undo_seconds, "two_person": two_person, "revoke_wider": revoke_wider,
        "installation_may_send": installation_may_send,
    }  # fmt: skip
    with transaction.atomic():
        before = DecisionSettings.objects.filter(organization=organization).values(*after).first()
        chosen, _ = DecisionSettings.objects.update_or_create(
            organization=organization,
            defaults=after | {"changed_by_login": user.login, "changed_at": clock.now()},
        )
        audit.record(
            Name.DECISION_SETTINGS_CHANGED, organization_id=organization.pk, actor=user.actor,
            before=before, after=after,
        )  # fmt: skip
    return chosen


def _asking(organization: Organization) -> list[Walk]:
    """The latest ended walk of each list, where it stopped and asks."""
    ended = Walk.objects.filter(organization=organization).exclude(state__in=(Walk.State.WALKING, Walk.State.FAILED))
    latest = [ended.filter(listing=listing).order_by("-started_at").first() for listing in Walk.Listing.values]
    return [walk for walk in latest if walk is not None and walk.state == Walk.State.ASKS]
