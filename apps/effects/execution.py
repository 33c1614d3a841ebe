"""One step of effects that go the same way: check, send once, look, write down.

No network inside a transaction and no transaction across the network. Before the call everything may be tried
again, since GitHub heard nothing. After it the result is either known or UNKNOWN, and UNKNOWN is settled by
reading, never by sending blindly again.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from apps.accounts import access
from apps.accounts import errors as people
from apps.core import clock, leases
from apps.effects.models import Effect
from apps.effects.pace import Turn
from apps.effects.recording import BACK_OFF, Step, attempted, claim, keep, record
from apps.effects.registry import Gone, Handler, Outcome, Refused, Superseded, Verdict, handler_of
from apps.effects.senders import Sender, forget_installation_token, sender_of
from apps.github import errors, permitted

log = structlog.get_logger(__name__)
State = Effect.State
ATTEMPTS = 5
# GitHub gives up on a request after 10 s (docs.github.com, "Timeouts" of the REST API): what is not done by
# then will not be.
PROOF_AFTER = timedelta(seconds=15)
PROMISED = 202
# A bulk call is carried out after its answer. GitHub does not say when: this only spares a look too early.
PROMISED_WITHIN = timedelta(seconds=2)
RENEW_AFTER = leases.CALL / 4


def advance(effect_id: int, turn: Turn) -> int:
    """Take the effect, and those that go the same way, one step further; how many. 0: not due, or somebody else's."""
    effects = claim(effect_id)
    if not effects:
        return 0
    sending = effects[0].state == State.SENDING
    told = _send(effects, handler_of(effects[0].kind), turn) if sending else effects
    for effect, step in look(told, turn):
        record(effect, step)
    return len(effects)


def _send(effects: list[Effect], handler: Handler, turn: Turn) -> list[Effect]:
    """Check once more, tell the record, then call GitHub once. Returns those that can be looked up at once."""
    try:
        sender, hindered = _prepared(effects, handler, turn)
    except errors.NotPermitted as error:
        return _record_all(effects, _not_permitted(effects[0], error))
    except Exception as error:
        return _record_all(effects, _nothing_sent(error))
    with sender.client:
        for effect in effects:
            if effect.pk in hindered:
                record(effect, _hindered(effect, hindered[effect.pk]))
        going = [effect for effect in effects if effect.pk not in hindered]
        return _sent(going, handler, sender, turn) if going else []


def _sent(effects: list[Effect], handler: Handler, sender: Sender, turn: Turn) -> list[Effect]:
    turn.await_pause()
    if not turn.keep():
        return _record_all(effects, Step(State.READY, due_at=clock.now()))
    try:
        going = attempted(effects, sender.token_kind)
    except Exception as error:
        return _record_all(effects, _nothing_sent(error))
    if not going:
        return []
    try:
        status = handler.send(going, sender.client)
    except Exception as error:
        return _after_trouble(going, error, turn)
    turn.wrote()
    later = clock.now() + PROMISED_WITHIN if status == PROMISED else clock.now()
    told = [effect for effect in going if record(effect, Step(State.SENT, status=status, due_at=later))]
    return [] if status == PROMISED else told


def _record_all(effects: list[Effect], step: Step) -> list[Effect]:
    for effect in effects:
        record(effect, step)
    return []


def _prepared(effects: list[Effect], handler: Handler, turn: Turn) -> tuple[Sender, Mapping[int, Exception]]:
    """Who sends, and what hinders single ones, after the roles and all facts were read again."""
    sender = sender_of(effects[0])
    try:
        if effects[0].second is not None:
            access.require_listed_owner(effects[0].second, effects[0].organization)
        return sender, handler.prepare(effects, _keeping(effects, turn))
    except BaseException:
        sender.client.__exit__()
        raise


def _keeping(effects: list[Effect], turn: Turn) -> Callable[[], None]:
    """Keep turn and leases through a long reading, with a statement now and then and not for every request."""
    renewed = clock.now()

    def keep_on() -> None:
        nonlocal renewed
        if clock.now() - renewed > RENEW_AFTER:
            turn.keep()
            keep(effects)
            renewed = clock.now()

    return keep_on


def _hindered(effect: Effect, error: Exception) -> Step:
    """Where it was sent before, that what it is about is gone may be its own doing, late: that is looked up."""
    if isinstance(error, Gone) and effect.attempts:
        return Step(State.UNKNOWN, effect.answer, effect.status)
    return _nothing_sent(error)


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


