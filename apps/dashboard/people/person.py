"""What one person holds in the organizations of a reader: a dozen queries, however many tokens and organizations."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from apps.core.statements import Statement
from apps.github.models import Member, Organization, Repository
from apps.github.team_names import Named, teams_of, told
from apps.tokens.models import Grant, GrantRequest, Review, SyncState, Token
from apps.tokens.queries.rows import GrantRow, Known, grant_rows, loaded

MOST_GRANTS = 300
"""GitHub lets a person have fifty fine-grained tokens; the others ended."""
MOST_REQUESTS = 50
MOST_REVIEWS = 25
MOST_NAMED = 8
Names = Mapping[int, Sequence[Repository]]


@dataclass(frozen=True)
class Standing:
    """The person in one organization; `role` is GitHub's, "" where they are no member by the last walk.

    `others` are the owners besides them and the reader: whom to ask what runs there. `known`: whether the members were
    ever read. `teams` they are in ("slug", "name"), None where not all teams were read yet.
    """

    organization: Organization
    role: str = ""
    left_at: datetime | None = None
    known: bool = False
    others: tuple[str, ...] = ()
    teams: tuple[Named, ...] | None = None


@dataclass(frozen=True)
class Held:
    """A grant with the first repositories it names."""

    row: GrantRow
    repositories: tuple[Repository, ...]

    @property
    def more(self) -> int:
        """How many repositories are not named."""
        return self.row.repository_count - len(self.repositories)


@dataclass(frozen=True)
class Runs:
    """A repository that tokens of the person name, or all of an organization, with when one was last seen used.

    What a token does there nobody told: it may run a deployment, or nothing. `last_used_at` is of the token that was
    used last, `writes` whether one of them may change something.
    """

    organization: Organization
    repository: Repository | None
    tokens: tuple[GrantRow, ...]
    last_used_at: datetime | None
    writes: bool

    @classmethod
    def of(cls, repository: Repository | None, tokens: Sequence[GrantRow]) -> "Runs":
        """What the tokens, of one organization, say of the repository; None: of all there are."""
        used = max((one.token.last_used_at for one in tokens if one.token.last_used_at), default=None)
        writes = any(line.writes for one in tokens for line in one.lines)
        return cls(tokens[0].organization, repository, tuple(tokens), used, writes)


@dataclass(frozen=True)
class Person:
    """Everything; lists are of `organizations`, the ones that were looked at.

    `called` are other logins under which GitHub showed them, `namesakes` other people under their login. `requests`
    bear who decided last, and when (`decider`, `decided_at`). `decided` is what they decided as an owner. `as_of`: when
    the oldest list was read (None: one never was).
    """

    id: int
    login: str
    avatar_url: str
    called: tuple[str, ...]
    namesakes: tuple[int, ...]
    standings: tuple[Standing, ...]
    active: list[Held]
    ended: list[Held]
    requests: list[GrantRequest]
    decided: list[Review]
    as_of: datetime | None
    runs: list[Runs]

    @property
    def revocable(self) -> list[Held]:
        """What the reader may take away here and now."""
        return [one for one in self.active if one.row.choosable]

    @property
    def revoked_in(self) -> set[str]:
        """Where that is, by login."""
        return {one.row.organization.login for one in self.revocable}

    @property
    def member_of(self) -> list[Standing]:
        """Where they are."""
        return sorted((one for one in self.standings if one.role), key=lambda one: one.role)

    @property
    def in_teams(self) -> list[Standing]:
        """Where they are in teams, or it is not known whether they are."""
        return [one for one in self.standings if one.role and (one.teams is None or one.teams)]

    @property
    def left(self) -> list[Standing]:
        """Where they were."""
        return [one for one in self.standings if one.left_at]

    @property
    def asked_about(self) -> list[Standing]:
        """The organizations their tokens reach, for whom to ask."""
        reached = {one.row.organization.pk for one in self.active}
        return [one for one in self.standings if one.organization.pk in reached]


def person(organizations: Sequence[Organization], number: int, reader_id: int) -> Person | None:
    """The person of that number at GitHub; None where nothing of them is known in these organizations."""
    members = _MEMBERS([one.pk for one in organizations], number)
    grants = held_by(organizations, number)
    requests = _requests(organizations, number)
    mine = [one for one in members if one.user_id == number]
    if not (mine or grants or requests):
        return None
    names = named_by(grants)
    held = _held(grants, names, reader_id)
    active = [one for one in held if one.row.state == Grant.State.ACTIVE]
    tokens = [*(one.token for one in grants), *(one.token for one in requests)]
    login = _login(mine, tokens)
    return Person(
        id=number,
        login=login,
        avatar_url=next((one.owner_avatar_url for one in tokens), ""),
        called=tuple(sorted({one.login for one in mine}.union(one.owner_login for one in tokens) - {login})),
        namesakes=_namesakes(organizations, number, login),
        standings=tuple(_standing(one, number, members, reader_id) for one in organizations),
        active=active,
        ended=[one for one in held if one.row.state != Grant.State.ACTIVE],
        requests=requests,
        decided=_decided(organizations, number),
        as_of=_as_of(organizations),
        runs=_runs(active, names),
    )


def _members(organization_ids: list[int], number: int) -> "QuerySet[Member]":
    """The person and the owners; with the person's teams."""
    people = Member.objects.filter(Q(user_id=number) | Q(role="admin"), organization__in=organization_ids)
    theirs = When(user_id=number, then=teams_of("organization", "user_id"))
    return people.annotate(teams=Case(theirs, default=None))


