"""What is about to be revoked: how many where, whom it affects, what is left out and why, and each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from apps.core import clock, paging
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.models import Grant, PreviewItem, RevocationPreview
from apps.tokens.queries.listing import PAGE
from apps.tokens.queries.rows import GrantRow, grant_rows, loaded

NAMED = 12
RECENTLY = timedelta(days=30)
_TAKEN = Q(left_out=PreviewItem.LeftOut.NO)
Outcome = PreviewItem.Outcome


@dataclass(frozen=True)
class Part:
    """Of one organization. `taken` are to be revoked: `people` hold them, `used` were used lately, `everywhere` reach
    all repositories and `risky` are of high risk. `left_out` are not, by reason.

    `untried` wait for the click; `sent` and `refused` are what came of it.
    """

    organization: Organization
    taken: int
    people: int
    used: int
    everywhere: int
    risky: int
    left_out: dict[str, int]
    untried: int
    sent: int
    refused: int


@dataclass(frozen=True)
class Item:
    """One of them: the grant as it is now. `changed`: it is not what was frozen, so nothing would be sent."""

    row: GrantRow
    item: PreviewItem
    changed: bool


@dataclass(frozen=True)
class Preview:
    """`people` are those with the most, (login, how many). `rows` is one page of the items."""

    preview: RevocationPreview
    parts: list[Part]
    people: list[tuple[str, int]]
    people_total: int
    rows: list[Item] = field(default_factory=list)
    next_cursor: str | None = None
    previous_cursor: str | None = None

    @property
    def old(self) -> bool:
        """Whether it may be sent no more."""
        return clock.now() > self.preview.ends_at

    @property
    def cut(self) -> bool:
        """Whether more matched than it holds."""
        return self.preview.matching > RevocationPreview.CEILING

    @property
    def taken(self) -> int:
        """How many are to be revoked, or were."""
        return sum(part.taken for part in self.parts)

    @property
    def untried(self) -> int:
        """How many wait for the click."""
        return sum(part.untried for part in self.parts)

    @property
    def sent(self) -> int:
        """How many were decided."""
        return sum(part.sent for part in self.parts)

    @property
    def refused(self) -> int:
        """How many were not, though they were to be."""
        return sum(part.refused for part in self.parts)

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Why some are not in it, and how many."""
        total: dict[str, int] = {}
        for part in self.parts:
            for reason, count in part.left_out.items():
                total[reason] = total.get(reason, 0) + count
        return [(str(PreviewItem.LeftOut(reason).label), count) for reason, count in sorted(total.items()) if count]


def find_preview(reader_id: int, organization: Organization | None, pk: int) -> RevocationPreview | None:
    """The reader's own, on the list it was made on."""
    return RevocationPreview.objects.filter(user_id=reader_id, organization=organization, pk=pk).first()


def preview_page(
    preview: RevocationPreview, organizations: Sequence[Organization], only: str, cursor: str, reader_id: int
) -> Preview:
    """Of the organizations the reader owns now; `only` "left" shows what is not revoked."""
    items = preview.items.filter(organization__in=organizations)
    parts = _parts(items, organizations, clock.now())
    people = items.filter(_TAKEN).values_list("grant__owner_id").annotate(
        login=Max("grant__owner_login"), count=Count("pk")
    )  # fmt: skip
    named = [(login, count) for _, login, count in people.order_by("-count", "login")[: NAMED + 1]]
    total = len(named) if len(named) <= NAMED else _people(items)
    shown = items.filter(~_TAKEN | Q(outcome=Outcome.REFUSED)) if only == "left" else items.filter(_TAKEN)
    page = paging.page(shown, paging.Order("id"), cursor, PAGE)
    return Preview(
        preview, parts, named[:NAMED], total, _rows(page.rows, reader_id), page.next_cursor, page.previous_cursor
    )


def _parts(items: "QuerySet[PreviewItem]", organizations: Sequence[Organization], now: datetime) -> list[Part]:
    reasons = [one for one in PreviewItem.LeftOut if one]
    counted = items.order_by().values("organization_id").annotate(
        taken=Count("pk", filter=_TAKEN),
        people=Count("grant__owner_id", filter=_TAKEN, distinct=True),
        used=Count("pk", filter=_TAKEN & Q(grant__token__last_used_at__gte=now - RECENTLY)),
        everywhere=Count("pk", filter=_TAKEN & Q(grant__repository_selection="all")),
        risky=Count("pk", filter=_TAKEN & Q(grant__risk__gte=Risk.HIGH)),
        untried=Count("pk", filter=_TAKEN & Q(outcome=Outcome.OPEN)),
        sent=Count("pk", filter=Q(outcome=Outcome.SENT)),
        refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
        **{f"because_{one.value}": Count("pk", filter=Q(left_out=one)) for one in reasons},
    )  # fmt: skip
    by_organization: dict[int, dict[str, Any]] = {row["organization_id"]: {**row} for row in counted}
    parts = []
    for one in organizations:
        if one.pk in by_organization:
            counts = by_organization[one.pk]
            del counts["organization_id"]
            left_out = {reason.value: counts.pop(f"because_{reason.value}") for reason in reasons}
            parts.append(Part(organization=one, left_out=left_out, **counts))
    return parts


def _people(items: "QuerySet[PreviewItem]") -> int:
    return items.filter(_TAKEN).aggregate(count=Count("grant__owner_id", distinct=True))["count"] or 0


def _rows(items: Sequence[PreviewItem], reader_id: int) -> list[Item]:
    """The grants as they are now, in the order of the items."""
    grants = loaded(Grant.objects.filter(pk__in=[item.grant_id for item in items]))
    rows = {row.grant.pk: row for row in grant_rows(list(grants), reader_id)}
    return [Item(rows[item.grant_id], item, _changed(rows[item.grant_id], item)) for item in items]


def _changed(row: GrantRow, item: PreviewItem) -> bool:
    waits = not item.outcome and not item.left_out
    return waits and (row.digest != item.digest or not row.open)
