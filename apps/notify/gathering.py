"""Notices become messages: one at once, some together after minutes, and one a day with everything.

A daily message of the organization's day leaves once; what comes later that day waits for the next one, unless it is
about today or tomorrow. Organizations in other time zones begin their days at other hours: so one message a day stays
one over all of them.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min, Q

from apps.core import clock
from apps.notify import addressing
from apps.notify.models import Message, Notice, mark

SETTLES = timedelta(minutes=2)
"""So long after the last notice for somebody others may follow."""
LONGEST = timedelta(minutes=15)
NEXT_DAY = timedelta(hours=22)
"""What waited for the next daily message goes by itself when so long there was none."""
RECIPIENTS = 500
Pace, State = Notice.Pace, Notice.State


def gather() -> int:
    """Make the messages that are due. Returns how many."""
    return sum(_gather(recipient) for recipient in _ready())


def _ready() -> list[str]:
    """Recipients of something that waits no longer."""
    now = clock.now()
    waiting = Notice.objects.filter(state=State.OPEN).order_by().values("recipient")
    found = waiting.annotate(
        last=Max("made_at"), first=Min("made_at"), own=Min("made_at", filter=Q(pace=Pace.OWN))
    ).filter(
        Q(own__isnull=False) | Q(last__lte=now - SETTLES) | Q(first__lte=now - LONGEST) | Q(last__gt=now + clock.SKEW)
    )
    return list(found.order_by("first").values_list("recipient", flat=True)[:RECIPIENTS])


@transaction.atomic
def _gather(recipient: str) -> int:
    locked = Notice.objects.select_for_update(of=("self",) if connection.features.has_select_for_update_of else ())
    found = locked.select_related("event").filter(recipient=recipient, state=State.OPEN).order_by("pk")
    by_address = _sorted_out(list(found))
    return sum(_messages(email, some) for email, some in by_address.items())


def _sorted_out(notices: Sequence[Notice]) -> dict[str, list[Notice]]:
    """By address; who has none, or has lost the role, is left where the page shows it."""
    places, by_address = addressing.where(notices), defaultdict(list)
    for one in notices:
        place = places[one.pk]
        if place:
            by_address[place].append(one)
        else:
            state = State.DROPPED if place is None else State.NO_ADDRESS
            Notice.objects.filter(pk=one.pk).update(state=state)
    return by_address


def _messages(email: str, notices: Sequence[Notice]) -> int:
    own = [[one] for one in notices if one.pace == Pace.OWN]
    settled = [one for one in notices if one.pace != Pace.OWN and _is_settled(one, notices)]
    soon = [one for one in settled if one.pace == Pace.SOON]
    daily = [one for one in settled if one.pace == Pace.DAILY]
    groups = [*own, *([soon] if soon else [])]
    for some in groups:
        _make(email, some, None)
    return len(groups) + (_daily(email, daily) if daily else 0)


def _is_settled(one: Notice, notices: Iterable[Notice]) -> bool:
    """Whether nothing came for a while, or it waited long enough."""
    now = clock.now()
    last = max(other.made_at for other in notices)
    return last <= now - SETTLES or one.made_at <= now - LONGEST or clock.set_back_since(last)


def _daily(email: str, notices: Sequence[Notice]) -> int:
    """Today's message with everything, unless it left already."""
    newest = max(filter(None, (one.day for one in notices)), default=clock.now().date())
    before = Message.objects.filter(recipient=notices[0].recipient, to_mark=mark(email), day__isnull=False)
    last = before.order_by("-day").first()
    if last is None or last.day is None or newest > last.day:
        return _make(email, notices, newest)
    if abs(clock.now() - last.made_at) >= NEXT_DAY:
        return _make(email, notices, last.day + timedelta(days=1))
    near = [one for one in notices if one.near]
    return _make(email, near, None) if near else 0


def _make(email: str, notices: Sequence[Notice], day: date | None) -> int:
    now = clock.now()
    message = Message(
        key=uuid.uuid4(), recipient=notices[0].recipient, person_id=notices[0].person_id, day=day,
        due_at=now, timed_at=now, made_at=now,
    )  # fmt: skip
    message.seal_to(email)
    message.save()
    Notice.objects.filter(pk__in=[one.pk for one in notices]).update(state=State.IN_MESSAGE, message=message)
    return 1
