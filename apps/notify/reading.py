"""The record becomes notices: chain by chain in its order, each event once, whoever reads.

A chain's sequence has no gaps and is handed out under a lock, so that what was committed first has the lower number:
nothing comes behind the cursor later.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.audit.models import INSTANCE, Event, Head
from apps.core import bulk, clock
from apps.github.models import Organization
from apps.notify.audiences import Audience, Recipient, audience
from apps.notify.models import Cursor, Notice
from apps.notify.table import TABLE, Told, is_near, told_of

PAGE = 200
Role = Notice.Role


def read_all() -> int:
    """Every chain that went on. Returns how many events were told."""
    known = Cursor.objects.filter(chain=OuterRef("chain")).values("sequence")
    heads = Head.objects.annotate(read=Coalesce(Subquery(known), 0)).filter(sequence__gt=F("read"))
    return sum(_read(chain) for chain in list(heads.exclude(chain=INSTANCE).values_list("chain", flat=True)))


def _read(chain: int) -> int:
    """To its end, a page at a time."""
    told = 0
    while True:
        with transaction.atomic():
            page, more = _page(chain)
            told += page
        if not more:
            return told


def _page(chain: int) -> tuple[int, bool]:
    """One page, under the cursor's lock; how many events, and whether there is more."""
    Cursor.objects.get_or_create(chain=chain)
    cursor = Cursor.objects.select_for_update().get(chain=chain)
    head = Head.objects.get(chain=chain).sequence
    found = Event.objects.filter(chain=chain, sequence__gt=cursor.sequence, sequence__lte=head, name__in=TABLE)
    events = list(found.defer("canonical").order_by("sequence")[:PAGE])
    organization = Organization.objects.filter(pk=chain).first()
    if events and organization is not None:
        _tell(organization, events)
    full = len(events) == PAGE
    Cursor.objects.filter(pk=cursor.pk).update(sequence=events[-1].sequence if full else head)
    return len(events), full


def _tell(organization: Organization, events: Sequence[Event]) -> None:
    holders = {int(event.data["owner_id"]) for event in events}
    everybody = audience(organization.pk, holders)
    rows = [row for event in events for row in _rows(organization, event, everybody)]
    bulk.write(Notice, rows, unique=["event_id", "channel", "recipient"])


def _rows(organization: Organization, event: Event, everybody: Audience) -> list[dict[str, Any]]:
    told, holder = told_of(event.name, event.data), int(event.data["owner_id"])
    reached = everybody.reaches(holder)
    chosen: dict[str, tuple[Recipient, Notice.Role]] = {}
    for recipient, role in _recipients(told, holder, everybody, reached=reached):
        chosen.setdefault(recipient.key, (recipient, role))
    return [
        {
            "event_id": event.pk, "channel": "email", "recipient": recipient.key, "person_id": recipient.person_id,
            "organization_id": organization.pk, "role": role, "pace": told.pace,
            "unreached": not reached and role in {Role.OWNER, Role.COPY}, "near": is_near(event.data),
            "day": event.data.get("day"), "state": Notice.State.OPEN, "made_at": clock.now(),
        }
        for recipient, role in chosen.values()
    ]  # fmt: skip


def _recipients(told: Told, holder: int, everybody: Audience, *, reached: bool) -> list[tuple[Recipient, Notice.Role]]:
    """Whoever is several of them is told as the first."""
    found: list[tuple[Recipient, Notice.Role]] = []
    if Role.HOLDER in told.roles:
        found += everybody.kept_by[holder]
    if Role.OWNER in told.roles or not reached:
        found += [(one, Role.OWNER) for one in everybody.owners]
    if Role.COPY in told.roles or not reached:
        found += [(one, Role.COPY) for one in everybody.copy]
    return found
