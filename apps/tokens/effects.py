"""How decisions get to GitHub: reviews of requests and revocations of grants, for the executor in `effects`.

Reading uses the installation's token; `effects` says whose token sends. Nothing is adopted before the end: what
`confirm` read becomes rows in the transaction that records the final state.
"""

from typing import Any, Literal

from apps.audit import services as audit
from apps.core import clock
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.effects.registry import Batch, Gone, Handler, Outcome, Refused, Superseded, Verdict, register
from apps.github import facts, permitted
from apps.github.client import Client
from apps.tokens import adopt, causes, lineage, readback, sync, told
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind
from apps.tokens.looks import Keep, Seen, differing, find, grants_seen, reading
from apps.tokens.models import Grant, GrantRequest, Review
from apps.tokens.names import EffectKind, Name
from apps.tokens.plans import execution, following

# How often GitHub's lists may lag behind an answer that said yes before the answer alone is believed.
PATIENCE = 3
ACCEPTED = 202
_ENDS: dict[str, tuple[str, Name]] = {
    Review.Action.APPROVE: (GrantRequest.State.APPROVED, Name.APPROVED),
    Review.Action.DENY: (GrantRequest.State.DENIED, Name.DENIED),
    Review.Action.REVOKE: (Grant.State.REVOKED, Name.REVOKED),
}


def register_kinds() -> None:
    """Called once, when the app is ready."""
    register(
        EffectKind.REVIEW_REQUEST,
        Handler(prepare=prepare_review, send=send_review, confirm=confirm_review, settled=settled),
    )
    register(
        EffectKind.REVOKE_GRANT,
        Handler(prepare=prepare_revocation, send=send_revocation, confirm=confirm_revocation, settled=settled),
    )


# --- reviews of requests --------------------------------------------------------------------------------------


def prepare_review(effects: Batch, keep: Keep) -> dict[int, Exception]:
    """Nothing is sent of a request unless GitHub still shows, pending, exactly what was decided on."""
    _read_decisions(effects)
    _require_permitted(effects, GRANT_REQUESTS)
    hindered = differing(effects, GRANT_REQUESTS, keep, gone=_GONE)
    hindered |= {one.pk: _gone(one) for one in effects if isinstance(hindered.get(one.pk), Gone)}
    reviews: list[Review] = [one.review for one in effects if one.pk not in hindered]
    readback.note_held([review for review in reviews if review.action == Review.Action.APPROVE])
    return hindered


_GONE = "It is not pending on GitHub any more: cancelled, or decided there."


def _gone(effect: Effect) -> Gone:
    """With who it was, where GitHub told; else the page tells between when it was."""
    request = effect.review.request
    told.note_last_pending([request])
    return Gone(f"{told.sentence_about(request, _GONE)} Nothing was sent.")


def send_review(effects: Batch, client: Client) -> int:
    """Approve or deny, with the reason: one by its own address, many in one call."""
    review, login = effects[0].review, effects[0].organization.login
    action: Literal["approve", "deny"] = "approve" if review.action == Review.Action.APPROVE else "deny"
    numbers = [effect.arguments[GRANT_REQUESTS.number] for effect in effects]
    if len(numbers) == 1:
        return client.review_grant_request(login, numbers[0], action=action, reason=review.reason)
    return client.review_grant_requests(login, numbers, action=action, reason=review.reason)


def confirm_review(effects: Batch, keep: Keep) -> dict[int, Outcome]:
    """What became of each request; GitHub does not say who decided, so the wanted state counts as ours.

    An approval that GitHub took is proven by the grant alone. For the rest the request is read before the grant: an
    approval that happens in between is then seen, not missed; and another request of the token may have been approved.
    """
    _read_decisions(effects)
    with reading(effects[0], keep) as reader:
        approvals = [one for one in effects if one.review.action == Review.Action.APPROVE and _said_yes(one)]
        grants = grants_seen(reader, approvals)
        proven = [one for one in approvals if (seen := grants.get(one.pk)) and seen.whole]
        outcomes = {one.pk: _confirmed(one, grants[one.pk]) for one in proven}
        open_ = [one for one in effects if one.pk not in outcomes]
        pending = find(reader, GRANT_REQUESTS, open_)
        left = [one for one in open_ if one.pk in pending and pending[one.pk] is None]
        outcomes |= {pk: Outcome(Verdict.NOT_APPLIED, _PENDING) for pk, item in pending.items() if item is not None}
        found = grants_seen(reader, left)
    return outcomes | {one.pk: _decided(one, found[one.pk]) for one in left if one.pk in found}


_PENDING = "It is still pending on GitHub."


def _confirmed(effect: Effect, seen: Seen | None) -> Outcome:
    request = effect.review.request
    return Outcome(Verdict.CONFIRMED, seen=seen, already=told.sentence_about(request, Outcome.already))


def _said_yes(effect: Effect) -> bool:
    return effect.status is not None and effect.status < 300


def _decided(effect: Effect, granted: Seen | None) -> Outcome:
    """It waits no more: what that means, given the grant that came of it, or none.

    A grant that is given since and allows something else is what our yes was taken for: the request was edited at
    the last moment. The read-back judges it.
    """
    said_yes = _said_yes(effect)
    carried_out = said_yes and effect.status != ACCEPTED
    whole = granted is not None and granted.whole
    if effect.review.action == Review.Action.DENY:
        if whole and not carried_out:
            sentence = told.sentence_about(effect.review.request, "It was approved on GitHub meanwhile.")
            return Outcome(Verdict.SUPERSEDED, sentence, granted)
        return _confirmed(effect, granted if whole else None)
    if whole or (said_yes and granted):
        return _confirmed(effect, granted)
    if said_yes and effect.waits < PATIENCE:
        return Outcome(Verdict.UNKNOWN)
    if carried_out or (said_yes and _revoked_since(effect)):
        return Outcome(Verdict.CONFIRMED)
    ended = "It was denied or cancelled on GitHub meanwhile."
    return Outcome(Verdict.SUPERSEDED, told.sentence_about(effect.review.request, ended))


