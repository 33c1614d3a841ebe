"""Teams are read after the lists, a little at a time; what cannot be read stays as it was known."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.github import auth, services, teams
from apps.github.models import FormerTeamSlug, Installation, Member, Team
from apps.simulator.server import SimulatorServer
from apps.tokens import team_reading
from apps.tokens.models import SyncState
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.conftest import SMALL_WORLD
from tests.github import GitHub
from tests.threads import held_up
from tests.tokens.desk import Desk
from tests.tokens.team_work import LIST, MEMBERS, known, organization, read, team

pytestmark = pytest.mark.database
HERE = {"organization": ORGANIZATION}


@pytest.fixture
def numbers(desk: Desk) -> dict[str, int]:
    """Who is who, by GitHub's number."""
    services.sync_members(desk.organization.pk)
    return dict(Member.objects.filter(organization=desk.organization).values_list("login", "user_id"))


def at_github(github: GitHub, numbers: dict[str, int]) -> dict[str, set[int]]:
    """Who is in which team there."""
    told = github.contents(ORGANIZATION)["teams"]
    return {slug: {numbers[login] for login in logins} for slug, logins in told.items()}


def test_teams_are_known_with_whom_github_counts_to_them(desk: Desk, numbers: dict[str, int]) -> None:
    team(desk.github, "Above", OWNER)
    team(desk.github, "Below", MEMBER, parent="above")
    team(desk.github, "Hush", OWNER, secret=True)
    assert read() > 0
    assert known() == at_github(desk.github, numbers)
    assert known()["above"] == {numbers[OWNER], numbers[MEMBER]}
    above, below = Team.objects.get(slug="above"), Team.objects.get(slug="below")
    assert (above.parent_id, below.parent_id) == (None, above.team_id)
    assert organization().teams_read_at is not None


def test_lists_are_read_first(patrol: GitHub) -> None:
    assert read() == 0
    desk = Desk(patrol)
    SyncState.objects.create(
        organization=organization(OTHER_ORGANIZATION),
        due_at=clock.now(),
        lease_until=clock.now() + timedelta(minutes=1),
    )
    assert read() == 0, "somebody waits for the first reading of another organization"
    SyncState.objects.exclude(organization=desk.organization).delete()
    assert read() > 0
    assert known(OTHER_ORGANIZATION) == {}, "only where the lists were read"


def test_nothing_is_asked_before_it_is_due_and_the_same_costs_no_quota(desk: Desk) -> None:
    read()
    assert read() == 0
    before = _left(desk)
    with clock.moved(teams.EVERY):
        assert read() == 1 + len(known())
    assert before - _left(desk) == 2, "the list of teams, and this look at the quota"


def _left(desk: Desk) -> int:
    """What is left of the installation's quota after one more request."""
    client, _ = auth.installation_client(_installation(desk))
    with client:
        assert list(client.members(ORGANIZATION, "admin"))
        return client.remaining or 0


def _installation(desk: Desk) -> Installation:
    return Installation.objects.select_related("app", "organization").get(organization=desk.organization)


def _read_some(desk: Desk, calls: int, **later: float) -> int:
    with clock.moved(timedelta(**later)):
        return teams.read(_installation(desk), calls=calls, until=clock.now() + timedelta(minutes=1))


def test_who_joins_and_who_leaves_is_seen_at_the_next_reading(desk: Desk, numbers: dict[str, int]) -> None:
    team(desk.github, "Deploy", OWNER, MEMBER)
    read()
    desk.github.change("teams/deploy/members", **HERE, add=[SECOND_OWNER], remove=[OWNER])
    assert known()["deploy"] == {numbers[OWNER], numbers[MEMBER]}
    read(minutes=31)
    assert known()["deploy"] == {numbers[SECOND_OWNER], numbers[MEMBER]}


def test_a_renamed_team_is_the_same_team(desk: Desk, numbers: dict[str, int]) -> None:
    team(desk.github, "Deploy", MEMBER)
    read()
    before = Team.objects.get(slug="deploy").pk
    desk.github.change("teams/deploy/rename", **HERE, to="Shipping")
    read(minutes=31)
    after = Team.objects.get(slug="shipping")
    assert (after.pk, after.name) == (before, "Shipping")
    assert "deploy" not in known()
    assert FormerTeamSlug.objects.get().team == after
    team(desk.github, "Deploy", OWNER)
    read(minutes=62)
    assert not FormerTeamSlug.objects.exists(), "another team has the slug now"
    assert (known()["deploy"], known()["shipping"]) == ({numbers[OWNER]}, {numbers[MEMBER]})


def test_a_deleted_team_is_gone_and_its_child_teams_with_it(desk: Desk) -> None:
    team(desk.github, "Above", OWNER)
    team(desk.github, "Below", MEMBER, parent="above")
    read()
    desk.github.change("teams/above/delete", **HERE)
    read(minutes=31)
    assert {"above", "below"} & known().keys() == set()


def test_a_team_whose_slug_another_one_took_is_gone(desk: Desk, numbers: dict[str, int]) -> None:
    team(desk.github, "Deploy", MEMBER)
    read()
    first = Team.objects.get(slug="deploy")
    desk.github.change("teams/deploy/delete", **HERE)
    team(desk.github, "Deploy", OWNER)
    read(minutes=31)
    assert Team.objects.get(slug="deploy").team_id != first.team_id
    assert known()["deploy"] == {numbers[OWNER]}


