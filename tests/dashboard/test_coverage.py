"""Coverage: which organizations Patrol reads, and of each other exactly why not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import clock
from apps.github.models import App, Installation, Organization
from apps.github.services import sync_installations
from apps.tokens.models import SyncState
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION
from tests.conftest import settle
from tests.dashboard.setting_up import text
from tests.github import GitHub
from tests.tokens.pages import Page

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
PAGE = "/coverage/"
HERE = {"organization": ORGANIZATION}


def rows(browser: Client, path: str = PAGE) -> dict[str, str]:
    """What the page says of each organization, by login."""
    answer = browser.get(path)
    assert answer.status_code == 200
    found = [one.text for one in Page(answer).all("li") if "Coverage-row" in (one.attributes.get("class") or "")]
    logins = list(Organization.objects.values_list("login", flat=True))
    return {next(login for login in logins if f"{login}" in one): " ".join(one.split()) for one in found}


def administrator(login: str) -> None:
    User.objects.filter(login=login).update(is_administrator=True)


def test_an_owner_sees_their_organizations_with_how_each_is_read(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    found = rows(browser)
    assert set(found) == {ORGANIZATION, OTHER_ORGANIZATION, SAML_ORGANIZATION}
    assert "Connected" in found[ORGANIZATION]
    assert "Last read" in found[ORGANIZATION]
    assert "by polling" in found[ORGANIZATION] or "by webhooks" in found[ORGANIZATION]
    assert "3 of 3 connected" in text(browser.get(PAGE))


def test_before_the_first_reading_nothing_is_connected(patrol: GitHub, browse: Browse) -> None:
    browser = browse(OWNER)
    assert "never read" in rows(browser)[ORGANIZATION]
    assert "0 of 2 connected" in text(browser.get(PAGE))


@pytest.mark.parametrize("login", [MEMBER, OUTSIDER])
def test_who_owns_nothing_sees_nothing(patrol: GitHub, browse: Browse, login: str) -> None:
    settle()
    answer = browse(login).get(PAGE)
    assert "No organization yet" in text(answer)
    assert ORGANIZATION not in text(answer)


def test_coverage_asks_for_a_sign_in(patrol: GitHub) -> None:
    assert Client().get(PAGE)["Location"].startswith("/sign-in/")
    assert Client().post(PAGE).status_code in {302, 405}


# --- each gap ---------------------------------------------------------------------------------------------------------


def test_an_organization_without_the_app_is_a_gap_of_its_owner_alone(patrol: GitHub, browse: Browse) -> None:
    """GitHub tells of it as the person's own; nobody installed Patrol there."""
    Installation.objects.filter(organization__login=ORGANIZATION).delete()
    patrol.change("installations/delete", **HERE)
    browser, other = browse(OWNER), browse(MEMBER)
    assert "The App is not installed" in rows(browser)[ORGANIZATION]
    assert "/installations/new" in browser.get(PAGE).content.decode()
    administrator(MEMBER)
    assert ORGANIZATION not in rows(other)
    answer = browser.get(f"/orgs/{ORGANIZATION}/requests/")
    assert (answer.status_code, "is not installed" in text(answer)) == (404, True)


