"""Teams by the slug they bear at GitHub, or bore last; on lists over all organizations by "organization/slug"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import IsNull

from apps.github.models import FormerTeamSlug, Organization, Team, TeamMember


@dataclass(frozen=True)
class Chosen:
    """What a filter by team stands on. `known`: there is such a team; `waits`: nobody read its members yet.

    `as_of`: since when all is so that is known of teams here (None: of none). `unread` are organizations of which not
    all teams were read yet, so that none of theirs is known to be of that name, or not to be.
    """

    named: str
    known: bool
    waits: bool
    as_of: datetime | None
    unread: tuple[Organization, ...]


def in_team(named: str, *, one_by_one: bool = False) -> Q:
    """Grants whose holder is in the team of the grant's own organization. Who left an organization is in none of it.

    GitHub counts who is in a child team among the team's members. `one_by_one` asks for each grant that is come upon,
    where a database would rather find all grants of the team first.
    """
    if not named:
        return Q()
    login, slug = _split(named)
    theirs = TeamMember.objects.filter(organization=OuterRef("organization"), user_id=OuterRef("owner_id"))
    if one_by_one:  # two lists, so that PostgreSQL makes each once and looks each person's few teams up in them
        former = FormerTeamSlug.objects.filter(slug=slug).values("team")
        named_so = theirs.filter(Q(team__in=Team.objects.filter(slug=slug).values("pk")) | Q(team__in=former))
        is_in: IsNull | Exists = is_any(named_so)
    else:
        is_in = Exists(theirs.filter(team__in=_bearing(slug)))
    wanted = Q(is_in, holder_left=False)
    return wanted & Q(organization__login__iexact=login) if login else wanted


def is_any(rows: "QuerySet[Any]") -> IsNull:
    """Whether there are some, asked for each row that is come upon: with `Exists` a database may find all at first.

    Of what is not null PostgreSQL expects that it is almost everywhere, so it does walk.
    """
    return IsNull(Subquery(rows.order_by().values_list(Value(1))[:1]), False)


def chosen(named: str, organizations: Sequence[Organization], *, shows: bool) -> Chosen | None:
    """For the page that shows it, None where no team was chosen. `shows`: tokens of it, so that it is known.

    Else one query: a team whose people hold nothing is another answer than a team that is not there.
    """
    if not named:
        return None
    login, slug = _split(named)
    here = [one for one in organizations if login in ("", one.login.lower())]
    found = [] if shows else list(Team.objects.filter(pk__in=_bearing(slug), organization__in=here))
    waits = bool(found) and all(one.members_read_at is None for one in found)
    times = [one.teams_read_at for one in here if one.teams_read_at]
    unread = tuple(one for one in here if one.teams_read_at is None)
    return Chosen(named, shows or bool(found), waits, min(times, default=None), unread)


def _split(named: str) -> tuple[str, str]:
    """Login and slug, in lower case as GitHub makes slugs; no login where none is named."""
    login, _, slug = named.strip().lower().rpartition("/")
    return login, slug


def _bearing(slug: str) -> "QuerySet[Team, tuple[int]]":
    """Primary keys. What a team was called leads to it until another of its organization is called so."""
    former = FormerTeamSlug.objects.filter(slug=slug).values_list("team_id")
    return Team.objects.filter(slug=slug).values_list("pk").union(former, all=True)
