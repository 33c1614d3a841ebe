"""What every page says of one request or grant, made for many at once: two queries however many rows."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Count, OuterRef, QuerySet, Subquery

from apps.core import clock
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.github import permitted
from apps.github.models import Organization
from apps.github.permissions import lacking
from apps.policy.facts import AccessFacts
from apps.policy.permissions import PermissionLine, Summary, lines_of, summary
from apps.policy.risk import Assessment, assess
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS
from apps.tokens.models import Grant, GrantRequest, PlannedRevocation, Review, Token
from apps.tokens.plans.agreed import agreed, until_of
from apps.tokens.queries.plans import Listed, Plan, plans_in, plans_on
from apps.tokens.sleeping_rules import UNUSED, sleeps_after

A = TypeVar("A", GrantRequest, Grant)
ENDED_FOR_OWNER = "This is your own token: another owner has to decide about it."


@dataclass(frozen=True)
class Decision:
    """A review and how far it got on its way to GitHub; `state` is the effect's.

    `sent_at`: while it rests, when it is sent; until then its reviewer may undo it. `as_app`: sent, or to be sent, with
    the installation's token. It waits for `reviewer_id` where it needs a sign-in: their token sends it.
    """

    review_id: int
    action: str
    reviewer_login: str
    reason: str
    decided_at: datetime
    state: str
    answer: str
    status: int | None
    settled_at: datetime | None
    evidence: dict[str, Any]
    sent_at: datetime | None = None
    reviewer_id: int | None = None
    confirmed_by_login: str = ""
    as_app: bool = False

    @property
    def undoable(self) -> bool:
        """Whether GitHub has not heard of it, so that its reviewer may take it back."""
        return self.sent_at is not None or self.state in (Effect.State.PROPOSED, Effect.State.NEEDS_SIGN_IN)

    @property
    def seconds(self) -> int:
        """Until it is sent; 0 when it is under way."""
        return max(0, round((self.sent_at - clock.now()).total_seconds())) if self.sent_at else 0

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        return self.state in Effect.OPEN

    @property
    def until(self) -> date | None:
        """The day on which Patrol takes away again what it gave, of an approval with one."""
        day = until_of(self.evidence)
        return date.fromisoformat(day) if day else None

    @property
    def given_days(self) -> int:
        """For how many days that was, where the organization is."""
        return int(self.evidence.get("given_days") or 0)

    @property
    def gives(self) -> bool:
        """Whether an approval with a day holds, or may yet."""
        return self.until is not None and (self.is_open or self.state == Effect.State.CONFIRMED)

    @property
    def noun(self) -> str:
        """Approval, denial or revocation."""
        return {"approve": "Approval", "deny": "Denial", "revoke": "Revocation"}[self.action]


@dataclass(frozen=True)
class AccessRow:
    """One request or grant in a list. `key` names it in forms: "<organization id>:<pat id>".

    `decisions` are the newest first. `own`: it is the reader's own token. `look_only`: Patrol's App may not decide it,
    so owners do on GitHub. `confirmable`: another owner's approval waits for the reader's consent.
    """

    organization: Organization
    token: Token
    id: int
    key: str
    state: str
    facts: AccessFacts
    assessment: Assessment
    lines: tuple[PermissionLine, ...]
    other_tokens: int
    decisions: tuple[Decision, ...]
    own: bool
    look_only: bool
    closed: bool
    confirmable: bool
    now: datetime

    @cached_property
    def digest(self) -> str:
        """For forms; not every page has one."""
        return _digest(self.facts, self.decisions)

    @property
    def place(self) -> str:
        """The same for where it stands on a page."""
        return self.key.replace(":", "-")

    @property
    def access(self) -> GrantRequest | Grant:
        """The row itself."""
        raise NotImplementedError

    @property
    def summary(self) -> Summary:
        """What it may do, in one line."""
        return summary(self.lines)

    @property
    def decision(self) -> Decision | None:
        """The newest one."""
        return self.decisions[0] if self.decisions else None

    @property
    def repository_count(self) -> int:
        """How many repositories are named; only for a subset."""
        return len(self.facts.repository_ids)

    @property
    def expired(self) -> bool:
        """GitHub's word, or the date."""
        return self.token.expired or bool(self.token.expires_at and self.token.expires_at <= self.now)

    @property
    def on_its_way(self) -> bool:
        """Whether a decision about it travels to GitHub."""
        return self.decision is not None and self.decision.is_open

    @property
    def moves(self) -> bool:
        """Whether its decision goes on by itself: then the page looks again."""
        return self.decision is not None and self.decision.state in Effect.TRAVELLING

    @property
    def open(self) -> bool:
        """Whether it can still be decided: pending or active, and nothing on its way."""
        return self.state in {"pending", "active"} and not self.on_its_way

    @property
    def choosable(self) -> bool:
        """Whether this reader may choose it among others to be decided here."""
        return self.confirmable or (self.open and not self.own and not self.look_only)

    @property
    def why_not(self) -> str:
        """Why this reader may not decide it; empty when they may."""
        return ENDED_FOR_OWNER if self.own else ""


