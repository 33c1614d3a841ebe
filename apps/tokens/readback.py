"""The read-back of an approval: whether what came of it is wider than what the token held and what was approved.

It belongs to what settles an approval, in that transaction. Where GitHub's list did not show the grant by then, the
review stays unread (`read_back_at` null) and is compared as soon as a look or a walk has met the grant.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.audit import services as audit
from apps.core import clock
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.jobs import services as jobs
from apps.policy.facts import AccessFacts
from apps.policy.permissions import lines_of
from apps.policy.reach import Excess, Reach, excess, reach_of
from apps.tokens import lineage, rivals
from apps.tokens.facts import facts_of
from apps.tokens.inheritance import way_of
from apps.tokens.models import Grant, Review, WiderGrant
from apps.tokens.names import EffectKind, Name
from apps.tokens.plans import execution

State = Effect.State
UNREAD_FOR = timedelta(days=1)
WORD_WITHIN = timedelta(seconds=10)
"""So long the rule waits for GitHub's word of another owner's approval: webhooks come within seconds, and to take
away what that owner has just given would be worse than ten seconds of it.
"""
BY_RULE = "Patrol's rule"
"""No login: GitHub's have neither blanks nor apostrophes."""


def note_held(reviews: Sequence[Review]) -> None:
    """Before approvals are sent first: what their tokens hold here. One of them that was sent keeps what it noted."""
    new = [review for review in reviews if review.held is None]
    tokens = {review.row.token_id: review.row.token for review in new}
    if not tokens:
        return
    facts, at = lineage.facts_now(tokens), clock.now().isoformat()
    active = Grant.objects.active().filter(token__in=list(tokens)).order_by("access_granted_at")
    given = dict(active.values_list("token_id", "access_granted_at"))
    for review in new:
        granted_at = given.get(review.row.token_id)
        review.held = {
            "at": at, "granted": facts[review.row.token_id]["granted"],
            "granted_at": granted_at.isoformat() if granted_at else None,
        }  # fmt: skip
    Review.objects.bulk_update(new, ["held"])


def beyond(review: Review, facts: AccessFacts) -> Excess:
    """What a grant allows beyond what its token held, what this approval allowed, and what Patrol sent besides."""
    return excess(reach_of(facts.as_evidence()), *_allowed(review))


def read_back(review: Review, grant: Grant, facts: AccessFacts) -> None:
    """Compare, once: wider is an alarm, and revoked where the organization wants it. In the caller's transaction."""
    now = clock.now()
    unread = Review.objects.filter(pk=review.pk, read_back_at__isnull=True, held__isnull=False)
    if unread.update(read_back_at=now) != 1:
        return
    more = beyond(review, facts)
    if not more:
        return
    explanation = _explanation(review, facts)
    wider = WiderGrant.objects.create(
        organization_id=review.organization_id, review=review, grant=grant, beyond=more.as_data(),
        explanation=explanation, found_at=now,
    )  # fmt: skip
    _record(Name.FOUND_WIDER, wider, audit.PATROL, evidence=facts.as_evidence(), digest=facts.digest())
    if not explanation and _revokes(review.organization_id):
        _revoke_again(wider, facts)


def look_again(organization_id: int) -> None:
    """Read back what could not be read before, and see what became of alarms; after rows followed GitHub.

    In the caller's transaction.
    """
    for review in _unread(organization_id):
        grant = Grant.objects.active().select_related("token").filter(token=review.row.token_id).first()
        if grant is not None and _is_known(grant):
            read_back(review, grant, _facts(grant))
    for wider in WiderGrant.objects.filter(organization=organization_id, ended_at__isnull=True).select_related(
        "grant__token", "review__effect", "review__grant_request"
    ):
        _see(wider)


def what_stands_against(effect: Effect) -> str:
    """Why a revocation that a rule wrote is not sent after all, as a sentence; empty: nothing, or a person's."""
    if effect.actor_id is not None:
        return ""
    plan = execution.plan_of(effect)
    if plan is not None:
        return execution.what_stands_against(plan)
    wider = WiderGrant.objects.filter(revocation=effect.review).select_related("grant__token", "review__effect").first()
    if wider is None or not _revokes(effect.organization_id):
        return "The organization does not want Patrol to revoke it any more. Nothing was sent."
    if wider.ended_as == WiderGrant.End.ACKNOWLEDGED:
        return f"{wider.acknowledged_by_login} accepted the wider access. Nothing was sent."
    with transaction.atomic():
        _explain(wider)
    return f"It is explained: {wider.explanation}. Nothing was sent." if wider.explanation else ""


# --- comparing ------------------------------------------------------------------------------------------------


def _allowed(review: Review) -> list[Reach]:
    held: dict[str, Any] = review.held or {}
    before = [reach_of(held["granted"])] if held.get("granted") else []
    return [reach_of(review.evidence), *before, *(reach_of(one.evidence) for one in _ours(review))]


def _ours(review: Review) -> Iterable[Review]:
    """Patrol's other approvals of the token that GitHub took after it was noted what the token holds, or may yet."""
    others = Review.objects.filter(grant_request__token=review.row.token_id, action=Review.Action.APPROVE)
    sent = Q(effect__state__in=(State.SENDING, State.SENT, State.UNKNOWN))
    if review.held:
        sent |= Q(effect__state=State.CONFIRMED, effect__settled_at__gte=datetime.fromisoformat(review.held["at"]))
    return others.filter(sent, held__isnull=False).exclude(pk=review.pk)


