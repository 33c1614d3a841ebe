"""Writes to GitHub: propose one, work through those that are due, wake those that waited for a sign-in.

The row is the record: it is committed with what decided it, before GitHub hears of it. A message only says
that there is something to do; the sweep finds what no message told.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from apps.accounts.models import User
from apps.core import clock, leases
from apps.core.errors import RuleBroken
from apps.core.statements import Statement
from apps.effects import execution, pace
from apps.effects.models import Effect
from apps.effects.pace import Turn
from apps.effects.recording import Step, is_due, record
from apps.effects.registry import Handler, Outcome, Refused, Superseded, Verdict, register
from apps.github.models import Organization
from apps.jobs import services as jobs

__all__ = [
    "AlreadyOnItsWay", "Handler", "Outcome", "Refused", "Superseded", "Verdict", "explain", "overtake", "propose",
    "register", "release", "run", "sweep", "wake_for", "withdraw", "work_through",
]  # fmt: skip

log = structlog.get_logger(__name__)
# Calls; so that one organization's many decisions do not keep a worker from everybody else's.
LONGEST_RUN = 20


class AlreadyOnItsWay(RuleBroken):
    """Something about the same subject is on its way to GitHub; nothing was added."""


def propose(
    *,
    organization: Organization,
    kind: str,
    subject: str,
    arguments: dict[str, Any],
    actor: User | None,
    batch: str = "",
    due_at: datetime | None = None,
    held: bool = False,
    installation_may_send: bool = False,
) -> Effect:
    """Write down one write to GitHub, inside the caller's transaction. The caller rings "effects.run".

    `arguments` holds ids only; effects of one actor and kind with the same `batch` may share a call. `held`:
    it waits for `release`, a second person's consent. Without an `actor` it is a rule's, sent with the installation's
    token; `installation_may_send`: that token serves where the actor's does not reach the organization. Raises
    AlreadyOnItsWay when the organization has an open effect on `subject`: the database allows one, whoever
    comes first.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            return Effect.objects.create(
                organization=organization, kind=kind, subject=subject, arguments=arguments, actor=actor,
                batch=batch, state=Effect.State.PROPOSED if held else Effect.State.READY,
                due_at=max(due_at or now, now), timed_at=now, created_at=now,
                installation_may_send=installation_may_send,
                token_kind=Effect.TokenKind.USER if actor else Effect.TokenKind.INSTALLATION,
            )  # fmt: skip
    except IntegrityError as error:
        raise AlreadyOnItsWay("A decision on this is already on its way to GitHub.") from error


def release(effect_id: int, *, second: User, due_at: datetime) -> bool:
    """A second person consents: it is sent from `due_at` on, inside the caller's transaction.

    False when it does not wait for that any more. Only effects with the same two people share a call.
    """
    held = Effect.objects.filter(pk=effect_id, state=Effect.State.PROPOSED)
    return held.update(state=Effect.State.READY, second=second, due_at=due_at, timed_at=clock.now()) == 1


def overtake(organization_id: int, why: Mapping[str, str]) -> None:
    """What waited for a person is about something that is not there any more; `why` by subject."""
    waiting = Effect.objects.filter(
        organization=organization_id, subject__in=list(why), state__in=Effect.AWAITING_PEOPLE
    )
    for effect in waiting.select_related("organization", "actor"):
        effect.was = effect.state
        record(effect, Step(Effect.State.SUPERSEDED, why[effect.subject]))


def explain(organization_id: int, subject: str, why: str) -> None:
    """More is known of what overtook the newest effect on `subject`: its sentence says it from now on."""
    newest = Effect.objects.filter(organization=organization_id, subject=subject).order_by("-pk").first()
    if newest is not None and newest.state == Effect.State.SUPERSEDED:
        Effect.objects.filter(pk=newest.pk).update(answer=why[:500])


