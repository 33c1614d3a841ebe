"""What a reader may narrow a list by, as values, and as conditions on the rows."""

import re
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Contains, In

from apps.core.paging import Order
from apps.effects.models import Effect
from apps.tokens.models import Grant, GrantRequest, Review, WiderGrant, expired_at
from apps.tokens.queries.seconding import proposals_for

KINDS = ("repository", "organization", "other")
AT_LEAST = {"read": ["read", "write", "admin"], "write": ["write", "admin"], "admin": ["admin"]}
_NAME = re.compile(r"[a-z][a-z_]{0,79}")

REQUEST_ORDERS = {
    "newest": Order("requested_at", descending=True),
    "oldest": Order("requested_at"),
    "risk": Order("risk", descending=True),
    "owner": Order("token__owner_login"),
    "expiry": Order("token__expires_at", nullable=True),
}
GRANT_ORDERS = {
    "newest": Order("access_granted_at", descending=True),
    "oldest": Order("access_granted_at"),
    "risk": Order("risk", descending=True),
    "owner": Order("token__owner_login"),
    "expiry": Order("token__expires_at", nullable=True),
    "unused": Order("idle_since"),
}


@dataclass(frozen=True)
class AccessFilters:
    """What requests and grants have in common; the empty text filters nothing.

    `permission` is GitHub's name of one, `level` the least level, `risk` the least risk, `organization` a login,
    `owner` a part of the token owner's login, `repository` a part of a repository's name.
    """

    q: str = ""
    owner: str = ""
    repository: str = ""
    permission: str = ""
    level: str = ""
    risk: str = ""
    organization: str = ""
    state: str = ""
    sort: str = "newest"

    def narrowed(self) -> bool:
        """Whether anything but the order differs from what the list shows at first."""
        return any(getattr(self, one.name) != one.default for one in fields(self) if one.name != "sort")


@dataclass(frozen=True)
class RequestFilters(AccessFilters):
    """`age` is "new" (a day), "week" or "month" (older than)."""

    age: str = ""
    state: str = "pending"


@dataclass(frozen=True)
class GrantFilters(AccessFilters):
    """`expiring` is days, "never" or "expired"; `unused` is days, or "never" for never used."""

    selection: str = ""
    expiring: str = ""
    unused: str = ""
    state: str = "active"


def requests_matching(
    found: "QuerySet[GrantRequest]", filters: RequestFilters, now: datetime, reader_id: int
) -> "QuerySet[GrantRequest]":
    """The requests that `filters` leave; "to_confirm" are those that wait for the reader's consent."""
    found = found.filter(_common(filters), _reaches(GrantRequest, filters.repository), _age(filters.age, now))
    if filters.state == "on_its_way":
        return found.filter(Exists(_open_reviews().filter(grant_request=OuterRef("pk"))))
    if filters.state == "to_confirm":
        return found.filter(Exists(proposals_for(reader_id).filter(grant_request=OuterRef("pk"))))
    return found.filter(state=filters.state) if filters.state != "all" else found


def grants_matching(found: "QuerySet[Grant]", filters: GrantFilters, now: datetime) -> "QuerySet[Grant]":
    """The grants that `filters` leave, each with `idle_since`: its last use, or its beginning when never used."""
    found = found.annotate(idle_since=Coalesce("token__last_used_at", "access_granted_at"))
    found = found.filter(_common(filters), _reaches(Grant, filters.repository))
    found = found.filter(_expiring(filters.expiring, now), _unused(filters.unused, now))
    if filters.selection:
        found = found.filter(repository_selection=filters.selection)
    if filters.state == "on_its_way":
        return found.filter(Exists(_open_reviews().filter(grant=OuterRef("pk"))))
    if filters.state == "wider":
        return found.filter(Exists(WiderGrant.objects.open().filter(grant=OuterRef("pk"))))
    return found.filter(state=filters.state) if filters.state != "all" else found


def _open_reviews() -> "QuerySet[Review]":
    return Review.objects.filter(effect__state__in=Effect.OPEN)


def _common(filters: AccessFilters) -> Q:
    wanted = Q()
    if filters.q:
        wanted &= Q(token__name__icontains=filters.q) | Q(token__owner_login__icontains=filters.q)
    if filters.owner:
        wanted &= Q(token__owner_login__icontains=filters.owner)
    if filters.organization:
        wanted &= Q(organization__login__iexact=filters.organization)
    if filters.risk:
        wanted &= Q(risk__gte=int(filters.risk))
    return wanted & _may(filters.permission, filters.level)


def _reaches(model: type[GrantRequest] | type[Grant], name: str) -> Q:
    """A token for all repositories reaches this one too; only those of a subset are known by name."""
    if not name:
        return Q()
    through, column = (
        (GrantRequest.repositories.through, "grantrequest_id")
        if model is GrantRequest
        else (Grant.repositories.through, "grant_id")
    )
    named = through._default_manager.filter(**{column: OuterRef("pk")}, repository__name__icontains=name)
    return Q(repository_selection="all") | Q(Exists(named))


def _may(permission: str, level: str) -> Q:
    """Tokens with the permission, at the level or above; a level alone means: on anything."""
    if permission and not _NAME.fullmatch(permission):
        return Q(pk__in=[])
    if permission and not level:
        return _any(Q(**{f"permissions__{kind}__has_key": permission}) for kind in KINDS)
    if permission:
        return _any(_level_is(kind, permission, AT_LEAST[level]) for kind in KINDS)
    if level:
        text = Cast("permissions", TextField())
        return _any(_contains(text, f'"{one}"') for one in AT_LEAST[level])
    return Q()


def _any(conditions: Any) -> Q:
    wanted = Q()
    for condition in conditions:
        wanted |= condition
    return wanted


def _level_is(kind: str, permission: str, levels: list[str]) -> Q:
    return Q(In(KeyTextTransform(permission, KeyTransform(kind, F("permissions"))), levels))


def _contains(expression: Cast, text: str) -> Q:
    return Q(Contains(expression, Value(text)))


def _age(age: str, now: datetime) -> Q:
    if age == "new":
        return Q(requested_at__gte=now - timedelta(days=1))
    days = {"week": 7, "month": 30}.get(age)
    return Q(requested_at__lt=now - timedelta(days=days)) if days else Q()


def _expiring(expiring: str, now: datetime) -> Q:
    if expiring == "never":
        return Q(token__expires_at__isnull=True, token__expired=False)
    if expiring == "expired":
        return expired_at(now, "token__")
    if not expiring:
        return Q()
    return Q(token__expires_at__gt=now, token__expires_at__lte=now + timedelta(days=int(expiring)))


def _unused(unused: str, now: datetime) -> Q:
    if unused == "never":
        return Q(token__last_used_at__isnull=True)
    return Q(idle_since__lt=now - timedelta(days=int(unused))) if unused else Q()