def _revoked_since(effect: Effect) -> bool:
    """Whether Patrol itself took away what GitHub promised to give, before anybody saw it."""
    request = effect.review.request
    revocations = Review.objects.filter(action=Review.Action.REVOKE, grant__token=request.token_id)
    sent = revocations.filter(effect__attempted_at__gte=effect.attempted_at).exclude(effect__state__in=_CAME_TO_NOTHING)
    word = told.told_of(request.organization_id, [request.pat_request_id]).get(request.pat_request_id)
    return sent.exists() and (word is None or told.state_of(word) == GrantRequest.State.APPROVED)


_CAME_TO_NOTHING = (Effect.State.REFUSED, Effect.State.SUPERSEDED)


# --- revocations ----------------------------------------------------------------------------------------------


def prepare_revocation(effects: Batch, keep: Keep) -> dict[int, Exception]:
    """Nothing is sent of a grant unless GitHub still shows exactly the access that was to be revoked."""
    _read_decisions(effects)
    _require_permitted(effects, GRANTS)
    against = {one.pk: why for one in effects if (why := readback.what_stands_against(one))}
    hindered = differing(effects, GRANTS, keep, gone="The token does not reach the organization any more.")
    return hindered | {pk: Superseded(why) for pk, why in against.items()}


def send_revocation(effects: Batch, client: Client) -> int:
    """Revoke; GitHub takes no reason. One by its own address, many in one call."""
    login, numbers = effects[0].organization.login, [effect.arguments[GRANTS.number] for effect in effects]
    if len(numbers) == 1:
        return client.revoke_grant(login, numbers[0])
    return client.revoke_grants(login, numbers)


def confirm_revocation(effects: Batch, keep: Keep) -> dict[int, Outcome]:
    """Revoked is what is not listed any more; GitHub does not say by whom."""
    _read_decisions(effects)
    with reading(effects[0], keep) as reader:
        found = find(reader, GRANTS, effects)
    still = Outcome(Verdict.NOT_APPLIED, "The token still reaches the organization.")
    return {pk: Outcome(Verdict.CONFIRMED) if grant is None else still for pk, grant in found.items()}


# --- both ----------------------------------------------------------------------------------------------------


def _read_decisions(effects: Batch) -> None:
    """The decision behind each, with what it is about, as the rows are now."""
    found = {review.effect_id: review for review in _DECISIONS([effect.pk for effect in effects])}
    for effect in effects:
        effect.review = found[effect.pk]


_DECISIONS = Statement(
    lambda ids: Review.objects.filter(effect__in=ids).select_related("grant_request__token", "grant__token", "reviewer")
)


def _require_permitted(effects: Batch, kind: Kind) -> None:
    """The App may have lost its permission since it was decided. Raises Refused."""
    missing = permitted.lacking(effects[0].organization_id, kind.deciding)
    if missing:
        raise Refused(permitted.sentence(effects[0].organization.login, missing))


def settled(effect: Effect, seen: Any) -> None:
    """The rows follow GitHub: at once where the decision is confirmed, by the next sync where it is not. Plans follow
    the decision.
    """
    if effect.state == Effect.State.CONFIRMED:
        _conclude(effect, seen)
    if effect.kind == EffectKind.REVIEW_REQUEST:
        following.follow_approval(effect.review)
    else:
        execution.follow_revocation(effect)
    if effect.state == Effect.State.CONFIRMED:
        return
    if effect.kind == EffectKind.REVIEW_REQUEST and effect.state == Effect.State.SUPERSEDED:
        _observe(effect)
        if effect.attempts:
            told.note_last_pending([effect.review.request])
    sync.request_sync(effect.organization_id)


def _conclude(effect: Effect, seen: Seen | None) -> None:
    review: Review = effect.review
    row = review.row
    state, name = _ENDS[review.action]
    type(row).objects.filter(pk=row.pk).update(state=state, ended_at=clock.now())
    if seen is not None:
        adopt.adopt(
            adopt.Found(
                kind=GRANTS,
                organization_id=effect.organization_id,
                items={seen.grant.id: seen.grant},
                repositories={seen.grant.id: seen.repositories},
                read_at=seen.read_at,
            )
        )
        if review.action == Review.Action.APPROVE:
            _read_back(review, seen)
    lineage.add_version(row.token, f"{causes.DONE[Review.Action(review.action)]} by {review.reviewer_login}")
    audit.record(
        name,
        organization_id=effect.organization_id,
        actor=review.actor,
        subject=row.subject,
        token_name=review.evidence["token_name"],
        owner_login=review.evidence["owner_login"],
        reason=review.reason,
        digest=review.digest,
        evidence=review.evidence,
        token=effect.token_kind,
        status=effect.status,
        answer=effect.answer,
    )


def _read_back(review: Review, seen: Seen) -> None:
    grant = Grant.objects.select_related("token").get(organization=review.organization_id, pat_id=seen.grant.id)
    readback.read_back(review, grant, seen.facts)


def _observe(effect: Effect) -> None:
    """Keep how GitHub answers a review of what is not pending any more: its documents leave that open."""
    answer = {404: "A", 422: "B"}.get(effect.status or 0)
    if answer:
        facts.observe("review_decided", answer, f"{effect.status}: {effect.answer}")
