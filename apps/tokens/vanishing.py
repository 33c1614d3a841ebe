"""What a complete walk did not meet: gone only when GitHub, asked for it by name, does not have it either.

An answer that does not show a token known to be there proves nothing. More than max(5, 10 %) gone without an
explanation ends nothing: the walk asks an owner first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.audit import services as audit
from apps.core import clock
from apps.effects.models import Effect
from apps.tokens import adopt, ending
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind
from apps.tokens.models import SyncState, Walk
from apps.tokens.reading import IDS_A_CALL, PageRead
from apps.tokens.walk import Finding, Trip, add_requests, seen_ids

FEW = 5
SHARE = 0.1
BATCH = 100


@dataclass
class Gone:
    """Rows proven gone, by primary key; `explained` are requests whose token holds what they asked for."""

    unexplained: list[int] = field(default_factory=list)
    explained: list[int] = field(default_factory=list)
    unchecked: int = 0


def adopt_grants(trip: Trip, walk: Walk) -> int:
    """Of requests that the walk did not meet, look the grants up: whether one was approved is told by them alone.

    A sync has walked the grants before it settles; for a poll this stands for it. Returns how many tokens changed.
    """
    missing = _missing(GRANT_REQUESTS, walk)
    changed = 0
    for chunk in _chunks(missing, IDS_A_CALL):
        asked_at, token_ids = clock.now(), {token_id for _, _, token_id in chunk}
        changed += _adopt(trip, GRANTS, trip.reader.look_up(GRANTS, sorted(token_ids)), token_ids, asked_at)
    return changed


def settle(trip: Trip, kind: Kind, walk: Walk) -> int:
    """End what is proven gone, or turn the walk to ASKS. Returns how many tokens changed."""
    sent = trip.reader.requests_sent
    missing = _missing(kind, walk)
    changed = 0
    if missing:
        gone, changed = _prove(trip, kind, walk, missing)
        if len(gone.unexplained) > _allowed(kind, walk):
            _ask(trip, walk, len(gone.unexplained) + gone.unchecked)
            gone.unexplained = []
        changed += _end(trip, kind, gone)
    add_requests(walk, trip.reader.requests_sent - sent)
    return changed


# --- looking -----------------------------------------------------------------------------------------------


def _missing(kind: Kind, walk: Walk) -> list[tuple[int, int, int]]:
    """(pk, id, token_id) of active rows that the walk did not meet. What Patrol itself is ending is left out."""
    seen = seen_ids(walk)
    travelling = Effect.objects.filter(organization=walk.organization_id, state__in=Effect.TRAVELLING)
    on_its_way = set(travelling.exclude(state__in=Effect.AWAITING_PEOPLE).values_list("subject", flat=True))
    rows = kind.model.objects.filter(organization=walk.organization_id, state=kind.active)
    return [
        (pk, number, token_id)
        for pk, number, token_id in rows.values_list("pk", kind.number, "token__token_id").iterator()
        if number not in seen and f"{kind.name}:{number}" not in on_its_way
    ]


def _allowed(kind: Kind, walk: Walk) -> int:
    """How many may go at once: max(5, 10 %), and besides what an owner said is true."""
    active = kind.model.objects.filter(organization=walk.organization_id, state=kind.active).count()
    usual = max(FEW, int(active * SHARE))
    if not SyncState.objects.filter(organization=walk.organization_id, vanishing_accepted=True).exists():
        return usual
    asked = Walk.objects.filter(organization=walk.organization_id, listing=walk.listing, state=Walk.State.ASKS)
    latest = asked.order_by("-started_at").first()
    return usual + (latest.vanishing if latest else 0)


def _prove(trip: Trip, kind: Kind, walk: Walk, missing: list[tuple[int, int, int]]) -> tuple[Gone, int]:
    """Look the missing up; what is there after all is adopted. Stops early when too much is gone."""
    witness = _witness(kind, walk, {number for _, number, _ in missing})
    allowed, gone, changed, looked = _allowed(kind, walk), Gone(), 0, 0
    for chunk in _chunks(missing, IDS_A_CALL - 1):
        asked_at = clock.now()
        token_ids = {token_id for _, _, token_id in chunk}
        answer = trip.reader.look_up(kind, sorted(token_ids | ({witness} if witness else set())))
        changed += _adopt(trip, kind, answer, token_ids, asked_at)
        gone_now = _not_there(answer, chunk, witness)
        explained = ending.approved_elsewhere(gone_now) if kind is GRANT_REQUESTS else set()
        gone.explained += sorted(explained)
        gone.unexplained += [pk for pk in gone_now if pk not in explained]
        looked += len(chunk)
        if len(gone.unexplained) > allowed:
            gone.unchecked = len(missing) - looked
            break
    return gone, changed


def _witness(kind: Kind, walk: Walk, missing: set[int]) -> int | None:
    """The token_id of something the walk met: a look-up that does not show it is not believed."""
    rows = kind.model.objects.filter(organization=walk.organization_id, state=kind.active)
    active = rows.values_list(kind.number, "token__token_id").iterator()
    return next((token_id for number, token_id in active if number not in missing), None)


def _adopt(trip: Trip, kind: Kind, answer: PageRead, asked: set[int], asked_at: datetime) -> int:
    items = {item.id: item for item in answer.items if item.token_id in asked}
    if not items:
        return 0
    finding = Finding(trip.reader, kind, trip.organization_id, items, asked_at, first_sync=trip.first_sync)
    found = finding.result()
    with transaction.atomic():
        trip.lease.hold()
        return adopt.adopt(found)


def _not_there(answer: PageRead, chunk: list[tuple[int, int, int]], witness: int | None) -> list[int]:
    """Primary keys that the answer proves gone; none when the answer itself is in doubt."""
    if witness is not None and all(item.token_id != witness for item in answer.items):
        return []
    if any(one.item_id is None for one in answer.bad):
        return []
    there = {item.id for item in answer.items} | {one.item_id for one in answer.bad}
    return [pk for pk, number, _ in chunk if number not in there]


def _chunks(rows: list[tuple[int, int, int]], size: int) -> Iterator[list[tuple[int, int, int]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


# --- telling ------------------------------------------------------------------------------------------------


def _ask(trip: Trip, walk: Walk, vanishing: int) -> None:
    """Turn to ASKS; an event the first time, and whenever the number is another."""
    earlier = Walk.objects.filter(organization=walk.organization_id, listing=walk.listing).exclude(pk=walk.pk)
    last = earlier.exclude(state__in=[Walk.State.WALKING, Walk.State.FAILED]).order_by("-started_at").first()
    with transaction.atomic():
        trip.lease.hold()
        walk.state, walk.vanishing = Walk.State.ASKS, vanishing
        walk.save(update_fields=["state", "vanishing"])
        if last is None or last.state != Walk.State.ASKS or last.vanishing != vanishing:
            audit.record(
                "sync.vanishing_asked",
                organization_id=walk.organization_id,
                listing=walk.listing,
                vanishing=vanishing,
            )


def _end(trip: Trip, kind: Kind, gone: Gone) -> int:
    """Write down that they are gone, a hundred a transaction."""
    changed, explained = 0, set(gone.explained)
    pks = sorted([*gone.explained, *gone.unexplained])
    for start in range(0, len(pks), BATCH):
        with transaction.atomic():
            trip.lease.hold()
            changed += ending.end(kind, pks[start : start + BATCH], explained)
    return changed
