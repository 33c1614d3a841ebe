"""Writing the record: inside the transaction of what it records, or not at all."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import rfc8785
from django.db import connection, transaction
from django.dispatch import Signal

from apps.audit.models import INSTANCE, Event, Head
from apps.core import clock

_HEADS = Head._meta.db_table
_COUNT_ON = (
    f"INSERT INTO {_HEADS} (chain, sequence) VALUES (%s, 1) "  # noqa: S608  the name of our own table
    f"ON CONFLICT (chain) DO UPDATE SET sequence = {_HEADS}.sequence + 1 RETURNING sequence"
)
event_recorded = Signal()
"""Sent after commit with `event_id` and its `name`; the one signal by which a lower room wakes an upper one."""


@dataclass(frozen=True)
class Actor:
    """Who did it: a person at GitHub by numeric id, or a part of Patrol (id None)."""

    id: int | None
    login: str


PATROL = Actor(None, "patrol")


class NotInTransaction(RuntimeError):
    """An event was about to be written apart from what it records."""


def record(
    name: str, *, organization_id: int | None = None, actor: Actor = PATROL, subject: str = "", **data: Any
) -> Event:
    """Append one event to the organization's chain (None: the instance's).

    `name` is `subject.past_tense`, `subject` a text key such as "grant_request:123", `data` JSON without
    floats and without secrets. Raises NotInTransaction outside a transaction, TypeError for what is not such
    JSON, and whatever the database raises: then the caller's work is not done either.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{name} must be recorded in the transaction it belongs to.")
    chain = INSTANCE if organization_id is None else organization_id
    sequence = _next_sequence(chain)
    recorded_at = clock.now()
    canonical = rfc8785.dumps(
        {
            "v": 1,
            "chain": str(chain),
            "sequence": sequence,
            "name": name,
            "subject": subject,
            "actor_id": None if actor.id is None else str(actor.id),
            "actor_login": actor.login,
            "recorded_at": recorded_at.isoformat(timespec="microseconds"),
            "data": _portable(data),
        }
    )
    event = Event.objects.create(
        chain=chain, sequence=sequence, name=name, subject=subject, actor_id=actor.id, actor_login=actor.login,
        recorded_at=recorded_at, data=data, canonical=canonical,
    )  # fmt: skip
    transaction.on_commit(partial(event_recorded.send_robust, sender=Event, event_id=event.pk, name=name))
    return event


def _next_sequence(chain: int) -> int:
    """The head row, locked from here to the end of the transaction, hands out numbers without gaps."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ON, [chain])
        (sequence,) = cursor.fetchone()
    return int(sequence)


def _portable(value: Any) -> Any:
    """Integers beyond 2^53 as text: RFC 8785 numbers are IEEE doubles, GitHub's ids are not."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, list | tuple):
        return [_portable(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): _portable(item) for key, item in value.items()}
    raise TypeError(f"An event holds JSON without floats, not {type(value).__name__}.")


def _key(key: Any) -> str:
    """JSON's keys are texts; anything else would be spelled one way here and another in the column."""
    if isinstance(key, str):
        return key
    raise TypeError(f"An event's keys are texts, not {type(key).__name__}.")
