"""Which GitHub: the addresses that belong to what a person calls it. Pure.

https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api (github.com),
https://docs.github.com/enterprise-cloud@latest/admin/data-residency (SUBDOMAIN.ghe.com),
https://docs.github.com/enterprise-server@latest/rest/quickstart (`/api/v3`, and uploads below `/api/uploads`).
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

LONGEST = 300
ENTERPRISE_SERVER = "/api/v3"
"""The end of an Enterprise Server's API address, and of no other."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_OF_GITHUB = {"github.com", "www.github.com", "api.github.com", "uploads.github.com"}
_NEVER_SERVERS = ("github.com", "ghe.com", "githubusercontent.com", "github.io")


class NoAddress(ValueError):
    """A sentence for the person who typed it."""


@dataclass(frozen=True)
class Host:
    """The addresses of one GitHub, none with a slash at the end."""

    api_url: str
    web_url: str
    upload_url: str

    @property
    def name(self) -> str:
        """As people call it: "github.com"."""
        return urlsplit(self.web_url).netloc

    @property
    def is_server(self) -> bool:
        """Whether it is an Enterprise Server, by the path of its API."""
        return self.api_url.endswith(ENTERPRISE_SERVER)


GITHUB_COM = Host("https://api.github.com", "https://github.com", "https://uploads.github.com")


def derive(typed: str) -> Host:
    """The addresses of "github.com", "SUBDOMAIN.ghe.com" or a server, by its name or any address of it.

    Raises NoAddress.
    """
    parts = _split(typed if "://" in typed else f"https://{typed.strip()}")
    host = _hostname(parts)
    if host in _OF_GITHUB:
        return GITHUB_COM
    if host.endswith(".ghe.com"):
        return _residency(host)
    if any(host == one or host.endswith(f".{one}") for one in _NEVER_SERVERS):
        raise NoAddress(f"{host} is no GitHub: type github.com, SUBDOMAIN.ghe.com, or your server's address.")
    origin = _origin(parts, host)
    return Host(f"{origin}{ENTERPRISE_SERVER}", origin, f"{origin}/api/uploads")


def edited(*, api_url: str, web_url: str, upload_url: str) -> Host:
    """Addresses as a person wrote them, for a server that stands behind something. Raises NoAddress."""
    return Host(*(_whole(one) for one in (api_url, web_url, upload_url)))


def version(shown: str) -> tuple[int, ...]:
    """ "3.17.2" as numbers, for comparing; what is no number ends it."""
    numbers = re.match(r"\d{1,6}(?:\.\d{1,6})*", shown)
    return tuple(int(one) for one in numbers[0].split(".")) if numbers else ()


def _residency(host: str) -> Host:
    """https://docs.github.com/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom"""
    subdomain = host.removesuffix(".ghe.com").removeprefix("api.").removeprefix("uploads.")
    if "." in subdomain or subdomain in {"api", "uploads", "www"}:
        raise NoAddress(f"{host} is no address of GitHub: type SUBDOMAIN.ghe.com, as your browser shows it.")
    return Host(*(f"https://{prefix}{subdomain}.ghe.com" for prefix in ("api.", "", "uploads.")))


def _whole(typed: str) -> str:
    parts = _split(typed)
    path = parts.path.rstrip("/")
    if not re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)*", path) or parts.query or parts.fragment:
        raise NoAddress("An address is https://, a name, and perhaps a plain path.")
    return _origin(parts, _hostname(parts)) + path


def _split(typed: str) -> SplitResult:
    text = typed.strip()
    if not text or len(text) > LONGEST or not text.isascii() or not text.isprintable() or re.search(r"[\s\\]", text):
        raise NoAddress("Type a name such as git.example.com: plain letters, no spaces.")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  raises where it is no number
    except ValueError as error:
        raise NoAddress("This is no address.") from error
    if parts.scheme not in {"https", "http"} or "@" in parts.netloc:
        raise NoAddress("An address begins with https:// and holds no user name.")
    return parts


def _hostname(parts: SplitResult) -> str:
    """In lower case; an IP address only as it is usually written."""
    host = (parts.hostname or "").lower()
    literal = _literal(host)
    if literal is not None:
        if parts.scheme == "http" and not literal.is_loopback:
            raise NoAddress("Use https://: tokens would cross the network in clear.")
        return str(literal)
    if not _NAME.fullmatch(host) or re.fullmatch(r"\d+|0x[0-9a-f]*", host.rpartition(".")[2]):
        raise NoAddress("Type a name such as git.example.com.")
    if parts.scheme == "http" and host != "localhost":
        raise NoAddress("Use https://: tokens would cross the network in clear.")
    return host


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in host else ipaddress.ip_address(host)
    except ValueError:
        return None


def _origin(parts: SplitResult, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{parts.port}" if parts.port not in {None, usual} else "")
