"""Outgoing HTTP: which addresses are called, and what no session does."""

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.core import http as door

REFUSED = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
    "http://0/", "http://0.0.0.0/", "http://localhost/", "http://[::1]/", "http://[::]/", "http://10.0.0.1/",
    "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://169.254.169.254/latest/",
    "http://100.64.0.1/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
    "http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://192.0.2.1/", "http://198.18.0.1/",
    "http://168.63.129.16/", "http://192.88.99.1/", "http://240.0.0.1/", "http://[2001:db8::1]/",
    "http://user:pass@127.0.0.1/", "http://127.0.0.1:8080@10.0.0.1/",
]  # fmt: skip
CALLED = ["http://140.82.112.5/", "https://[2606:50c0:8000::153]/", "https://1.1.1.1:8443/x"]


@pytest.fixture(autouse=True)
def _no_exceptions(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = []


@pytest.mark.parametrize("url", REFUSED)
def test_private_addresses_are_refused_however_they_are_written(url: str) -> None:
    with pytest.raises(door.AddressRefused):
        door.guard(url)


@pytest.mark.parametrize("url", CALLED)
def test_public_addresses_are_called(url: str) -> None:
    door.guard(url)


def test_a_listed_host_is_called_and_only_that_one(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = ["127.0.0.1:8001", "10.0.0.5"]
    door.guard("http://127.0.0.1:8001/")
    door.guard("https://10.0.0.5/api/v3")
    for url in ("http://127.0.0.1:8002/", "http://127.0.0.1/", "http://10.0.0.6/", "http://localhost:8001/"):
        with pytest.raises(door.AddressRefused):
            door.guard(url)


def plain(_: str, *, patient: bool = True) -> requests.Session:
    return door.session(patient=patient)


def settled(url: str, *, patient: bool = True) -> requests.Session:
    return door.settled_session(url.rstrip("/"), "Patrol", patient=patient)


every_session = pytest.mark.parametrize("open_session", [plain, settled])


@every_session
def test_a_session_asks_the_guard_before_it_connects(open_session: Any) -> None:
    url = "http://127.0.0.1:9/"
    with open_session(url) as session, pytest.raises(door.AddressRefused):
        session.get(url)


def test_the_guard_is_asked_each_time(listener: tuple[str, list[tuple[str, str]]], settings: Any) -> None:
    url, seen = listener
    with settled(url, patient=False) as session:
        with pytest.raises(requests.exceptions.ConnectionError):
            session.get(url)
        settings.OUTBOUND_PRIVATE_HOSTS = []
        with pytest.raises(door.AddressRefused):
            session.get(url)
    assert len(seen) == 1


def test_a_settled_way_leads_to_its_own_host_alone(listener: tuple[str, list[tuple[str, str]]]) -> None:
    url, seen = listener
    elsewhere = requests.Request("GET", "http://10.0.0.1/").prepare()
    with settled(url, patient=False) as session, pytest.raises(requests.exceptions.ConnectionError):
        session.get_adapter(url).send(elsewhere)
    assert len(seen) == 1


@pytest.fixture
def dripping(settings: Any) -> Iterator[str]:
    """A server that answers a byte every tenth of a second: below /body with the head at once."""

    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            head, body = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"x" * 500
            with contextlib.suppress(OSError):
                for part in [head, *body] if self.path == "/body" else [*head, *body]:
                    self.wfile.write(part if isinstance(part, bytes) else bytes([part]))
                    time.sleep(0.1)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    settings.OUTBOUND_PRIVATE_HOSTS = ["127.0.0.1"]
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@every_session
@pytest.mark.parametrize("path", ["/head", "/body"])
def test_an_answer_that_drips_is_given_up_when_its_time_is_over(
    dripping: str, settings: Any, open_session: Any, path: str
) -> None:
    settings.GITHUB_READ_SECONDS = 1
    with open_session(f"{dripping}/") as session, pytest.raises(requests.exceptions.RequestException, match="time"):
        door.read(session.get(dripping + path, stream=True), 10_000)


@pytest.fixture
def listener(settings: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server that notes who comes (verb, Authorization) and drops every connection."""
    seen: list[tuple[str, str]] = []

    class Dropping(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.command, self.headers.get("Authorization", "")))
            self.close_connection = True

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dropping)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    settings.OUTBOUND_PRIVATE_HOSTS = ["127.0.0.1"]
    yield f"http://127.0.0.1:{server.server_port}/", seen
    server.shutdown()
    thread.join()
    server.server_close()


@every_session
def test_a_write_is_sent_once_and_a_read_again(listener: tuple[str, list[tuple[str, str]]], open_session: Any) -> None:
    url, seen = listener
    with open_session(url) as session:
        for verb in ("POST", "GET"):
            with pytest.raises(requests.exceptions.ConnectionError):
                session.request(verb, url)
    assert [verb for verb, _ in seen] == ["POST", "GET", "GET"]


@every_session
def test_who_has_no_patience_asks_once(listener: tuple[str, list[tuple[str, str]]], open_session: Any) -> None:
    url, seen = listener
    with open_session(url, patient=False) as session, pytest.raises(requests.exceptions.ConnectionError):
        session.get(url)
    assert len(seen) == 1


def test_somebodys_netrc_never_replaces_our_authorization(
    listener: tuple[str, list[tuple[str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = listener
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with door.session(patient=False) as session, pytest.raises(requests.exceptions.ConnectionError):
        session.get(url, headers={"Authorization": "Bearer ours"})
    assert seen == [("GET", "Bearer ours")]


@every_session
def test_it_is_known_when_a_request_never_left(listener: tuple[str, list[tuple[str, str]]], open_session: Any) -> None:
    url, _ = listener
    nobody = "http://127.0.0.1:9/"
    with open_session(url, patient=False) as session, pytest.raises(requests.exceptions.ConnectionError) as dropped:
        session.post(url)
    with open_session(nobody, patient=False) as session, pytest.raises(requests.exceptions.ConnectionError) as refused:
        session.post(nobody)
    assert not door.never_left(dropped.value)
    assert door.never_left(refused.value)
    assert door.never_left(door.AddressRefused())
    assert door.never_left(requests.exceptions.ConnectTimeout())
    assert not door.never_left(requests.exceptions.ReadTimeout())


def test_the_operators_authorities_are_trusted_in_place_of_ours(settings: Any, tmp_path: Path) -> None:
    settings.CA_BUNDLE = str(tmp_path / "ca.pem")
    found = door.session().merge_environment_settings("https://a.example/", {}, None, None, None)
    assert found["verify"] == settings.CA_BUNDLE
    settings.CA_BUNDLE = ""
    assert door.session().verify is True
