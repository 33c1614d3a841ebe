"""Plans follow what they hang on: an approval with a date gives its plan hold, or ends it; access that ends, too.

In the transactions that record how an approval ended, and once more by the schedule: what came to light later.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.core import clock
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.tokens.models import Grant, PlannedRevocation, Review, SyncState
from apps.tokens.names import Name
from apps.tokens.plans.record import planner, tell, told_already

State = PlannedRevocation.State
READ_AFTER = timedelta(hours=1)
"""A reading of the whole list so long after the decision would show what came of it: GitHub's lists lag by less."""
MOST = 500
NOT_APPROVED = "The approval came to nothing."
ACCESS_ENDED = "The access ended otherwise before that day."


def follow_approval(review: Review) -> None:
    """How far the approval got decides about its plan, if it has one. In the caller's transaction."""
    plan = _WAITING.first(review.pk)
    if plan is None:
        return
    effect = Effect.objects.get(pk=review.effect_id)
    if effect.state in Effect.OPEN:
        return
    confirmed = effect.state == Effect.State.CONFIRMED
    if confirmed or _perhaps_approved(effect):
        grant = _given(plan, review, confirmed=confirmed)
        if grant is not None:
            _take_hold(plan, grant)
        elif _read_since(plan, effect.settled_at):
            _end([plan.pk], NOT_APPROVED)
    else:
        _end([plan.pk], NOT_APPROVED)


def follow_all() -> int:
    """Approvals whose grant came to light later, and access that ended. Returns how many plans moved."""
    waiting = PlannedRevocation.objects.filter(state=State.WAITING).exclude(approval__effect__state__in=Effect.OPEN)
    reviews = [plan.approval for plan in waiting.select_related("approval")[:MOST] if plan.approval]
    for review in reviews:
        with transaction.atomic():
            follow_approval(review)
    still = PlannedRevocation.objects.filter(pk__in=waiting, approval__in=reviews).count()
    return len(reviews) - still + _end_with_access()


def _loaded() -> "QuerySet[PlannedRevocation]":
    return PlannedRevocation.objects.select_related("organization", "token", "grant", "approval__grant_request")


_WAITING = Statement(lambda review_id: _loaded().filter(approval=review_id, state=State.WAITING).order_by("pk")[:1])


def _perhaps_approved(effect: Effect) -> bool:
    """GitHub may have taken the approval though its answer was lost, and another answer says that it did not."""
    return effect.state == Effect.State.SUPERSEDED and effect.attempts > 0 and effect.status is None


def _given(plan: PlannedRevocation, review: Review, *, confirmed: bool) -> Grant | None:
    """The grant that came of the approval; where that is not certain, one that was given since."""
    grant = Grant.objects.active().filter(token=plan.token_id).order_by("-access_granted_at").first()
    if grant is None or confirmed:
        return grant
    before = (review.held or {}).get("granted_at")
    since = before is None or grant.access_granted_at > datetime.fromisoformat(before)
    return grant if since else None


def _read_since(plan: PlannedRevocation, settled_at: datetime | None) -> bool:
    state = SyncState.objects.filter(organization=plan.organization_id).first()
    if state is None or state.completed_at is None or settled_at is None:
        return False
    return state.completed_at > settled_at + READ_AFTER


def _take_hold(plan: PlannedRevocation, grant: Grant) -> None:
    """From now on it holds, in place of the day that an earlier approval of the same token named."""
    earlier = PlannedRevocation.objects.live().filter(grant=grant, cause=plan.cause).exclude(pk=plan.pk)
    _end(list(earlier.values_list("pk", flat=True)), "A later approval of the token names another day.")
    waits = PlannedRevocation.objects.filter(pk=plan.pk, state=State.WAITING)
    if waits.update(state=State.PLANNED, grant=grant, **told_already(plan)) == 1:
        plan.grant = grant
        tell(Name.PLAN_MADE, plan, actor=planner(plan))


def _end(pks: list[int], because: str) -> int:
    live = PlannedRevocation.objects.live().filter(pk__in=pks)
    return live.update(state=State.ENDED, ended_at=clock.now(), ended_because=because)


def _end_with_access() -> int:
    """Plans for grants that are not active any more; whoever ended them is told of elsewhere."""
    active = Grant.objects.active().filter(pk=OuterRef("grant"))
    without = PlannedRevocation.objects.planned().filter(~Exists(active))
    return _end(list(without.values_list("pk", flat=True)[:MOST]), ACCESS_ENDED)
