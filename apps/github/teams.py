"""Reading an organization's teams: their list, then the members of those that are due, who waited longest first.

A reading is bounded in calls and time, and the next one goes on where it ended. One that fails leaves what was known
as it was. A team is gone only when a whole list did not show it and GitHub does not know it by its name either.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from apps.core import clock
from apps.github import auth, errors, permissions, readings, wire, wire_teams
from apps.github.client import PER_PAGE, Client, ListPage, Trail
from apps.github.models import FormerTeamSlug, Installation, Organization, Team, TeamMember

EVERY = timedelta(minutes=30)
"""So old what is known of a team becomes: an installation token lives an hour, so it asks twice, and GitHub, which
binds ETags to it, answers the second time for nothing."""
RESERVE = 0.5
"""The share of the hour's quota that is left to what is more urgent."""
BATCH = 500
NOT_PERMITTED = "Patrol's App may not read members, so it sees no teams."


def read(installation: Installation, *, calls: int, until: datetime) -> int:
    """Read what is due, about `calls` requests and no longer than `until`. Returns how many were sent.

    Raises github.errors, after it was noted on the organization. Not inside a transaction.
    """
    organization = installation.organization
    lacks = permissions.lacking(installation.permissions, {permissions.MEMBERS: "read"})
    if lacks:
        _note(organization, NOT_PERMITTED)
        return 0
    if not _is_anything_due(organization):
        return 0
    reading = readings.begin(installation.app)
    client, fingerprint = auth.installation_client(installation)
    with client:
        try:
            _Reading(client, fingerprint, organization, reading, calls, until).run()
        except errors.GitHubError as error:
            if isinstance(error, errors.Unauthorized):
                auth.forget_token(installation)
            _note(organization, str(error))
            raise
        return client.requests_sent


def _is_anything_due(organization: Organization) -> bool:
    return _is_list_due(organization) or _due(organization).exists()


def _is_list_due(organization: Organization) -> bool:
    last = organization.teams_listed_at
    return last is None or last <= clock.now() - EVERY or clock.set_back_since(last)


def _due(organization: Organization) -> "QuerySet[Team]":
    """Those the list did not show first: whether they are gone is to be settled at once."""
    ahead = clock.now() + EVERY + clock.SKEW
    due = Q(due_at__lte=clock.now()) | Q(due_at__gt=ahead)  # a clock that was set back since
    return Team.objects.filter(due, organization=organization).order_by("listed", "due_at", "pk")


def _note(organization: Organization, trouble: str) -> None:
    Organization.objects.filter(pk=organization.pk).update(teams_trouble=trouble[:300])


class _Overtaken(Exception):
    """A later reading has begun to write; it sees whatever this one did."""