_MEMBERS = Statement(_members)


def holdings(organizations: Sequence[Organization], number: int, reader_id: int) -> list[Held]:
    """What they hold now, for the page before it is taken away; three queries."""
    grants = [one for one in held_by(organizations, number) if one.state == Grant.State.ACTIVE]
    return _held(grants, named_by(grants), reader_id)


def held_by(organizations: Sequence[Organization], number: int) -> list[Grant]:
    """Their grants, active ones first; `loaded`, for rows."""
    return _HELD([one.pk for one in organizations], number)


def _theirs(organization_ids: list[int], number: int) -> "QuerySet[Grant]":
    theirs = Grant.objects.filter(organization__in=organization_ids, owner_id=number)
    return loaded(theirs).order_by("state", "-access_granted_at", "-pk")[:MOST_GRANTS]


_HELD = Statement(_theirs)


def named_by(grants: Iterable[Grant]) -> dict[int, list[Repository]]:
    """The repositories of subsets, by the grant's primary key, in the order of their names; one query."""
    subsets = [one.pk for one in grants if one.repository_selection == "subset"]
    found: dict[int, list[Repository]] = defaultdict(list)
    for link in _NAMED(subsets):
        found[link.grant_id].append(link.repository)
    return dict(found)


def _links(grant_pks: list[int]) -> "QuerySet[Any]":
    links = Grant.repositories.through._default_manager.filter(grant__in=grant_pks).select_related("repository")
    return links.order_by("repository__name", "repository_id")


_NAMED = Statement(_links)


def rows_of(grants: Sequence[Grant], names: Names, reader_id: int) -> list[GrantRow]:
    """Rows of what one person holds, all of it given: one query."""
    held = Counter((one.organization_id, one.token.owner_id) for one in grants if one.state == Grant.State.ACTIVE)
    return grant_rows(grants, reader_id, Known({pk: [one.pk for one in those] for pk, those in names.items()}, held))


def _held(grants: Sequence[Grant], names: Names, reader_id: int) -> list[Held]:
    rows = rows_of(grants, names, reader_id)
    return [Held(row, tuple(names.get(row.grant.pk, ())[:MOST_NAMED])) for row in rows]


def _requests(organizations: Sequence[Organization], number: int) -> list[GrantRequest]:
    return _REQUESTS([one.pk for one in organizations], number)


def _asked(organization_ids: list[int], number: int) -> "QuerySet[GrantRequest]":
    theirs = GrantRequest.objects.filter(organization__in=organization_ids, token__owner_id=number)
    newest = Review.objects.filter(grant_request=OuterRef("pk")).order_by("-pk")
    told = {name: Subquery(newest.values(column)[:1]) for name, column in _TOLD.items()}
    found = theirs.annotate(**told).select_related("token", "organization")
    return found.order_by("-requested_at", "-pk")[:MOST_REQUESTS]


_TOLD = {"decider": "reviewer_login", "decided_at": "decided_at"}
_REQUESTS = Statement(_asked)


