"""What owners do: decide on requests, revoke grants, and tell Patrol what GitHub's API does not.

A decision is a Review with the evidence it was taken on, an Effect that carries it to GitHub, and an event of
the record: one transaction, committed before GitHub hears of it. Everything else happens in `effects`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock, text
from apps.core.errors import RuleBroken, Stale
from apps.effects import services as effects
from apps.github.models import Organization
from apps.jobs import services as jobs
from apps.policy import risk
from apps.policy.facts import AccessFacts
from apps.tokens import rating
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind, Row
from apps.tokens.lineage import repository_ids
from apps.tokens.models import Grant, GrantRequest, Review, StatedPolicy, SyncState, Walk
from apps.tokens.names import EffectKind, Name

Action = Literal["approve", "deny"]
LONGEST_REASON = 1024
"""docs.github.com/rest/orgs/personal-access-tokens: "Max length is 1024 characters"."""
LONGEST_LIFE = 366
"""The longest lifetime, in days, that GitHub's token policies can name."""

_PROPOSED = {
    Review.Action.APPROVE: Name.APPROVAL_PROPOSED,
    Review.Action.DENY: Name.DENIAL_PROPOSED,
    Review.Action.REVOKE: Name.REVOCATION_PROPOSED,
}


@dataclass(frozen=True)
class Refusal:
    """One that was not decided, by its pat_request_id or pat_id, and why, as a sentence for the person."""

    subject_id: int
    sentence: str


@dataclass(frozen=True)
class Outcome:
    """What is on its way to GitHub, and what is not."""

    reviews: list[Review] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class _Decision:
    """What a person decides about everything they chose."""

    user: User
    organization: Organization
    action: Review.Action
    reason: str
    kind: Kind


def decide_requests(
    *, user: User, organization: Organization, action: Action, reason: str, chosen: dict[int, str]
) -> Outcome:
    """Approve or deny pending requests: `chosen` is pat_request_id -> digest of the facts the page showed.

    Each one is refused on its own when it is the person's own token, not pending, changed since, or already on
    its way. Raises NotAnOwner, NeedsSso, NeedsSignIn, GitHubAway, and RuleBroken for too long a reason; then
    nothing at all was decided.
    """
    return _decide(_Decision(user, organization, Review.Action(action), _worded(reason), GRANT_REQUESTS), chosen)


def revoke_grants(*, user: User, organization: Organization, chosen: dict[int, str]) -> Outcome:
    """Take the access of tokens away: `chosen` is pat_id -> digest. Refuses and raises as `decide_requests`.

    GitHub takes no reason for this. The token itself goes on existing.
    """
    return _decide(_Decision(user, organization, Review.Action.REVOKE, "", GRANTS), chosen)