@dataclass
class _Reading:
    """One reading under way. `has_list`: it read the list of teams itself, whole."""

    client: Client
    fingerprint: str
    organization: Organization
    number: int
    calls: int
    until: datetime
    has_list: bool = field(default=False, init=False)

    def run(self) -> None:
        """List them where that is due, then read members until the budget is spent."""
        try:
            if _is_list_due(self.organization):
                self._list()
            for team in _due(self.organization)[: self.calls]:
                if self._spent():
                    break
                self._read(team)
            self._settle()
        except _Overtaken:
            return

    def _spent(self) -> bool:
        left, limit = self.client.remaining, self.client.limit
        scarce = left is not None and limit is not None and left < limit * RESERVE
        return scarce or self.client.requests_sent >= self.calls or clock.now() > self.until

    def _begin(self) -> None:
        """The first statement of every transaction. Raises _Overtaken."""
        if not readings.takes_teams(self.organization, self.number):
            raise _Overtaken

    # --- the list ---------------------------------------------------------------------------------------------

    def _list(self) -> None:
        began, seen = clock.now(), dict[int, str]()
        listed = self.client.teams(self.organization.login)
        while batch := list(islice(listed, BATCH)):
            seen |= {one.id: one.slug for one in batch}
            self._adopt(batch)
        with transaction.atomic():
            self._begin()
            self._miss(seen)
            Organization.objects.filter(pk=self.organization.pk).update(teams_listed_at=began)
        self.organization.teams_listed_at, self.has_list = began, True

    def _adopt(self, batch: list[wire_teams.Team]) -> None:
        """New ones, and what known ones are called and below of by now."""
        now = clock.now()
        rows = [
            Team(
                organization=self.organization, team_id=one.id, slug=one.slug[:255], name=one.name[:255],
                parent_id=one.parent.id if one.parent else None, due_at=now,
            )
            for one in batch
        ]  # fmt: skip
        with transaction.atomic():
            self._begin()
            self._rename({one.team_id: one.slug for one in rows}, now)
            Team.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["organization", "team_id"],
                update_fields=["slug", "name", "parent_id", "listed"],
            )
            self._forget([one.slug for one in rows])

    def _rename(self, slugs: dict[int, str], now: datetime) -> None:
        """The old slugs go on leading to teams that have others now; their members are read at once."""
        known = Team.objects.filter(organization=self.organization, team_id__in=slugs)
        renamed = [one for one in known if one.slug != slugs[one.team_id]]
        if not renamed:
            return
        self._forget([one.slug for one in renamed])
        FormerTeamSlug.objects.bulk_create([FormerTeamSlug(team=one, slug=one.slug, until=now) for one in renamed])
        Team.objects.filter(pk__in=[one.pk for one in renamed]).update(due_at=now, etag="")

    def _forget(self, slugs: list[str]) -> None:
        """Whose slugs these were before: the last who bears one is meant by it."""
        FormerTeamSlug.objects.filter(team__organization=self.organization, slug__in=slugs).delete()

    def _miss(self, seen: dict[int, str]) -> None:
        """Those the whole list did not show are asked for next; one whose slug another team has now is gone."""
        slugs, now = set(seen.values()), clock.now()
        known = Team.objects.filter(organization=self.organization).values_list("pk", "team_id", "slug")
        missing = [(pk, slug) for pk, team_id, slug in known if team_id not in seen]
        Team.objects.filter(pk__in=[pk for pk, slug in missing if slug in slugs]).delete()
        Team.objects.filter(pk__in=[pk for pk, _ in missing]).update(listed=False, due_at=now)

    # --- members ----------------------------------------------------------------------------------------------

    def _read(self, team: Team) -> None:
        read_at = clock.now()
        try:
            found = self._members(team)
        except errors.NotFound:
            self._not_found(team, read_at)
            return
        with transaction.atomic():
            self._begin()
            if found is not None:
                _write(team, found.ids)
                team.etag, team.token_fingerprint = found.etag, self.fingerprint
            team.members_read_at, team.due_at = read_at, read_at + EVERY
            team.save(update_fields=["members_read_at", "due_at", "etag", "token_fingerprint"])

    def _not_found(self, team: Team, at: datetime) -> None:
        """Gone, where the list did not show it either; else it got another name since, which the next list tells."""
        with transaction.atomic():
            self._begin()
            if self.has_list and not team.listed:
                team.delete()
            else:
                Team.objects.filter(pk=team.pk).update(due_at=at + EVERY)

    def _members(self, team: Team) -> "_Found | None":
        """Everybody in it; None where GitHub says that they are who they were."""
        url = self.client.team_members_url(self.organization.login, team.slug)
        etag = team.etag if team.token_fingerprint == self.fingerprint else ""
        first = self.client.team_member_page(url, etag)
        if first.not_modified:
            return None
        ids = {number for page in self._pages(first) for number in _ids(page)}
        # A full page might get another after it without changing itself.
        alone = not first.next_url and not first.items.bad and len(first.items.good) < PER_PAGE
        return _Found(ids, first.etag if alone and len(first.etag) <= 200 else "")

    def _pages(self, page: ListPage[wire.Account]) -> Iterator[ListPage[wire.Account]]:
        yield page
        trail = Trail()
        while url := trail.onward(page.url, page.next_url):
            page = self.client.team_member_page(url)
            yield page

    # --- the end ----------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Since when all is so that is known of teams; before the members of all were read once, that is not known."""
        teams = Team.objects.filter(organization=self.organization)
        with transaction.atomic():
            self._begin()
            unread = teams.filter(members_read_at__isnull=True).exists()
            oldest = teams.aggregate(oldest=Min("members_read_at"))["oldest"] or self.organization.teams_listed_at
            first = unread and self.organization.teams_read_at is None
            Organization.objects.filter(pk=self.organization.pk).update(
                teams_read_at=None if first else oldest, teams_trouble=""
            )


@dataclass(frozen=True)
class _Found:
    """Who is in a team; `etag` stands for all of them, empty where nothing does."""

    ids: set[int]
    etag: str


def _ids(page: ListPage[wire.Account]) -> set[int]:
    """Those of people who could not be read otherwise too."""
    return {one.id for one in page.items.good} | {one.item_id for one in page.items.bad if one.item_id is not None}


def _write(team: Team, ids: set[int]) -> None:
    """Who is in it now. In the caller's transaction."""
    known = set(TeamMember.objects.filter(team=team).values_list("user_id", flat=True))
    left = sorted(known - ids)
    for start in range(0, len(left), BATCH):
        TeamMember.objects.filter(team=team, user_id__in=left[start : start + BATCH]).delete()
    new = [TeamMember(organization_id=team.organization_id, team=team, user_id=one) for one in sorted(ids - known)]
    TeamMember.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
