"""Reading the record."""

from datetime import datetime

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