def _not_permitted(effect: Effect, error: errors.NotPermitted) -> Step:
    """The App lacks what it needs to check once more: final, unless it may something else than was known."""
    match permitted.read_again(effect.organization_id):
        case None:
            return Step(State.READY, str(error))
        case True:
            return Step(State.READY, str(error), due_at=clock.now())
    return Step(State.REFUSED, f"{error} Nothing was sent.")


def _after_trouble(effects: list[Effect], error: Exception, turn: Turn) -> list[Effect]:
    """What an error of the call itself says about what GitHub did; those to be looked up at once."""
    if isinstance(error, errors.RateLimited):
        turn.wrote(not_before=error.retry_at)
        return _record_all(effects, Step(State.READY, str(error), error.status, due_at=error.retry_at, unsent=True))
    if isinstance(error, errors.Transient) and not error.sent:
        return _record_all(effects, Step(State.READY, str(error), unsent=True))
    turn.wrote()
    if isinstance(error, errors.NotPermitted):
        permitted.read_again(effects[0].organization_id)
    match error:
        case errors.SsoRequired() | errors.Unauthorized():
            return _record_all(effects, _not_let_in(effects[0], error))
        case errors.Permanent() if error.status >= 400 and len(effects) == 1:
            effects[0].status, effects[0].answer = error.status, str(error)
            return effects
        case errors.GitHubError():
            # A no to many says nothing about each: they are looked up, and what is left goes out one by one.
            status = (error.status or None) if len(effects) == 1 else None
            in_vain = isinstance(error, errors.Permanent) and error.status >= 400
            return _record_all(effects, Step(State.UNKNOWN, str(error), status, alone=True, in_vain=in_vain))
    log.exception("effects.sending_failed", exc_info=error)
    return _record_all(effects, Step(State.UNKNOWN, "Patrol met an error of its own while GitHub was told."))


def _not_let_in(effect: Effect, error: errors.GitHubError) -> Step:
    """GitHub took the token of this call for nobody's: another one sends it, or the person signs in first."""
    if effect.token_kind == Effect.TokenKind.INSTALLATION:
        forget_installation_token(effect.organization)
        return Step(State.READY, str(error), error.status, unsent=True)
    if effect.installation_may_send:
        kind = Effect.TokenKind.INSTALLATION
        return Step(State.READY, str(error), error.status, due_at=clock.now(), unsent=True, token_kind=kind)
    return Step(State.NEEDS_SIGN_IN, str(error), error.status, unsent=True)


# --- looking ------------------------------------------------------------------------------------------------


def look(effects: list[Effect], turn: Turn) -> list[tuple[Effect, Step]]:
    """Read GitHub and say where each stands; whatever hinders reading only puts it off."""
    if not effects:
        return []
    try:
        outcomes = handler_of(effects[0].kind).confirm(effects, _keeping(effects, turn))
    except Superseded as error:
        return [(one, _final(one, State.SUPERSEDED, Outcome(Verdict.SUPERSEDED, str(error)))) for one in effects]
    except errors.RateLimited as error:
        return [(one, Step(_standing(one), one.answer, one.status, due_at=error.retry_at)) for one in effects]
    except errors.GitHubError as error:
        if isinstance(error, errors.NotPermitted):
            permitted.read_again(effects[0].organization_id)
        return [(one, _later(one)) for one in effects]
    return [(one, _stands(one, outcomes.get(one.pk, Outcome(Verdict.UNKNOWN)))) for one in effects]


def _stands(effect: Effect, outcome: Outcome) -> Step:
    match outcome.verdict:
        case Verdict.CONFIRMED if _said_no(effect) and effect.attempts <= 1:
            return _final(effect, State.SUPERSEDED, outcome, outcome.already)
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
        accepted = effect.status is not None and effect.status < 300  # 202: what was promised may still come
        may_come = accepted or effect.comes_late
        if not _is_long_ago(effect) or (may_come and effect.waits < len(BACK_OFF)):
            return _later(effect)
    if effect.attempts >= ATTEMPTS:
        sentence = f"GitHub did not carry this out in {ATTEMPTS} attempts. Its last answer: {effect.answer or 'none'}"
        return _final(effect, State.REFUSED, outcome, sentence)
    return Step(State.READY, effect.answer, due_at=clock.now())


def _is_long_ago(effect: Effect) -> bool:
    """Whether GitHub has given up on the last call by now.

    The clock may have been set back since; then the waits tell, and the first two are longer than that.
    """
    assert effect.attempted_at is not None
    age = clock.now() - effect.attempted_at
    return age >= PROOF_AFTER or (age < timedelta() and effect.waits >= 2)


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
