"""Reading the record."""

import hashlib
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from apps.audit.models import Event


def events(
    chains: list[int],
    *,
    name: str = "",
    actor: str = "",
    subject: str = "",
    since: datetime | None = None,
) -> QuerySet[Event]:
    """Events of the chains, filtered by name prefix, actor login, subject and time; order is the page's."""
    found = Event.objects.filter(chain__in=chains).defer("canonical")
    if name:
        found = found.filter(name__startswith=name)
    if actor:
        found = found.filter(actor_login__iexact=actor)
    if subject:
        found = found.filter(subject=subject)
    if since:
        found = found.filter(recorded_at__gte=since)
    return found


def history(chain: int, subject: str, limit: int = 50) -> list[Event]:
    """The newest events about one subject."""
    return list(events([chain], subject=subject).order_by("-sequence")[:limit])


def digest(using: str = DEFAULT_DB_ALIAS) -> str:
    """SHA-256 over the canonical bytes of every event, chain by chain in their order, each with its length before it.

    Two databases with the same digest hold the same record.
    """
    seen = hashlib.sha256()
    rows = Event.objects.using(using).order_by("chain", "sequence").values_list("chain", "sequence", "canonical")
    for chain, sequence, canonical in rows.iterator(chunk_size=500):
        seen.update(f"{chain}:{sequence}:{len(canonical)}:".encode() + bytes(canonical))
    return seen.hexdigest()
