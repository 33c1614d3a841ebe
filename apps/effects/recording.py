"""Writing down how far an effect got: one transaction, only while the fence is ours, with its audit event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from apps.audit import services as audit
from apps.core import clock, leases
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.effects.names import Name
from apps.effects.registry import LARGEST_BATCH, handler_of

log = structlog.get_logger(__name__)
State = Effect.State
# How long to wait for GitHub, or before looking again: a person stays informed, GitHub is not pressed.
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in settings.BACK_OFF_SECONDS)
FINAL = (State.CONFIRMED, State.REFUSED, State.SUPERSEDED)
_EVENTS = {
    State.REFUSED: Name.REFUSED,
    State.SUPERSEDED: Name.SUPERSEDED,
    State.UNKNOWN: Name.UNKNOWN,
    State.NEEDS_SIGN_IN: Name.NEEDS_SIGN_IN,
}


@dataclass(frozen=True)
class Step:
    """Where an effect goes next.

    `due_at` None means: after the next wait of BACK_OFF. `unsent`: the attempt surely did not count.
    `alone`: if it is sent again, then in a call of its own; `in_vain`: nothing will come of the last call for many.
    `token_kind`: whose token sends it from now on.
    `seen` is what was read, for the handler to adopt.
    """

    state: Effect.State
    answer: str = ""
    status: int | None = None
    due_at: datetime | None = None
    unsent: bool = False
    alone: bool = False
    in_vain: bool = False
    token_kind: str = ""
    seen: Any = None


def claim(effect_id: int) -> list[Effect]:
    """The effect, and those that go the same way with it, with new fences: ours to advance. Empty: nothing to do.

    READY becomes SENDING. SENDING whose lease ended was left by a process that died, perhaps after GitHub
    heard of it: it becomes UNKNOWN and is looked up, never sent again. Each effect remembers as `was` the state
    it had before: waiting for the same thing again is not told again.
    """
    with transaction.atomic():
        first = _claim(effect_id)
        if first is None:
            return []
        others = _companions(first).order_by("due_at", "pk").values_list("pk", flat=True)
        claimed = [_claim(pk) for pk in list(others[: LARGEST_BATCH - 1])]
    return [first, *(effect for effect in claimed if effect is not None)]


def is_due(now: datetime) -> Q:
    """Rows whose time has come, or was set by a clock that has been set back since, by more than a lease."""
    return Q(due_at__lte=now) | Q(timed_at__gt=now + leases.CALL)


def _companions(first: Effect) -> QuerySet[Effect]:
    """Those that the same call sends, or the same reading settles."""
    now, states = clock.now(), (State.SENT, State.UNKNOWN)
    due = Effect.objects.filter(leases.over(now), is_due(now))
    due = due.filter(organization=first.organization, kind=first.kind).exclude(pk=first.pk)
    if first.state != State.SENDING:
        return due.filter(state__in=states)
    if not first.batch:
        return due.none()
    return due.filter(
        state__in=(State.READY, State.NEEDS_SIGN_IN), batch=first.batch, actor=first.actor, second=first.second,
        token_kind=first.token_kind, installation_may_send=first.installation_may_send,
    )  # fmt: skip


def _claim(effect_id: int) -> Effect | None:
    now = clock.now()
    effect = _LOADED.first(effect_id)
    if effect is None or not is_free(effect, now):
        return None
    lost = effect.state == State.SENDING
    before = effect.was = effect.state
    goes = State.UNKNOWN if lost else State.SENDING if before in (State.READY, State.NEEDS_SIGN_IN) else before
    mine = Effect.objects.filter(pk=effect.pk, state=before, fence=effect.fence)
    waits = 0 if lost else effect.waits
    if mine.update(state=goes, fence=F("fence") + 1, lease_until=now + leases.CALL, waits=waits) != 1:
        return None
    effect.state, effect.fence, effect.waits = goes, effect.fence + 1, waits
    if lost:
        effect.was = State.UNKNOWN
        _record(effect, Name.UNKNOWN, answer="The process that was sending this ended before it wrote the result.")
    return effect


_LOADED = Statement(
    lambda effect_id: Effect.objects.select_related("organization", "actor", "second").filter(pk=effect_id)
)


def is_free(effect: Effect, now: datetime) -> bool:
    """Due and nobody's; the condition of the claim is the fence that was read with it."""
    if not effect.is_open or not leases.is_over(effect.lease_until, now):
        return False
    return effect.state == State.SENDING or effect.due_at <= now or effect.timed_at > now + leases.CALL


