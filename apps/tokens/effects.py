"""How decisions get to GitHub: reviews of requests and revocations of grants, for the executor in `effects`.

Reading uses the installation's token, sending the deciding person's. Nothing is adopted before the end: what
`confirm` read becomes rows in the transaction that records the final state.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from apps.audit import services as audit
from apps.core import clock
from apps.effects.models import Effect
from apps.effects.registry import Batch, Handler, Outcome, Superseded, Verdict, register
from apps.github import errors, facts, wire
from apps.github.client import Client
from apps.github.services import live_installation
from apps.policy.reach import covers, reach_of
from apps.tokens import adopt, causes, lineage, sync
from apps.tokens.facts import facts_as_sent
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Item, Kind
from apps.tokens.models import Grant, GrantRequest, Review
from apps.tokens.names import EffectKind, Name
from apps.tokens.reading import IDS_A_CALL, QuotaReserved, Reader

# How often GitHub's lists may lag behind an answer that said yes before the answer alone is believed.
PATIENCE = 3
WITNESSES = 5
SUBSET = "subset"
ACCEPTED = 202
Keep = Callable[[], None]
_ENDS: dict[str, tuple[str, Name]] = {
    Review.Action.APPROVE: (GrantRequest.State.APPROVED, Name.APPROVED),
    Review.Action.DENY: (GrantRequest.State.DENIED, Name.DENIED),
    Review.Action.REVOKE: (Grant.State.REVOKED, Name.REVOKED),
}


@dataclass(frozen=True)
class Seen:
    """The grant a token has after its request was decided, as GitHub showed it at `read_at`."""

    grant: wire.Grant
    repositories: list[wire.Repository]
    read_at: datetime


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
    gone = "It is not pending on GitHub any more: cancelled, or decided there."
    return _differing(effects, GRANT_REQUESTS, keep, gone=gone)


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

    An approval is proven by the grant alone. For the rest the request is read before the grant: an approval
    that happens in between is then seen, not missed.
    """
    with _reading(effects[0], keep) as reader:
        approvals = [one for one in effects if one.review.action == Review.Action.APPROVE]
        grants = _grants_seen(reader, approvals)
        outcomes = {pk: Outcome(Verdict.CONFIRMED, seen=seen) for pk, seen in grants.items() if seen}
        open_ = [one for one in effects if one.pk not in outcomes]
        pending = _find(reader, GRANT_REQUESTS, open_)
        left = [one for one in open_ if one.pk in pending and pending[one.pk] is None]
        outcomes |= {pk: Outcome(Verdict.NOT_APPLIED, _PENDING) for pk, item in pending.items() if item is not None}
        found = _grants_seen(reader, left)
    return outcomes | {one.pk: _decided(one, found[one.pk]) for one in left if one.pk in found}


_PENDING = "It is still pending on GitHub."


def _decided(effect: Effect, granted: Seen | None) -> Outcome:
    """It waits no more: what that means, given the grant that came of it, or none."""
    carried_out = effect.status is not None and effect.status < 300 and effect.status != ACCEPTED
    if effect.review.action == Review.Action.DENY:
        if granted and not carried_out:
            return Outcome(Verdict.SUPERSEDED, "It was approved on GitHub meanwhile.", granted)
        return Outcome(Verdict.CONFIRMED, seen=granted)
    if granted:
        return Outcome(Verdict.CONFIRMED, seen=granted)
    said_yes = effect.status is not None and effect.status < 300
    if said_yes and effect.waits < PATIENCE:
        return Outcome(Verdict.UNKNOWN)
    if carried_out:
        return Outcome(Verdict.CONFIRMED)
    return Outcome(Verdict.SUPERSEDED, "It was denied or cancelled on GitHub meanwhile.")


def _grants_seen(reader: Reader, effects: Batch) -> dict[int, Seen | None]:
    """The grant that shows an approval of each, None where there is none; who cannot be told is left out."""
    read_at = clock.now()
    found: dict[int, Seen | None] = {}
    for effect, grant in _paired(effects, _find(reader, GRANTS, effects)):
        request = effect.review.grant_request
        assert request is not None
        found[effect.pk] = None
        if isinstance(grant, wire.Grant) and grant.access_granted_at >= request.requested_at:
            subset = grant.repository_selection == SUBSET
            repositories = reader.repositories(GRANTS, grant.id) if subset else []
            seen = None if repositories is None else Seen(grant, repositories, read_at)
            found[effect.pk] = seen if seen and _covers(effect, seen) else None
    return found


def _covers(effect: Effect, seen: Seen) -> bool:
    """Whether the grant allows all that was decided on; it may hold more from before."""
    held = facts_as_sent(seen.grant, [one.id for one in seen.repositories])
    return covers(reach_of(held.as_evidence()), reach_of(effect.review.evidence))


# --- revocations ----------------------------------------------------------------------------------------------


def prepare_revocation(effects: Batch, keep: Keep) -> dict[int, Exception]:
    """Nothing is sent of a grant unless GitHub still shows exactly the access that was to be revoked."""
    return _differing(effects, GRANTS, keep, gone="The token does not reach the organization any more.")


def send_revocation(effects: Batch, client: Client) -> int:
    """Revoke; GitHub takes no reason. One by its own address, many in one call."""
    login, numbers = effects[0].organization.login, [effect.arguments[GRANTS.number] for effect in effects]
    if len(numbers) == 1:
        return client.revoke_grant(login, numbers[0])
    return client.revoke_grants(login, numbers)