def withdraw(effect_ids: Iterable[int], answer: str = "") -> list[int]:
    """Take back those that GitHub has not heard of and nobody is sending; inside the caller's transaction.

    Returns the ids that are withdrawn now. One that is claimed a moment before is not among them.
    """
    now, withdrawn = clock.now(), []
    for effect_id in effect_ids:
        resting = Effect.objects.filter(leases.over(now), pk=effect_id, attempts=0, state__in=Effect.UNSENT)
        if resting.update(state=Effect.State.WITHDRAWN, answer=answer, settled_at=now, fence=F("fence") + 1) == 1:
            withdrawn.append(effect_id)
    return withdrawn


def run(effect_id: int) -> None:
    """Do what is due in the effect's organization, this effect among it; nothing when another process does."""
    organization_id = Effect.objects.filter(pk=effect_id).values_list("organization_id", flat=True).first()
    if organization_id is not None:
        work_through(organization_id)


def work_through(organization_id: int) -> int:
    """Advance the organization's due effects, at most LONGEST_RUN calls one after another; returns how many effects."""
    turn = pace.take(organization_id)
    if turn is None:
        return 0
    done = rounds = 0
    try:
        while rounds < LONGEST_RUN and turn.keep():
            effect_id = _next_due(organization_id, may_write=turn.may_write_soon())
            if effect_id is None:
                break
            done += execution.advance(effect_id, turn)
            rounds += 1
    finally:
        turn.give_back()
    _ring_for_the_rest(organization_id, turn)
    return done


def sweep() -> int:
    """Work through every organization that has something due; returns how many effects were advanced."""
    return sum(_swept(organization_id) for organization_id in _WITH_DUE(clock.now()))


def _swept(organization_id: int) -> int:
    try:
        return work_through(organization_id)
    except Exception:  # one organization's trouble is not the others'
        log.exception("effects.work_failed", organization=organization_id)
        return 0


def wake_for(user_id: int) -> int:
    """The person signed in again: what waited for that is due now. Returns how many."""
    waiting = Effect.objects.filter(actor_id=user_id, state=Effect.State.NEEDS_SIGN_IN)
    organizations = dict(waiting.values_list("organization_id", "pk"))
    woken = waiting.update(due_at=clock.now())
    for effect_id in organizations.values():
        jobs.ring("effects.run", effect_id)
    return woken


def _due(now: datetime) -> QuerySet[Effect]:
    states = Effect.State
    waits = is_due(now) & Q(state__in=(states.READY, states.NEEDS_SIGN_IN, states.SENT, states.UNKNOWN))
    return Effect.objects.filter(waits | Q(state=states.SENDING), leases.over(now))


_WITH_DUE = Statement(
    lambda now: _due(now).order_by("organization_id").values_list("organization_id", flat=True).distinct()
)


def _next_due(organization_id: int, *, may_write: bool) -> int | None:
    """The one that is due longest; without the right to write, only what is settled by reading."""
    return (_NEXT if may_write else _NEXT_TO_READ).first(organization_id, clock.now())


def _longest_due(organization_id: int, now: datetime) -> "QuerySet[Effect, int]":
    due = _due(now).filter(organization_id=organization_id)
    return due.order_by("due_at", "pk").values_list("pk", flat=True)


def _to_read(organization_id: int, now: datetime) -> "QuerySet[Effect, int]":
    return _longest_due(organization_id, now).exclude(state__in=(Effect.State.READY, Effect.State.NEEDS_SIGN_IN))


_NEXT = Statement(lambda organization_id, now: _longest_due(organization_id, now)[:1])
_NEXT_TO_READ = Statement(lambda organization_id, now: _to_read(organization_id, now)[:1])


def _ring_for_the_rest(organization_id: int, turn: Turn) -> None:
    """What came, or was left, while the turn was ours; whoever rang then found it taken."""
    if turn.stays_away() <= timedelta():
        effect_id = _next_due(organization_id, may_write=True)
        if effect_id is not None:
            jobs.ring("effects.run", effect_id)
