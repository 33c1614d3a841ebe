"""What a reader may narrow a list by, as values, and as conditions on the rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, StrIndex
from django.db.models.lookups import Contains, Exact, In, LessThan

from apps.core.paging import Order
from apps.core.spans import Span
from apps.core.weeks import Week
from apps.effects.models import Effect
from apps.tokens.inventory import LEVELS
from apps.tokens.models import FOREVER, Grant, GrantRequest, PlannedRevocation, Review, WiderGrant
from apps.tokens.queries.ends import ends_in
from apps.tokens.queries.seconding import proposals_for
from apps.tokens.queries.teams import in_team, is_any

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
    "owner": Order("owner_login"),
    "expiry": Order("ends_at"),
    "unused": Order("idle_since"),
}


@dataclass(frozen=True)
class AccessFilters:
    """What requests and grants have in common; the empty text filters nothing.

    `q` is a part of a token's name, of its owner's login or of a reason it was asked for with. `permission` is GitHub's
    name of one, `level` the least level, `risk` the least risk, `organization` a login, `owner` a part of the token
    owner's login, `repository` a part of a repository's name.
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
        return bool(self.narrowing())

    def narrowing(self) -> dict[str, str]:
        """What differs, by name."""
        told = [(one, getattr(self, one.name)) for one in fields(self) if one.name != "sort"]
        return {one.name: value for one, value in told if value != one.default}


@dataclass(frozen=True)
class RequestFilters(AccessFilters):
    """`age` is "new" (a day), "week" or "month" (older than), or the week it was asked in, "2026-W49".

    `decided` is the week in which GitHub confirmed a decision.
    """

    age: str = ""
    decided: str = ""
    state: str = "pending"


@dataclass(frozen=True)
class GrantFilters(AccessFilters):
    """`expiring` is days, "never", "expired" or a core.spans.Span; `unused` is days, or "never" for never used.

    `lifetime` is days: tokens that live longer than that from the day they were let in, those that never expire among
    them. `holder` is "left": the owner is no member any more. `scope` is "organization": with permissions of the
    organization itself. `team` is the slug of a team that the owner is in, or "organization/slug".
    """

    team: str = ""
    selection: str = ""
    expiring: str = ""
    unused: str = ""
    lifetime: str = ""
    holder: str = ""
    scope: str = ""
    state: str = "active"


def requests_matching(
    found: "QuerySet[GrantRequest]", filters: RequestFilters, now: datetime, reader_id: int
) -> "QuerySet[GrantRequest]":
    """The requests that `filters` leave; "to_confirm" are those that wait for the reader's consent."""
    found = found.filter(_common(filters), _may_somewhere(filters), _reaches(GrantRequest, filters.repository))
    found = found.filter(found_by(GrantRequest, filters.q), _age(filters.age, now), _decided_in(filters.decided))
    if filters.owner:
        found = found.filter(token__owner_login__icontains=filters.owner)
    if filters.state == "on_its_way":
        return found.filter(Exists(_open_reviews().filter(grant_request=OuterRef("pk"))))
    if filters.state == "to_confirm":
        return found.filter(Exists(proposals_for(reader_id).filter(grant_request=OuterRef("pk"))))
    return found.filter(state=filters.state) if filters.state != "all" else found


def grants_matching(
    found: "QuerySet[Grant]", filters: GrantFilters, now: datetime, *, one_by_one: bool = False
) -> "QuerySet[Grant]":
    """The grants that `filters` leave; `one_by_one` where many are, and an index is walked until a page is full."""
    return found.filter(grants_where(filters, now, one_by_one=one_by_one))


def grants_where(filters: GrantFilters, now: datetime, *, one_by_one: bool = False) -> Q:
    """The same as one condition."""
    wanted = _common(filters) & found_by(Grant, filters.q) & _reaches(Grant, filters.repository, one_by_one=one_by_one)
    wanted &= _expiring(filters.expiring, now) & _unused(filters.unused, now) & _lifetime(filters.lifetime)
    if filters.owner:
        wanted &= Q(owner_login__icontains=filters.owner)
    if filters.level and not filters.permission:
        wanted &= Q(top_level__gte=LEVELS[filters.level])
    if filters.selection:
        wanted &= Q(repository_selection=filters.selection)
    if filters.holder:
        wanted &= Q(holder_left=True)
    if filters.scope:
        wanted &= ~Q(permissions__organization={}) & Q(permissions__has_key="organization")
    return wanted & in_team(filters.team, one_by_one=one_by_one) & _grant_state(filters.state)


def _grant_state(state: str) -> Q:
    if state == "on_its_way":
        return Q(Exists(_open_reviews().filter(grant=OuterRef("pk"))))
    if state == "planned":
        return Q(Exists(PlannedRevocation.objects.planned().filter(grant=OuterRef("pk"))))
    if state == "wider":
        return Q(Exists(WiderGrant.objects.open().filter(grant=OuterRef("pk"))))
    return Q(state=state) if state != "all" else Q()