@dataclass(frozen=True)
class RequestRow(AccessRow):
    """A grant request."""

    request: GrantRequest

    @property
    def access(self) -> GrantRequest:
        """The request."""
        return self.request

    @property
    def asked_days(self) -> int | None:
        """For how many days the token was made, counted from the request; None: for ever, or not known."""
        expires_at = self.token.expires_at
        return round((expires_at - self.request.requested_at).total_seconds() / 86_400) if expires_at else None

    @property
    def given_less(self) -> bool:
        """Whether it is approved, or to be approved, for less long than it asks."""
        given, asked = self.decision, self.asked_days
        return given is not None and given.gives and (asked is None or given.given_days < asked)

    @property
    def was_revoked(self) -> bool:
        """Whether it waits and its token lost its last access here by a revoke; False where that was not read."""
        revoked = getattr(self.request, "newest_grant", None) == Grant.State.REVOKED
        return revoked and self.state == GrantRequest.State.PENDING


@dataclass(frozen=True)
class GrantRow(AccessRow):
    """A grant."""

    grant: Grant

    @property
    def access(self) -> Grant:
        """The grant."""
        return self.grant

    @property
    def sleeps_for(self) -> int:
        """For how many days it was not used, where that is called sleeping; else 0."""
        after = getattr(self.grant, "sleeps_after", UNUSED)
        idle = (self.now - self.grant.idle_since).days
        return idle if self.state == Grant.State.ACTIVE and idle >= after else 0

    @property
    def has_label(self) -> bool:
        """Whether a list says anything of it beside its name: a plan, that somebody keeps it, that it sleeps."""
        return bool(self._plans or self.sleeps_for)

    @property
    def standing(self) -> str:
        """Where it or its decision stands, as components/state.html names it; empty where it just has access."""
        if self.decision is not None and self.decision.is_open:
            return self.decision.state
        if self.state != Grant.State.ACTIVE:
            return self.state
        return "expired" if self.expired else ""

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """What is planned for it, the earliest first: that one counts."""
        return tuple(one for one in self._plans if one.state == PlannedRevocation.State.PLANNED)

    @cached_property
    def kept(self) -> Plan | None:
        """Who kept it, while that lasts."""
        today = self.now.date()
        return next((one for one in reversed(self._plans) if one.kept_until and one.kept_until >= today), None)

    @cached_property
    def _plans(self) -> tuple[Plan, ...]:
        if self.state != Grant.State.ACTIVE:
            return ()
        return plans_in(getattr(self.grant, "planned", None))


@dataclass(frozen=True)
class Known:
    """What a page has read anyway: repository ids by row, active grants by (organization, token owner).

    `reviews` of the rows, the newest first, maybe among others; None: to be read.
    """

    repositories: Mapping[int, Collection[int]]
    holdings: Counter[tuple[int, int]]
    reviews: Sequence[Review] | None = None


def loaded(found: "QuerySet[A]") -> "QuerySet[A, Any]":
    """With all that rows are made of, and how decisions are taken in their organizations."""
    return listed(found).select_related("organization__decision_settings__group")


def listed(found: "QuerySet[A]") -> "QuerySet[A, Any]":
    """With all that rows are made of but the organization, which a list knows.

    `app_permissions` are those of Patrol's App on it.

    `reached` are the repositories of a subset, `held` is how many active grants its owner has there. Of a grant,
    `planned` is what plans.plans_in reads, `sleeps_after` after how many days without a use it is called sleeping.
    """
    found = found.select_related("token")
    kind = GRANT_REQUESTS if found.model is GrantRequest else GRANTS
    links = kind.through.objects.filter(**{kind.link: OuterRef("pk")}).values("repository_id")
    of_owner = Grant.objects.active().filter(
        organization=OuterRef("organization"), owner_id=OuterRef("token__owner_id")
    )
    return found.annotate(
        app_permissions=permitted.held_on("organization"),
        reached=Listed(links, "repository_id"),
        **({"planned": plans_on(), "sleeps_after": sleeps_after()} if found.model is Grant else {}),
        held=Subquery(of_owner.order_by().values("organization").annotate(many=Count("*")).values("many")),
    )


def request_rows(requests: Sequence[GrantRequest], reader_id: int, known: Known | None = None) -> list[RequestRow]:
    """Rows of requests that are `loaded`, as `reader_id` (a user) may act on them."""
    made = _parts(requests, reader_id, known or _read(requests))
    return [RequestRow(**made[one.pk], request=one) for one in requests]


