"""Whether GitHub can be reached: each thing that is wrong is told apart, with what to do."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.github.reach import Reached, Unreachable, reach
from tests.github.answers import Answer, Stub, stub_server
from tests.github.listening import authority, listening

META = {"verifiable_password_authentication": True}


def why(settings: Any, api: str) -> tuple[str, str]:
    """The kind and the sentence of what is wrong."""
    settings.GITHUB_API_URL = api
    with pytest.raises(Unreachable) as refused:
        reach()
    return refused.value.why, str(refused.value)


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub_server() as one:
        yield one


def test_a_github_without_a_version_is_reached(server: Stub, settings: Any) -> None:
    server.will_say(Answer.json(META))
    settings.GITHUB_API_URL = server.url
    assert reach() == Reached("github.com", "")


def test_an_enterprise_server_is_reached_with_its_version(server: Stub, settings: Any) -> None:
    server.will_say(Answer.json({**META, "installed_version": "3.17.2"}))
    settings.GITHUB_API_URL = f"{server.url}/api/v3"
    assert reach().version == "3.17.2"
    assert server.asked[-1][1] == "/api/v3/meta"
    assert "Authorization" not in server.asked[-1][2]


@pytest.mark.parametrize("shown", ["enterprise-server@3.16.0", "3.16.0"])
def test_a_server_in_private_mode_is_known_by_its_header(server: Stub, settings: Any, shown: str) -> None:
    told = {"X-GitHub-Enterprise-Version": shown}
    server.will_say(Answer.json({"message": "Must authenticate to access this API."}, status=401, headers=told))
    settings.GITHUB_API_URL = f"{server.url}/api/v3"
    assert str(reach()) == "github.com answers, Enterprise Server 3.16.0."


def test_a_server_that_is_too_old_is_told(server: Stub, settings: Any) -> None:
    server.will_say(Answer.json({**META, "installed_version": "3.9.11"}))
    kind, said = why(settings, f"{server.url}/api/v3")
    assert kind == "too old"
    assert "3.9.11" in said
    assert "3.10 or newer" in said


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>hello"), Answer.json({"message": "hello"}), Answer.json([]), Answer.json({}, status=404),
        Answer.json({}, status=401), Answer(b"", status=302, headers={"Location": "https://api.github.com"}),
    ],
    ids=["page", "other", "list", "missing", "refused", "moved"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["", "/api/v3"])
def test_something_that_is_no_github_is_told(server: Stub, settings: Any, answer: Answer, path: str) -> None:
    server.will_say(answer)
    kind, said = why(settings, server.url + path)
    assert kind == "not github"
    assert server.url in said


def test_github_com_at_a_servers_address_is_no_server(server: Stub, settings: Any) -> None:
    server.will_say(Answer.json(META))
    assert why(settings, f"{server.url}/api/v3")[0] == "not github"


def test_nothing_that_answers_is_told(settings: Any) -> None:
    assert why(settings, "http://127.0.0.1:9")[0] == "no answer"


def test_a_github_in_trouble_is_told(server: Stub, settings: Any) -> None:
    server.will_say(Answer(b"", status=503))
    kind, said = why(settings, server.url)
    assert (kind, "503" in said) == ("no answer", True)


def test_a_name_nobody_knows_is_told(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert why(settings, "https://git.example.invalid/api/v3")[0] == "unknown host"


def test_an_address_that_patrol_does_not_call_is_told(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = []
    kind, said = why(settings, "http://127.0.0.1:9")
    assert kind == "private address"
    assert "PATROL_OUTBOUND_PRIVATE_HOSTS" in said


def test_a_proxy_that_refuses_is_told(settings: Any) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with listening(refusal) as proxy:
        settings.HTTPS_PROXY = f"http://user:planted-password@{proxy}"
        kind, said = why(settings, "https://127.0.0.1:1/api/v3")
    assert kind == "proxy"
    assert "PATROL_HTTPS_PROXY" in said
    assert "planted-password" not in said


def test_a_proxy_that_is_away_is_told(settings: Any) -> None:
    settings.HTTPS_PROXY = "http://127.0.0.1:9"
    assert why(settings, "https://127.0.0.1:1/api/v3")[0] == "proxy"


def test_hosts_of_no_proxy_are_called_without_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HTTPS_PROXY = "http://127.0.0.1:9"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert why(settings, "https://127.0.0.1:1/api/v3")[0] == "no answer"


def test_what_only_the_proxy_can_resolve_is_called_through_it(settings: Any) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with listening(refusal) as proxy:
        settings.HTTPS_PROXY = f"http://{proxy}"
        assert why(settings, "https://git.example.invalid/api/v3")[0] == "proxy"


def test_a_certificate_nobody_knows_is_told_and_trusted_by_the_bundle(settings: Any, tmp_path: Path) -> None:
    context, pem = authority(tmp_path)
    body = b'{"installed_version": "3.17.0"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with listening(answer, context) as place:
        kind, said = why(settings, f"https://{place}/api/v3")
        assert kind == "certificate"
        assert "PATROL_CA_BUNDLE" in said
        settings.CA_BUNDLE = str(pem)
        assert reach().version == "3.17.0"
