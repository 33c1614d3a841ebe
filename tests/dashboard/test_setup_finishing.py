"""From the App to the queue: installed, finished by an owner, kept by administrators who see no more than before."""

from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Event
from apps.github.models import App, Installation
from apps.github.services import sync_installations
from apps.tokens.models import GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.conftest import settle
from tests.dashboard.setting_up import STEPS, SettingUp, text
from tests.github import TIMEOUT, GitHub

pytestmark = pytest.mark.database


# --- its installation -------------------------------------------------------------------------------------------------


def test_the_whole_way_ends_at_the_checks_with_the_reading_begun(setup: SettingUp) -> None:
    page = text(setup.all_the_way())
    assert "This Patrol" in page
    assert ORGANIZATION in page
    person = User.objects.get()
    assert (person.login, person.is_administrator) == (OWNER, True)
    settle()
    assert GrantRequest.objects.filter(organization__login=ORGANIZATION).exists()
    assert "Requests and tokens were read" in text(setup.browser.get("/setup/checks/"))
    assert setup.browser.get(f"/orgs/{ORGANIZATION}/requests/").status_code == 200
    assert Event.objects.filter(name="administrator.named", actor_login=OWNER).count() == 1


def test_the_first_reading_is_told_to_owners_until_it_ends(setup: SettingUp) -> None:
    setup.all_the_way()
    path, htmx = f"/setup/checks/{ORGANIZATION}/", {"HX-Request": "true"}
    assert setup.browser.get(path, headers=htmx).status_code == 200
    settle()
    ended = setup.browser.get(path, headers=htmx)
    assert (ended.status_code, "Requests and tokens were read" in text(ended)) == (286, True)
    assert f"Reading {ORGANIZATION}" in text(setup.browser.get(path))
    assert setup.browser.get(f"/setup/checks/{SAML_ORGANIZATION}/").status_code == 404


def test_an_installation_id_in_the_address_is_nobodys_word(setup: SettingUp) -> None:
    setup.to_the_app()
    answer = setup.come_back(query="installation_id=999999&setup_action=install")
    assert "installed on no organization yet" in text(answer)
    assert not Installation.objects.exists()


def test_a_suspended_installation_is_told_with_its_page(setup: SettingUp) -> None:
    setup.to_the_app()
    number = setup.install()
    setup.github.change("installations/suspend", organization=ORGANIZATION, app="patrol-acme")
    answer = setup.come_back()
    assert "It is suspended there" in text(answer)
    assert f"/organizations/{ORGANIZATION}/settings/installations/{number}" in answer.content.decode()


def test_who_owns_no_organization_with_the_app_does_not_finish(setup: SettingUp) -> None:
    setup.to_the_app()
    setup.install()
    answer = setup.come_back(MEMBER)
    assert answer.status_code == 409
    assert f"no organization that {MEMBER} owns" in text(answer)
    assert not User.objects.filter(is_administrator=True).exists()
    assert setup.come_back().status_code == 200, "an owner still can"


def test_single_sign_on_without_a_session_is_told_with_the_way_to_one(setup: SettingUp) -> None:
    setup.begin()
    setup.plan(organization=SAML_ORGANIZATION)
    setup.browser.get(setup.at_github(SECOND_OWNER))
    setup.install(SAML_ORGANIZATION)
    answer = setup.come_back(OWNER)
    assert answer.status_code == 409
    assert f"/orgs/{SAML_ORGANIZATION}/sso" in answer.content.decode()
    assert setup.come_back(SECOND_OWNER).status_code == 200


def test_signing_in_without_the_code_finishes_nothing(setup: SettingUp) -> None:
    setup.to_the_app()
    setup.install()
    setup.browser.get("/setup/installed/")
    stranger = SettingUp(setup.github)
    sign_in = stranger.browser.get("/sign-in/", {"login": SECOND_OWNER, "next": "/setup/finish/"})
    back = requests.get(sign_in["Location"], allow_redirects=False, timeout=TIMEOUT)
    answer = stranger.browser.get(back.headers["Location"], follow=True)
    assert answer.status_code == 404
    assert not User.objects.filter(is_administrator=True).exists()


def test_the_setup_is_closed_once_it_is_finished(setup: SettingUp) -> None:
    setup.all_the_way()
    for step in STEPS:
        assert setup.browser.get(f"/setup/{step}/").status_code == 404, step
    assert Client().get("/setup/").status_code == 404
    assert setup.browser.get("/setup/", follow=True).redirect_chain[-1][0] == "/setup/checks/"


