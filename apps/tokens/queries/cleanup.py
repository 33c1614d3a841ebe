"""The first-day view: what waits for nothing any more, in groups that an owner may deny with one click."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core import clock
from apps.effects.models import Effect
from apps.github.models import Member, Organization
from apps.tokens.models import GrantRequest, Review, expired_at
from apps.tokens.queries.rows import RequestRow, loaded, request_rows

OLD = timedelta(days=30)
SHOWN = 100
"""How many of a group one form carries; what is beyond comes up when these are done."""


@dataclass(frozen=True)
class Group:
    """Requests that have the same reason to go; each request is in the first group it fits."""

    key: str
    title: str
    meaning: str
    suggestion: str
    total: int
    rows: list[RequestRow]

    @property
    def choosable(self) -> bool:
        """Whether the reader may deny any of those shown here; else they are somebody's to deny on GitHub."""
        return any(row.choosable or (row.own and not row.look_only) for row in self.rows)


_GROUPS = [
    (
        "expired", "The token has expired",
        "Approving these changes nothing: the tokens do not work any more.",
        "The token has expired. Please make a new one if you still need it.",
    ),
    (
        "left", "The person left the organization",
        "Their owners are no members any more, so the tokens cannot reach anything here.",
        "The owner of this token is no longer a member of the organization.",
    ),
    (
        "old", "Older than 30 days",
        "Whoever asked has probably found another way, or forgotten it.",
        "This request waited for more than 30 days. Please ask again if you still need it.",
    ),
]  # fmt: skip


def cleanup_groups(organizations: Sequence[Organization], reader_id: int) -> list[Group]:
    """Groups with at least one request; those with a decision on its way are left out."""
    pending = GrantRequest.objects.pending().filter(organization__in=organizations)
    pending = pending.filter(
        ~Exists(Review.objects.filter(effect__state__in=Effect.OPEN, grant_request=OuterRef("pk")))
    )
    waiting = loaded(pending).order_by("requested_at", "pk")
    found = _by_group(waiting)
    rows = {row.request.pk: row for row in request_rows([one for part in found.values() for one in part], reader_id)}
    return [
        Group(
            key, title, meaning, suggestion,
            total=len(found[key]) if len(found[key]) < SHOWN else _condition_count(waiting, key),
            rows=[rows[one.pk] for one in found[key]],
        )
        for key, title, meaning, suggestion in _GROUPS
        if found[key]
    ]  # fmt: skip


def _by_group(pending: "QuerySet[GrantRequest]") -> dict[str, list[GrantRequest]]:
    return {key: list(pending.filter(_condition(key))[:SHOWN]) for key, *_ in _GROUPS}


def _condition_count(pending: "QuerySet[GrantRequest]", key: str) -> int:
    return pending.filter(_condition(key)).order_by().count()


def _condition(key: str) -> Q:
    """The first group that fits: expired, then left, then old."""
    now = clock.now()
    expired = expired_at(now, "token__")
    here = Exists(
        Member.objects.filter(
            organization=OuterRef("organization"), user_id=OuterRef("token__owner_id"), left_at__isnull=True
        )
    )
    # Before the first complete walk over the members nobody is known to have left.
    left = Q(organization__members_synced_at__isnull=False) & ~Q(here)
    return {
        "expired": expired,
        "left": ~expired & left,
        "old": ~expired & ~left & Q(requested_at__lt=now - OLD),
    }[key]
