"""The end of requests and grants that are proven gone: what became of them, versions and events."""

from collections.abc import Iterable
from typing import Any

from apps.audit import services as audit
from apps.core import clock
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.policy.reach import covers
from apps.tokens import causes, lineage, told
from apps.tokens.facts import row_reach
from apps.tokens.kinds import GRANT_REQUESTS, Kind, Row
from apps.tokens.models import Grant, GrantRequest, Review, ToldDecision
from apps.tokens.names import Name

EVENTS = {"grant_request": Name.REQUEST_ENDED, "grant": Name.GRANT_GONE}
_STATES: dict[Review.Action, str] = {
    Review.Action.APPROVE: GrantRequest.State.APPROVED,
    Review.Action.DENY: GrantRequest.State.DENIED,
    Review.Action.REVOKE: Grant.State.REVOKED,
}


def approved_elsewhere(request_pks: Iterable[int]) -> set[int]:
    """Requests whose token now holds a grant, given since, that allows all they asked for."""
    requests = {row.token_id: row for row in GrantRequest.objects.filter(pk__in=list(request_pks))}
    grants = Grant.objects.active().filter(token__in=list(requests))
    asked = lineage.repository_ids(GrantRequest, [row.pk for row in requests.values()])
    held = lineage.repository_ids(Grant, list(grants.values_list("pk", flat=True)))
    return {
        requests[grant.token_id].pk
        for grant in grants
        if _covers(grant, requests[grant.token_id], held.get(grant.pk, set()), asked)
    }


def _covers(grant: Grant, request: GrantRequest, held: set[int], asked: dict[int, set[int]]) -> bool:
    given_since = grant.access_granted_at >= request.requested_at
    return given_since and covers(row_reach(grant, held), row_reach(request, asked.get(request.pk, set())))


def end(kind: Kind, pks: list[int], explained: set[int]) -> int:
    """End the rows (by primary key); `explained` ones were approved elsewhere. In the caller's transaction.

    Returns how many tokens got a new version. Rows that ended meanwhile stay as they are.
    """
    rows: list[Row] = list(
        kind.model.objects.select_for_update(of=("self",))
        .select_related("token")
        .filter(pk__in=pks, state=kind.active)
        .order_by("pk")
    )
    reviews = _reviews(kind, [row.pk for row in rows])
    words = _told(kind, [row for row in rows if row.pk not in reviews])
    outcomes = {
        row.pk: _outcome(kind, reviews.get(row.pk), words.get(row.pk), elsewhere=row.pk in explained) for row in rows
    }
    who = _who(rows, reviews, words)
    for state in {state for state, _ in outcomes.values()}:
        ending = [pk for pk, outcome in outcomes.items() if outcome[0] == state]
        kind.model.objects.filter(pk__in=ending).update(state=state, ended_at=clock.now())
    if rows:
        effects.overtake(rows[0].organization_id, {row.subject: _why(words.get(row.pk)) for row in rows})
    by_token = {row.token_id: outcomes[row.pk][1] for row in rows}
    steps = lineage.add_versions(by_token, by_token.__getitem__)
    for row in rows:
        state, cause = outcomes[row.pk]
        audit.record(
            EVENTS[kind.name],
            organization_id=row.organization_id,
            subject=row.subject,
            token_id=row.token.token_id,
            token_name=row.token.name,
            owner_login=row.token.owner_login,
            state=state,
            cause=cause,
            **who.get(row.pk, {}),
        )
    return len(steps)


def _reviews(kind: Kind, row_pks: list[int]) -> dict[int, Review]:
    """The last review of each row that GitHub confirmed."""
    confirmed = Review.objects.filter(effect__state=Effect.State.CONFIRMED, **{f"{kind.name}__in": row_pks})
    return {getattr(review, f"{kind.name}_id"): review for review in confirmed.order_by("decided_at")}


def _told(kind: Kind, rows: list[Row]) -> dict[int, ToldDecision]:
    """What webhooks told of each request, by primary key."""
    numbers = {row.pat_request_id: row.pk for row in rows if isinstance(row, GrantRequest)}
    if not numbers:
        return {}
    return {numbers[number]: one for number, one in told.told_of(rows[0].organization_id, numbers).items()}


def _who(rows: list[Row], reviews: dict[int, Review], words: dict[int, ToldDecision]) -> dict[int, dict[str, Any]]:
    """Who ended each request that Patrol did not, for its event; where nobody is named, between when."""
    elsewhere = [row for row in rows if isinstance(row, GrantRequest) and row.pk not in reviews]
    since = told.note_last_pending(elsewhere)
    return {
        row.pk: told.as_data(words[row.pk]) if row.pk in words else told.between(since.get(row.pk))
        for row in elsewhere
    }  # fmt: skip


def _why(word: ToldDecision | None) -> str:
    return f"It was {told.in_words(word)}." if word else "It was decided or cancelled on GitHub."


def _outcome(kind: Kind, review: Review | None, word: ToldDecision | None, *, elsewhere: bool) -> tuple[str, str]:
    """The final state, and the cause as far as it is known: Patrol's own review, what GitHub told, or unknown."""
    if review is not None:
        action = Review.Action(review.action)
        return _STATES[action], f"{causes.DONE[action]} by {review.reviewer_login}"
    if word is not None:
        return told.state_of(word), told.in_words(word)
    if elsewhere:
        return GrantRequest.State.APPROVED, causes.APPROVED_ELSEWHERE
    return GrantRequest.State.ENDED if kind is GRANT_REQUESTS else Grant.State.GONE, lineage.UNKNOWN
