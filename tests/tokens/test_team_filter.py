"""The inventory's filter by team: whose holder is in it now, as GitHub counts; "not read" is not "none"."""

import pytest
from django.test import Client

from apps.github import services
from apps.github.models import Organization, Team, TeamMember
from apps.tokens.models import Grant, RevocationPreview, SavedView
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get
from tests.tokens.team_work import organization, read, team
from tests.tokens.test_export import table

pytestmark = pytest.mark.database
TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
HERE = {"organization": ORGANIZATION}


@beginning
def desk(patrol: GitHub) -> Desk:
    """The member's and the owner's token; teams above, with the owner, and below it, with the member."""
    patrol.grant(organization=ORGANIZATION, name="of-member", login=MEMBER)
    patrol.grant(organization=ORGANIZATION, name="of-owner", login=OWNER)
    team(patrol, "Above", OWNER)
    team(patrol, "Below", MEMBER, parent="above")
    team(patrol, "Nobody")
    desk = Desk(patrol)
    services.sync_members(desk.organization.pk)
    read()
    desk.sync()
    return desk


def owners_of(path: str, browser: Client, **query: str) -> set[str]:
    """Whose tokens a list shows."""
    grants = {one.pat_id: one.owner_login for one in Grant.objects.all()}
    rows = get(browser, path, **query).all("tr", data_row="*")
    return {grants[int(one.attributes["id"].rsplit("-", 1)[1])] for one in rows}


def choices(page: Page) -> dict[str, str]:
    """What the filter offers, as it is written there."""
    (select,) = page.all("select", name="team")
    return {one.attributes["value"]: one.text for one in select.all("option")}


def test_a_team_shows_the_tokens_of_its_people_and_of_those_below(desk: Desk) -> None:
    assert owners_of(TOKENS, desk.browser, team="below") == {MEMBER}
    assert owners_of(TOKENS, desk.browser, team="ABOVE") == {MEMBER, OWNER}
    page = get(desk.browser, TOKENS, team="below")
    assert "those in its child teams among them, as GitHub listed them" in page.text
    assert [one.text for one in page.all("a", class_="FilterChip")] == ["Team: below Take this filter away"]


def test_it_combines_with_the_others(desk: Desk) -> None:
    assert sorted(get(desk.browser, TOKENS, team="above", q="of-").names) == ["of-member", "of-owner"]
    assert get(desk.browser, TOKENS, team="above", owner=MEMBER, q="of-").names == ["of-member"]
    assert get(desk.browser, TOKENS, team="below", owner=OWNER).names == []


def test_the_numbers_beside_the_teams_are_what_they_show(desk: Desk) -> None:
    told = choices(get(desk.browser, TOKENS))
    assert {"above", "below", "nobody"} < told.keys()
    for slug in told.keys() - {""}:
        shown = len(get(desk.browser, TOKENS, team=slug).all("tr", data_row="*"))
        assert told[slug].endswith(f"({shown})"), (slug, told[slug], shown)


def test_over_all_organizations_a_team_bears_its_organizations_name(desk: Desk) -> None:
    team(desk.github, "Below", OWNER, organization=OTHER_ORGANIZATION)
    desk.github.grant(organization=OTHER_ORGANIZATION, name="elsewhere", login=OWNER)
    other = Desk(desk.github, OWNER, OTHER_ORGANIZATION)
    read()
    other.sync()
    assert {f"{ORGANIZATION}/below", f"{OTHER_ORGANIZATION}/below"} < choices(get(desk.browser, "/tokens/")).keys()
    assert owners_of("/tokens/", desk.browser, team=f"{ORGANIZATION}/below") == {MEMBER}
    assert owners_of("/tokens/", desk.browser, team=f"{OTHER_ORGANIZATION}/below") == {OWNER}
    assert owners_of("/tokens/", desk.browser, team="below") == {MEMBER, OWNER}


