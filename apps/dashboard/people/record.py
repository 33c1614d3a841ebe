"""The record of taking a person's access away: who, when, which tokens, what each reached, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core import clock
from apps.effects.models import Effect
from apps.github.models import Organization, Repository
from apps.policy.permissions import PermissionLine, lines_of
from apps.tokens.models import Grant, Review
from apps.tokens.queries.rows import Decision, decision_of

A_DAY = timedelta(days=1)
MOST = 500
MOST_NAMED = 30
_MOVING = frozenset(Effect.TRAVELLING) - {Effect.State.NEEDS_SIGN_IN}


@dataclass(frozen=True)
class Entry:
    """One revocation. What the token reached is as it was when it was decided; `grant` is as it is now."""

    review: Review
    decision: Decision
    lines: tuple[PermissionLine, ...]
    selection: str
    repositories: tuple[str, ...]
    more: int

    @property
    def grant(self) -> Grant:
        """What was taken, or is to be."""
        assert self.review.grant is not None
        return self.review.grant

    @property
    def done(self) -> bool:
        """Whether GitHub confirmed it."""
        return self.decision.state == Effect.State.CONFIRMED

    @property
    def moves(self) -> bool:
        """Whether it goes on by itself."""
        return self.decision.state in _MOVING


@dataclass(frozen=True)
class Record:
    """`entries` since `since`, the newest decision about each grant; `remaining` is what the person still holds and
    nothing is on its way about.
    """

    entries: list[Entry]
    remaining: list[Grant]
    since: datetime
    now: datetime

    @property
    def done(self) -> int:
        """How many GitHub confirmed."""
        return sum(one.done for one in self.entries)

    @property
    def moves(self) -> bool:
        """Whether anything still happens by itself."""
        return any(one.moves for one in self.entries)

    @property
    def open(self) -> int:
        """How many are not settled."""
        return sum(one.decision.is_open for one in self.entries)

    def resting_of(self, reviewer_id: int) -> list[Entry]:
        """What GitHub has not heard of yet, so that whoever decided it may take it back."""
        return [one for one in self.entries if one.decision.sent_at and one.review.reviewer_id == reviewer_id]

    @property
    def settled_at(self) -> datetime | None:
        """When GitHub confirmed the last one."""
        return max((one.decision.settled_at for one in self.entries if one.decision.settled_at), default=None)

    @property
    def organizations(self) -> list[str]:
        """Where, by login."""
        return sorted({one.review.organization.login for one in self.entries})


def record(organizations: Sequence[Organization], number: int, since: datetime | None) -> Record:
    """Without a `since`, of the last day. Three queries."""
    now = clock.now()
    begin = since or now - A_DAY
    revocations = Review.objects.filter(organization__in=organizations, action=Review.Action.REVOKE)
    theirs = revocations.filter(grant__token__owner_id=number, decided_at__gte=begin)
    theirs = theirs.select_related("effect", "organization", "grant__token")
    newest: dict[int, Review] = {}
    for review in theirs.order_by("-pk")[:MOST]:
        newest.setdefault(review.grant_id or 0, review)
    reviews = sorted(newest.values(), key=lambda one: (one.organization.login, one.pk))
    names = _names(reviews)
    entries = [_entry(one, names) for one in reviews]
    going = {one.grant.pk for one in entries if one.decision.is_open}
    held = Grant.objects.active().filter(organization__in=organizations, owner_id=number)
    remaining = held.select_related("token", "organization").order_by("organization__login", "-access_granted_at")
    return Record(entries, [one for one in remaining[:MOST] if one.pk not in going], begin, now)


def _names(reviews: Sequence[Review]) -> dict[int, str]:
    """Of every repository that was reached, its name today."""
    numbers = {number for one in reviews for number in one.evidence.get("repository_ids") or ()}
    return dict(Repository.objects.filter(pk__in=numbers).values_list("pk", "name"))


def _entry(review: Review, names: dict[int, str]) -> Entry:
    evidence: dict[str, Any] = review.evidence
    numbers = evidence.get("repository_ids") or []
    called = sorted(names.get(number, f"number {number}") for number in numbers)
    return Entry(
        review=review,
        decision=decision_of(review),
        lines=lines_of(evidence.get("permissions") or {}),
        selection=str(evidence.get("repository_selection", "")),
        repositories=tuple(called[:MOST_NAMED]),
        more=max(0, len(called) - MOST_NAMED),
    )
