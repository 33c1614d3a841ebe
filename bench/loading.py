"""Inside a process of Patrol's: an inventory as a sync would leave it, from what a generated GitHub lists.

The sync's own upsert writes it, a page of a hundred at a time; nothing goes over HTTP: that takes minutes for a
hundred thousand grants, and no page cares how they came.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction

from apps.accounts.models import Membership, User
from apps.core import clock
from apps.github import wire
from apps.github.models import Member, Organization, Team, TeamMember
from apps.simulator import model
from apps.simulator.credentials import AppCredentials
from apps.simulator.generate import generate
from apps.simulator.options import Options
from apps.simulator.shapes import Urls
from apps.simulator.token_shapes import grant_bytes, request_bytes
from apps.tokens import adopt, rating, tallies
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Item, Kind
from apps.tokens.models import SyncState, Walk

OWNER = "owner"
MEMBERS = 200
REQUESTS = 25
TEAMS = 100
"""Of an organization; the first holds everybody, each of the others every so many people as its number."""
PAGE = 100
URLS = Urls("http://127.0.0.1")


def world(organizations: int, grants: int) -> Options:
    """The GitHub that is loaded, `grants` over all of its organizations."""
    return Options(
        seed=1, organizations=organizations, saml_organizations=0, members=MEMBERS, grants=grants // organizations,
        requests=REQUESTS,
    )  # fmt: skip


def load(organizations: int, grants: int) -> None:
    """Fill the database, whose organizations are registered already, and let it take its statistics."""
    state = generate(world(organizations, grants), AppCredentials())
    rows = {one.login: one for one in Organization.objects.all()}
    User.objects.get_or_create(pk=state.logins[OWNER].id, defaults={"login": OWNER})
    for organization in state.organizations.values():
        _load_one(state.users, organization, rows[organization.login].pk)
    settled()


def _load_one(users: Mapping[int, model.User], organization: model.Organization, organization_id: int) -> None:
    now = clock.now()
    Member.objects.bulk_create(
        Member(organization_id=organization_id, user_id=number, login=users[number].login, role=role)
        for number, role in organization.members.items()
    )
    Organization.objects.filter(pk=organization_id).update(members_synced_at=now)
    asked = [
        wire.one(request_bytes(URLS, organization, one, 0), wire.GrantRequest) for one in organization.requests.values()
    ]
    given = [wire.one(grant_bytes(URLS, organization, one, 0), wire.Grant) for one in organization.grants.values()]
    _adopt(GRANT_REQUESTS, organization, organization_id, asked)
    _adopt(GRANTS, organization, organization_id, given)
    rating.rate_all(organization_id)
    _load_teams(organization, organization_id)
    with transaction.atomic():
        tallies.keep(organization_id)
    SyncState.objects.update_or_create(
        organization_id=organization_id, defaults={"completed_at": now, "due_at": now + timedelta(hours=1)}
    )
    for listing in Walk.Listing:
        Walk.objects.create(
            organization_id=organization_id, listing=listing, started_at=now, finished_at=now, state=Walk.State.COMPLETE
        )


def _load_teams(organization: model.Organization, organization_id: int) -> None:
    now, people = clock.now(), list(organization.members)
    teams = Team.objects.bulk_create(
        Team(
            organization_id=organization_id, team_id=organization_id * TEAMS + number, slug=f"team-{number}",
            name=f"Team {number}", due_at=now + timedelta(hours=1), members_read_at=now,
        )
        for number in range(1, TEAMS + 1)
    )  # fmt: skip
    TeamMember.objects.bulk_create(
        TeamMember(organization_id=organization_id, team=team, user_id=person)
        for step, team in enumerate(teams, 1)
        for person in people[::step]
    )
    Organization.objects.filter(pk=organization_id).update(teams_listed_at=now, teams_read_at=now)


def _adopt(kind: Kind, organization: model.Organization, organization_id: int, items: Sequence[Item]) -> None:
    known = organization.requests if kind is GRANT_REQUESTS else organization.grants
    for page in _pages(items):
        repositories = {
            item.id: [_repository(organization, number) for number in known[item.id].access.repository_ids]
            for item in page
            if item.repository_selection == "subset"
        }
        listed = {item.id: item for item in page}
        with transaction.atomic():
            adopt.adopt(adopt.Found(kind, organization_id, listed, repositories, clock.now(), first_sync=True))


def _pages(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]


def _repository(organization: model.Organization, number: int) -> wire.Repository:
    found = organization.repositories[number]
    return wire.Repository(found.id, found.name, f"{organization.login}/{found.name}", found.private)


def settled() -> None:
    """What PostgreSQL's autovacuum does within a minute."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def owner() -> User:
    """Who looks at the pages, with roles that GitHub told just now."""
    user = User.objects.get(login=OWNER)
    now = clock.now()
    User.objects.filter(pk=user.pk).update(organizations_checked_at=now, organizations_tried_at=now)
    for organization in Organization.objects.all():
        Membership.objects.update_or_create(
            user=user, organization=organization, defaults={"role": Membership.Role.ADMIN, "checked_at": now}
        )
    return User.objects.get(pk=user.pk)