def test_a_clock_that_is_off_stops_nothing_and_is_told(setup: SettingUp) -> None:
    setup.github.change("clock", advance_seconds=240)
    page = text(setup.all_the_way())
    assert "let NTP set it" in page


def test_a_webhook_that_cannot_reach_patrol_is_told_with_what_github_saw(setup: SettingUp, settings: Any) -> None:
    settings.WEBHOOK_URL = "http://127.0.0.1:9/webhooks/github"
    page = text(setup.all_the_way())
    assert "GitHub tried" in page
    assert "None came yet. At the App set the webhook URL http://127.0.0.1:9/webhooks/github" in page


def test_what_is_to_be_typed_stands_out_on_the_page_of_checks(setup: SettingUp, settings: Any) -> None:
    setup.all_the_way()
    settings.WEBHOOK_URL = "http://127.0.0.1:9/elsewhere"
    page = setup.browser.get("/setup/checks/").content.decode()
    assert "run <code>manage.py move_address</code>." in page
    assert "`" not in page


# --- several organizations --------------------------------------------------------------------------------------------


def test_with_a_list_what_the_administrator_owns_is_allowed_and_nothing_else(setup: SettingUp) -> None:
    setup.to_the_app("several")
    assert App.objects.get().allow_listed
    setup.install()
    outside = setup.install(SAML_ORGANIZATION)
    page = text(setup.come_back())
    assert f"installed on {SAML_ORGANIZATION}, which nobody allowed" in page
    live = Installation.objects.live().values_list("organization__login", flat=True)
    assert list(live) == [ORGANIZATION]
    settle()
    assert set(GrantRequest.objects.values_list("organization__login", flat=True)) == {ORGANIZATION}
    assert Event.objects.filter(name="installation.found_outside").exists()
    answer = setup.browser.post(f"/setup/installations/{outside}/remove/", follow=True)
    assert "no longer installed" in text(answer)
    assert "which nobody allowed" not in text(answer)
    logins = [one["organization"] for one in setup.github.ledger() if one.get("installation_id") == outside]
    assert Installation.objects.get(installation_id=outside).removed_at is not None, logins


def test_an_installation_that_is_allowed_cannot_be_removed_from_here(setup: SettingUp) -> None:
    setup.to_the_app("several")
    number = setup.install()
    setup.come_back()
    answer = setup.browser.post(f"/setup/installations/{number}/remove/", follow=True)
    assert "not there any more, or was allowed" in text(answer)
    assert Installation.objects.get().removed_at is None


def test_a_further_organization_is_read_once_it_is_allowed(setup: SettingUp) -> None:
    setup.to_the_app("several")
    setup.install()
    setup.install(SAML_ORGANIZATION)
    setup.come_back()
    row = Installation.objects.get(organization__login=SAML_ORGANIZATION)
    setup.browser.post(f"/setup/organizations/{row.organization_id}/allow/")
    settle()
    assert GrantRequest.objects.filter(organization__login=SAML_ORGANIZATION).exists()


def test_a_list_in_the_settings_holds_for_an_app_of_the_settings(patrol: GitHub, settings: Any) -> None:
    allowed = Installation.objects.get(organization__login=ORGANIZATION).organization_id
    settings.ALLOWED_ORGANIZATIONS = [allowed]
    sync_installations()
    assert list(Installation.objects.live().values_list("organization", flat=True)) == [allowed]
    settings.ALLOWED_ORGANIZATIONS = []
    sync_installations()
    assert Installation.objects.live().count() > 1


def test_a_further_organization_of_an_administrator_needs_no_more_than_its_installation(setup: SettingUp) -> None:
    setup.to_the_app("several")
    setup.install()
    setup.come_back(SECOND_OWNER)
    setup.install(SAML_ORGANIZATION)
    page = text(setup.browser.get("/setup/installed/?installation_id=7", follow=True))
    assert SAML_ORGANIZATION in page
    assert "which nobody allowed" not in page
    settle()
    assert GrantRequest.objects.filter(organization__login=SAML_ORGANIZATION).exists()


def test_who_is_no_administrator_allows_nothing_by_installing_the_app(setup: SettingUp) -> None:
    setup.to_the_app("several")
    setup.install()
    setup.come_back()
    setup.install(SAML_ORGANIZATION)
    other = SettingUp(setup.github)
    sign_in = other.browser.get("/sign-in/", {"login": SECOND_OWNER})
    back = requests.get(sign_in["Location"], allow_redirects=False, timeout=TIMEOUT)
    other.browser.get(back.headers["Location"])
    assert other.browser.get("/setup/installed/")["Location"] == "/"
    assert [one.organization.login for one in Installation.objects.outside()] == [SAML_ORGANIZATION]


