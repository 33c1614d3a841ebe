"""What owners do: decide on requests, revoke grants, and tell Patrol what GitHub's API does not.

A decision is a Review with the evidence it was taken on, an Effect that carries it to GitHub, and an event of
the record: one transaction, committed before GitHub hears of it. Everything else happens in `effects`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock, text
from apps.core.errors import RuleBroken, Stale
from apps.effects import services as effects
from apps.github import permitted
from apps.github.models import Organization
from apps.jobs import services as jobs
from apps.policy import risk
from apps.policy.facts import AccessFacts
from apps.tokens import rating
from apps.tokens.facts import facts_of
from apps.tokens.inheritance import Way, way_of
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind, Row
from apps.tokens.lineage import repository_ids
from apps.tokens.models import Grant, GrantRequest, Review
from apps.tokens.names import EffectKind, Name
from apps.tokens.plans import days, following, making

Action = Literal["approve", "deny"]
LONGEST_REASON = 1024
"""docs.github.com/rest/orgs/personal-access-tokens: "Max length is 1024 characters"."""

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
    """What is on its way to GitHub, and what is not; `held`: it waits for a second owner first."""

    reviews: list[Review] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    held: bool = False

    @property
    def done(self) -> int:
        """How many are on their way."""
        return len(self.reviews)


@dataclass(frozen=True)
class _Decision:
    """What a person decides about everything they chose."""

    user: User
    organization: Organization
    action: Review.Action
    reason: str
    kind: Kind
    urgent: bool = False
    until: date | None = None


@dataclass(frozen=True)
class _Way:
    """When everything chosen at once was decided, and how it is sent: `held`: after another owner's consent.

    `installation_may_send`: with that token, where the person's is not let in.
    """

    decided_at: datetime
    due_at: datetime
    held: bool
    installation_may_send: bool


def decide_requests(
    *, user: User, organization: Organization, action: Action, reason: str, chosen: dict[int, str],
    until: date | None = None,
) -> Outcome:  # fmt: skip
    """Approve or deny pending requests: `chosen` is pat_request_id -> digest of the facts the page showed.

    `until`, of an approval: Patrol revokes on that day (plans.days) what came of it; part of what is decided.

    Each one is refused on its own when it is the person's own token, not pending, changed since, or already on
    its way. Raises NotAnOwner, NeedsSso, NeedsSignIn, GitHubAway, Lacking where Patrol may only look, and RuleBroken
    for too long a reason or no such day; then nothing at all was decided.
    """
    decision = _Decision(
        user, organization, Review.Action(action), _worded(reason), GRANT_REQUESTS,
        until=until if action == "approve" else None,
    )  # fmt: skip
    if decision.until is not None:
        days.require_day(decision.until, organization)
    return _decide(decision, chosen)


def revoke_grants(*, user: User, organization: Organization, chosen: dict[int, str], urgent: bool = False) -> Outcome:
    """Take the access of tokens away: `chosen` is pat_id -> digest. Refuses and raises as `decide_requests`.

    GitHub takes no reason for this. The token itself goes on existing. `urgent`: sent without the undo window.
    """
    return _decide(_Decision(user, organization, Review.Action.REVOKE, "", GRANTS, urgent=urgent), chosen)


def undo_decisions(*, user: User, organization: Organization, review_ids: Iterable[int]) -> int:
    """Take back decisions of the person that GitHub has not heard of. Returns how many were.

    Raises RuleBroken when none could be: sent already, or somebody else's.
    """
    with transaction.atomic():
        mine = Review.objects.filter(organization=organization, reviewer=user, pk__in=list(review_ids))
        reviews = {review.effect_id: review for review in mine.select_related("grant_request", "grant")}
        withdrawn = effects.withdraw(sorted(reviews))
        for effect_id in withdrawn:
            review = reviews[effect_id]
            row = review.grant_request or review.grant
            assert row is not None
            audit.record(
                Name.REVOCATION_WITHDRAWN if review.grant else Name.REQUEST_DECISION_WITHDRAWN,
                organization_id=organization.pk, actor=user.actor, subject=row.subject, action=review.action,
                token_name=review.evidence["token_name"], owner_login=review.evidence["owner_login"],
            )  # fmt: skip
            following.follow_approval(review)
    if not withdrawn:
        raise RuleBroken("Too late: it is being sent to GitHub, or was. A granted token can be revoked.")
    return len(withdrawn)


def how_decided(organization: Organization) -> Way:
    """How the organization decides, and who said so."""
    return way_of(organization.pk)


def undo_seconds(organization: Organization) -> int:
    """How long a decision of the organization rests before it is sent."""
    return how_decided(organization).rests


# --- deciding -----------------------------------------------------------------------------------------------


def _worded(reason: str) -> str:
    """The reason as GitHub and the record will have it: harmless, without blanks around it."""
    harmless = str(text.clean(reason.strip()))
    if len(harmless) > LONGEST_REASON:
        raise RuleBroken(f"A reason has at most {LONGEST_REASON} characters; this one has {len(harmless)}.")
    return harmless


def _decide(decision: _Decision, chosen: dict[int, str]) -> Outcome:
    """All that may be decided, in one transaction; rows are locked in one order, so that two owners do not clash."""
    kind = decision.kind
    how = how_decided(decision.organization)
    access.require_owner_or_listed(decision.user, decision.organization, listed=how.installation_may_send)
    permitted.require(decision.organization, kind.deciding)
    seconded = how.two_person and decision.action is Review.Action.APPROVE
    rests = 0 if decision.urgent else how.rests
    outcome = Outcome(held=seconded)
    now = clock.now()
    due_at = now + timedelta(seconds=rests)
    way = _Way(now, due_at, held=seconded, installation_may_send=how.installation_may_send)
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
                outcome.reviews.append(_review(decision, row, facts, len(others), way))
            except RuleBroken as error:
                outcome.refused.append(Refusal(subject_id, str(error)))
        if outcome.reviews and not seconded:
            jobs.ring_in(rests, "effects.run", outcome.reviews[0].effect_id)
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
    GrantRequest.State.APPROVED: "This request is approved already; nothing was sent.",
    GrantRequest.State.DENIED: "This request is denied already; nothing was sent.",
    GrantRequest.State.ENDED: "This request ended on GitHub: it was cancelled, or decided there. Nothing was sent.",
    Grant.State.REVOKED: "This access is revoked already; nothing was sent.",
    Grant.State.GONE: "This access is gone from GitHub already; nothing was sent.",
}


def _review(decision: _Decision, row: Row, facts: AccessFacts, other_tokens: int, way: _Way) -> Review:
    """Effect, review and event of one decision. Raises effects.AlreadyOnItsWay."""
    revokes = decision.action is Review.Action.REVOKE
    effect = effects.propose(
        organization=decision.organization,
        kind=EffectKind.REVOKE_GRANT if revokes else EffectKind.REVIEW_REQUEST,
        subject=row.subject,
        arguments={decision.kind.number: facts.subject_id, "token_id": facts.token_id},
        actor=decision.user,
        batch=_batch(decision),
        due_at=way.due_at,
        held=way.held,
        installation_may_send=way.installation_may_send,
    )
    until = {"until": decision.until.isoformat()} if decision.until else {}
    evidence, digest = _evidence(facts, other_tokens) | until | _given(decision), facts.digest()
    review = Review.objects.create(
        organization=decision.organization, action=decision.action, reviewer=decision.user,
        reviewer_login=decision.user.login, reason=decision.reason, digest=digest, evidence=evidence,
        effect=effect, decided_at=way.decided_at, **({"grant": row} if revokes else {"grant_request": row}),
    )  # fmt: skip
    audit.record(
        _PROPOSED[decision.action], organization_id=decision.organization.pk, actor=decision.user.actor,
        subject=row.subject, token_name=facts.token_name, owner_login=facts.owner_login, reason=decision.reason,
        digest=digest, evidence=evidence, **until,
    )  # fmt: skip
    if decision.until is not None:
        making.wait_for_approval(review, decision.until, decision.user)
    return review


def _given(decision: _Decision) -> dict[str, int]:
    """For how many days it is given, where that is less than for ever."""
    return {"given_days": (decision.until - days.today(decision.organization)).days} if decision.until else {}


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
