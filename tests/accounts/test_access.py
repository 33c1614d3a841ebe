"""Who may see an organization and write to it (security.md T27, T29, T33, T38)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import access
from apps.accounts.errors import NeedsSso, NotAnOwner
from apps.accounts.models import Membership, User
from apps.core import clock
from apps.github import services as mirror
from apps.github.models import Installation, Organization
from tests.accounts.steps import begin
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.github import TIMEOUT, GitHub
from tests.keeping import beginning

pytestmark = pytest.mark.database

PAGE = f"/orgs/{ORGANIZATION}/activity/"


def person(client: Client) -> User:
    """Who is signed in, as a request would load them."""
    return User.objects.get(pk=int(client.session["_auth_user_id"]))


def organization(login: str = ORGANIZATION) -> Organization:
    """Patrol's row of it."""
    return Organization.objects.get(login=login)


def test_an_owner_sees_the_organization_by_any_case_of_its_login(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    assert client.get(PAGE).status_code == 200
    assert client.get(f"/orgs/{ORGANIZATION.upper()}/activity/").status_code == 200


def test_a_member_is_told_what_owners_see(browse: Callable[[str], Client]) -> None:
    answer = browse(MEMBER).get(PAGE)
    assert answer.status_code == 403
    assert f"You are a member of {ORGANIZATION}, not one of its owners." in answer.content.decode()
    assert b"Owners see the token requests" in answer.content
    assert b'href="/my/tokens/">See my own tokens' in answer.content


def test_an_organization_one_has_nothing_to_do_with_looks_like_one_that_does_not_exist(
    browse: Callable[[str], Client],
) -> None:
    client = browse(OUTSIDER)
    foreign, unknown = client.get(PAGE), client.get("/orgs/no-such-organization/activity/")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    assert foreign.headers == unknown.headers


@pytest.mark.parametrize(
    "login", ["a%00b", "%ED%A0%80", "%E2%80%AE", "a" * 300, "%25", "acme-robotics%20", "%F0%9F%94%91"]
)
def test_what_is_no_login_is_no_organization(browse: Callable[[str], Client], login: str) -> None:
    assert browse(OWNER).get(f"/orgs/{login}/activity/").status_code == 404


def test_where_patrol_does_not_work_any_more_it_is_shown_and_nothing_is_done(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    live = Installation.objects.filter(organization=organization())
    live.update(suspended_at=clock.now())
    assert "App was suspended on" in client.get(PAGE).content.decode()
    assert organization() not in access.owned_organizations(person(client))
    with pytest.raises(NotAnOwner):
        access.require_owner_now(person(client), organization())
    live.update(suspended_at=None)
    assert client.get(PAGE).status_code == 200
    live.update(removed_at=clock.now())
    assert "App was uninstalled on" in client.get(PAGE).content.decode()


def test_where_patrol_never_read_nothing_is_shown(browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    Installation.objects.filter(organization=organization()).update(is_outside=True)
    assert client.get(PAGE).status_code == 404


def test_the_lists_name_what_is_owned_and_nothing_else(browse: Callable[[str], Client]) -> None:
    owned = access.owned_organizations(person(browse(OWNER)))
    assert [one.login for one in owned] == [ORGANIZATION, OTHER_ORGANIZATION]
    for login in (MEMBER, OUTSIDER):
        user = person(browse(login))
        assert access.owned_organizations(user) == []
        assert access.visible_organizations(user) == []


def test_a_fresh_look_costs_two_queries_and_no_request(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    user = person(browse(OWNER))
    patrol.fail("500", "^/user", times=100)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert access.owned_organization(user, ORGANIZATION).login == ORGANIZATION
    assert len(queries) <= 2
    with CaptureQueriesContext(connection) as queries:
        assert len(access.owned_organizations(user)) == 2
        assert len(access.visible_organizations(user)) == 2
    assert len(queries) <= 2
    assert access.stale_since(user) is None


def test_a_removed_owner_sees_nothing_after_five_minutes(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    patrol.change("members/remove", organization=ORGANIZATION, login=OWNER)
    assert client.get(PAGE).status_code == 200
    with clock.moved(timedelta(minutes=5, seconds=1)):
        assert client.get(PAGE).status_code == 404
        assert client.get(f"/orgs/{OTHER_ORGANIZATION}/activity/").status_code == 200


def test_an_owner_who_became_a_member_is_treated_as_one(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    patrol.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with clock.moved(timedelta(minutes=6)):
        assert client.get(PAGE).status_code == 403


def test_a_member_who_became_an_owner_gets_in(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(MEMBER)
    patrol.change("roles", organization=ORGANIZATION, login=MEMBER, role="admin")
    assert client.get(PAGE).status_code == 403
    with clock.moved(timedelta(minutes=6)):
        assert client.get(PAGE).status_code == 200


def test_a_removed_owner_writes_nothing_and_then_sees_nothing(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    user = person(client)
    patrol.change("members/remove", organization=ORGANIZATION, login=OWNER)
    with clock.moved(timedelta(seconds=61)):
        with pytest.raises(NotAnOwner, match=r"not an owner of acme-robotics now\. Nothing was sent"):
            access.require_owner_now(user, organization())
        assert client.get(PAGE).status_code == 404
        access.require_owner_now(user, organization(OTHER_ORGANIZATION))


def test_a_write_trusts_a_look_for_a_minute(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    user = person(browse(OWNER))
    patrol.fail("500", "^/user", times=100)
    access.require_owner_now(user, organization())
    patrol.heal()
    with clock.moved(timedelta(seconds=61)):
        access.require_owner_now(user, organization())
        patrol.fail("500", "^/user", times=100)
        access.require_owner_now(user, organization())


@pytest.mark.parametrize("login", [MEMBER, OUTSIDER])
def test_who_is_no_owner_writes_nothing(browse: Callable[[str], Client], login: str) -> None:
    with pytest.raises(NotAnOwner):
        access.require_owner_now(person(browse(login)), organization())


def test_a_login_that_passed_to_another_organization_gives_no_right(browse: Callable[[str], Client]) -> None:
    """Patrol still believes the old name; GitHub's answer is about another number."""
    user = person(browse(OWNER))
    theirs = organization(OTHER_ORGANIZATION)
    Organization.objects.filter(pk=theirs.pk).update(login=ORGANIZATION)
    theirs.refresh_from_db()
    with clock.moved(timedelta(seconds=61)), pytest.raises(NotAnOwner):
        access.require_owner_now(user, theirs)


def test_an_installation_patrol_has_not_heard_of_is_learned_from_its_owner(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    client = browse(OWNER)
    Installation.objects.filter(organization__login=OTHER_ORGANIZATION).delete()
    Membership.objects.filter(organization__login=OTHER_ORGANIZATION).delete()
    assert client.get(f"/orgs/{OTHER_ORGANIZATION}/activity/").status_code == 404
    patrol.change("clock", advance_seconds=360)
    with clock.moved(timedelta(minutes=6)):
        assert client.get(f"/orgs/{OTHER_ORGANIZATION}/activity/").status_code == 200


def test_an_older_look_never_overwrites_a_newer_one(browse: Callable[[str], Client]) -> None:
    from apps.accounts import memberships

    user = person(browse(OWNER))
    late = memberships.Look(clock.now() - timedelta(minutes=1), {})
    looked = access.last_look(user)
    memberships.record(user, late)
    assert access.last_look(User.objects.get(pk=user.pk)) == looked
    assert len(access.owned_organizations(user)) == 2
    memberships.record(user, memberships.Look(clock.now(), {}))
    assert access.owned_organizations(user) == []


# --- SAML ---------------------------------------------------------------------------------------------------

SEALED = f"/orgs/{SAML_ORGANIZATION}/activity/"


@beginning
def walked(patrol: GitHub) -> GitHub:
    """Patrol has walked the members of the SAML organization: it knows who owns it."""
    mirror.sync_members(organization(SAML_ORGANIZATION).pk)
    return patrol


def test_an_owner_without_an_sso_session_is_told_where_to_get_one(
    walked: GitHub, browse: Callable[[str], Client]
) -> None:
    client = browse(OWNER)
    answer = client.get(SEALED)
    assert answer.status_code == 403
    assert f"Sign in with SSO to see {SAML_ORGANIZATION}" in answer.content.decode()
    assert f'href="{walked.url}/orgs/{SAML_ORGANIZATION}/sso"' in answer.content.decode()
    user = person(client)
    assert SAML_ORGANIZATION not in [one.login for one in access.owned_organizations(user)]
    shown = {one.organization.login: one for one in access.visible_organizations(user)}
    assert shown[SAML_ORGANIZATION].state == "sso_required"
    assert shown[SAML_ORGANIZATION].sso_url == f"{walked.url}/orgs/{SAML_ORGANIZATION}/sso"
    assert shown[ORGANIZATION].state == "ready"
    with pytest.raises(NeedsSso):
        access.require_owner_now(user, organization(SAML_ORGANIZATION))


def test_a_saml_organization_shows_itself_to_no_stranger(walked: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OUTSIDER)
    answer = client.get(SEALED)
    assert answer.status_code == 404
    assert answer.content == client.get("/orgs/no-such-organization/activity/").content


def test_a_member_with_an_sso_session_is_a_member_there_too(walked: GitHub, browse: Callable[[str], Client]) -> None:
    assert browse(MEMBER).get(SEALED).status_code == 403


def test_an_owner_patrol_has_never_seen_as_one_learns_nothing_of_it(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    assert browse(OWNER).get(SEALED).status_code == 404


@pytest.mark.parametrize("world", ["A", "B"])
def test_single_sign_on_and_a_new_sign_in_open_it(walked: GitHub, browse: Callable[[str], Client], world: str) -> None:
    """World A shows it to the old token at once, world B only to one issued after the session began."""
    walked.change("reset", worlds={"sso_session": world})
    client = browse(OWNER)
    assert client.get(SEALED).status_code == 403
    requests.get(f"{walked.url}/orgs/{SAML_ORGANIZATION}/sso?login={OWNER}", timeout=TIMEOUT).raise_for_status()
    begin(client).finish()
    assert client.get(SEALED).status_code == 200
    access.require_owner_now(person(client), organization(SAML_ORGANIZATION))


def test_who_comes_back_from_single_sign_on_need_not_wait(walked: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    requests.get(f"{walked.url}/orgs/{SAML_ORGANIZATION}/sso?login={OWNER}", timeout=TIMEOUT).raise_for_status()
    assert client.get(SEALED).status_code == 403
    with clock.moved(timedelta(seconds=15)):
        assert client.get(SEALED).status_code == 200


def test_an_sso_address_that_is_not_githubs_is_replaced(walked: GitHub) -> None:
    from apps.accounts import memberships

    saml = organization(SAML_ORGANIZATION)
    own = f"{walked.url}/orgs/{SAML_ORGANIZATION}/sso"
    asked = f"{own}?authorization_request=AB"
    assert memberships.sso_address(saml, asked) == asked
    for told in ("", "https://evil.example/sso", "javascript:alert(1)", f"{walked.url}@evil.example/", own + "\n"):
        assert memberships.sso_address(saml, told) == own


def test_a_walk_that_calls_somebody_owner_admits_nobody(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    """The member list only tells whom to ask GitHub about; what GitHub says of the person decides."""
    mirror.sync_members(organization().pk)
    client = browse(SECOND_OWNER)
    patrol.change("members/remove", organization=ORGANIZATION, login=SECOND_OWNER)
    with clock.moved(timedelta(minutes=6)):
        assert client.get(PAGE).status_code == 404


def test_a_role_seen_by_a_clock_that_was_ahead_is_read_again_before_a_write(
    browse: Callable[[str], Client], patrol: GitHub
) -> None:
    """The look seems to lie in the future: it would pass for fresh until that future came."""
    user = person(browse(OWNER))
    with clock.moved(timedelta(hours=1)):
        access.refresh_organizations(user)
    patrol.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with pytest.raises(NotAnOwner):
        access.require_owner_now(user, organization())


def test_a_look_by_a_clock_that_was_set_right_counts_although_the_last_one_seems_later(
    browse: Callable[[str], Client], patrol: GitHub
) -> None:
    user = person(browse(OWNER))
    with clock.moved(timedelta(hours=1)):
        access.refresh_organizations(user)
    patrol.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    access.refresh_organizations(user)
    assert Membership.objects.get(user=user, organization=organization()).role == Membership.Role.MEMBER
    assert user.organizations_checked_at is not None
    assert user.organizations_checked_at <= clock.now()