def _decided(organizations: Sequence[Organization], number: int) -> list[Review]:
    return _REVIEWS([one.pk for one in organizations], number)


def _reviews(organization_ids: list[int], number: int) -> "QuerySet[Review]":
    mine = Review.objects.filter(reviewer=number, organization__in=organization_ids)
    return mine.select_related("effect", "organization", "grant_request", "grant").order_by("-pk")[:MOST_REVIEWS]


_REVIEWS = Statement(_reviews)


def _login(mine: Sequence[Member], tokens: Sequence[Token]) -> str:
    """What GitHub called them last: members are walked most often, then the youngest token tells."""
    here = [one.login for one in mine if one.left_at is None]
    youngest = sorted(tokens, key=lambda one: one.first_seen_at, reverse=True)
    return (here or [one.owner_login for one in youngest] or [one.login for one in mine])[0]


def _namesakes(organizations: Sequence[Organization], number: int, login: str) -> tuple[int, ...]:
    """Others whom GitHub called so in these organizations."""
    return tuple(sorted(number for (number,) in _BEARING([one.pk for one in organizations], number, login)))


def _bearing(organization_ids: list[int], number: int, login: str) -> "QuerySet[Token, tuple[int]]":
    """The numbers of those whom GitHub called so, but for this one."""
    tokens = Token.objects.filter(organization__in=organization_ids, owner_login=login).exclude(owner_id=number)
    members = Member.objects.filter(organization__in=organization_ids, login=login).exclude(user_id=number)
    return tokens.order_by().values_list("owner_id").union(members.values_list("user_id"))


_BEARING = Statement(_bearing)


def _standing(organization: Organization, number: int, members: Sequence[Member], reader_id: int) -> Standing:
    here = [one for one in members if one.organization_id == organization.pk]
    mine = next((one for one in here if one.user_id == number), None)
    owners = [one for one in here if one.role == "admin" and one.left_at is None]
    return Standing(
        organization=organization,
        role=mine.role if mine and mine.left_at is None else "",
        left_at=mine.left_at if mine else None,
        known=organization.members_synced_at is not None,
        others=tuple(sorted(one.login for one in owners if one.user_id not in (number, reader_id))),
        teams=told(organization, getattr(mine, "teams", None), here=mine is not None and mine.left_at is None),
    )


def _as_of(organizations: Sequence[Organization]) -> datetime | None:
    """When the oldest of them was read; None where one never was."""
    states = _STATES([one.pk for one in organizations])
    times = [one.completed_at for one in states if one.completed_at]
    return min(times) if times and len(times) == len(organizations) else None


_STATES = Statement(
    lambda organization_ids: SyncState.objects.filter(organization__in=organization_ids, completed_at__isnull=False)
)


def _runs(active: Sequence[Held], names: Names) -> list[Runs]:
    """What may stop working without the person: repository by repository, those used last first."""
    on: dict[tuple[int, int], list[GrantRow]] = defaultdict(list)
    named = {one.pk: one for held in active for one in names.get(held.row.grant.pk, ())}
    for row in (one.row for one in active):
        places = [one.pk for one in names.get(row.grant.pk, ())]
        for place in [_EVERYWHERE] if row.facts.repository_selection == "all" else places:
            on[row.organization.pk, place].append(row)
    runs = [Runs.of(named.get(place), rows) for (_, place), rows in on.items()]
    return sorted(runs, key=lambda one: (one.last_used_at is None, -(one.last_used_at or _LONG_AGO).timestamp()))


_EVERYWHERE = 0
_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def known(organizations: Sequence[Organization], number: int) -> str | None:
    """What GitHub called the person of that number last in these organizations; None: it never did. Two queries."""
    ids = [one.pk for one in organizations]
    mine, youngest = _MEMBER(ids, number), _YOUNGEST(ids, number)
    return _login(mine, youngest) if mine or youngest else None


_MEMBER = Statement(lambda ids, number: Member.objects.filter(organization__in=ids, user_id=number))


def _youngest(organization_ids: list[int], number: int) -> "QuerySet[Token]":
    tokens = Token.objects.filter(organization__in=organization_ids, owner_id=number)
    return tokens.order_by("-first_seen_at", "-pk")[:1]


_YOUNGEST = Statement(_youngest)