def grant_rows(grants: Sequence[Grant], reader_id: int, known: Known | None = None) -> list[GrantRow]:
    """Rows of grants that are `loaded`."""
    made = _parts(grants, reader_id, known or _read(grants))
    return [GrantRow(**made[one.pk], grant=one) for one in grants]


def _read(accesses: "Sequence[GrantRequest] | Sequence[Grant]") -> Known:
    """What `loaded` brought along."""
    rows: Sequence[Any] = accesses
    repositories = {one.pk: one.reached or () for one in rows if one.repository_selection == "subset"}
    holdings = Counter({(one.organization_id, one.token.owner_id): one.held or 0 for one in rows})
    return Known(repositories, holdings)


def _parts(
    accesses: "Sequence[GrantRequest] | Sequence[Grant]", reader_id: int, known: Known
) -> dict[int, dict[str, Any]]:
    now, decisions = clock.now(), _decisions(accesses, known.reviews)
    parts: dict[int, dict[str, Any]] = {}
    for one in accesses:
        facts = facts_of(one, known.repositories.get(one.pk, ()))
        pat_id = facts.subject_id
        others = known.holdings[one.organization_id, one.token.owner_id] - _counts_itself(one)
        parts[one.pk] = {
            "organization": one.organization, "token": one.token, "id": pat_id,
            "key": f"{one.organization_id}:{pat_id}", "state": one.state, "facts": facts,
            "assessment": assess(facts, now=now, other_tokens=others), "lines": lines_of(facts.permissions),
            "other_tokens": others, "decisions": tuple(decisions.get(one.pk, ())),
            "own": one.token.owner_id == reader_id, "look_only": _is_looked_at(one), "closed": _is_closed(one),
            "now": now, "confirmable": _is_confirmable(one, decisions.get(one.pk, ()), reader_id),
        }  # fmt: skip
    return parts


def _digest(facts: AccessFacts, decisions: Sequence[Decision]) -> str:
    """What a form about it carries; a second owner agrees to the day as well."""
    proposed = bool(decisions) and decisions[0].state == Effect.State.PROPOSED
    return agreed(facts.digest(), until_of(decisions[0].evidence)) if proposed else facts.digest()


def _is_closed(access: GrantRequest | Grant) -> bool:
    """Whether the App does not work there any more."""
    return getattr(access, "app_permissions", {}) is None


def _is_looked_at(access: GrantRequest | Grant) -> bool:
    """Whether the App may not decide about it."""
    held = getattr(access, "app_permissions", None)
    if _is_closed(access):
        return True
    wanted = (GRANT_REQUESTS if isinstance(access, GrantRequest) else GRANTS).deciding
    return held is not None and bool(lacking(held, wanted))


def _is_confirmable(access: GrantRequest | Grant, decisions: Sequence[Decision], reader_id: int) -> bool:
    proposed = bool(decisions) and decisions[0].state == Effect.State.PROPOSED
    others = proposed and reader_id not in (decisions[0].reviewer_id, access.token.owner_id)
    return others and not _is_looked_at(access)


def _counts_itself(access: GrantRequest | Grant) -> int:
    return int(isinstance(access, Grant) and access.state == Grant.State.ACTIVE)


def _decisions(
    accesses: "Sequence[GrantRequest] | Sequence[Grant]", reviews: Sequence[Review] | None
) -> dict[int, list[Decision]]:
    """The decisions on each, newest first."""
    if not accesses:
        return {}
    column = "grant_request_id" if isinstance(accesses[0], GrantRequest) else "grant_id"
    if reviews is None:
        reviews = _REVIEWS[column]([one.pk for one in accesses])
    found: dict[int, list[Decision]] = defaultdict(list)
    for review in reviews:
        found[getattr(review, column)].append(decision_of(review))
    return found


def _reviews_of(column: str) -> Statement[Review]:
    return Statement(
        lambda pks: Review.objects.filter(**{f"{column}__in": pks}).select_related("effect").order_by("-pk")
    )


_REVIEWS = {column: _reviews_of(column) for column in ("grant_request_id", "grant_id")}


def decision_of(review: Review) -> Decision:
    """The decision as pages show it; `effect` must be loaded."""
    effect = review.effect
    rests = effect.state == Effect.State.READY and effect.attempts == 0 and effect.due_at > clock.now()
    return Decision(
        review_id=review.pk, sent_at=effect.due_at if rests else None,
        action=review.action, reviewer_login=review.reviewer_login, reason=review.reason,
        decided_at=review.decided_at, state=effect.state, answer=effect.answer, status=effect.status,
        settled_at=effect.settled_at, evidence=review.evidence, reviewer_id=review.reviewer_id,
        confirmed_by_login=review.confirmed_by_login, as_app=effect.token_kind == Effect.TokenKind.INSTALLATION,
    )  # fmt: skip
