"""Making, moving and ending plans: one row and its event, in the caller's transaction."""

from collections.abc import Iterable
from datetime import date

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock, text
from apps.core.errors import RuleBroken
from apps.effects import services as effects
from apps.tokens.models import Grant, PlannedRevocation, Review
from apps.tokens.names import Name
from apps.tokens.plans import days
from apps.tokens.plans.record import tell, told_already

State, Cause = PlannedRevocation.State, PlannedRevocation.Cause
TOO_LATE = "Too late: the revocation is being sent to GitHub, or was."


def worded(reason: str) -> str:
    """Words as the record will have them. Raises RuleBroken where they are too many."""
    harmless = str(text.clean(reason.strip()))
    longest = PlannedRevocation.LONGEST_REASON
    if len(harmless) > longest:
        raise RuleBroken(f"A reason has at most {longest} characters; this one has {len(harmless)}.")
    return harmless


def wait_for_approval(review: Review, day: date, user: User) -> PlannedRevocation:
    """The plan of an approval with a date: it takes hold when GitHub confirms the approval."""
    return PlannedRevocation.objects.create(
        organization=review.organization, token=review.request.token, approval=review, cause=Cause.APPROVED_UNTIL,
        due_on=day, due_at=days.due_at(day, review.organization.time_zone), state=State.WAITING,
        planned_by_id=user.pk, planned_by_login=user.login, planned_at=clock.now(),
    )  # fmt: skip


def plan(
    grant: Grant, cause: PlannedRevocation.Cause, day: date, *, actor: audit.Actor, reason: str = ""
) -> PlannedRevocation:
    """Plan it, or move the plan of that cause which the grant has; `grant` is locked, with token and organization."""
    live = PlannedRevocation.objects.live().filter(grant=grant, cause=cause)
    existing = live.select_related("organization", "token", "grant").first()
    if existing is not None:
        move(existing, day, actor=actor)
        return existing
    made = PlannedRevocation(
        organization=grant.organization, token=grant.token, grant=grant, cause=cause, due_on=day,
        due_at=days.due_at(day, grant.organization.time_zone), planned_by_id=actor.id, planned_by_login=actor.login,
        planned_at=clock.now(), reason=reason,
        used_before=grant.token.last_used_at if cause == Cause.SLEEPING else None,
    )  # fmt: skip
    for name, value in told_already(made).items():
        setattr(made, name, value)
    made.save()
    tell(Name.PLAN_MADE, made, actor=actor)
    return made


def move(plan: PlannedRevocation, day: date, *, actor: audit.Actor) -> None:
    """Another day. Raises RuleBroken when it is not planned any more."""
    if day == plan.due_on:
        return
    before, plan.due_on = plan.due_on, day
    plan.due_at = days.due_at(day, plan.organization.time_zone)
    planned = PlannedRevocation.objects.planned().filter(pk=plan.pk)
    columns = {"due_on": day, "due_at": plan.due_at, "tries": 0, "retry_at": None, "trouble": "", **told_already(plan)}
    if planned.update(**columns) != 1:
        raise RuleBroken(TOO_LATE)
    tell(Name.PLAN_MOVED, plan, actor=actor, before=before.isoformat())


def cancel(plan: PlannedRevocation, *, user: User) -> bool:
    """Undo it. False: it is being sent, or is over."""
    if not _stop(
        plan, f"{user.login} undid the plan.", state=State.CANCELLED, ended_because=f"Undone by {user.login}."
    ):
        return False
    tell(Name.PLAN_CANCELLED, plan, actor=user.actor, by=user.login)
    return True


def cancel_unwanted(plan: PlannedRevocation) -> None:
    """The organization does not want sleeping tokens revoked any more."""
    why = "Sleeping tokens are not revoked here any more."
    planned = PlannedRevocation.objects.planned().filter(pk=plan.pk)
    if planned.update(state=State.CANCELLED, ended_at=clock.now(), ended_because=why) == 1:
        tell(Name.PLAN_CANCELLED, plan, why=why)


def keep(plan: PlannedRevocation, *, user: User, reason: str, until: date) -> bool:
    """Somebody speaks for the token. False: it is being sent, or is over."""
    kept = {"kept_by_id": user.pk, "kept_by_login": user.login, "kept_until": until, "kept_reason": reason}
    if not _stop(plan, f"{user.login} keeps the token.", state=State.KEPT, **kept):
        return False
    tell(Name.PLAN_KEPT, plan, actor=user.actor, by=user.login, reason=reason, kept_until=until.isoformat())
    return True


def loaded(organization_id: int, plan_ids: Iterable[int]) -> list[PlannedRevocation]:
    """Plans of the organization whose grant is known, with all that making and telling needs."""
    found = PlannedRevocation.objects.filter(organization=organization_id, pk__in=list(plan_ids), grant__isnull=False)
    return list(found.select_related("organization", "token", "grant").order_by("pk"))


def _stop(plan: PlannedRevocation, answer: str, **columns: object) -> bool:
    """While it is planned, or its decision was not heard of by GitHub and nobody is sending it."""
    columns["ended_at"] = clock.now()
    if PlannedRevocation.objects.planned().filter(pk=plan.pk).update(**columns) == 1:
        return True
    sent = PlannedRevocation.objects.select_for_update(of=("self",)).select_related("review")
    late = sent.filter(pk=plan.pk, state=State.SENT).first()
    if late is None or late.review is None or not effects.withdraw([late.review.effect_id], answer=answer):
        return False
    return PlannedRevocation.objects.filter(pk=plan.pk, state=State.SENT).update(**columns) == 1