def test_a_list_that_shows_none_ends_none(desk: Desk) -> None:
    read()
    before = known()
    assert before
    desk.github.fail("empty", LIST)
    read(minutes=31)
    assert known() == before
    assert not Team.objects.filter(organization=desk.organization, listed=True).exists()
    read(minutes=62)
    assert Team.objects.filter(organization=desk.organization, listed=True).count() == len(before)


@pytest.mark.parametrize("path", [LIST, MEMBERS])
@pytest.mark.parametrize("kind", ["500", "html", "404"])
def test_what_cannot_be_read_stays_as_it_was(desk: Desk, path: str, kind: str) -> None:
    read()
    before, as_of = known(), organization().teams_read_at
    for slug in before:
        desk.github.change(f"teams/{slug}/members", **HERE, add=[SECOND_OWNER])
    desk.github.fail(kind, path, times=1_000)
    read(minutes=31)
    assert known() == before
    assert organization().teams_read_at == as_of
    if (kind, path) != ("404", MEMBERS):
        assert organization().teams_trouble
    desk.github.heal()
    read(minutes=70)
    assert known() != before
    assert organization().teams_trouble == ""


def test_an_organization_that_is_called_otherwise_since_loses_no_team(desk: Desk) -> None:
    read()
    before = len(known())
    desk.github.change("organizations/rename", **HERE, to="acme-machines")
    read(minutes=31)
    assert len(known()) == before
    assert organization().teams_trouble


def test_a_reading_goes_on_where_the_one_before_ended(desk: Desk) -> None:
    for number in range(5):
        team(desk.github, f"Team {number}", MEMBER)
    everything, rounds = len(desk.github.contents(ORGANIZATION)["teams"]), 0
    while organization().teams_read_at is None:
        assert _read_some(desk, 4) <= 4
        rounds += 1
    assert rounds == -(-(everything + 1) // 4), "the list, then one call a team"
    assert len(known()) == everything


def test_a_reading_ends_when_its_time_is_over(desk: Desk) -> None:
    assert teams.read(_installation(desk), calls=50, until=clock.now() - timedelta(seconds=1)) == 1
    assert organization().teams_read_at is None


def test_a_new_team_does_not_make_the_others_unread(desk: Desk) -> None:
    read()
    team(desk.github, "Young", MEMBER)
    _read_some(desk, 1, minutes=31)
    assert Team.objects.get(slug="young").members_read_at is None
    assert organization().teams_read_at is not None


def test_who_reads_teams_waits_as_long_as_github_asks_and_lists_wait_too(desk: Desk) -> None:
    team(desk.github, "Deploy", MEMBER)
    desk.github.fail("primary-limit", LIST, seconds=300)
    assert read() == 0
    waits = SyncState.objects.get(organization=desk.organization).not_before
    assert waits is not None
    assert waits > clock.now() + timedelta(minutes=4)
    assert read() == 0, "GitHub asked to wait"
    assert known() == {}
    with clock.moved(timedelta(minutes=6)):
        assert team_reading.read_teams() > 0


def test_an_app_that_may_not_read_members_is_told_of_not_asked(desk: Desk) -> None:
    Installation.objects.filter(organization=desk.organization).update(permissions={"metadata": "read"})
    assert read() == 0
    assert organization().teams_trouble == teams.NOT_PERMITTED
    assert organization().teams_read_at is None


def test_of_two_readings_at_once_the_later_stands(desk: Desk, numbers: dict[str, int]) -> None:
    team(desk.github, "Deploy", MEMBER)
    with held_up(desk.github, LIST, lambda: _read_some(desk, 50)):
        desk.github.change("teams/deploy/rename", **HERE, to="Shipping")
        desk.github.change("teams/shipping/members", **HERE, add=[OWNER])
        read()
    assert known()["shipping"] == {numbers[OWNER], numbers[MEMBER]}
    assert "deploy" not in known()


def test_many_people_of_one_team_are_all_read(simulator_server: SimulatorServer, patrol: GitHub) -> None:
    """Two pages: the list is followed to its end, and has no ETag that could stand for all of it."""
    simulator_server.reset(**{**SMALL_WORLD, "members": 130})
    services.sync_installations()
    desk = Desk(patrol)
    people = list(patrol.contents(ORGANIZATION)["members"])
    team(patrol, "Everybody", *people)
    read()
    assert len(known()["everybody"]) == len(people) > 100
    assert Team.objects.get(organization=desk.organization, slug="everybody").etag == ""
    patrol.change("teams/everybody/members", **HERE, remove=people[:60])
    read(minutes=31)
    assert len(known()["everybody"]) == len(people) - 60


def test_half_of_the_quota_is_left_to_what_is_more_urgent(simulator_server: SimulatorServer, patrol: GitHub) -> None:
    simulator_server.reset(**{**SMALL_WORLD, "rate_limit": 60})
    services.sync_installations()
    desk = Desk(patrol)
    for number in range(40):
        team(patrol, f"Team {number}", MEMBER)
    read()
    assert organization().teams_read_at is None
    client, _ = auth.installation_client(_installation(desk))
    with client:
        assert list(client.members(ORGANIZATION, "admin"))
        assert (client.remaining or 0) in range(26, 31)