def _open_reviews() -> "QuerySet[Review]":
    return Review.objects.filter(effect__state__in=Effect.OPEN)


def _common(filters: AccessFilters) -> Q:
    wanted = Q()
    if filters.organization:
        wanted &= Q(organization__login__iexact=filters.organization)
    if filters.risk:
        wanted &= Q(risk__gte=int(filters.risk))
    return wanted & _may(filters.permission, filters.level)


def found_by(model: type[GrantRequest] | type[Grant], words: str) -> Q:
    """Requests or grants whose token's name, owner or reason holds `words`, whatever their case.

    Of grants it is one condition on one column: PostgreSQL answers it from an index of trigrams where it has the
    extension, else it reads the grants through, as SQLite does. Few requests wait at a time.
    """
    if not words:
        return Q()
    if model is Grant:
        return Q(found_by__contains=words.casefold())
    texts = ("token__name", "token__owner_login", "reason")
    return _any(Q(**{f"{text}__icontains": words}) for text in texts)


def token_named(word: str) -> Q:
    """Grants whose token's name holds the word: the text they are found by begins with it, on a line of its own."""
    at, ends = StrIndex("found_by", Value(word.casefold())), StrIndex("found_by", Value("\n"))
    return found_by(Grant, word) & (Q(Exact(ends, 0)) | Q(LessThan(at, ends)))


def _reaches(model: type[GrantRequest] | type[Grant], name: str, *, one_by_one: bool = False) -> Q:
    """A token for all repositories reaches this one too; only those of a subset are known by name."""
    if not name:
        return Q()
    through, column = (
        (GrantRequest.repositories.through, "grantrequest_id")
        if model is GrantRequest
        else (Grant.repositories.through, "grant_id")
    )
    named = through._default_manager.filter(repository__name__icontains=name)
    reached = Q(is_any(named.filter(**{column: OuterRef("pk")}))) if one_by_one else Q(pk__in=named.values(column))
    return Q(repository_selection="all") | reached


def _may(permission: str, level: str) -> Q:
    """Tokens with the permission, at the level or above."""
    if not permission:
        return Q()
    if not _NAME.fullmatch(permission):
        return Q(pk__in=[])
    return _any(_level_is(kind, permission, AT_LEAST[level or "read"]) for kind in KINDS)


def _may_somewhere(filters: AccessFilters) -> Q:
    """A level alone means: on anything."""
    if filters.permission or not filters.level:
        return Q()
    text = Cast("permissions", TextField())
    return _any(_contains(text, f'"{one}"') for one in AT_LEAST[filters.level])


def _any(conditions: Iterable[Q]) -> Q:
    wanted = Q()
    for condition in conditions:
        wanted |= condition
    return wanted


def _level_is(kind: str, permission: str, levels: list[str]) -> Q:
    """PostgreSQL has an index for what is contained; SQLite reads the text."""
    if connection.vendor == "postgresql":
        return _any(Q(permissions__contains={kind: {permission: level}}) for level in levels)
    return Q(In(KeyTextTransform(permission, KeyTransform(kind, F("permissions"))), levels))


def _contains(expression: Cast, text: str) -> Q:
    return Q(Contains(expression, Value(text)))


def _age(age: str, now: datetime) -> Q:
    if age == "new":
        return Q(requested_at__gte=now - timedelta(days=1))
    days = {"week": 7, "month": 30}.get(age)
    if days:
        return Q(requested_at__lt=now - timedelta(days=days))
    week = Week.parse(age)
    return Q(requested_at__gte=week.begins, requested_at__lt=week.ends) if week else Q()


def _decided_in(key: str) -> Q:
    week = Week.parse(key)
    if week is None:
        return Q()
    confirmed = Review.objects.filter(grant_request=OuterRef("pk"), effect__state=Effect.State.CONFIRMED)
    return Q(Exists(confirmed.filter(effect__settled_at__gte=week.begins, effect__settled_at__lt=week.ends)))


def _expiring(expiring: str, now: datetime) -> Q:
    if expiring == "never":
        return Q(ends_at=FOREVER)
    if expiring == "expired":
        return Q(ends_at__lte=now)
    span = Span.parse(expiring)
    if span:
        return ends_in(span, now)
    return Q(ends_at__gt=now, ends_at__lte=now + timedelta(days=int(expiring))) if expiring else Q()


def _unused(unused: str, now: datetime) -> Q:
    if unused == "never":
        return Q(never_used=True)
    return Q(idle_since__lt=now - timedelta(days=int(unused))) if unused else Q()


def _lifetime(lifetime: str) -> Q:
    """GitHub does not tell when a token was made; it was let in on that day or later."""
    return Q(ends_at__gt=F("access_granted_at") + timedelta(days=int(lifetime))) if lifetime else Q()