def test_a_team_of_another_organization_filters_nothing_here(desk: Desk) -> None:
    """Not by its slug, though the same people are in both organizations, and not by its whole name."""
    team(desk.github, "Secret plan", MEMBER, organization=OTHER_ORGANIZATION, secret=True)
    Desk(desk.github, OWNER, OTHER_ORGANIZATION)
    read()
    assert TeamMember.objects.filter(team__slug="secret-plan").exists()
    for named in ("secret-plan", f"{OTHER_ORGANIZATION}/secret-plan"):
        page = get(desk.browser, TOKENS, team=named)
        assert page.names == []
        assert "GitHub lists no team" in page.text or "No team" in page.text
        assert "Secret plan" not in page.text
    assert sign_in(Client(), OUTSIDER).get(TOKENS, {"team": "below"}).status_code == 404
    assert sign_in(Client(), MEMBER).get(TOKENS, {"team": "below"}).status_code == 403


def test_who_does_not_own_the_organization_learns_nothing_of_its_teams(desk: Desk) -> None:
    assert sign_in(Client(), OUTSIDER).get("/tokens/", {"team": f"{ORGANIZATION}/below"})["Location"] == "/"
    desk.github.change("roles", organization=OTHER_ORGANIZATION, login=OUTSIDER, role="admin")
    page = get(sign_in(Client(), OUTSIDER), "/tokens/", team=f"{ORGANIZATION}/below")
    assert page.names == []
    assert f"GitHub lists no team {ORGANIZATION}/below in your organizations" in page.text


def test_an_unknown_team_shows_none_and_says_so(desk: Desk) -> None:
    page = get(desk.browser, TOKENS, team="<b>no such")
    assert page.names == []
    assert f"GitHub lists no team <b>no such in {ORGANIZATION}" in page.text
    empty = get(desk.browser, TOKENS, team="nobody")
    assert empty.names == []
    assert "Tokens of people in nobody" in empty.text, "a team that holds nothing is there"


def test_who_leaves_the_team_or_the_organization_is_in_it_no_more(desk: Desk) -> None:
    desk.github.change("teams/below/members", **HERE, remove=[MEMBER], add=[SECOND_OWNER])
    desk.github.grant(organization=ORGANIZATION, name="of-second", login=SECOND_OWNER)
    read(minutes=31)
    desk.sync()
    assert owners_of(TOKENS, desk.browser, team="below") == {SECOND_OWNER}
    desk.github.change("members/remove", organization=ORGANIZATION, login=SECOND_OWNER)
    services.sync_members(desk.organization.pk)
    desk.sync()
    assert TeamMember.objects.filter(team__slug="below").exists(), "the team was not read since"
    assert owners_of(TOKENS, desk.browser, team="below") == set()
    assert choices(get(desk.browser, TOKENS))["below"] == "Below (0)"


def test_a_renamed_team_is_found_by_its_old_name_until_another_takes_it(desk: Desk) -> None:
    desk.browser.post(f"{TOKENS}views/", {"name": "Below", "query": "team=below"})
    view = SavedView.objects.get()
    desk.github.change("teams/below/rename", **HERE, to="Underneath")
    read(minutes=31)
    desk.sync()
    for named in ("below", "underneath"):
        assert owners_of(TOKENS, desk.browser, team=named) == {MEMBER}
    assert owners_of(f"{TOKENS}?{view.query}&view={view.pk}", desk.browser) == {MEMBER}
    assert "below" not in choices(get(desk.browser, TOKENS))
    team(desk.github, "Below", OWNER)
    read(minutes=62)
    assert owners_of(TOKENS, desk.browser, team="below") == {OWNER}


def test_a_deleted_team_shows_none(desk: Desk) -> None:
    desk.github.change("teams/below/delete", **HERE)
    read(minutes=31)
    desk.sync()
    assert "GitHub lists no team below" in get(desk.browser, TOKENS, team="below").text
    assert "below" not in choices(get(desk.browser, TOKENS))


