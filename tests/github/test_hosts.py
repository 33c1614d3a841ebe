"""Which GitHub: addresses derived from what a person types; nothing hostile becomes an address."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.github import hosts
from apps.github.hosts import GITHUB_COM, Host, NoAddress, derive, edited

CLOUD = ["github.com", "GitHub.com", " github.com ", "https://github.com/acme", "www.github.com", "api.github.com"]
RESIDENCY = Host("https://api.acme.ghe.com", "https://acme.ghe.com", "https://uploads.acme.ghe.com")
SERVERS = {
    "git.example.com": "https://git.example.com",
    "https://git.example.com/": "https://git.example.com",
    "https://git.example.com/api/v3": "https://git.example.com",
    "https://GIT.example.com/orgs/acme?tab=people#top": "https://git.example.com",
    "git.example.com:8443": "https://git.example.com:8443",
    "https://git.example.com:443": "https://git.example.com",
    "git": "https://git",
    "10.1.2.3": "https://10.1.2.3",
    "https://[fd00::1]:8443": "https://[fd00::1]:8443",
    "http://127.0.0.1:8001": "http://127.0.0.1:8001",
    "http://localhost:8001/api/v3": "http://localhost:8001",
}
REFUSED = [
    "", "   ", "git example.com", "http://git.example.com", "http://10.1.2.3", "ftp://git.example.com",
    "file:///etc/passwd", "javascript:alert(1)", "https://user:secret@git.example.com", "user@git.example.com",
    "https://github.com@git.example.com", "git.example.com:port", "git.example.com:99999", "ghe.com", "api.ghe.com",
    "a.b.ghe.com", "evil.github.com", "raw.githubusercontent.com", "acme.github.io", "gıt.example.com", "-git.com",
    "git..com", "git.com.", "0x7f000001", "2130706433", "127.1", "git.example.com\\@evil.com", "https://", "https:///x",
    "git\r\nHost: evil", "x" * 400, "https://[::1", "https://[fe80::1%25eth0]/", "git.example.com/\x00",
]  # fmt: skip


@pytest.mark.parametrize("typed", CLOUD)
def test_github_com_is_known_by_any_address_of_it(typed: str) -> None:
    assert derive(typed) == GITHUB_COM


@pytest.mark.parametrize("typed", ["acme.ghe.com", "https://acme.ghe.com/orgs/x", "api.acme.ghe.com", "ACME.ghe.com"])
def test_data_residency_has_addresses_of_its_subdomain(typed: str) -> None:
    assert derive(typed) == RESIDENCY


@pytest.mark.parametrize(("typed", "origin"), SERVERS.items())
def test_a_servers_api_and_uploads_are_below_its_address(typed: str, origin: str) -> None:
    assert derive(typed) == Host(f"{origin}/api/v3", origin, f"{origin}/api/uploads")
    assert derive(typed).is_server
    assert derive(derive(typed).api_url) == derive(typed)


def test_only_a_server_is_a_server() -> None:
    assert not GITHUB_COM.is_server
    assert not RESIDENCY.is_server
    assert (GITHUB_COM.name, RESIDENCY.name) == ("github.com", "acme.ghe.com")


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_address_of_a_github_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(NoAddress, match=r"\w+ .*\."):
        derive(typed)


@given(st.text(max_size=60) | st.text("ahtps:/.@[]%\\0x1v7#?gi-hubcom", max_size=40))
def test_whatever_is_typed_becomes_plain_addresses_or_is_refused(typed: str) -> None:
    try:
        found = derive(typed)
    except NoAddress:
        return
    for address in (found.api_url, found.web_url, found.upload_url):
        parts = urlsplit(address)
        assert address.isascii()
        assert address.isprintable()
        assert not {"@", "\\", " ", "?", "#", "%"} & set(address)
        assert parts.hostname
        assert parts.scheme == "https" or parts.hostname in {"localhost", "::1"} or parts.hostname.startswith("127.")
        assert not address.endswith("/")
    assert derive(found.web_url) == found


def test_addresses_may_be_written_by_hand() -> None:
    told = {"web_url": "https://git.example.com/", "upload_url": "https://up.example.com"}
    found = edited(api_url="https://api.example.com/gh/v3/", **told)
    assert found == Host("https://api.example.com/gh/v3", "https://git.example.com", "https://up.example.com")


@pytest.mark.parametrize(
    "bad", ["https://a.example/x?y", "https://a.example/%2e", "http://a.example", "a.example/ b", ""]
)
def test_an_address_by_hand_is_as_plain_as_a_derived_one(bad: str) -> None:
    with pytest.raises(NoAddress):
        edited(api_url=bad, web_url="https://a.example", upload_url="https://a.example")


@pytest.mark.parametrize(
    ("shown", "numbers"), [("3.17.2", (3, 17, 2)), ("3.9.1.rc1", (3, 9, 1)), ("", ()), ("new", ()), ("3.x", (3,))]
)
def test_versions_are_compared_by_their_numbers(shown: str, numbers: tuple[int, ...]) -> None:
    assert hosts.version(shown) == numbers
