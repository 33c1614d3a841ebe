"""Carrying plans out: a due plan becomes a decision of Patrol's own, sent with the installation's token.

A plan is claimed, and its decision written, in one transaction: a process that dies in between leaves the plan as it
was, and two processes make one decision. A day that passed while nothing ran is made up for once, and says so.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from apps.audit import services as audit
from apps.core import clock
from apps.core.statements import Statement
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.github import permitted
from apps.github.permissions import lacking
from apps.jobs import services as jobs
from apps.policy.facts import AccessFacts
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANTS
from apps.tokens.lineage import repository_ids
from apps.tokens.models import Grant, PlannedRevocation, Review
from apps.tokens.names import EffectKind, Name
from apps.tokens.plans import following, near
from apps.tokens.plans.record import tell

log = structlog.get_logger(__name__)
State, Cause = PlannedRevocation.State, PlannedRevocation.Cause
BY_PLAN = "Patrol's plan"
"""No login: GitHub's have neither blanks nor apostrophes."""
BATCH = "revoke:planned"
MOST = 500
"""Plans a round."""
LATE = timedelta(hours=1)
"""From then on it is said that it happens late."""
PAUSES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""Before a revocation that came to nothing is tried once more."""
USED = "It was used meanwhile."


def work() -> int:
    """Everything that is due of plans; returns how many moved. What fails of one part does not stop the others."""
    return sum(_done(part) for part in (following.follow_all, near.tell_near, revoke_due))


def _done(part: Callable[[], int]) -> int:
    try:
        return part()
    except Exception:
        log.exception("plans.work_failed", part=part.__name__)
        return 0


def revoke_due() -> int:
    """Decide about every plan whose instant has come, at most MOST; returns how many were ended or sent."""
    pks = list(_due().order_by("due_at", "pk").values_list("pk", flat=True)[:MOST])
    return sum(_carried_out(pk) for pk in pks)


def _due() -> "QuerySet[PlannedRevocation]":
    """A sleeping token's waits until GitHub's list was read once more, for a use is seen there only; and it is not
    revoked where that is not wanted any more.
    """
    now = clock.now()
    retried = Q(retry_at__isnull=True) | Q(retry_at__lte=now) | Q(retry_at__gt=now + 2 * PAUSES[-1])
    read = Q(organization__sync__completed_at__gte=F("due_at"), organization__sleeping__is_on=True)
    known = ~Q(cause=Cause.SLEEPING) | read
    due = PlannedRevocation.objects.planned().filter(retried, known, due_at__lte=now)
    return due.exclude(organization__in=_looked_at(due))


def _looked_at(due: "QuerySet[PlannedRevocation]") -> list[int]:
    """Organizations where Patrol only looks, or its App does not work: what is planned there waits."""
    there = set(due.values_list("organization_id", flat=True).distinct())
    held = permitted.held(there)
    return [pk for pk in there if pk not in held or lacking(held[pk], GRANTS.deciding)]


def _carried_out(plan_id: int) -> int:
    """One plan. 0 where it is not due any more, or another decision about the grant is on its way."""
    try:
        with transaction.atomic():
            return _claimed(plan_id)
    except effects.AlreadyOnItsWay:
        return 0
    except Exception:  # one plan's trouble is not the others'
        log.exception("plans.not_carried_out", plan=plan_id)
        return 0


def _claimed(plan_id: int) -> int:
    now = clock.now()
    due = PlannedRevocation.objects.planned().filter(pk=plan_id, due_at__lte=now)
    if due.update(state=State.SENT, retry_at=None) != 1:
        return 0
    plan = PlannedRevocation.objects.select_related("organization", "token").get(pk=plan_id)
    grant = plan.grant = _locked(plan)
    if grant.state != Grant.State.ACTIVE:
        _ended(plan, following.ACCESS_ENDED)
    elif was_used(plan):
        keep_by_use(plan)
    else:
        _decide(plan, grant)
    return 1


def _decide(plan: PlannedRevocation, grant: Grant) -> None:
    """Effect, review and events. Raises effects.AlreadyOnItsWay."""
    facts, now = _facts(grant), clock.now()
    effect = effects.propose(
        organization=plan.organization, kind=EffectKind.REVOKE_GRANT, subject=grant.subject,
        arguments={"pat_id": grant.pat_id, "token_id": facts.token_id}, actor=None, batch=BATCH,
    )  # fmt: skip
    evidence, reason = facts.as_evidence(), reason_of(plan)
    review = Review.objects.create(
        organization=plan.organization, action=Review.Action.REVOKE, grant=grant, reviewer=None,
        reviewer_login=BY_PLAN, reason=reason, digest=facts.digest(), evidence=evidence, effect=effect, decided_at=now,
    )  # fmt: skip
    PlannedRevocation.objects.filter(pk=plan.pk).update(review=review)
    audit.record(
        Name.REVOCATION_PROPOSED, organization_id=plan.organization_id, subject=grant.subject,
        token_name=facts.token_name, owner_login=facts.owner_login, reason=reason, digest=facts.digest(),
        evidence=evidence,
    )  # fmt: skip
    tell(Name.PLAN_SENT, plan, reason=reason, late=_is_late(plan))
    jobs.ring("effects.run", effect.pk)


def _locked(plan: PlannedRevocation) -> Grant:
    """Its grant, until the end of the transaction."""
    assert plan.grant_id is not None
    return Grant.objects.select_for_update(of=("self",)).select_related("token").get(pk=plan.grant_id)


def _facts(grant: Grant) -> AccessFacts:
    subset = grant.repository_selection == "subset"
    return facts_of(grant, repository_ids(Grant, [grant.pk]).get(grant.pk, ()) if subset else ())


def reason_of(plan: PlannedRevocation) -> str:
    """Why it is revoked: the cause, the day, and who planned it; and that it happens late, where it does."""
    who = "by a rule" if plan.by_rule else f"by {plan.planned_by_login}"
    words = f"{_CAUSES[Cause(plan.cause)].format(day=plan.due_on)} (planned {who} on {plan.planned_at.date()})."
    late = f" {_is_late(plan)}" if _is_late(plan) else ""
    return f"{words}{late}{f' {plan.reason}' if plan.reason else ''}"[:1024]


_CAUSES = {
    Cause.OFFBOARDING: "The person leaves: to be revoked on {day}",
    Cause.QUARANTINE: "Quarantine until {day}, and nobody kept it",
    Cause.APPROVED_UNTIL: "Approved until {day}",
    Cause.SLEEPING: "Not used: to be revoked on {day}, and nobody kept it",
}


def _is_late(plan: PlannedRevocation) -> str:
    hours = (clock.now() - plan.due_at) // timedelta(hours=1)
    if clock.now() - plan.due_at < LATE:
        return ""
    return f"{hours} hour{'s' if hours > 1 else ''} late: Patrol did not run, or could not send it, until then."


# --- a use, and an end -------------------------------------------------------------------------------------------


def was_used(plan: PlannedRevocation) -> bool:
    """Whether a token was seen used after it was called asleep; `token` must be read just now."""
    last = plan.token.last_used_at
    asleep = plan.cause == Cause.SLEEPING
    return asleep and last is not None and (plan.used_before is None or last > plan.used_before)


def keep_by_use(plan: PlannedRevocation) -> None:
    """It sleeps no more: the plan is over. In the caller's transaction."""
    mine = PlannedRevocation.objects.filter(pk=plan.pk, state__in=(*PlannedRevocation.LIVE, State.SENT))
    if mine.update(state=State.KEPT, kept_reason=USED, ended_at=clock.now()) == 1:
        tell(Name.PLAN_KEPT, plan, reason=USED, by_use=True)