def accept_vanishing(*, user: User, organization: Organization) -> None:
    """An owner says that what vanished from GitHub's lists is really gone: the next complete reading applies it.

    Raises what `require_owner_now` raises, and RuleBroken when nothing asks.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        asking = _asking(organization)
        state = SyncState.objects.select_for_update().filter(organization=organization).first()
        if not asking or state is None or state.vanishing_accepted:
            raise RuleBroken("Nothing waits for an answer here any more.")
        state.vanishing_accepted, state.due_at = True, clock.now()
        state.save(update_fields=["vanishing_accepted", "due_at"])
        audit.record(
            Name.VANISHING_ACCEPTED, organization_id=organization.pk, actor=user.actor,
            vanishing=sum(walk.vanishing for walk in asking), lists=[str(walk.listing) for walk in asking],
        )  # fmt: skip
        jobs.ring("tokens.sync_organization", organization.pk)


def state_policy(
    *,
    user: User,
    organization: Organization,
    approval_required: bool | None,
    fine_grained_allowed: bool | None,
    classic_allowed: bool | None,
    fine_grained_max_days: int | None,
    classic_max_days: int | None,
) -> StatedPolicy:
    """Keep GitHub's own token settings as an owner reads them there; None: not stated. GitHub has no API for them.

    Raises what `require_owner_now` raises, and RuleBroken for a lifetime GitHub does not offer.
    """
    for days in (fine_grained_max_days, classic_max_days):
        if days is not None and not 1 <= days <= LONGEST_LIFE:
            raise RuleBroken(f"GitHub's longest lifetime is between 1 and {LONGEST_LIFE} days.")
    access.require_owner_now(user, organization)
    stated = {
        "approval_required": approval_required, "fine_grained_allowed": fine_grained_allowed,
        "classic_allowed": classic_allowed, "fine_grained_max_days": fine_grained_max_days,
        "classic_max_days": classic_max_days,
    }  # fmt: skip
    with transaction.atomic():
        before = StatedPolicy.objects.filter(organization=organization).values(*stated).first()
        policy, _ = StatedPolicy.objects.update_or_create(
            organization=organization,
            defaults=stated | {"stated_by_login": user.login, "stated_at": clock.now()},
        )
        audit.record(
            Name.STATED_POLICY_CHANGED, organization_id=organization.pk, actor=user.actor, before=before, after=stated
        )
    return policy


# --- deciding -----------------------------------------------------------------------------------------------


def _worded(reason: str) -> str:
    """The reason as GitHub and the record will have it: harmless, without blanks around it."""
    harmless = str(text.clean(reason.strip()))
    if len(harmless) > LONGEST_REASON:
        raise RuleBroken(f"A reason has at most {LONGEST_REASON} characters; this one has {len(harmless)}.")
    return harmless


def _decide(decision: _Decision, chosen: dict[int, str]) -> Outcome:
    """All that may be decided, in one transaction; rows are locked in one order, so that two owners do not clash."""
    access.require_owner_now(decision.user, decision.organization)
    kind, outcome = decision.kind, Outcome()
    with transaction.atomic():
        rows = _rows(decision, chosen)
        found = {kind.number_of(row): row for row in rows}
        held = rating.held_by({row.token.owner_id for row in rows}, decision.organization.pk)
        repositories = repository_ids(kind.model, [row.pk for row in rows if row.repository_selection == "subset"])
        for subject_id, digest in sorted(chosen.items()):
            try:
                row = _known(decision, found.get(subject_id))
                facts = facts_of(row, repositories.get(row.pk, ()))
                _check(decision, row, facts, digest)
                others = held.get(row.token.owner_id, set()) - {row.token_id}
                outcome.reviews.append(_review(decision, row, facts, len(others)))
            except RuleBroken as error:
                outcome.refused.append(Refusal(subject_id, str(error)))
        if outcome.reviews:
            jobs.ring("effects.run", outcome.reviews[0].effect_id)
    return outcome


def _rows(decision: _Decision, chosen: Iterable[int]) -> list[Row]:
    rows = decision.kind.model.objects.select_for_update(of=("self",)).select_related("token")
    wanted = {f"{decision.kind.number}__in": list(chosen)}
    return list(rows.filter(organization=decision.organization, **wanted).order_by("pk"))


def _known(decision: _Decision, row: Row | None) -> Row:
    if row is None:
        raise RuleBroken(f"Patrol does not know this in {decision.organization.login}.")
    return row


def _check(decision: _Decision, row: Row, facts: AccessFacts, digest: str) -> None:
    """The rules of a decision, the most telling first. Raises RuleBroken."""
    if row.token.owner_id == decision.user.pk:
        raise RuleBroken("This is your own token: another owner has to decide.")
    if row.state != decision.kind.active:
        raise RuleBroken(_NO_LONGER[row.state])
    if facts.digest() != digest:
        raise Stale("It changed after you saw it. Look at it again before you decide; nothing was sent.")


_NO_LONGER: dict[str, str] = {
    GrantRequest.State.APPROVED: "This request is approved already.",
    GrantRequest.State.DENIED: "This request is denied already.",
    GrantRequest.State.ENDED: "This request ended on GitHub: it was cancelled, or decided there.",
    Grant.State.REVOKED: "This access is revoked already.",
    Grant.State.GONE: "This access is gone from GitHub already.",
}


def _review(decision: _Decision, row: Row, facts: AccessFacts, other_tokens: int) -> Review:
    """Effect, review and event of one decision. Raises effects.AlreadyOnItsWay."""
    revokes = decision.action is Review.Action.REVOKE
    effect = effects.propose(
        organization=decision.organization,
        kind=EffectKind.REVOKE_GRANT if revokes else EffectKind.REVIEW_REQUEST,
        subject=row.subject,
        arguments={decision.kind.number: facts.subject_id, "token_id": facts.token_id},
        actor=decision.user,
        batch=_batch(decision),
    )
    evidence, digest = _evidence(facts, other_tokens), facts.digest()
    review = Review.objects.create(
        organization=decision.organization, action=decision.action, reviewer=decision.user,
        reviewer_login=decision.user.login, reason=decision.reason, digest=digest, evidence=evidence,
        effect=effect, decided_at=clock.now(), **({"grant": row} if revokes else {"grant_request": row}),
    )  # fmt: skip
    audit.record(
        _PROPOSED[decision.action], organization_id=decision.organization.pk, actor=decision.user.actor,
        subject=row.subject, token_name=facts.token_name, owner_login=facts.owner_login, reason=decision.reason,
        digest=digest, evidence=evidence,
    )  # fmt: skip
    return review


def _batch(decision: _Decision) -> str:
    """What one call to GitHub can say of many: the same action for the same reason."""
    return f"{decision.action}:{hashlib.sha256(decision.reason.encode()).hexdigest()}"


def _evidence(facts: AccessFacts, other_tokens: int) -> dict[str, Any]:
    """Everything the decision was taken on, with the judgement that stood beside it."""
    judged = risk.assess(facts, now=clock.now(), other_tokens=other_tokens)
    return facts.as_evidence() | {
        "risk": judged.risk.label,
        "risk_reasons": [reason.text for reason in judged.reasons],
        "other_tokens": other_tokens,
    }


def _asking(organization: Organization) -> list[Walk]:
    """The latest ended walk of each list, where it stopped and asks."""
    ended = Walk.objects.filter(organization=organization).exclude(state__in=(Walk.State.WALKING, Walk.State.FAILED))
    latest = [ended.filter(listing=listing).order_by("-started_at").first() for listing in Walk.Listing.values]
    return [walk for walk in latest if walk is not None and walk.state == Walk.State.ASKS]
