"""One effect, one step: check, send once, look, write down.

No network inside a transaction and no transaction across the network. Before the call everything may be tried
again, since GitHub heard nothing. After it the result is either known or UNKNOWN, and UNKNOWN is settled by
reading, never by sending blindly again.
"""

from datetime import timedelta

import structlog

from apps.accounts import access
from apps.accounts import errors as people
from apps.accounts import services as accounts
from apps.core import clock
from apps.effects.models import Effect
from apps.effects.pace import Turn
from apps.effects.recording import BACK_OFF, Step, attempted, claim, record
from apps.effects.registry import Handler, Outcome, Refused, Superseded, Verdict, handler_of
from apps.github import errors
from apps.github.client import Client

log = structlog.get_logger(__name__)
State = Effect.State
ATTEMPTS = 5
# GitHub gives up on a request after 10 s (docs.github.com, "Timeouts" of the REST API): what is not done by
# then will not be.
PROOF_AFTER = timedelta(seconds=15)


class _Lost(Exception):
    """Another process took the effect over; nothing is sent."""


def advance(effect_id: int, turn: Turn) -> None:
    """Take the effect one step further, if it is due and nobody else's."""
    was = Effect.objects.filter(pk=effect_id).values_list("state", flat=True).first() or ""
    effect = claim(effect_id)
    if effect is None:
        return
    if effect.state == State.SENDING:
        try:
            step = _send(effect, handler_of(effect.kind), turn)
        except _Lost:
            log.warning("effects.lost", effect=effect_id)
            return
        if step.state == State.SENT and record(effect, step, was=was):
            step, was = look(effect), State.SENT
    else:
        step = look(effect)
    record(effect, step, was=was)


def _send(effect: Effect, handler: Handler, turn: Turn) -> Step:
    """Check once more, tell the record, then call GitHub once."""
    try:
        client = _prepared(effect, handler)
    except Exception as error:
        return _nothing_sent(error)
    with client:
        turn.await_pause()
        if not turn.keep():
            return Step(State.READY, due_at=clock.now())
        try:
            going = attempted(effect)
        except Exception as error:
            return _nothing_sent(error)
        if not going:
            raise _Lost
        try:
            status = handler.send(effect, client)
        except Exception as error:
            return _after_trouble(effect, error, turn)
        turn.wrote()
        return Step(State.SENT, status=status, due_at=clock.now())


def _prepared(effect: Effect, handler: Handler) -> Client:
    """The acting person's client, after their role and what they decided on were read again."""
    if effect.actor is None:
        raise Refused("Nobody stands behind this: nothing is sent without a person.")
    client = accounts.user_client(effect.actor)
    try:
        access.require_owner_now(effect.actor, effect.organization)
        handler.prepare(effect)
    except BaseException:
        client.__exit__()
        raise
    return client


def _nothing_sent(error: Exception) -> Step:
    """GitHub heard nothing of it, so everything that may pass is tried again later."""
    match error:
        case Superseded():
            return Step(State.SUPERSEDED, str(error))
        case Refused() | people.NotAnOwner():
            return Step(State.REFUSED, str(error))
        case people.NeedsSignIn() | people.NeedsSso() | errors.SsoRequired():
            return Step(State.NEEDS_SIGN_IN, str(error))
        case errors.RateLimited():
            return Step(State.READY, str(error), due_at=error.retry_at, unsent=False)
        case errors.GitHubError() | people.GitHubAway():
            return Step(State.READY, str(error))
    log.exception("effects.not_prepared", exc_info=error)
    return Step(State.READY, "Patrol met an error of its own before anything was sent; it tries again.")


def _after_trouble(effect: Effect, error: Exception, turn: Turn) -> Step:
    """What an error of the call itself says about what GitHub did."""
    match error:
        case errors.RateLimited():
            turn.wrote(not_before=error.retry_at)
            return Step(State.READY, str(error), error.status, due_at=error.retry_at, unsent=True)
        case errors.Transient(sent=False):
            return Step(State.READY, str(error), unsent=True)
        case errors.SsoRequired() | errors.Unauthorized():
            turn.wrote()
            return Step(State.NEEDS_SIGN_IN, str(error), error.status, unsent=True)
        case errors.Permanent() if error.status >= 400:
            turn.wrote()
            effect.status, effect.answer = error.status, str(error)
            return look(effect)
        case errors.GitHubError():
            turn.wrote()
            return Step(State.UNKNOWN, str(error), error.status or None)
    log.exception("effects.sending_failed", exc_info=error)
    turn.wrote()
    return Step(State.UNKNOWN, "Patrol met an error of its own while GitHub was told.")


# --- looking ------------------------------------------------------------------------------------------------


def look(effect: Effect) -> Step:
    """Read GitHub and say where the effect stands; whatever hinders reading only puts it off."""
    try:
        outcome = handler_of(effect.kind).confirm(effect)
    except errors.RateLimited as error:
        return Step(_standing(effect), due_at=error.retry_at, answer=effect.answer, status=effect.status)
    except errors.GitHubError:
        return _later(effect)
    return _stands(effect, outcome)


def _stands(effect: Effect, outcome: Outcome) -> Step:
    match outcome.verdict:
        case Verdict.CONFIRMED if _said_no(effect) and effect.attempts <= 1:
            return _final(effect, State.SUPERSEDED, outcome, "It was so already: somebody else did it before.")
        case Verdict.CONFIRMED:
            return _final(effect, State.CONFIRMED, outcome)
        case Verdict.SUPERSEDED:
            return _final(effect, State.SUPERSEDED, outcome)
        case Verdict.NOT_APPLIED:
            return _not_applied(effect, outcome)
    return _later(effect)


def _not_applied(effect: Effect, outcome: Outcome) -> Step:
    """Refused where GitHub said no; sent again only when it is certain that nothing will come of the last call."""
    if _said_no(effect):
        return _final(effect, State.REFUSED, outcome)
    if effect.attempted_at is not None:
        accepted = effect.status is not None and effect.status < 300
        if clock.now() - effect.attempted_at < PROOF_AFTER or (accepted and effect.waits < len(BACK_OFF)):
            return _later(effect)
    if effect.attempts >= ATTEMPTS:
        sentence = f"GitHub did not carry this out in {ATTEMPTS} attempts. Its last answer: {effect.answer or 'none'}"
        return _final(effect, State.REFUSED, outcome, sentence)
    return Step(State.READY, effect.answer, due_at=clock.now())


def _final(effect: Effect, state: Effect.State, outcome: Outcome, sentence: str = "") -> Step:
    said = sentence or outcome.sentence
    answer = f"{effect.answer} {said}".strip() if _said_no(effect) else said
    return Step(state, answer or effect.answer, effect.status, seen=outcome.seen)


def _later(effect: Effect) -> Step:
    return Step(_standing(effect), effect.answer, effect.status)


def _standing(effect: Effect) -> Effect.State:
    return State.SENT if effect.state == State.SENT else State.UNKNOWN


def _said_no(effect: Effect) -> bool:
    """GitHub answered the call itself with a refusal: 403, 404, 422."""
    return effect.status is not None and 400 <= effect.status < 500