def test_who_comes_back_from_an_installation_is_asked_to_sign_in(setup: SettingUp) -> None:
    setup.all_the_way()
    assert Client().get("/setup/installed/?installation_id=7")["Location"] == "/sign-in/"


def test_a_list_in_the_settings_is_changed_there(setup: SettingUp, settings: Any) -> None:
    setup.to_the_app("several")
    setup.install()
    setup.install(SAML_ORGANIZATION)
    settings.ALLOWED_ORGANIZATIONS = [one["id"] for one in _organizations(setup) if one["login"] == ORGANIZATION]
    page = setup.come_back(SECOND_OWNER)
    assert "add that to PATROL_ALLOWED_ORGANIZATIONS" in text(page)
    row = Installation.objects.get(organization__login=SAML_ORGANIZATION)
    answer = setup.browser.post(f"/setup/organizations/{row.organization_id}/allow/", follow=True)
    assert "holds the list" in text(answer)
    assert [one.organization.login for one in Installation.objects.live()] == [ORGANIZATION]


def _organizations(setup: SettingUp) -> list[dict[str, Any]]:
    return list(setup.github.state()["organizations"])


def test_another_browser_goes_on_where_one_was_lost(setup: SettingUp) -> None:
    setup.to_the_app()
    setup.install()
    other = SettingUp(setup.github)
    assert other.browser.get("/setup/install/")["Location"] == "/setup/"
    other.begin()
    assert other.browser.get("/setup/")["Location"] == "/setup/install/"
    assert "This Patrol" in text(other.come_back())


# --- administrators ---------------------------------------------------------------------------------------------------


def test_an_administrator_sees_no_organization_they_do_not_own(setup: SettingUp) -> None:
    setup.all_the_way()
    settle()
    setup.browser.post("/setup/administrators/", {"login": "nobody-here"})
    person = SettingUp(setup.github)
    sign_in = person.browser.get("/sign-in/", {"login": MEMBER})
    back = requests.get(sign_in["Location"], allow_redirects=False, timeout=TIMEOUT)
    person.browser.get(back.headers["Location"])
    assert person.browser.get("/setup/checks/").status_code == 404
    setup.browser.post("/setup/administrators/", {"login": MEMBER})
    page = text(person.browser.get("/setup/checks/"))
    assert "Administrators" in page
    assert f"installation {ORGANIZATION}" not in page
    assert f"reading {ORGANIZATION}" not in page
    assert "Open the queue" not in page
    assert person.browser.get(f"/orgs/{ORGANIZATION}/requests/").status_code in {403, 404}


def test_a_command_names_administrators_among_those_who_signed_in(
    setup: SettingUp, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.all_the_way()
    with pytest.raises(CommandError, match="has not signed in"):
        call_command("administrator", "add", SECOND_OWNER)
    other = SettingUp(setup.github)
    sign_in = other.browser.get("/sign-in/", {"login": SECOND_OWNER})
    other.browser.get(requests.get(sign_in["Location"], allow_redirects=False, timeout=TIMEOUT).headers["Location"])
    call_command("administrator", "add", SECOND_OWNER)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [OWNER, SECOND_OWNER]
    call_command("administrator", "remove", OWNER)
    assert other.browser.get("/setup/checks/").status_code == 200
    assert setup.browser.get("/setup/checks/").status_code == 404


def test_the_last_administrator_stays(setup: SettingUp) -> None:
    setup.all_the_way()
    with pytest.raises(CommandError, match="only administrator"):
        call_command("administrator", "remove", OWNER)
    assert User.objects.get(login=OWNER).is_administrator


def test_only_administrators_change_who_is_one(setup: SettingUp) -> None:
    setup.all_the_way()
    User.objects.update(is_administrator=False)
    User.objects.create(id=1, login="somebody", password="!", is_administrator=True)
    for path in ("administrators", "installations/1/remove", "organizations/1/allow"):
        assert setup.browser.post(f"/setup/{path}/", {"login": OWNER}).status_code == 404
        assert Client().post(f"/setup/{path}/", {"login": OWNER})["Location"].startswith("/sign-in/")
    assert not User.objects.get(login=OWNER).is_administrator
