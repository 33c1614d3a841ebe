"""An App is installed on GitHub's pages, asks for more later, and gets it when the organization's owner accepts."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.client import CALLBACK, GRANTS, ORGANIZATION, REQUESTS, TIMEOUT, SimulatedGitHub, returned
from tests.simulator.manifests import MANIFEST, ORGANIZATIONS_APP, OWN_APP, as_made, convert, made, named
from tests.webhook_receiver import Receiver

SETUP = "http://127.0.0.1:9/setup/installed/"
MORE = {**MANIFEST["default_permissions"], "organization_personal_access_token_requests": "write"}
FORM = {f"permission_{name}": level for name, level in MORE.items()} | {"event_personal_access_token_request": "1"}


@pytest.fixture
def looking(simulator: SimulatedGitHub) -> SimulatedGitHub:
    """GitHub for a private App of the organization, not installed yet."""
    return as_made(simulator, made(simulator, setup_url=SETUP))


@pytest.fixture
def installed(looking: SimulatedGitHub) -> SimulatedGitHub:
    """The same, installed by `owner`."""
    assert install(looking).status_code == 302
    return looking


def web(
    github: SimulatedGitHub, path: str, *, login: str = "owner", form: dict[str, str] | None = None, **query: str
) -> requests.Response:
    """A page as this person's browser gets it, or what it gets after sending a form."""
    who = {"login": login} if login else {}
    if form is None:
        return requests.get(github.url + path, params=query | who, allow_redirects=False, timeout=TIMEOUT)
    return requests.post(github.url + path, params=query, data=form | who, allow_redirects=False, timeout=TIMEOUT)


def install(github: SimulatedGitHub, organization: str = ORGANIZATION, **form: str) -> requests.Response:
    """What the browser gets when the person presses Install."""
    target = next(one["id"] for one in github.overview()["organizations"] if one["login"] == organization)
    login = form.pop("login", "owner")
    return web(github, f"/apps/{github.app.slug}/installations", login=login, form={"target_id": str(target), **form})


def place(github: SimulatedGitHub) -> str:
    """The address of the page of the App's installation."""
    return f"/organizations/{ORGANIZATION}/settings/installations/{github.installation_id(ORGANIZATION)}"


def permissions(github: SimulatedGitHub) -> dict[str, Any]:
    """What the App has on the organization."""
    return dict(github.as_app().get(f"/orgs/{ORGANIZATION}/installation").json()["permissions"])


def test_whose_browser_it_is_is_asked_first(looking: SimulatedGitHub) -> None:
    page = web(looking, f"/apps/{looking.app.slug}/installations/new", login="", state="s-2")
    assert "state=s-2&amp;login=owner" in page.text


def test_a_private_app_is_offered_for_its_owner_alone(looking: SimulatedGitHub) -> None:
    page = web(looking, f"/apps/{looking.app.slug}/installations/new")
    assert f"Install on {ORGANIZATION}" in page.text
    assert "northwind-labs" not in page.text
    assert install(looking, "northwind-labs").status_code == 404
    assert looking.as_app().get("/app/installations").json() == []


def test_a_public_app_is_offered_for_every_organization_of_the_person(simulator: SimulatedGitHub) -> None:
    public = as_made(simulator, made(simulator, public=True))
    address = f"/apps/{public.app.slug}/installations/new"
    page = web(public, address, state="s-2")
    for organization in ("acme-robotics", "northwind-labs", "sealed-harbor"):
        assert f"<b>{organization}</b>" in page.text
    assert "state=s-2" in page.text
    assert "You own no organization" in web(public, address, login="member").text
    assert install(public, "northwind-labs").status_code == 302
    assert "Configure" in web(public, address).text


def test_an_app_of_a_person_may_be_on_no_organization(simulator: SimulatedGitHub) -> None:
    own = as_made(simulator, convert(simulator, returned(named(simulator, below=OWN_APP))["code"]).json())
    assert install(own).status_code == 404


def test_the_page_says_what_the_app_asks_for(looking: SimulatedGitHub) -> None:
    page = web(looking, f"/apps/{looking.app.slug}/installations/new").text
    assert page.count("Read-only") == len(MANIFEST["default_permissions"])
    assert "Personal access token requests" in page


def test_installing_sends_the_browser_to_the_setup_address_and_tells_the_app(
    looking: SimulatedGitHub, receiver: Receiver
) -> None:
    looking.change("webhook", url=receiver.url, app=looking.app.slug)
    back = install(looking, state="s-2")
    number = looking.installation_id(ORGANIZATION)
    assert back.headers["Location"].startswith(SETUP + "?")
    assert returned(back) == {"installation_id": str(number), "setup_action": "install", "state": "s-2"}
    [message] = receiver.wait_for(1)
    assert message.event == "installation created"
    assert message.body["sender"]["login"] == "owner"
    assert permissions(looking) == MANIFEST["default_permissions"]


def test_an_app_is_installed_once(installed: SimulatedGitHub) -> None:
    first = installed.installation_id(ORGANIZATION)
    assert returned(install(installed))["installation_id"] == str(first)
    assert len(installed.as_app().get("/app/installations").json()) == 1


def test_an_app_without_a_setup_address_leaves_the_browser_at_github(simulator: SimulatedGitHub) -> None:
    app = as_made(simulator, made(simulator))
    arrived = requests.get(install(app).headers["Location"], timeout=TIMEOUT)
    assert "Installed on" in arrived.text


def test_an_app_may_want_to_know_who_installed_it(simulator: SimulatedGitHub) -> None:
    app = as_made(simulator, made(simulator, request_oauth_on_install=True))
    back = install(app)
    assert back.headers["Location"].startswith(CALLBACK + "?")
    tokens = app.exchange(code=returned(back)["code"], redirect_uri=CALLBACK)
    assert "access_token" in tokens