def confirm_revocation(effects: Batch, keep: Keep) -> dict[int, Outcome]:
    """Revoked is what is not listed any more; GitHub does not say by whom."""
    with _reading(effects[0], keep) as reader:
        found = _find(reader, GRANTS, effects)
    still = Outcome(Verdict.NOT_APPLIED, "The token still reaches the organization.")
    return {pk: Outcome(Verdict.CONFIRMED) if grant is None else still for pk, grant in found.items()}


# --- both ----------------------------------------------------------------------------------------------------


def settled(effect: Effect, seen: Any) -> None:
    """The rows follow GitHub: at once where the decision is confirmed, by the next sync where it is not."""
    if effect.state == Effect.State.CONFIRMED:
        _conclude(effect, seen)
        return
    if effect.kind == EffectKind.REVIEW_REQUEST and effect.state == Effect.State.SUPERSEDED:
        _observe(effect)
    sync.request_sync(effect.organization_id)


def _conclude(effect: Effect, seen: Seen | None) -> None:
    review: Review = effect.review
    row = review.grant_request or review.grant
    assert row is not None
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
    lineage.add_version(row.token, f"{causes.DONE[Review.Action(review.action)]} by {review.reviewer_login}")
    audit.record(
        name,
        organization_id=effect.organization_id,
        actor=review.reviewer.actor,
        subject=row.subject,
        token_name=review.evidence["token_name"],
        owner_login=review.evidence["owner_login"],
        reason=review.reason,
        digest=review.digest,
        evidence=review.evidence,
        status=effect.status,
        answer=effect.answer,
    )


def _observe(effect: Effect) -> None:
    """Keep how GitHub answers a review of what is not pending any more: its documents leave that open."""
    answer = {404: "A", 422: "B"}.get(effect.status or 0)
    if answer:
        facts.observe("review_decided", answer, f"{effect.status}: {effect.answer}")


def _differing(effects: Batch, kind: Kind, keep: Keep, *, gone: str) -> dict[int, Exception]:
    """Why nothing is sent of an effect: it is gone, another than what was seen, or cannot be told now."""
    hindered: dict[int, Exception] = {}
    with _reading(effects[0], keep) as reader:
        found = _find(reader, kind, effects)
        for effect in effects:
            if effect.pk not in found:
                hindered[effect.pk] = errors.Unreadable("GitHub's answer is not to be believed.")
            elif problem := _difference(reader, kind, effect, found[effect.pk], gone):
                hindered[effect.pk] = Superseded(problem)
    return hindered


def _difference(reader: Reader, kind: Kind, effect: Effect, item: Item | None, gone: str) -> str:
    """What stands against sending it, as a sentence; empty: nothing."""
    subset = item is not None and item.repository_selection == SUBSET
    repositories = reader.repositories(kind, item.id) if item is not None and subset else []
    if item is None or repositories is None:
        return f"{gone} Nothing was sent."
    if facts_as_sent(item, [one.id for one in repositories]).digest() != effect.review.digest:
        return "It changed on GitHub after you decided. Nothing was sent; look at it again."
    return ""


def _find(reader: Reader, kind: Kind, effects: Batch) -> dict[int, Item | None]:
    """The request or grant of each effect; any grant of its token where the effect names none. None: not there.

    Left out is who "is not there" in an answer that is not to be believed: it holds something that might be
    it and cannot be read, or shows none of the witnesses, other tokens that were there a moment ago.
    """
    found: dict[int, Item | None] = {}
    for part in _parts(effects):
        tokens = list(dict.fromkeys(effect.arguments["token_id"] for effect in part))
        witnesses = _witnesses(kind, part[0].organization_id, tokens)
        answer = reader.look_up(kind, [*tokens, *witnesses])
        believed = not witnesses or any(item.token_id in witnesses for item in answer.items)
        for effect in part:
            wanted = effect.arguments.get(kind.number)
            item = _item_of(answer.items, effect.arguments["token_id"], wanted)
            unreadable = any(wanted is None or one.item_id in (None, wanted) for one in answer.bad)
            if item is not None or (believed and not unreadable):
                found[effect.pk] = item
    return found


def _parts(effects: Batch) -> Iterator[Batch]:
    """As many as one look-up takes beside the witnesses."""
    size = IDS_A_CALL - WITNESSES
    for start in range(0, len(effects), size):
        yield effects[start : start + size]


def _item_of(items: list[Item], token_id: int, wanted: int | None) -> Item | None:
    return next((item for item in items if item.token_id == token_id and wanted in (None, item.id)), None)


def _paired(effects: Batch, found: Mapping[int, Item | None]) -> list[tuple[Effect, Item | None]]:
    return [(effect, found[effect.pk]) for effect in effects if effect.pk in found]


def _witnesses(kind: Kind, organization_id: int, token_ids: list[int]) -> list[int]:
    """A few other tokens that the list should show; an empty or cut answer does not."""
    active = kind.model.objects.filter(organization=organization_id, state=kind.active)
    others = active.exclude(token__token_id__in=token_ids).order_by("-pk")
    return list(dict.fromkeys(others.values_list("token__token_id", flat=True)[:WITNESSES]))


@contextmanager
def _reading(effect: Effect, keep: Keep) -> Iterator[Reader]:
    """The effect's organization, with the installation's token, and with the quota that is kept for decisions."""
    installation = live_installation(effect.organization_id)
    if installation is None:
        raise errors.Permanent("Patrol's App is not installed on this organization.")
    try:
        with Reader(installation, keep=keep, reserve=0.0) as reader:
            yield reader
    except QuotaReserved as error:
        raise errors.RateLimited(str(error), retry_at=error.resets_at) from error