def test_a_suspended_app_is_a_gap_until_an_owner_lets_it_work_again(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    patrol.change("installations/suspend", **HERE)
    sync_installations()
    found = rows(browser)[ORGANIZATION]
    assert "Not connected" in found
    assert "The App is suspended" in found
    assert f"/organizations/{ORGANIZATION}/settings/installations/" in browser.get(PAGE).content.decode()
    assert "2 of 3 connected" in text(browser.get(PAGE))
    patrol.change("installations/unsuspend", **HERE)
    sync_installations()
    assert "suspended" not in rows(browser)[ORGANIZATION]


def test_an_uninstalled_app_is_a_gap_with_its_date(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    patrol.change("installations/delete", **HERE)
    sync_installations()
    found = rows(browser)[ORGANIZATION]
    assert "was uninstalled" in found
    assert "just now" in found
    assert "installs the App again" in found


def test_an_installation_outside_the_list_is_a_gap(patrol: GitHub, browse: Browse, settings: Any) -> None:
    settings.ALLOWED_ORGANIZATIONS = [Organization.objects.get(login=OTHER_ORGANIZATION).pk]
    sync_installations()
    browser = browse(OWNER)
    assert "not on the list" in rows(browser)[ORGANIZATION]
    answer = browser.get(f"/orgs/{ORGANIZATION}/requests/")
    assert (answer.status_code, "may not use this Patrol yet" in text(answer)) == (404, True)


def test_a_permission_to_look_that_waits_for_acceptance_is_a_gap(patrol: GitHub, browse: Browse) -> None:
    patrol.change("installations/permissions", **HERE, permissions={"members": "read"})
    sync_installations()
    found = rows(browse(OWNER))[ORGANIZATION]
    assert "The App lacks" in found
    assert "Personal access tokens: read-only" in found
    assert "an owner of it accepts" in found


def test_a_permission_that_the_app_does_not_ask_for_is_its_owners_to_set(patrol: GitHub, browse: Browse) -> None:
    patrol.change("apps/permissions", permissions={"members": "read", "metadata": "read"})
    patrol.change("installations/permissions", **HERE, permissions={"members": "read"})
    sync_installations()
    found = rows(browse(OWNER))[ORGANIZATION]
    assert f"{App.objects.get().owner_login} sets it on the App's page" in found


def test_looking_only_is_no_gap_and_says_what_waits(patrol: GitHub, browse: Browse) -> None:
    only = dict.fromkeys(App.objects.get().asks, "read")
    patrol.change("installations/permissions", **HERE, permissions=only)
    sync_installations()
    settle()
    found = rows(browse(OWNER))[ORGANIZATION]
    assert "Not connected" not in found
    assert "Look only" in found
    assert "Waiting for acceptance" in found


def test_single_sign_on_without_a_session_is_said_to_the_reader(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    assert "no single sign-on session" in rows(browser)[SAML_ORGANIZATION]
    assert "no single sign-on session" not in rows(browser)[ORGANIZATION]


def test_an_ip_allow_list_that_keeps_patrol_out_is_named(patrol: GitHub, browse: Browse) -> None:
    patrol.change("ip-allow-list", **HERE, bars=["installation"])
    settle()
    found = rows(browse(OWNER))[ORGANIZATION]
    assert "IP allow list keeps Patrol out" in found
    assert "puts this server's address on the list" in found


def test_a_reading_that_failed_says_why_and_when_it_goes_on(patrol: GitHub, browse: Browse) -> None:
    settle()
    SyncState.objects.filter(organization__login=ORGANIZATION).update(error="GitHub answered 502.")
    found = rows(browse(OWNER))[ORGANIZATION]
    assert "The last reading failed: GitHub answered 502." in found
    assert "tries again in" in found


def test_a_poll_that_is_late_is_a_gap(patrol: GitHub, browse: Browse, settings: Any) -> None:
    settings.WEBHOOKS = "off"
    settle()
    browser = browse(OWNER)
    assert "polled late" not in rows(browser)[ORGANIZATION]
    old = clock.now().replace(year=2020)
    SyncState.objects.filter(organization__login=ORGANIZATION).update(requests_read_at=old)
    assert "polled late" in rows(browser)[ORGANIZATION]


# --- administrators ---------------------------------------------------------------------------------------------------


def test_an_administrator_sees_installations_of_others_by_login_and_state_alone(patrol: GitHub, browse: Browse) -> None:
    browser = browse(OUTSIDER)
    settle()
    assert "No organization yet" in text(browser.get(PAGE))
    administrator(OUTSIDER)
    found = rows(browser)
    assert set(found) == {ORGANIZATION, OTHER_ORGANIZATION, SAML_ORGANIZATION}
    assert "Not yours" in found[ORGANIZATION]
    page = browser.get(PAGE).content.decode()
    assert f"/orgs/{ORGANIZATION}/" not in page
    assert f"/organizations/{ORGANIZATION}/" not in page
    assert browser.get(f"/orgs/{ORGANIZATION}/requests/").status_code == 404


def test_hundreds_are_paged_in_a_constant_number_of_queries(
    patrol: GitHub, browse: Browse, django_assert_num_queries: Any
) -> None:
    browser = browse(OUTSIDER)
    administrator(OUTSIDER)
    settle()
    browser.get(PAGE)
    with django_assert_num_queries(9):
        browser.get(PAGE)
    app = App.objects.get()
    for number in range(1, 121):
        organization = Organization.objects.create(id=10_000 + number, login=f"org-{number:03}")
        Installation.objects.create(app=app, organization=organization, installation_id=10_000 + number)
    with django_assert_num_queries(9):
        answer = browser.get(PAGE)
    assert "3 of 123 connected" in text(answer)
    seen: list[str] = []
    path = PAGE
    while path:
        answer = browser.get(path)
        seen += [one.organization.login for one in answer.context["coverage"].rows]
        cursor = answer.context["coverage"].page.next_cursor
        path = f"{PAGE}?cursor={cursor}" if cursor else ""
    assert len(seen) == len(set(seen)) == 123
    assert seen == sorted(seen)


def test_gaps_alone_can_be_listed(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    assert "No gaps" in text(browser.get(f"{PAGE}?show=gaps"))
    patrol.change("installations/suspend", **HERE)
    sync_installations()
    assert set(rows(browser, f"{PAGE}?show=gaps")) == {ORGANIZATION}