def test_all_that_a_team_holds_is_exported_and_frozen(desk: Desk) -> None:
    shown = get(desk.browser, TOKENS, team="below").all("tr", data_row="*")
    assert [one["owner_login"] for one in table(desk.browser, query="team=below")] == [MEMBER] * len(shown)
    assert shown
    assert table(desk.browser, query="team=no-such") == []
    frozen = desk.browser.post(f"{TOKENS}revoke/matching/?team=below")
    assert RevocationPreview.objects.get().query == "team=below"
    assert RevocationPreview.objects.get().matching == len(shown)
    assert "Team: below" in Page(desk.browser.get(frozen.headers["Location"])).text
    assert desk.browser.post(f"{TOKENS}revoke/matching/?team=no-such").headers["Location"].startswith(TOKENS)
    assert RevocationPreview.objects.count() == 1, "an unknown team is not everybody"


def test_not_read_yet_is_not_none(patrol: GitHub) -> None:
    team(patrol, "Below", MEMBER)
    desk = Desk(patrol)
    page = get(desk.browser, TOKENS)
    assert [one.attributes["label"] for one in page.all("optgroup") if "read" in one.attributes["label"]] == [
        "Not read yet"
    ]
    page = get(desk.browser, TOKENS, team="below")
    assert "No team below is known so far. Not all teams of acme-robotics are read yet." in page.text
    patrol.fail("500", "/teams$", times=20)
    read()
    assert "are not available, because" in get(desk.browser, TOKENS, team="below").text


def test_where_there_are_no_teams_it_says_so(desk: Desk) -> None:
    for slug in desk.github.contents(ORGANIZATION)["teams"]:
        desk.github.change(f"teams/{slug}/delete", **HERE) if Team.objects.filter(slug=slug, parent_id=None) else None
    read(minutes=31)
    desk.sync()
    assert organization().teams_read_at is not None
    page = get(desk.browser, TOKENS)
    assert "There are none" in [one.attributes["label"] for one in page.all("optgroup")]


def test_one_of_many_teams_is_typed(desk: Desk) -> None:
    for number in range(60):
        team(desk.github, f"Team {number} & <i>", MEMBER)
    while read(minutes=31):
        pass
    desk.sync()
    page = get(desk.browser, TOKENS, team="team-59-i")
    (field,) = page.all("input", name="team")
    (suggestions,) = page.all("datalist", id=field.attributes["list"])
    assert field.attributes["value"] == "team-59-i"
    offered = {one.attributes["value"]: one.text for one in suggestions.all("option")}
    assert len(offered) == 50
    assert not page.all("i")
    held = Grant.objects.active().filter(owner_login=MEMBER, organization=desk.organization).count()
    assert next(text for slug, text in offered.items() if slug.startswith("team-")).endswith(f"& <i> ({held})")
    assert owners_of(TOKENS, desk.browser, team="team-59-i") == {MEMBER}


def test_a_person_and_their_token_tell_of_their_teams(desk: Desk) -> None:
    grant = Grant.objects.get(owner_login=MEMBER, token__name="of-member")
    person = f"/people/{MEMBER}/{grant.owner_id}/"
    for path in (person, f"{TOKENS}{grant.pat_id}/"):
        page = get(desk.browser, path)
        links = {
            one.text: one.attributes["href"] for one in page.all("a") if "?team=" in one.attributes.get("href", "")
        }
        assert links["Above"] == f"{TOKENS}?team=above"
        assert links["Below"] == f"{TOKENS}?team=below"
        assert get(desk.browser, links["Below"]).names
    TeamMember.objects.all().delete()
    assert "team" not in get(desk.browser, f"{TOKENS}{grant.pat_id}/").text
    Organization.objects.update(teams_read_at=None)
    assert "teams not read yet" in get(desk.browser, f"{TOKENS}{grant.pat_id}/").text
    assert f"teams of {ORGANIZATION} not read yet" in get(desk.browser, person).text


def test_a_filter_by_team_costs_no_more_queries(desk: Desk, django_assert_max_num_queries: object) -> None:
    assert Organization.objects.count() > 1
    for path in (TOKENS, "/tokens/"):
        for named in ("below", f"{ORGANIZATION}/above", "no-such", "nobody"):
            with django_assert_max_num_queries(12):  # type: ignore[operator]
                desk.browser.get(path, {"team": named, "state": "all"})
