"""How a request ended that Patrol did not end: who and when as GitHub told it, else between which instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.tokens.models import GrantRequest, ToldDecision
from apps.tokens.queries.rows import Decision


@dataclass(frozen=True)
class Elsewhere:
    """`action` "" and `login` "": nobody told. `told_at` is when the message came, None: none did.

    It happened not before `since`, when the request surely still waited, and not after `until`.
    """

    action: str
    login: str
    told_at: datetime | None
    since: datetime | None
    until: datetime | None


def elsewhere(request: GrantRequest, decisions: Sequence[Decision]) -> Elsewhere | None:
    """None while it waits, or where Patrol's own decision ended it; one query at the most."""
    if any(one.state == "confirmed" for one in decisions):
        return None
    overtaken = next((one for one in decisions if one.state == "superseded"), None)
    ended = request.state != GrantRequest.State.PENDING
    if not ended and (overtaken is None or request.last_pending_at is None):
        return None
    told = ToldDecision.objects.filter(organization=request.organization_id, pat_request_id=request.pat_request_id)
    word = told.order_by("-told_at", "-pk").first()
    ends = [at for at in (request.ended_at, overtaken.settled_at if overtaken else None) if at is not None]
    return Elsewhere(
        action=word.action if word else "",
        login=word.sender_login if word else "",
        told_at=word.told_at if word else None,
        since=request.last_pending_at,
        until=min(ends, default=None),
    )