def _ended(plan: PlannedRevocation, because: str) -> None:
    ending = PlannedRevocation.objects.filter(pk=plan.pk)
    ending.update(state=State.ENDED, ended_at=clock.now(), ended_because=because)


# --- on the way --------------------------------------------------------------------------------------------------


def what_stands_against(plan: PlannedRevocation) -> str:
    """Why a decision that a plan became is not sent after all, as a sentence; empty: nothing."""
    if plan.state != State.SENT:
        return "It is not planned any more. Nothing was sent."
    return f"{USED} Nothing was sent." if was_used(plan) else ""


def plan_of(effect: Effect) -> PlannedRevocation | None:
    """The plan that became the effect's decision."""
    return _BECAME.first(effect.pk)


_BECAME = Statement(
    lambda effect_id: (
        PlannedRevocation.objects.select_related("organization", "token", "grant")
        .filter(review__effect=effect_id)
        .order_by("pk")[:1]
    )
)


def follow_revocation(effect: Effect) -> None:
    """A decision of a plan that came to nothing is tried again while the grant stands. In the caller's transaction."""
    plan = plan_of(effect)
    if plan is None or effect.state == Effect.State.CONFIRMED or plan.state != State.SENT:
        return
    grant = _locked(plan)
    others = PlannedRevocation.objects.live().filter(grant=grant, cause=plan.cause)
    if was_used(plan):
        keep_by_use(plan)
    elif grant.state != Grant.State.ACTIVE or others.exists():
        _ended(plan, following.ACCESS_ENDED)
    else:
        pause = PAUSES[min(plan.tries, len(PAUSES) - 1)]
        PlannedRevocation.objects.filter(pk=plan.pk, state=State.SENT).update(
            state=State.PLANNED, tries=F("tries") + 1, retry_at=clock.now() + pause, trouble=effect.answer
        )
