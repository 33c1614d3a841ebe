"""What the settings page of one organization shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from apps.accounts.models import Membership
from apps.core import clock
from apps.github import webhook_address
from apps.github.models import Delivery, Organization
from apps.tokens.models import (
    FOREVER,
    DecisionSettings,
    Grant,
    GrantRequest,
    Quarantine,
    StatedPolicy,
    SyncState,
    Walk,
)
from apps.tokens.queries import freshness, liveness


@dataclass(frozen=True)
class Known:
    """An organization with how it was read last, what was stated of it and how it decides; None: not yet, or nothing.

    `first_read_at`: when its lists were first read whole. `delivered_at`: when the last webhook message about it came
    that is kept.
    """

    organization: Organization
    sync: SyncState | None
    stated: StatedPolicy | None
    decides: DecisionSettings | None
    first_read_at: datetime | None
    delivered_at: datetime | None


def known(organization: Organization) -> Known:
    """All of it; one query."""
    whole = Walk.objects.filter(organization=OuterRef("pk"), state=Walk.State.COMPLETE)
    came = Delivery.objects.filter(organization_id=OuterRef("pk"), state=Delivery.State.PROCESSED)
    found = (
        Organization.objects.select_related("sync", "stated_policy", "decision_settings__group")
        .annotate(
            first_read_at=Subquery(whole.order_by("finished_at").values("finished_at")[:1]),
            delivered_at=Subquery(came.order_by("-received_at").values("received_at")[:1]),
        )
        .get(pk=organization.pk)
    )
    return Known(
        organization=found,
        sync=getattr(found, "sync", None),
        stated=getattr(found, "stated_policy", None),
        decides=getattr(found, "decision_settings", None),
        first_read_at=found.first_read_at,
        delivered_at=found.delivered_at,
    )


@dataclass(frozen=True)
class Observation:
    """Something Patrol saw that speaks for or against an entered setting. `agrees` None: it proves nothing."""

    text: str
    agrees: bool | None = None


@dataclass(frozen=True)
class Observations:
    """What was seen, setting by setting."""

    approval: list[Observation]
    lifetime: list[Observation]


def observations(one: Known) -> Observations:
    """What GitHub's lists show about approval and lifetimes since the first sync; one query."""
    seen, stated = _seen(one), one.stated
    return Observations(
        _approval(seen, stated.approval_required if stated else None),
        _lifetimes(seen, stated.fine_grained_max_days if stated else None),
    )


@dataclass(frozen=True)
class _Seen:
    """Counts: tokens that came `unasked`, `pending` requests, active tokens that are `endless`, or live `beyond` what
    was entered.
    """

    unasked: int = 0
    pending: int = 0
    endless: int = 0
    beyond: int = 0


def _seen(one: Known) -> _Seen:
    mine = Q(organization=one.organization)
    active = Grant.objects.active().filter(mine, ends_at__gt=clock.now())
    rows: dict[str, Any] = {
        "pending": GrantRequest.objects.pending().filter(mine),
        "endless": active.filter(ends_at=FOREVER),
    }
    if one.first_read_at:
        rows["unasked"] = freshness.unasked(mine & Q(access_granted_at__gt=one.first_read_at))
    if one.stated and one.stated.fine_grained_max_days is not None:
        longest = timedelta(days=one.stated.fine_grained_max_days + 1)
        rows["beyond"] = active.filter(ends_at__lt=FOREVER, ends_at__gt=F("access_granted_at") + longest)
    counts = {name: _counted(found) for name, found in rows.items()}
    found = Organization.objects.annotate(**counts).values(*counts).get(pk=one.organization.pk)
    return _Seen(**{name: count or 0 for name, count in found.items()})


def _counted(rows: "QuerySet[Any]") -> Subquery:
    """How many there are in one organization, to be asked beside other things; null where none is."""
    return Subquery(rows.order_by().values("organization").annotate(count=Count("pk")).values("count"))


def _approval(seen: _Seen, required: bool | None) -> list[Observation]:
    said = []
    if seen.unasked:
        noun = "token" if seen.unasked == 1 else "tokens"
        said.append(Observation(f"{seen.unasked} {noun} appeared without a request we saw", required is not True))
    if seen.pending:
        noun = "request waits" if seen.pending == 1 else "requests wait"
        said.append(Observation(f"{seen.pending} {noun} for approval now", required is not False))
    return said or [Observation("No request and no new token was seen since the first sync")]


def _lifetimes(seen: _Seen, limit: int | None) -> list[Observation]:
    said = []
    if seen.endless:
        noun = "active token never expires" if seen.endless == 1 else "active tokens never expire"
        said.append(Observation(f"{seen.endless} {noun}", None if limit is None else False))
    if seen.beyond:
        noun = "active token lives" if seen.beyond == 1 else "active tokens live"
        said.append(Observation(f"{seen.beyond} {noun} longer than {limit} days from its approval", False))
    return said or [Observation("No active token lives longer than entered", True if limit else None)]


def vanishing(organization: Organization) -> list[Walk]:
    """The latest walks that stopped and ask, one for each list at the most."""
    latest: dict[str, Walk] = {}
    for walk in organization.walks.exclude(state=Walk.State.WALKING).order_by("-started_at", "-pk")[:10]:
        latest.setdefault(walk.listing, walk)
    return [walk for walk in latest.values() if walk.state == Walk.State.ASKS]


def quarantined(organization: Organization) -> list[Quarantine]:
    """Items of GitHub's lists that could not be read."""
    return list(Quarantine.objects.filter(organization=organization).order_by("-seen_at")[:50])


def known_roles(organization: Organization) -> list[Membership]:
    """Owners who have signed in to Patrol."""
    return list(
        Membership.objects.filter(organization=organization, role=Membership.Role.ADMIN)
        .select_related("user")
        .order_by("user__login")
    )


def liveness_of(one: Known) -> dict[str, object]:
    """Whether webhooks are expected, and by which setting and address; how the organization is polled if it is."""
    states = {one.organization.pk: one.sync} if one.sync else {}
    return {
        "webhooks_expected": webhook_address.expected(),
        "webhooks_setting": settings.WEBHOOKS,
        "webhook_url": settings.WEBHOOK_URL,
        "polled": liveness.polled([one.organization], states),
    }