def keep(effects: list[Effect]) -> None:
    """Renew the leases of those that are still ours, while GitHub is read for them."""
    until = clock.now() + leases.CALL
    for fence, group in groupby(sorted(effects, key=_fence), key=_fence):
        Effect.objects.filter(pk__in=[one.pk for one in group], fence=fence).update(lease_until=until)


def attempted(effects: list[Effect], token_kind: str) -> list[Effect]:
    """Commit that GitHub is about to hear of them, and by whose token; those that are still ours."""
    now = clock.now()
    sending: dict[str, Any] = {"attempted_at": now, "lease_until": now + leases.CALL, "status": None, "answer": ""}
    sending |= {"waits": 0, "token_kind": token_kind, "comes_late": len(effects) > 1}
    going = []
    with transaction.atomic():
        for effect in effects:
            mine = Effect.objects.filter(pk=effect.pk, fence=effect.fence, state=State.SENDING)
            columns = sending | {"attempts": effect.attempts + 1}
            if mine.update(**columns) != 1:
                log.warning("effects.lost", effect=effect.pk)
                continue
            _follow(effect, columns)
            _record(effect, Name.ATTEMPTED, token=token_kind)
            going.append(effect)
    return going


def _fence(effect: Effect) -> int:
    return effect.fence


def record(effect: Effect, step: Step) -> bool:
    """Commit the step, with what follows from it; False when the fence is not ours: the result comes too late."""
    was, columns = effect.was, _columns(effect, step)
    with transaction.atomic():
        if Effect.objects.filter(pk=effect.pk, fence=effect.fence).update(**columns) != 1:
            log.warning("effects.late_result", effect=effect.pk, state=step.state)
            return False
        _follow(effect, columns)
        if step.state in FINAL:
            handler_of(effect.kind).settled(effect, step.seen)
        if step.state in _EVENTS and step.state != was:
            _record(effect, _EVENTS[step.state])
        effect.was = effect.state
    return True


def _follow(effect: Effect, columns: Mapping[str, Any]) -> None:
    """In memory as in the row: nobody else writes these columns while the fence is ours."""
    for name, value in columns.items():
        setattr(effect, name, value)


def _columns(effect: Effect, step: Step) -> dict[str, Any]:
    now = clock.now()
    columns: dict[str, Any] = {"state": step.state, "lease_until": None}
    columns["waits"] = 0 if step.due_at is not None or step.state in FINAL else effect.waits + 1
    columns["timed_at"] = now
    columns["due_at"] = step.due_at or now + BACK_OFF[min(effect.waits, len(BACK_OFF) - 1)]
    if step.answer:
        columns["answer"] = step.answer[:500]
    if step.status is not None:
        columns["status"] = step.status
    if step.token_kind:
        columns["token_kind"] = step.token_kind
    if step.alone:
        columns["batch"] = ""
    if step.in_vain:
        columns["comes_late"] = False
    if step.unsent:
        columns["attempts"] = max(effect.attempts - 1, 0)
    if step.state in FINAL:
        columns["settled_at"] = now
    return columns


def _record(effect: Effect, name: Name, **data: Any) -> None:
    actor = effect.actor.actor if effect.actor else audit.PATROL
    audit.record(
        name, organization_id=effect.organization_id, actor=actor, subject=effect.subject,
        **{"kind": effect.kind, "attempt": effect.attempts, "status": effect.status, "answer": effect.answer} | data,
    )  # fmt: skip
