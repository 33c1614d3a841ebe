"""Which GitHub is in use: settings first, then what was chosen at /setup, else github.com; all of Patrol follows."""

import socket
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core import http
from apps.github import addresses, hosts, webhook_address
from apps.github.models import ChosenHost

pytestmark = pytest.mark.django_db
SERVER = hosts.derive("git.corp.example")


@pytest.fixture(autouse=True)
def _nothing_given(settings: Any) -> Any:
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = ""
    addresses.forget()
    yield
    addresses.forget()


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A name service that knows these hosts."""
    known = {"git.corp.example": "10.1.2.3", "other.corp.example": "10.1.2.4", "cloud.example": "169.254.169.254"}

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def policy() -> str:
    return str(Client().get("/sign-in/")["Content-Security-Policy"])


def test_without_a_choice_it_is_github_com() -> None:
    assert addresses.current() == hosts.GITHUB_COM


def test_a_choice_holds_for_addresses_links_and_the_content_security_policy(inside: dict[str, str]) -> None:
    assert "form-action 'self' https://github.com;" in f"{policy()};"
    addresses.choose(SERVER)
    assert (addresses.api_url(), addresses.web_url()) == (SERVER.api_url, SERVER.web_url)
    assert "form-action 'self' https://git.corp.example;" in f"{policy()};"
    assert "https://avatars.git.corp.example" in policy()
    addresses.choose(hosts.GITHUB_COM)
    assert "corp" not in policy()


def test_settings_go_before_a_choice_and_ask_no_database(settings: Any, inside: dict[str, str]) -> None:
    addresses.choose(SERVER)
    settings.GITHUB_API_URL, settings.GITHUB_WEB_URL = "https://api.acme.ghe.com", "https://acme.ghe.com"
    assert "form-action 'self' https://acme.ghe.com;" in f"{policy()};"
    with CaptureQueriesContext(connection) as queries:
        assert addresses.web_url() == "https://acme.ghe.com"
    assert len(queries) == 0


def test_what_is_no_page_does_not_wait_for_the_database() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert "form-action 'self'" in Client().get("/livez")["Content-Security-Policy"]
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("api", "web", "expected"),
    [
        ("https://git.example/api/v3", "", hosts.derive("git.example")),
        ("", "https://acme.ghe.com", hosts.derive("acme.ghe.com")),
        ("https://api.github.com", "", hosts.GITHUB_COM),
    ],
)
def test_one_address_of_the_settings_tells_the_other(settings: Any, api: str, web: str, expected: hosts.Host) -> None:
    settings.GITHUB_API_URL, settings.GITHUB_WEB_URL = api, web
    assert addresses.current() == expected


def test_another_process_follows_a_choice(inside: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses.current() == hosts.GITHUB_COM
    addresses.choose(SERVER)
    row = ChosenHost.objects.get()
    addresses._kept.row = None  # as another process has it, which read before
    later = time.monotonic() + addresses.REFRESH_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert addresses.api_url() == row.api_url


def test_a_chosen_server_may_be_on_a_private_network_and_nothing_else_may(
    inside: dict[str, str], settings: Any
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = []
    with pytest.raises(http.AddressRefused):
        http.guard(SERVER.api_url)
    addresses.choose(SERVER)
    http.guard(SERVER.api_url)
    for url in ("https://other.corp.example/", "https://git.corp.example:8443/", "http://git.corp.example/"):
        with pytest.raises(http.AddressRefused):
            http.guard(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "100.64.0.1", "127.8.8.8"])
def test_a_choice_never_opens_this_machine_or_a_clouds_own_services(
    inside: dict[str, str], settings: Any, address: str
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = []
    inside["git.corp.example"] = address
    addresses.choose(SERVER)
    with pytest.raises(http.AddressRefused):
        http.guard(SERVER.api_url)


def test_a_chosen_server_inside_reaches_a_patrol_inside(inside: dict[str, str], settings: Any) -> None:
    settings.WEBHOOK_URL = "https://10.9.9.9/webhooks/github"
    addresses.choose(hosts.GITHUB_COM)
    assert not webhook_address.expected()
    addresses.choose(SERVER)
    assert webhook_address.expected()
