"""How decisions get to GitHub: reviews of requests and revocations of grants, for the executor in `effects`.

Reading uses the installation's token, sending the deciding person's. Nothing is adopted before the end: what
`confirm` read becomes rows in the transaction that records the final state.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.audit import services as audit
from apps.core import clock
from apps.effects.models import Effect
from apps.effects.registry import Handler, Outcome, Superseded, Verdict, register
from apps.github import errors, facts, wire
from apps.github.client import Client
from apps.github.services import live_installation
from apps.policy.permissions import covers
from apps.tokens import adopt, causes, lineage, sync
from apps.tokens.facts import facts_as_sent
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind
from apps.tokens.models import Grant, GrantRequest, Review
from apps.tokens.names import EffectKind, Name
from apps.tokens.reading import QuotaReserved, Reader

# How often GitHub's lists may lag behind an answer that said yes before the answer alone is believed.
PATIENCE = 3
WITNESSES = 5
SUBSET = "subset"
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


def prepare_review(effect: Effect) -> None:
    """Raise Superseded unless GitHub still shows, pending, exactly what was decided on."""
    _compare(effect, GRANT_REQUESTS, gone="It is not pending on GitHub any more: cancelled, or decided there.")


def send_review(effect: Effect, client: Client) -> int:
    """Approve or deny, with the reason."""
    review = effect.review
    return client.review_grant_request(
        effect.organization.login,
        effect.arguments["pat_request_id"],
        action="approve" if review.action == Review.Action.APPROVE else "deny",
        reason=review.reason,
    )


def confirm_review(effect: Effect) -> Outcome:
    """What became of the request; GitHub does not say who decided, so the wanted state counts as ours.

    The request is read before the grant: an approval that happens in between is then seen, not missed.
    """
    with _reading(effect) as reader:
        if _find(reader, GRANT_REQUESTS, effect) is not None:
            return Outcome(Verdict.NOT_APPLIED, "It is still pending on GitHub.")
        seen = _grant_seen(reader, effect)
    request = effect.review.grant_request
    assert request is not None
    granted = seen is not None and seen.grant.access_granted_at >= request.requested_at and _covers(effect, seen)
    accepted = effect.status is not None and effect.status < 300
    if effect.review.action == Review.Action.DENY:
        if granted and not accepted:
            return Outcome(Verdict.SUPERSEDED, "It was approved on GitHub meanwhile.", seen)
        return Outcome(Verdict.CONFIRMED, seen=seen)
    if granted:
        return Outcome(Verdict.CONFIRMED, seen=seen)
    if accepted:
        return Outcome(Verdict.CONFIRMED if effect.waits >= PATIENCE else Verdict.UNKNOWN)
    return Outcome(Verdict.SUPERSEDED, "It was denied or cancelled on GitHub meanwhile.")


def _grant_seen(reader: Reader, effect: Effect) -> Seen | None:
    read_at = clock.now()
    grant = _find(reader, GRANTS, effect)
    if grant is None:
        return None
    assert isinstance(grant, wire.Grant)
    subset = grant.repository_selection == SUBSET
    repositories = reader.repositories(GRANTS, grant.id) if subset else []
    return None if repositories is None else Seen(grant, repositories, read_at)


def _covers(effect: Effect, seen: Seen) -> bool:
    """Whether the grant allows all that was decided on; it may hold more from before."""
    asked, held = effect.review.evidence, facts_as_sent(seen.grant, [one.id for one in seen.repositories])
    if not covers(held.permissions, asked["permissions"]):
        return False
    if asked["repository_selection"] == "none" or held.repository_selection == "all":
        return True
    both_subsets = asked["repository_selection"] == held.repository_selection == SUBSET
    return both_subsets and set(asked["repository_ids"]) <= set(held.repository_ids)


# --- revocations ----------------------------------------------------------------------------------------------


def prepare_revocation(effect: Effect) -> None:
    """Raise Superseded unless GitHub still shows exactly the access that was to be revoked."""
    _compare(effect, GRANTS, gone="The token does not reach the organization any more.")


def send_revocation(effect: Effect, client: Client) -> int:
    """Revoke; GitHub takes no reason."""
    return client.revoke_grant(effect.organization.login, effect.arguments["pat_id"])


def confirm_revocation(effect: Effect) -> Outcome:
    """Revoked is what is not listed any more; GitHub does not say by whom."""
    with _reading(effect) as reader:
        if _find(reader, GRANTS, effect) is not None:
            return Outcome(Verdict.NOT_APPLIED, "The token still reaches the organization.")
    return Outcome(Verdict.CONFIRMED)


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


def _compare(effect: Effect, kind: Kind, *, gone: str) -> None:
    with _reading(effect) as reader:
        item = _find(reader, kind, effect)
        subset = item is not None and item.repository_selection == SUBSET
        repositories = reader.repositories(kind, item.id) if item is not None and subset else []
    if item is None or repositories is None:
        raise Superseded(f"{gone} Nothing was sent.")
    if facts_as_sent(item, [one.id for one in repositories]).digest() != effect.review.digest:
        raise Superseded("It changed on GitHub after you decided. Nothing was sent; look at it again.")


def _find(reader: Reader, kind: Kind, effect: Effect) -> wire.GrantRequest | wire.Grant | None:
    """The request or grant among those of its token; any grant of the token where the effect names none.

    Raises Unreadable when "not there" is not to be believed: the answer holds something that might be it and
    cannot be read, or shows none of the witnesses, other tokens that were there a moment ago.
    """
    token_id, wanted = effect.arguments["token_id"], effect.arguments.get(kind.number)
    witnesses = _witnesses(kind, effect.organization_id, token_id)
    answer = reader.look_up(kind, [token_id, *witnesses])
    for item in answer.items:
        if item.token_id == token_id and wanted in (None, item.id):
            return item
    unreadable = any(wanted is None or one.item_id in (None, wanted) for one in answer.bad)
    if unreadable or (witnesses and not any(item.token_id in witnesses for item in answer.items)):
        raise errors.Unreadable("GitHub's answer is not to be believed.")
    return None


def _witnesses(kind: Kind, organization_id: int, token_id: int) -> list[int]:
    """A few other tokens that the list should show; an empty or cut answer does not."""
    active = kind.model.objects.filter(organization=organization_id, state=kind.active)
    others = active.exclude(token__token_id=token_id).order_by("-pk")
    return list(dict.fromkeys(others.values_list("token__token_id", flat=True)[:WITNESSES]))


@contextmanager
def _reading(effect: Effect) -> Iterator[Reader]:
    """With the installation's token, and with the quota that is kept for decisions."""
    installation = live_installation(effect.organization_id)
    if installation is None:
        raise errors.Permanent("Patrol's App is not installed on this organization.")
    try:
        with Reader(installation, reserve=0.0) as reader:
            yield reader
    except QuotaReserved as error:
        raise errors.RateLimited(str(error), retry_at=error.resets_at) from error
