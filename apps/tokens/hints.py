"""A webhook told of a token: GitHub's two lists are asked for this one token, and believed.

Such a look opens rows and changes them, and ends none: what it does not show any more is left to a complete walk
and its look-up. A flood of messages becomes walks, at least 20 s apart.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from apps.core import clock
from apps.effects.models import Effect
from apps.github import errors, wire
from apps.github.claiming import FLOOD
from apps.github.models import Delivery, Installation
from apps.github.registry import Later
from apps.github.services import live_installation
from apps.tokens import adopt, ending, rating, readback, sync
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Item, Kind
from apps.tokens.models import GrantRequest, SyncState, Walk
from apps.tokens.reading import QuotaReserved, Reader
from apps.tokens.walk import Finding

BETWEEN_SYNCS = timedelta(seconds=20)
WHILE_SENDING = timedelta(seconds=5)
LISTS_LAG = timedelta(minutes=1)
"""So long a new request may be missing in GitHub's list before it counts as decided already."""
LOOK_AGAIN = timedelta(seconds=10)
_ON_ITS_WAY = (Effect.State.SENDING, Effect.State.SENT, Effect.State.UNKNOWN)


def read_again(organization_id: int, told: wire.HookRequest, since: datetime, *, decided: bool) -> None:
    """Adopt what both lists hold of the token. Raises Later.

    `since` is when the message came: a walk that began after it saw what it is about. `decided`: the message says
    that the request is not pending any more.
    """
    installation = live_installation(organization_id)
    if installation is None:
        return
    state, now = _readable(organization_id), clock.now()
    if _executor_reads(organization_id, told):
        raise Later(now + WHILE_SENDING)
    if state is None or state.completed_at is None or _is_flooded(organization_id, since):
        ask_for_sync(organization_id, since)
        return
    try:
        complete = _look(installation, told, surely=decided or now - since > LISTS_LAG)
    except errors.RateLimited as error:
        raise Later(error.retry_at) from error
    except QuotaReserved as error:
        raise Later(error.resets_at) from error
    except errors.GitHubError:
        complete = False
    if not complete:
        ask_for_sync(organization_id, since)


def read_all_again(organization_id: int, since: datetime) -> None:
    """Many messages came, the newest at `since`: one walk serves them all. Raises Later."""
    if live_installation(organization_id) is not None:
        _readable(organization_id)
        ask_for_sync(organization_id, since)


def _readable(organization_id: int) -> SyncState | None:
    """How far its walks are. Raises Later while GitHub asks to wait."""
    state = SyncState.objects.filter(organization_id=organization_id).first()
    if state is not None and state.not_before is not None and state.not_before > clock.now():
        raise Later(state.not_before)
    return state


def ask_for_sync(organization_id: int, since: datetime) -> None:
    """Make the organization due, unless a walk since then serves, or it is tried again anyway. Raises Later."""
    state = SyncState.objects.filter(organization_id=organization_id).first()
    if state is not None and state.failures:
        return
    walks = Walk.objects.filter(organization=organization_id, listing=Walk.Listing.GRANT_REQUESTS)
    last = walks.order_by("-started_at").first()
    if last is not None and clock.set_back_since(last.started_at):
        last = None
    if last is not None and last.started_at > since and last.state != Walk.State.FAILED:
        return
    if last is not None and clock.now() - last.started_at < BETWEEN_SYNCS:
        raise Later(last.started_at + BETWEEN_SYNCS)
    sync.request_sync(organization_id)


def _is_flooded(organization_id: int, at: datetime) -> bool:
    """Whether too many messages came around `at`; one that waited for its turn counts where it came."""
    around = (at - BETWEEN_SYNCS, at + BETWEEN_SYNCS)
    return Delivery.objects.filter(organization_id=organization_id, received_at__range=around).count() > FLOOD


def _executor_reads(organization_id: int, told: wire.HookRequest) -> bool:
    """Whether Patrol itself is writing to this token now: the executor reads back, and knows whose doing it is."""
    effects = Effect.objects.filter(organization=organization_id, state__in=_ON_ITS_WAY)
    return effects.filter(arguments__token_id=told.token_id).exists()


def _look(installation: Installation, told: wire.HookRequest, *, surely: bool) -> bool:
    """Requests before grants: an approval that happens in between is then seen, not missed.

    False when there are rows that GitHub does not show any more, or cannot be read. Raises Later, unless `surely`,
    when GitHub does not list the request yet.
    """
    organization_id = installation.organization_id
    with Reader(installation) as reader:
        requests, requests_whole, _ = _adopted(reader, GRANT_REQUESTS, organization_id, told.token_id)
        _, grants_whole, changed = _adopted(reader, GRANTS, organization_id, told.token_id)
    if changed:
        rating.rate_all(organization_id)
    with transaction.atomic():
        _one_at_a_time(organization_id)
        readback.look_again(organization_id)
    if requests_whole and told.id not in requests and not _known(organization_id, told).exists():
        if not surely:
            raise Later(clock.now() + LOOK_AGAIN)
        _remember(organization_id, told)
    return requests_whole and grants_whole


def _known(organization_id: int, told: wire.HookRequest) -> QuerySet[GrantRequest]:
    return GrantRequest.objects.filter(organization=organization_id, pat_request_id=told.id)


def _adopted(reader: Reader, kind: Kind, organization_id: int, token_id: int) -> tuple[dict[int, Item], bool, int]:
    """What the list holds of the token, whether that is every active row of it, and how much changed."""
    read_at = clock.now()
    page = reader.look_up(kind, [token_id])
    items = {item.id: item for item in page.items if item.token_id == token_id}
    found = Finding(reader, kind, organization_id, items, read_at).result()
    with transaction.atomic():
        _one_at_a_time(organization_id)
        changed = adopt.adopt(found)
    active = kind.model.objects.filter(organization=organization_id, token__token_id=token_id, state=kind.active)
    whole = not page.bad and set(active.values_list(kind.number, flat=True)) <= items.keys()
    return items, whole, changed


def _one_at_a_time(organization_id: int) -> None:
    """Walks hold this row in each of their transactions: nobody else adopts the same token now."""
    SyncState.objects.select_for_update().get(organization_id=organization_id)


def _remember(organization_id: int, told: wire.HookRequest) -> None:
    """A request that was decided before Patrol looked: as the message tells it, without its reason, and ended."""
    item = told.as_listed()
    found = adopt.Found(
        GRANT_REQUESTS, organization_id, {item.id: item}, {item.id: told.repositories or []}, clock.now()
    )
    with transaction.atomic():
        _one_at_a_time(organization_id)
        rows = _known(organization_id, told)
        if rows.exists():
            return
        adopt.adopt(found)
        rows.update(reason_captured=False)
        pks = list(rows.values_list("pk", flat=True))
        ending.end(GRANT_REQUESTS, pks, ending.approved_elsewhere(pks))
