"""One person's own tokens in the organizations they belong to: eight queries, however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q, QuerySet, Value

from apps.core import clock
from apps.effects.models import Effect
from apps.github.models import Organization
from apps.policy.failing import State
from apps.policy.permissions import PermissionLine, lines_of
from apps.tokens.models import Grant, GrantRequest, PlannedRevocation, Review, StatedPolicy, Token, ToldDecision
from apps.tokens.queries.plans import Plan, plans_in, plans_on
from apps.tokens.queries.replacing import Replacement, replacements

A = TypeVar("A", Grant, GrantRequest)
MOST = 100
"""So many tokens are shown, the newest; GitHub lets a person have fifty at a time."""
SOON = timedelta(days=30)
_ENDED = {State.DENIED, State.REVOKED, State.CANCELLED, State.GONE}


@dataclass(frozen=True)
class Verdict:
    """What an owner decided and GitHub carried out: "approved", "denied" or "revoked".

    `reason` is what was said to the person, "" where nothing was or nobody told. `by_rule`: no person decided.
    """

    what: str
    at: datetime | None
    reason: str = ""
    by_rule: bool = False


@dataclass(frozen=True)
class Mine:
    """One's own token in one organization.

    `grant` and `request` are the newest; `more`: a request for more access of a token that has some. `repositories`
    are full names of what it reaches, or asked for. `replacement`: another one that takes its place, or looks so.
    """

    organization: Organization
    token: Token
    state: State
    grant: Grant | None
    request: GrantRequest | None
    verdict: Verdict | None
    repositories: tuple[str, ...]
    stated: StatedPolicy | None
    now: datetime
    replacement: Replacement | None = None

    @property
    def key(self) -> str:
        """Its name in forms: "<organization id>:<GitHub's token id>"."""
        return f"{self.organization.pk}:{self.token.token_id}"

    @property
    def access(self) -> Grant | GrantRequest | None:
        """What it has or had, else what it asked for."""
        waits = self.state in {State.PENDING, State.DENIED, State.CANCELLED}
        return (self.request or self.grant) if waits else (self.grant or self.request)

    @property
    def lines(self) -> tuple[PermissionLine, ...]:
        """What it may do, or asked for."""
        return lines_of(self.access.permissions) if self.access else ()

    @property
    def more(self) -> GrantRequest | None:
        """A request that waits while it has access."""
        waits = self.request is not None and self.request.state == GrantRequest.State.PENDING
        return self.request if waits and self.state is not State.PENDING else None

    @property
    def plans(self) -> list[Plan]:
        """When Patrol revokes it, the earliest first."""
        planned = plans_in(getattr(self.grant, "planned", None)) if self.state is State.ACTIVE else ()
        return [one for one in planned if one.state == PlannedRevocation.State.PLANNED]

    @property
    def ends_soon(self) -> bool:
        """Within 30 days: the time for renewing."""
        ends = self.token.expires_at
        return self.state is State.ACTIVE and ends is not None and ends - self.now < SOON

    @property
    def has_access_shown(self) -> bool:
        """Whether `access` is a grant: what it has or had."""
        return isinstance(self.access, Grant)

    @property
    def has_ended(self) -> bool:
        """Whether it is history."""
        return self.state in _ENDED

    @property
    def began(self) -> datetime:
        """The first that Patrol knows of it."""
        known = [
            self.grant.access_granted_at if self.grant else None,
            self.request.requested_at if self.request else None,
        ]
        return min(self.token.first_seen_at, *(at for at in known if at))


@dataclass(frozen=True)
class MyTokens:
    """Everything; `as_of`: when each organization was read whole (None: it never was), by its login."""

    current: list[Mine]
    ended: list[Mine]
    as_of: list[tuple[str, datetime | None]]


def my_tokens(organizations: Sequence[Organization], user_id: int) -> MyTokens:
    """Of the person of that number, what needs them first."""
    loaded = {
        one.pk: one
        for one in Organization.objects.filter(pk__in=[one.pk for one in organizations]).select_related(
            "sync", "stated_policy"
        )
    }
    tokens = list(Token.objects.filter(owner_id=user_id, organization__in=loaded).order_by("-pk")[:MOST])
    every = _put_together(loaded, tokens)
    current = sorted((one for one in every if not one.has_ended), key=_urgency)
    as_of = [(one.login, getattr(getattr(one, "sync", None), "completed_at", None)) for one in loaded.values()]
    return MyTokens(current, [one for one in every if one.has_ended], sorted(as_of))


_FAR = datetime.max.replace(tzinfo=UTC)
_ORDER = [State.PENDING, State.EXPIRED, State.ACTIVE, State.APPROVED]


def _urgency(one: Mine) -> tuple[int, float]:
    """What waits, what ended lately, what works by its end, and last what ended long ago; the latest end first."""
    ends = (one.token.expires_at or _FAR).timestamp()
    if one.state is not State.EXPIRED:
        return _ORDER.index(one.state), ends
    lately = one.now.timestamp() - ends < SOON.total_seconds()
    return _ORDER.index(one.state) if lately else len(_ORDER), -ends


def _put_together(organizations: dict[int, Organization], tokens: Sequence[Token]) -> list[Mine]:
    given = Grant.objects.filter(token__in=tokens).select_related("token").annotate(planned=plans_on())
    grants = _newest(given.order_by("access_granted_at", "pk"))
    requests = _newest(GrantRequest.objects.filter(token__in=tokens).order_by("requested_at", "pk"))
    reached = _repositories(grants.values(), requests.values())
    reviews = _reviews(grants.values(), requests.values())
    told = _told(requests.values())
    found, now = [], clock.now()
    for token in tokens:
        grant, request = grants.get(token.pk), requests.get(token.pk)
        if grant is None and request is None:
            continue
        organization, state = organizations[token.organization_id], _state(token, grant, request, now)
        mine = Mine(
            organization, token, state, grant, request, _verdict(state, grant, request, reviews, told), (),
            getattr(organization, "stated_policy", None), now,
        )  # fmt: skip
        access = mine.access
        names = reached.get((isinstance(access, Grant), access.pk), ()) if access else ()
        found.append(replace(mine, repositories=tuple(names)))
    return _with_replacements(found)


def _with_replacements(found: list[Mine]) -> list[Mine]:
    """With the token that looks like the successor of one that works; one query."""
    active = {one.grant.pk: one for one in found if one.grant and one.grant.state == Grant.State.ACTIVE}
    grants = [one.grant for one in active.values() if one.grant]
    likely = replacements(grants, {pk: one.repositories for pk, one in active.items()})
    return [replace(one, replacement=likely.get(one.grant.pk)) if one.grant else one for one in found]


def _newest(rows: Iterable[A]) -> dict[int, A]:
    """The last of each token."""
    return {one.token_id: one for one in rows}


def _repositories(grants: Iterable[Grant], requests: Iterable[GrantRequest]) -> dict[tuple[bool, int], list[str]]:
    """Full names of what each grant (True) or request (False) names; one query."""
    of_grants = _links(Grant.repositories.through, "grant", grants, Value(1))
    of_requests = _links(GrantRequest.repositories.through, "grantrequest", requests, Value(0))
    found: dict[tuple[bool, int], list[str]] = defaultdict(list)
    for kind, pk, name in sorted(of_grants.union(of_requests)):
        found[bool(kind), pk].append(name)
    return found


def _links(through: Any, column: str, rows: Iterable[Grant | GrantRequest], kind: Value) -> "QuerySet[Any, Any]":
    subsets = [one.pk for one in rows if one.repository_selection == "subset"]
    links = through.objects.filter(**{f"{column}__in": subsets}).annotate(kind=kind)
    found: QuerySet[Any, Any] = links.values_list("kind", f"{column}_id", "repository__full_name")
    return found


def _reviews(grants: Iterable[Grant], requests: Iterable[GrantRequest]) -> dict[tuple[str, int], Review]:
    """What GitHub confirmed, by action and the row it is about; what is on its way is nobody's but the owners'."""
    about = Q(grant__in=[one.pk for one in grants]) | Q(grant_request__in=[one.pk for one in requests])
    confirmed = Review.objects.filter(about, effect__state=Effect.State.CONFIRMED).order_by("pk")
    return {(one.action, one.grant_id or one.grant_request_id or 0): one for one in confirmed}


def _told(requests: Iterable[GrantRequest]) -> dict[tuple[int, int], ToldDecision]:
    """What webhooks told of decisions on github.com, by organization and pat_request_id."""
    numbers = {(one.organization_id, one.pat_request_id) for one in requests}
    found = ToldDecision.objects.filter(
        organization__in={pk for pk, _ in numbers}, pat_request_id__in={number for _, number in numbers}
    )
    return {(one.organization_id, one.pat_request_id): one for one in found.order_by("told_at", "pk")}


def _verdict(
    state: State,
    grant: Grant | None,
    request: GrantRequest | None,
    decided: Mapping[tuple[str, int], Review],
    told: Mapping[tuple[int, int], ToldDecision],
) -> Verdict | None:
    """The decision that made the state, if there was one. Why an owner revoked is told to nobody by GitHub either."""
    if state is State.REVOKED and grant is not None:
        return _decided("revoked", decided.get((Review.Action.REVOKE, grant.pk)), grant.ended_at, with_reason=False)
    if request is None or state not in {State.DENIED, State.ACTIVE, State.EXPIRED, State.APPROVED}:
        return None
    what, action = ("denied", Review.Action.DENY) if state is State.DENIED else ("approved", Review.Action.APPROVE)
    review = decided.get((action, request.pk))
    heard = told.get((request.organization_id, request.pat_request_id))
    if request.state not in {GrantRequest.State.DENIED, GrantRequest.State.APPROVED}:
        return None
    return _decided(what, review, heard.told_at if heard else request.ended_at)


def _decided(what: str, review: Review | None, otherwise: datetime | None, *, with_reason: bool = True) -> Verdict:
    if review is None:
        return Verdict(what, otherwise)
    return Verdict(what, review.decided_at, review.reason if with_reason else "", review.reviewer_id is None)


def _state(token: Token, grant: Grant | None, request: GrantRequest | None, now: datetime) -> State:
    over = token.expired or (token.expires_at is not None and token.expires_at <= now)
    if grant is not None and grant.state == Grant.State.ACTIVE:
        return State.EXPIRED if over else State.ACTIVE
    if request is not None and request.state == GrantRequest.State.PENDING:
        return State.EXPIRED if over else State.PENDING
    if request is None or (grant is not None and (grant.ended_at or now) >= (request.ended_at or request.requested_at)):
        assert grant is not None
        return State.REVOKED if grant.state == Grant.State.REVOKED else State.GONE
    return {"denied": State.DENIED, "approved": State.APPROVED}.get(request.state, State.CANCELLED)