@pytest.mark.parametrize("login", ["member", "outsider"])
def test_only_an_owner_installs(looking: SimulatedGitHub, login: str) -> None:
    assert install(looking, login=login).status_code == 404
    assert looking.as_app().get("/app/installations").json() == []


@pytest.mark.parametrize("login", ["member", "outsider"])
@pytest.mark.parametrize("page", ["", "/permissions/update"])
def test_an_installation_is_shown_to_the_organizations_owner_alone(
    installed: SimulatedGitHub, login: str, page: str
) -> None:
    address = place(installed) + page
    assert web(installed, address).status_code == 200
    assert web(installed, address, login=login).status_code == 404
    assert web(installed, address, login=login, form={"action": "uninstall"}).status_code == 404
    assert web(installed, address.replace(ORGANIZATION, "northwind-labs")).status_code == 404
    assert installed.installation_id(ORGANIZATION)


def test_more_permissions_are_had_only_once_they_are_accepted(installed: SimulatedGitHub, receiver: Receiver) -> None:
    installed.change("webhook", url=receiver.url, app=installed.app.slug)
    settings = f"{ORGANIZATIONS_APP}/{installed.app.slug}/permissions"
    assert (
        "Your changes are saved"
        in requests.get(web(installed, settings, form=FORM).headers["Location"], timeout=TIMEOUT).text
    )
    assert installed.as_app().get("/app").json()["permissions"] == MORE
    assert permissions(installed) == MANIFEST["default_permissions"]
    person = installed.sign_in("owner")
    number = person.get(REQUESTS).json()[0]["id"]
    assert person.post(f"{REQUESTS}/{number}", {"action": "deny"}).status_code == 403
    assert "requesting an update" in web(installed, place(installed)).text
    assert "Read and write" in web(installed, f"{place(installed)}/permissions/update").text
    assert web(installed, f"{place(installed)}/permissions/update", form={}).status_code == 302
    assert permissions(installed) == MORE
    assert person.post(f"{REQUESTS}/{number}", {"action": "deny"}).status_code == 204
    taken = receiver.wait_for(2)
    assert taken[0].event == "installation new_permissions_accepted"
    assert taken[0].body["installation"]["permissions"] == MORE
    assert "asks for nothing new" in web(installed, f"{place(installed)}/permissions/update").text


def test_accepting_what_is_had_already_tells_nobody(installed: SimulatedGitHub, receiver: Receiver) -> None:
    installed.change("webhook", url=receiver.url, app=installed.app.slug)
    web(installed, f"{place(installed)}/permissions/update", form={})
    assert installed.control("GET", f"webhook?app={installed.app.slug}").json()["deliveries"] == 0


def test_fewer_permissions_are_so_at_once(installed: SimulatedGitHub) -> None:
    settings = f"{ORGANIZATIONS_APP}/{installed.app.slug}/permissions"
    web(installed, settings, form={"permission_members": "read", "event_personal_access_token_request": "1"})
    assert permissions(installed) == {"members": "read"}
    assert installed.as_app().get("/app").json()["events"] == [], "an event goes with its permission"
    assert installed.sign_in("owner").get(GRANTS).status_code == 403


@pytest.mark.parametrize("login", ["member", "outsider"])
@pytest.mark.parametrize("page", ["", "/permissions"])
def test_only_the_owner_of_an_app_sees_and_changes_it(looking: SimulatedGitHub, login: str, page: str) -> None:
    address = f"{ORGANIZATIONS_APP}/{looking.app.slug}{page}"
    assert web(looking, address).status_code == 200
    assert web(looking, address, login=login).status_code == 404
    assert web(looking, address, login=login, form={"permission_contents": "write", "url": ""}).status_code == 404
    assert web(looking, f"{OWN_APP}/{looking.app.slug}{page}").status_code == 404
    assert web(looking, f"/organizations/northwind-labs/settings/apps/{looking.app.slug}{page}").status_code == 404
    assert looking.as_app().get("/app").json()["permissions"] == MANIFEST["default_permissions"]


def test_the_owner_of_an_app_switches_its_webhook_on(looking: SimulatedGitHub, receiver: Receiver) -> None:
    address = f"{ORGANIZATIONS_APP}/{looking.app.slug}"
    assert "checked" not in web(looking, address).text
    assert web(looking, address, form={"active": "1", "url": "nowhere"}).status_code == 422
    assert web(looking, address, form={"active": "1", "url": receiver.url, "secret": "by hand"}).status_code == 302
    [message] = receiver.wait_for(1)
    assert message.event == "ping"
    assert message.is_signed_with("by hand")
    assert "checked" in web(looking, address).text
    assert web(looking, address, form={"url": ""}).status_code == 302
    assert "url" not in looking.as_app().get("/app/hook/config").json()


def test_an_owner_suspends_and_uninstalls_on_the_page(installed: SimulatedGitHub, receiver: Receiver) -> None:
    installed.change("webhook", url=receiver.url, app=installed.app.slug)
    address = place(installed)
    for action in ("suspend", "suspend", "unsuspend", "nothing", "uninstall"):
        assert web(installed, address, form={"action": action}).status_code == 302
    assert web(installed, address).status_code == 404
    told = [message.event for message in receiver.wait_for(3)]
    assert told == ["installation suspend", "installation unsuspend", "installation deleted"]


def test_everybody_sees_what_an_app_is(looking: SimulatedGitHub) -> None:
    shown = web(looking, f"/apps/{looking.app.slug}", login="")
    assert f"/apps/{looking.app.slug}/installations/new" in shown.text
    assert f"Developed by {ORGANIZATION}" in shown.text
    assert web(looking, "/apps/no-such-app", login="").status_code == 404