def _explanation(review: Review, facts: AccessFacts) -> str:
    """Another approval that allows what is beyond, in words; empty: none that is known."""
    found = rivals.approvals_elsewhere(review)
    reach = reach_of(facts.as_evidence())
    if not found or excess(reach, *_allowed(review), *(one.reach for one in found)):
        return ""
    return "; ".join(dict.fromkeys(one.sentence for one in found))[:300]


# --- revoking again -------------------------------------------------------------------------------------------


def _revokes(organization_id: int) -> bool:
    return way_of(organization_id).revoke_wider


def _revoke_again(wider: WiderGrant, facts: AccessFacts) -> None:
    """The rule's decision, with the installation's token; nothing where a decision on the grant travels already."""
    grant, due_at = wider.grant, wider.found_at + WORD_WITHIN
    try:
        effect = effects.propose(
            organization=wider.organization, kind=EffectKind.REVOKE_GRANT, subject=grant.subject,
            arguments={"pat_id": grant.pat_id, "token_id": facts.token_id}, actor=None, due_at=due_at,
        )  # fmt: skip
    except effects.AlreadyOnItsWay:
        return
    evidence, reason = facts.as_evidence(), _reason(wider)
    wider.revocation = Review.objects.create(
        organization=wider.organization, action=Review.Action.REVOKE, grant=grant, reviewer=None,
        reviewer_login=BY_RULE, reason=reason, digest=facts.digest(), evidence=evidence, effect=effect,
        decided_at=wider.found_at,
    )  # fmt: skip
    wider.save(update_fields=["revocation"])
    audit.record(
        Name.REVOCATION_PROPOSED, organization_id=wider.organization_id, subject=grant.subject,
        token_name=facts.token_name, owner_login=facts.owner_login, reason=reason, digest=facts.digest(),
        evidence=evidence,
    )  # fmt: skip
    jobs.ring_in(WORD_WITHIN.total_seconds(), "effects.run", effect.pk)


def _reason(wider: WiderGrant) -> str:
    number = wider.review.row.subject.partition(":")[2]
    return f"Wider than what was approved with request {number}: {in_words(wider.beyond)}."[:1024]


def in_words(more: dict[str, Any]) -> str:
    """What is beyond, in one line: "Contents: write, 2 more repositories"."""
    parts = [f"{line.title}: {line.level}" for line in lines_of(more["permissions"])]
    if more["everywhere"]:
        parts.append("all repositories")
    elif count := len(more["repository_ids"]):
        parts.append(f"{count} more {'repository' if count == 1 else 'repositories'}")
    return ", ".join(parts)


# --- what became of alarms ------------------------------------------------------------------------------------


def _unread(organization_id: int) -> Iterable[Review]:
    """Approvals that GitHub took, or may have, whose grant nobody has compared yet."""
    took = Q(effect__state=State.CONFIRMED)
    perhaps = Q(effect__state=State.SUPERSEDED, effect__attempts__gt=0, effect__status__isnull=True)
    return Review.objects.filter(
        took | perhaps, organization=organization_id, action=Review.Action.APPROVE, held__isnull=False,
        read_back_at__isnull=True, effect__settled_at__gte=clock.now() - UNREAD_FOR,
    ).select_related("effect", "grant_request")  # fmt: skip


def _see(wider: WiderGrant) -> None:
    grant = wider.grant
    if grant.state != Grant.State.ACTIVE:
        _end(wider, WiderGrant.End.REVOKED if grant.state == Grant.State.REVOKED else WiderGrant.End.GONE)
    elif _is_known(grant) and not beyond(wider.review, _facts(grant)):
        _end(wider, WiderGrant.End.NARROWED)
        _record(Name.FOUND_NARROWED, wider, audit.PATROL)
    else:
        _explain(wider)


def _explain(wider: WiderGrant) -> None:
    """The word of another approval came after the alarm."""
    if not wider.explanation and (found := _explanation(wider.review, _facts(wider.grant))):
        wider.explanation = found
        wider.save(update_fields=["explanation"])
        _record(Name.WIDER_EXPLAINED, wider, audit.PATROL)


def _end(wider: WiderGrant, how: WiderGrant.End) -> None:
    wider.ended_at, wider.ended_as = clock.now(), how
    wider.save(update_fields=["ended_at", "ended_as"])


def _is_known(grant: Grant) -> bool:
    """Whether the repositories it reaches are known."""
    return grant.repository_selection != "subset" or grant.repositories_verified_at is not None


def _facts(grant: Grant) -> AccessFacts:
    ids = grant.repositories.values_list("pk", flat=True) if grant.repository_selection == "subset" else ()
    return facts_of(grant, ids)


def _record(name: Name, wider: WiderGrant, actor: audit.Actor, **data: Any) -> None:
    token = wider.grant.token
    audit.record(
        name, organization_id=wider.organization_id, actor=actor, subject=wider.grant.subject,
        token_name=token.name, owner_login=token.owner_login, grant_request=wider.review.row.subject,
        beyond=in_words(wider.beyond), explanation=wider.explanation, **data,
    )  # fmt: skip
