"""Setup at /setup: open once, to one browser; the App is made by manifest; what goes wrong says what to do."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import SetupCode, User
from apps.core import clock
from apps.github.models import App, ChosenHost
from apps.github.permissions import LOOK_ONLY
from apps.github.services import register_app_from_settings
from apps.tokens.models import GrantRequest
from tests.cast import ORGANIZATION, OWNER
from tests.conftest import SMALL_WORLD, settle
from tests.dashboard.setting_up import STEPS, SettingUp, printed_code, text
from tests.github import TIMEOUT, GitHub
from tests.github.listening import authority, listening
from tests.tokens.pages import Page

pytestmark = pytest.mark.database


# --- the code -------------------------------------------------------------------------------------------------------


def test_without_the_code_no_step_of_the_setup_is_shown(setup: SettingUp) -> None:
    for step in STEPS:
        answer = setup.browser.get(f"/setup/{step}/")
        assert (answer.status_code, answer["Location"]) == (302, "/setup/"), step
    assert setup.browser.get("/setup/").status_code == 200


def test_a_code_opens_the_setup_for_one_browser(setup: SettingUp) -> None:
    code = printed_code()
    assert setup.begin(code).status_code == 302
    assert setup.browser.get("/setup/organizations/").status_code == 200
    again = Client().post("/setup/", {"code": code})
    assert again.status_code == 422
    assert "This code is wrong, was used" in text(again)


def test_a_code_is_filled_in_from_the_printed_address_and_used_only_when_posted(setup: SettingUp) -> None:
    code = printed_code()
    assert f'value="{code}"' in setup.browser.get(f"/setup/?code={code}").content.decode()
    assert SetupCode.objects.count() == 1
    assert setup.begin(code.lower().replace("-", " ")).status_code == 302


def test_a_code_is_kept_as_a_digest_only(setup: SettingUp) -> None:
    code = printed_code()
    kept = json.dumps(list(SetupCode.objects.values_list("digest", flat=True)))
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_a_code_older_than_a_day_is_refused(setup: SettingUp) -> None:
    code = printed_code()
    with clock.moved(timedelta(hours=25)):
        assert setup.begin(code).status_code == 422
    assert setup.begin(code).status_code == 302


def test_codes_are_tried_ten_times_a_minute_at_most(setup: SettingUp) -> None:
    code = printed_code()
    for _ in range(10):
        assert setup.begin("AAAA-BBBB-CCCC-DDDD").status_code == 422
    assert "Too many codes were tried" in text(setup.begin(code))
    with clock.moved(timedelta(seconds=61)):
        assert setup.begin(code).status_code == 302


def test_the_sessions_key_changes_with_the_code(setup: SettingUp) -> None:
    setup.browser.get("/setup/")
    setup.begin("wrong")
    before = setup.browser.session.session_key
    setup.begin()
    assert setup.browser.session.session_key != before


def test_an_app_of_the_settings_leaves_no_setup(database: None, github: GitHub) -> None:
    register_app_from_settings()
    assert Client().get("/setup/").status_code == 404
    assert Client().post("/setup/", {"code": "x"}).status_code == 404
    with pytest.raises(CommandError, match="is set up"):
        call_command("setup_code")


def test_who_wants_to_sign_in_is_told_that_nobody_set_it_up(setup: SettingUp) -> None:
    assert "not connected to a GitHub yet" in text(Client().get("/sign-in/"))
    assert "open /setup" in text(Client().post("/sign-in/"))


# --- which GitHub -----------------------------------------------------------------------------------------------------


def test_a_server_is_known_by_its_address_alone(setup: SettingUp, settings: Any) -> None:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    answer = setup.begin(github=setup.github.url)
    assert answer["Location"] == "/setup/github/", "this simulator is no Enterprise Server yet"
    assert ChosenHost.objects.get().api_url == f"{setup.github.url}/api/v3"
    assert setup.github.url in text(setup.browser.get("/setup/github/"))


def test_a_server_is_set_up_with_its_paths(setup: SettingUp, simulator_server: Any, settings: Any) -> None:
    """The App's installation is read below /api/v3, and every link leads to the server's pages."""
    simulator_server.reset(**{**SMALL_WORLD, "ready_made_app": False, "enterprise_server": True})
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    answer = setup.begin(github=setup.github.url)
    assert answer["Location"] == "/setup/organizations/"
    assert "Enterprise Server 3.19.0" in text(setup.browser.get("/setup/organizations/"))
    setup.plan()
    assert setup.create().status_code == 302
    page = setup.browser.get("/setup/install/").content.decode()
    assert f'href="{setup.github.url}/apps/patrol-acme/installations/new"' in page
    setup.install()
    assert "This Patrol" in text(setup.come_back())
    settle()
    assert GrantRequest.objects.exists()


def test_an_address_that_is_none_is_refused_and_leaves_the_code(setup: SettingUp, settings: Any) -> None:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    code = printed_code()
    assert "no user name" in text(setup.begin(code, github="https://user:secret@git.example.com"))
    assert setup.begin(code, github="github.com").status_code == 302


def test_a_github_that_is_not_reached_is_told_on_its_page(setup: SettingUp, settings: Any) -> None:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    assert setup.begin(github="http://127.0.0.1:9")["Location"] == "/setup/github/"
    assert "Nothing answers at http://127.0.0.1:9/api/v3" in text(setup.browser.get("/setup/github/"))


def test_addresses_written_by_hand_stay_when_they_are_tried_again(setup: SettingUp, settings: Any) -> None:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    setup.begin(github="http://127.0.0.1:9")
    by_hand = {"github": "http://127.0.0.1:9", "api_url": "http://127.0.0.1:9/gateway/api/v3"}
    setup.browser.post("/setup/github/", by_hand)
    assert ChosenHost.objects.get().api_url == by_hand["api_url"]
    page = setup.browser.get("/setup/github/")
    assert f"Nothing answers at {by_hand['api_url']}" in text(page)
    sent = Page(page).form("/setup/github/")
    assert (sent["github"], sent["api_url"]) == (["http://127.0.0.1:9"], [by_hand["api_url"]])


def test_a_proxy_that_refuses_is_told_on_its_page(setup: SettingUp, settings: Any) -> None:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    with listening(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
        settings.HTTPS_PROXY = f"http://user:planted-password@{proxy}"
        assert setup.begin(github="https://127.0.0.1:1")["Location"] == "/setup/github/"
        page = text(setup.browser.get("/setup/github/"))
    assert "The proxy did not let Patrol through" in page
    assert "planted-password" not in page


def test_a_certificate_that_nobody_knows_is_told_on_its_page(setup: SettingUp, settings: Any, tmp_path: Path) -> None:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    with listening(b"", authority(tmp_path)[0]) as place:
        assert setup.begin(github=f"https://{place}")["Location"] == "/setup/github/"
        page = text(setup.browser.get("/setup/github/"))
    assert "Set PATROL_CA_BUNDLE" in page


def test_settings_that_name_a_github_leave_no_choice(setup: SettingUp) -> None:
    assert "The settings say that your GitHub is" in text(setup.browser.get("/setup/"))
    setup.begin(github="git.example.com")
    assert not ChosenHost.objects.exists()


# --- the App ----------------------------------------------------------------------------------------------------------


def test_the_manifest_asks_for_looking_only(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    action, manifest = setup.form()
    asked = json.loads(manifest)
    assert urlsplit(action).path == f"/organizations/{ORGANIZATION}/settings/apps/new"
    assert set(asked["default_permissions"].values()) == {"read"}
    assert asked["public"] is False
    assert asked["hook_attributes"]["active"] is True


def test_without_a_public_address_the_manifests_webhook_is_off(setup: SettingUp, settings: Any) -> None:
    settings.WEBHOOKS = "off"
    setup.begin()
    setup.plan()
    assert json.loads(setup.form()[1])["hook_attributes"]["active"] is False
    assert "By polling" in text(setup.browser.get("/setup/create/"))
    assert setup.create().status_code == 302
    assert App.objects.get().slug == "patrol-acme"


def test_the_app_is_kept_with_its_secrets_sealed(setup: SettingUp) -> None:
    setup.to_the_app()
    app = App.objects.get()
    assert app.private_key.startswith("-----BEGIN RSA PRIVATE KEY")
    assert all(app.webhook_secrets)
    row = json.dumps(App.objects.values().get(), default=str)
    for secret in (app.private_key.splitlines()[1], app.client_secret, *app.webhook_secrets):
        assert secret not in row
    assert not User.objects.exists(), "nobody signed in yet"


def test_no_app_is_made_whose_secrets_could_not_be_kept(setup: SettingUp, settings: Any) -> None:
    setup.begin()
    setup.plan()
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, []
    page = setup.browser.get("/setup/create/")
    assert "Set PATROL_ENCRYPTION_KEYS" in text(page)
    assert "settings/apps/new" not in page.content.decode()
    settings.ENCRYPTION_KEYS = keys
    assert "settings/apps/new" in setup.browser.get("/setup/create/").content.decode()


@pytest.mark.parametrize("state", ["", "foreign", "x" * 500, "ü"])
def test_a_foreign_state_is_refused_with_what_to_do(setup: SettingUp, state: str) -> None:
    setup.begin()
    setup.plan()
    back = urlsplit(setup.at_github())
    code = parse_qs(back.query)["code"][0]
    answer = setup.browser.get(back.path, {"code": code, "state": state})
    assert answer.status_code == 400
    assert "This App was not begun here" in text(answer)
    assert not App.objects.exists()


def test_a_state_of_another_browser_is_refused(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    back, other = setup.at_github(), SettingUp(setup.github)
    other.begin()
    assert other.browser.get(back).status_code == 400
    assert not App.objects.exists()


def test_a_state_serves_once(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    back = setup.at_github()
    assert setup.browser.get(back).status_code == 302
    assert setup.browser.get(back).status_code == 400
    assert App.objects.count() == 1


def test_a_state_older_than_an_hour_is_refused(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    back = setup.at_github()
    with clock.moved(timedelta(minutes=61)):
        answer = setup.browser.get(back)
    assert (answer.status_code, App.objects.exists()) == (400, False)


def test_a_code_that_was_used_is_refused_with_what_to_do(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    back = setup.at_github()
    code = parse_qs(urlsplit(back).query)["code"][0]
    taken = requests.post(f"{setup.github.url}/app-manifests/{code}/conversions", timeout=TIMEOUT)
    assert taken.status_code == 201, "somebody was faster"
    answer = setup.browser.get(back)
    assert answer.status_code == 400
    assert "it was used before, or is older than an hour" in text(answer)
    assert "delete it there" in text(answer)
    assert not App.objects.exists()


def test_a_code_that_expired_is_refused_with_what_to_do(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    back = setup.at_github()
    setup.github.change("clock", advance_seconds=3601)
    answer = setup.browser.get(back)
    assert (answer.status_code, App.objects.exists()) == (400, False)
    assert "older than an hour" in text(answer)
    assert setup.browser.get("/setup/create/").status_code == 200, "and can be begun again"


@pytest.mark.parametrize("code", ["", "../../user", "a b", "x" * 1000, "%2e%2e"])
def test_a_code_that_is_none_is_refused(setup: SettingUp, code: str) -> None:
    setup.begin()
    setup.plan()
    state = parse_qs(urlsplit(setup.form()[0]).query)["state"][0]
    answer = setup.browser.get("/setup/created/", {"code": code, "state": state})
    assert (answer.status_code, App.objects.exists()) == (400, False)


def test_a_github_that_fails_hands_over_no_app(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    back = setup.at_github()
    setup.github.fail("500", "conversions")
    answer = setup.browser.get(back)
    assert (answer.status_code, App.objects.exists()) == (502, False)
    assert "Create the App again" in text(answer)


def test_a_second_app_never_replaces_the_first(setup: SettingUp) -> None:
    setup.begin()
    setup.plan()
    late = setup.at_github(name="Patrol late")
    setup.create()
    answer = setup.browser.get(late)
    assert answer.status_code == 409
    assert App.objects.get().slug == "patrol-acme"
    assert setup.browser.get("/setup/create/")["Location"] == "/setup/install/"


def test_a_permission_that_github_left_out_is_shown_with_its_page_and_looked_at_again(setup: SettingUp) -> None:
    setup.github.change("apps/withhold", permissions=["organization_personal_access_tokens"])
    setup.to_the_app()
    page = setup.browser.get("/setup/install/")
    assert "Set Personal access tokens: read-only" in text(page)
    assert f"/organizations/{ORGANIZATION}/settings/apps/patrol-acme/permissions" in page.content.decode()
    setup.install()
    assert setup.browser.get("/setup/installed/")["Location"] == "/setup/install/", "never assumed"
    wanted = {f"permission_{name}": "read" for name in LOOK_ONLY}
    path = f"/organizations/{ORGANIZATION}/settings/apps/patrol-acme/permissions"
    requests.post(f"{setup.github.url}{path}", data={"login": OWNER, **wanted}, timeout=TIMEOUT).raise_for_status()
    assert "with all permissions that were asked for" in text(setup.browser.get("/setup/install/"))
