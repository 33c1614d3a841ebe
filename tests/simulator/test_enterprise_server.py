"""The simulator as an Enterprise Server: the API below /api/v3, pages beside it, its version, no limits of rates."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from apps.simulator.server import SimulatorServer
from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, TIMEOUT, SimulatedGitHub
from tests.simulator.manifests import as_made, made
from tests.webhook_receiver import Receiver

PREFIX = "/api/v3"


@pytest.fixture
def enterprise(running_simulator: SimulatorServer) -> SimulatedGitHub:
    """A small world of an Enterprise Server."""
    running_simulator.reset(enterprise_server=True)
    return SimulatedGitHub(running_simulator, PREFIX)


def addresses(value: object) -> list[str]:
    """Every address in an answer."""
    return re.findall(r"https?://[^\"' {]+", str(value))


def test_the_api_is_below_its_prefix_and_nowhere_else(enterprise: SimulatedGitHub) -> None:
    app = enterprise.as_app()
    assert app.get("/app").status_code == 200
    headers = {"Authorization": f"Bearer {app.token}"}
    for path in ("/app", "/meta", "/users/owner", f"/orgs/{ORGANIZATION}", "/api/v3x/app"):
        assert requests.get(enterprise.url + path, headers=headers, timeout=TIMEOUT).status_code == 404
    conversion = f"{enterprise.url}/app-manifests/none/conversions"
    assert requests.post(conversion, timeout=TIMEOUT).status_code == 404


def test_pages_for_people_are_beside_the_api(enterprise: SimulatedGitHub) -> None:
    assert enterprise.authorize().status_code == 200
    below = requests.get(f"{enterprise.api}/login/oauth/authorize?client_id=x", timeout=TIMEOUT)
    assert below.status_code == 404
    assert enterprise.sign_in("owner").get("/user").json()["login"] == "owner"
    avatar = enterprise.sign_in("owner").get("/user").json()["avatar_url"]
    assert requests.get(avatar, timeout=TIMEOUT).headers["Content-Type"] == "image/svg+xml"


def test_it_says_which_version_it_is(enterprise: SimulatedGitHub) -> None:
    meta = enterprise.as_app().get("/meta")
    assert meta.json()["installed_version"] == "3.19.0"
    assert "hooks" not in meta.json()
    assert meta.headers["X-GitHub-Enterprise-Version"] == "enterprise-server@3.19.0"
    refused = requests.get(f"{enterprise.api}/app", timeout=TIMEOUT)
    assert (refused.status_code, "X-GitHub-Enterprise-Version" in refused.headers) == (401, True)


def test_github_itself_says_no_version(simulator: SimulatedGitHub) -> None:
    meta = simulator.as_app().get("/meta")
    assert "installed_version" not in meta.json()
    assert "X-GitHub-Enterprise-Version" not in meta.headers


def test_addresses_in_answers_lead_to_the_api_or_to_a_page(enterprise: SimulatedGitHub) -> None:
    reader = enterprise.installation(ORGANIZATION)
    shapes = [
        reader.get(path).json() for path in (REQUESTS, GRANTS, f"/orgs/{ORGANIZATION}", "/installation/repositories")
    ]
    shapes.append(enterprise.as_app().get("/app/installations").json())
    below: set[str] = set()
    beside: set[str] = set()
    for address in addresses(shapes):
        if address.startswith(f"{enterprise.url}/"):
            path = address.removeprefix(enterprise.url)
            (below if path.startswith(PREFIX) else beside).add(path.removeprefix(PREFIX)[:6])
    assert below >= {"/users", "/orgs/", "/repos", "/app/i"}
    assert beside.isdisjoint({"/users", "/repos", "/app/i"})
    assert "/avata" in beside


def test_links_between_pages_keep_the_prefix(enterprise: SimulatedGitHub) -> None:
    page = enterprise.installation(ORGANIZATION).get(REQUESTS, params={"per_page": 1})
    assert page.links["next"]["url"].startswith(f"{enterprise.api}/orgs/")
    assert len(enterprise.installation(ORGANIZATION).listed(REQUESTS, per_page=1)) == 6


@pytest.mark.parametrize(
    "path",
    [
        f"/orgs/{ORGANIZATION}/credential-authorizations",
        f"/orgs/{ORGANIZATION}/insights/api/subject-stats",
        "/credentials/revoke",
    ],
)
def test_what_an_enterprise_server_lacks_is_not_found(enterprise: SimulatedGitHub, path: str) -> None:
    assert enterprise.sign_in("owner").get(path).status_code == 404


def test_rates_are_not_limited(enterprise: SimulatedGitHub) -> None:
    owner = enterprise.sign_in("owner")
    limit = owner.get("/rate_limit")
    assert (limit.status_code, limit.json()["message"]) == (404, "Rate limiting is not enabled.")
    assert "X-RateLimit-Remaining" not in owner.get("/user").headers
    assert owner.get("/user", headers={"If-None-Match": owner.get("/user").headers["ETag"]}).status_code == 304


def test_installation_tokens_are_still_short(enterprise: SimulatedGitHub) -> None:
    assert re.fullmatch(r"ghs_[0-9A-Za-z]{36}", enterprise.installation(ORGANIZATION).token)


def test_an_app_is_made_and_hears_of_things(enterprise: SimulatedGitHub, receiver: Receiver) -> None:
    answer = made(enterprise, hook_attributes={"url": receiver.url})
    assert answer["html_url"] == f"{enterprise.url}/apps/{answer['slug']}"
    assert answer["owner"]["url"].startswith(f"{enterprise.api}/users/")
    app = as_made(enterprise, answer)
    assert app.as_app().get("/app").json()["id"] == answer["id"]
    [ping] = receiver.wait_for(1)
    assert ping.body["hook"]["deliveries_url"] == f"{enterprise.api}/app/hook/deliveries"


def test_single_sign_on_is_a_page(enterprise: SimulatedGitHub) -> None:
    refused = enterprise.sign_in("owner").get("/orgs/sealed-harbor/personal-access-tokens")
    address = refused.headers["X-GitHub-SSO"].partition("url=")[2]
    assert address == f"{enterprise.url}/orgs/sealed-harbor/sso"
    assert requests.get(f"{address}?login=owner", timeout=TIMEOUT).status_code == 200


def test_a_world_may_go_on_as_that_of_an_enterprise_server(tmp_path: Path) -> None:
    with SimulatorServer(members=4, grants=2, data_dir=tmp_path) as server:
        shown = SimulatedGitHub(server).as_app().get("/app").json()
    with SimulatorServer(members=4, grants=2, data_dir=tmp_path, enterprise_server=True) as server:
        again = SimulatedGitHub(server, PREFIX).as_app().get("/app").json()
    assert again["id"] == shown["id"]
