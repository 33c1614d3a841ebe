"""Who decided a request that Patrol did not decide, and when, as far as GitHub tells.

GitHub's lists name nobody; its webhooks do. A message is a hint: it says who, never that something is so. Without one
there are two instants to tell: when the request surely still waited, and when it surely waited no more. Names in
messages are strangers' words.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit import services as audit
from apps.core import clock, text
from apps.core.statements import Statement
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.github import wire
from apps.tokens.models import GrantRequest, Review, SyncState, ToldDecision, Walk
from apps.tokens.names import Name

ACTIONS = frozenset(ToldDecision.Action.values)
_OUR_ACTION = {"approved": Review.Action.APPROVE, "denied": Review.Action.DENY}
_STATES = {"approved": GrantRequest.State.APPROVED, "denied": GrantRequest.State.DENIED}


def keep(organization_id: int, action: str, told: wire.HookRequest, sender: wire.Account | None, at: datetime) -> None:
    """Keep the first message about it; one that comes again changes nothing.

    When it comes after the request left the list, the request and the record learn who it was.
    """
    permissions = told.permissions_result
    asked = {
        "permissions": {
            "organization": permissions.organization, "repository": permissions.repository, "other": permissions.other
        },
        "repository_selection": told.repository_selection,
        "repository_ids": sorted(one.id for one in told.repositories or ()),
    }  # fmt: skip
    with transaction.atomic():
        kept, new = ToldDecision.objects.get_or_create(
            organization_id=organization_id, pat_request_id=told.id, action=action,
            defaults={
                "token_id": told.token_id, "asked": asked, "told_at": at,
                "sender_id": sender.id if sender else None,
                "sender_login": text.visible(sender.login, limit=120) if sender else "",
            },
        )  # fmt: skip
        if new:
            _tell_afterwards(kept)


def told_of(organization_id: int, numbers: Iterable[int]) -> dict[int, ToldDecision]:
    """The newest message about each request, by pat_request_id; one query."""
    return {one.pat_request_id: one for one in _TOLD(organization_id, list(numbers))}


_TOLD = Statement(
    lambda organization_id, numbers: ToldDecision.objects.filter(
        organization=organization_id, pat_request_id__in=numbers
    ).order_by("told_at", "pk")
)


def state_of(told: ToldDecision) -> GrantRequest.State:
    """What the request has become."""
    return _STATES.get(told.action, GrantRequest.State.ENDED)


def in_words(told: ToldDecision) -> str:
    """ "denied by LOGIN on github.com"."""
    return f"{told.action} by {told.sender_login or 'somebody'} on github.com"


def sentence_about(request: GrantRequest, otherwise: str) -> str:
    """What is told of the request, as a sentence; `otherwise` where nothing is."""
    found = told_of(request.organization_id, [request.pat_request_id]).get(request.pat_request_id)
    return f"It was {in_words(found)}." if found else otherwise


def note_last_pending(requests: Sequence[GrantRequest]) -> dict[int, datetime]:
    """Keep when each surely still waited, where that is not kept yet: before a rows' end. By primary key.

    That is when it was asked for, when the last complete reading began, or when Patrol read it to send something.
    """
    new = [one for one in requests if one.last_pending_at is None]
    walked = {pk: _last_reading(pk) for pk in {one.organization_id for one in new}}
    sent = _attempts(new)
    for one in new:
        known = [one.requested_at, walked[one.organization_id], sent.get((one.organization_id, one.subject))]
        one.last_pending_at = max(at for at in known if at is not None)
        GrantRequest.objects.filter(pk=one.pk).update(last_pending_at=one.last_pending_at)
    return {one.pk: one.last_pending_at for one in requests if one.last_pending_at is not None}


def _last_reading(organization_id: int) -> datetime | None:
    """When the last reading of the requests began that came to its end: whatever it did not show has ended since."""
    state = SyncState.objects.filter(organization=organization_id, completed_at__isnull=False).first()
    if state is None:
        return None
    walks = Walk.objects.filter(
        organization=organization_id, listing=Walk.Listing.GRANT_REQUESTS, state=Walk.State.COMPLETE,
        finished_at__lte=state.completed_at,
    )  # fmt: skip
    return walks.order_by("-started_at").values_list("started_at", flat=True).first()


def _attempts(requests: Sequence[GrantRequest]) -> dict[tuple[int, str], datetime]:
    """When something about each was sent last: it had just been read, and waited."""
    found = Effect.objects.filter(subject__in=[one.subject for one in requests], attempted_at__isnull=False)
    rows = found.filter(organization__in={one.organization_id for one in requests}).order_by("attempted_at")
    return {(organization, subject): at for organization, subject, at in rows.values_list(
        "organization_id", "subject", "attempted_at"
    ) if at is not None}  # fmt: skip


def _tell_afterwards(told: ToldDecision) -> None:
    """What Patrol wrote down before the message came, and not by its own doing, learns who it was."""
    mine = GrantRequest.objects.filter(organization=told.organization_id, pat_request_id=told.pat_request_id)
    request = mine.select_related("token").first()
    if request is None or request.last_pending_at is None or _is_ours(request, told.action):
        return
    effects.explain(told.organization_id, request.subject, f"It was {in_words(told)}.")
    if request.state == GrantRequest.State.PENDING:  # the walk that ends it will tell
        return
    if request.state == GrantRequest.State.ENDED:
        mine.update(state=state_of(told))
    audit.record(
        Name.DECISION_TOLD, organization_id=request.organization_id, subject=request.subject,
        token_name=request.token.name, owner_login=request.token.owner_login, **as_data(told),
    )  # fmt: skip


def as_data(told: ToldDecision) -> dict[str, Any]:
    """For an event."""
    return {
        "action": told.action, "by": told.sender_login or "somebody", "by_id": told.sender_id,
        "told_at": told.told_at.isoformat(timespec="seconds"),
    }  # fmt: skip


def between(since: datetime | None) -> dict[str, Any]:
    """For an event where no message came."""
    until = clock.now().isoformat(timespec="seconds")
    return {"by": "somebody", "not_before": since.isoformat(timespec="seconds") if since else None, "not_after": until}


def _is_ours(request: GrantRequest, action: str) -> bool:
    reviews = request.reviews.filter(action=_OUR_ACTION.get(action, ""))
    return reviews.filter(effect__state=Effect.State.CONFIRMED).exists()
