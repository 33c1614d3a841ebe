"""What owners plan for a day: revoke when somebody leaves, unless somebody keeps it, or when an approval's time is up.

And what they, or the holder of a token, say against it. Nobody plans about their own token.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import IntegrityError, transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.core.errors import RuleBroken, Stale
from apps.effects.models import Effect
from apps.github import permitted
from apps.github.models import Organization
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANTS
from apps.tokens.lineage import repository_ids
from apps.tokens.models import Grant, PlannedRevocation
from apps.tokens.plans import days, making
from apps.tokens.services.deciding import Refusal

Cause = PlannedRevocation.Cause
EXTENSION = timedelta(days=30)
"""What one click adds."""
_OWN = "This is your own token: another owner has to decide."
_OVER = "This is not planned any more."


@dataclass(frozen=True)
class Planned:
    """What is planned now, and what is not, by its pat_id."""

    plans: list[PlannedRevocation] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    held: bool = False

    @property
    def done(self) -> int:
        """How many are planned."""
        return len(self.plans)


def plan_revocations(
    *, user: User, organization: Organization, cause: PlannedRevocation.Cause, day: date, chosen: dict[int, str],
    reason: str = "",
) -> Planned:  # fmt: skip
    """Revoke on that day: `chosen` is pat_id -> digest of what the page showed. A plan of that cause is moved.

    Each one is refused on its own when it is the person's own token, not active, changed since, or decided on. Raises
    what `require_owner_now` raises, Lacking where Patrol may only look, and RuleBroken for the day or the reason.
    """
    words = making.worded(reason)
    access.require_owner_now(user, organization)
    permitted.require(organization, GRANTS.deciding)
    days.require_day(day, organization)
    outcome = Planned()
    with transaction.atomic():
        grants = _locked(organization, chosen)
        busy = _on_their_way(organization, grants.values())
        subsets = [one.pk for one in grants.values() if one.repository_selection == "subset"]
        repositories = repository_ids(Grant, subsets)
        for pat_id, digest in sorted(chosen.items()):
            try:
                grant = _known(organization, grants.get(pat_id))
                _check(grant, user, facts_of(grant, repositories.get(grant.pk, ())).digest(), digest, busy)
                outcome.plans.append(_plan(grant, cause, day, user, words))
            except RuleBroken as error:
                outcome.refused.append(Refusal(pat_id, str(error)))
    return outcome


def extend_plan(*, user: User, organization: Organization, plan_id: int, day: date | None = None) -> PlannedRevocation:
    """Another day; without one, EXTENSION more. By an owner who does not hold the token.

    Raises what `require_owner_now` raises, and RuleBroken.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        plan = _one(organization, plan_id)
        _require_not_own(plan, user)
        day = day or max(plan.due_on, days.today(organization)) + EXTENSION
        days.require_day(day, organization)
        making.move(plan, day, actor=user.actor)
    return plan


def cancel_plans(*, user: User, organization: Organization, plan_ids: Iterable[int]) -> int:
    """Undo plans; those about the person's own token are left. Returns how many were.

    Raises what `require_owner_now` raises, and RuleBroken when none could be.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        plans = making.loaded(organization.pk, plan_ids)
        others = [one for one in plans if one.token.owner_id != user.pk]
        if plans and not others:
            raise RuleBroken(_OWN)
        undone = sum(making.cancel(one, user=user) for one in others)
    if not undone:
        raise RuleBroken(making.TOO_LATE if others else _OVER)
    return undone


def keep_token(*, user: User, organization: Organization, plan_id: int, reason: str, until: date) -> PlannedRevocation:
    """Somebody keeps it: an owner, or who holds the token, with the words and until when. Only where that is asked.

    Raises what `require_member_now` raises, and RuleBroken: no reason, no such day, or it is being sent.
    """
    words = making.worded(reason)
    if not words:
        raise RuleBroken("Say why the token is kept.")
    holds = PlannedRevocation.objects.filter(pk=plan_id, organization=organization, token__owner_id=user.pk).exists()
    if holds:
        access.require_member_now(user, organization)
    else:
        access.require_owner_now(user, organization)
    days.require_day(until, organization)
    with transaction.atomic():
        plan = _one(organization, plan_id)
        if not plan.is_optional:
            raise RuleBroken("This was not asked: it is revoked on that day, unless an owner undoes the plan.")
        if not making.keep(plan, user=user, reason=words, until=until):
            raise RuleBroken(making.TOO_LATE)
    return plan


# --- rules --------------------------------------------------------------------------------------------------------


def _locked(organization: Organization, chosen: Iterable[int]) -> dict[int, Grant]:
    """In one order, so that two owners do not clash."""
    rows = Grant.objects.select_for_update(of=("self",)).select_related("token", "organization")
    return {one.pat_id: one for one in rows.filter(organization=organization, pat_id__in=list(chosen)).order_by("pk")}


def _on_their_way(organization: Organization, grants: Iterable[Grant]) -> set[str]:
    subjects = [one.subject for one in grants]
    found = Effect.objects.filter(organization=organization, subject__in=subjects, state__in=Effect.OPEN)
    return set(found.values_list("subject", flat=True))


def _known(organization: Organization, grant: Grant | None) -> Grant:
    if grant is None:
        raise RuleBroken(f"Patrol does not know this in {organization.login}.")
    return grant


def _check(grant: Grant, user: User, digest: str, seen: str, busy: set[str]) -> None:
    """The most telling first. Raises RuleBroken."""
    if grant.token.owner_id == user.pk:
        raise RuleBroken(_OWN)
    if grant.state != Grant.State.ACTIVE:
        raise RuleBroken("It has no access any more.")
    if grant.subject in busy:
        raise RuleBroken("A decision on this is already on its way to GitHub.")
    if digest != seen:
        raise Stale("It changed after you saw it. Look at it again before you plan; nothing was planned.")


def _plan(grant: Grant, cause: PlannedRevocation.Cause, day: date, user: User, reason: str) -> PlannedRevocation:
    try:
        with transaction.atomic():
            return making.plan(grant, cause, day, actor=user.actor, reason=reason)
    except IntegrityError as error:
        raise RuleBroken("Somebody else has just planned this.") from error


def _one(organization: Organization, plan_id: int) -> PlannedRevocation:
    found = making.loaded(organization.pk, [plan_id])
    if not found:
        raise RuleBroken(_OVER)
    return found[0]


def _require_not_own(plan: PlannedRevocation, user: User) -> None:
    if plan.token.owner_id == user.pk:
        raise RuleBroken(_OWN)
