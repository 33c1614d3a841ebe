"""Outgoing HTTP: one constructor of sessions.

Every session has time-outs, for an answer as a whole too, the operator's certificate authorities and proxy, and
an address guard: a name that resolves to a private address is refused unless the operator listed exactly that host.
GET and HEAD are tried again on connection trouble; nothing else ever is. A 403 or 429 belongs to the caller.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy, should_bypass_proxies
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.retry import Retry

from apps.core.timely import make_timely

IMPATIENT = (3, 5)
"""Seconds to connect and to wait for the answer while a person waits for a page."""
_FORBIDDEN_NETWORKS = [
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "2002::/16", "192.88.99.0/24", "168.63.129.16/32", "100.64.0.0/10")
]
_INSIDE_NETWORKS = [
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]
"""RFC 1918 and RFC 4193. Never this machine, and never the services of a cloud on link-local addresses."""
_CLOUDS_OWN = ipaddress.ip_network("fd00:ec2::/32")
_permitted: list[Callable[[], Collection[str]]] = []


class Trouble(StrEnum):
    """Why no answer came."""

    UNKNOWN_HOST = "unknown host"
    PRIVATE = "private address"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    NO_ANSWER = "no answer"


class AddressRefused(requests.exceptions.InvalidURL):
    """The host resolves to an address Patrol does not call."""


class HostUnknown(requests.exceptions.ConnectionError):
    """The name service does not know the host."""


class GuardedAdapter(HTTPAdapter):
    """Refuses private addresses, and never sends without a time-out. The second of it bounds the whole answer."""

    def __init__(self, timeouts: tuple[float, float], **kwargs: Any) -> None:
        self.timeouts = timeouts
        super().__init__(**kwargs)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, timeout: Any = None, **kwargs: Any
    ) -> requests.Response:
        """Check where the request goes, then send it."""
        url = self.destination(request)
        guard(url, proxied=bool(select_proxy(url, kwargs.get("proxies"))))
        return super().send(request, timeout=timeout or self.timeouts, **kwargs)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """A pool of connections whose answers come to an end."""
        return make_timely(super().get_connection_with_tls_context(*args, **kwargs))

    def destination(self, request: requests.PreparedRequest) -> str:
        """The address whose host is called."""
        return request.url or ""


class SettledAdapter(GuardedAdapter):
    """For thousands of requests to one host with one set of proxies and authorities.

    What requests works out for each of them, a third of a request to a near host, is found once or left out.
    Whatever address it is given, it calls the host of `url`.
    """

    def __init__(self, timeouts: tuple[float, float], *, url: str, **kwargs: Any) -> None:
        self._url = url
        self._pool: Any = None
        super().__init__(timeouts, **kwargs)

    def destination(self, request: requests.PreparedRequest) -> str:
        """Always the same host."""
        return self._url

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """The pool of connections, opened once."""
        if self._pool is None:
            there = requests.Request("GET", self._url).prepare()
            self._pool = super().get_connection_with_tls_context(there, verify, proxies=proxies, cert=cert)
        return self._pool

    def request_url(self, request: Any, proxies: Any) -> str:
        """The path, where no proxy may want more."""
        return super().request_url(request, proxies) if proxies else str(request.path_url)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """An answer to be read from `raw`: no cookies, no guess at an encoding, the headers where they are."""
        response = requests.Response()
        response.status_code, response.raw, response.headers = resp.status, resp, resp.headers
        response.url, response.request = req.url or "", req
        return response

    def close(self) -> None:
        """The next request opens a new pool."""
        self._pool = None
        super().close()


class StayingSession(requests.Session):
    """Never follows a redirect: it would carry the token, or a write, to wherever an answer says."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer leads anywhere."""

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        """Patrol's own settings go before the variables that other programs read as well; NO_PROXY stands."""
        found = super().merge_environment_settings(url, *args)
        if settings.CA_BUNDLE:
            found["verify"] = settings.CA_BUNDLE
        if settings.HTTPS_PROXY and not should_bypass_proxies(url, no_proxy=None):
            found["proxies"] = {"https": settings.HTTPS_PROXY}
        return found


def permit_inside(hosts: Callable[[], Collection[str]]) -> None:
    """Let `HOST:PORT` of what `hosts` returns be on an address of a private network. Called when an app is ready."""
    _permitted.append(hosts)


def endpoint(url: str) -> str:
    """`HOST:PORT` that is called for `url`."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def guard(url: str, *, proxied: bool = False) -> None:
    """Raise AddressRefused unless the host of `url` is public, listed in PATROL_OUTBOUND_PRIVATE_HOSTS, or permitted.

    Where a proxy makes the connection, a host that only the proxy can resolve is let through.
    """
    host = urlsplit(url).hostname or ""
    if host in settings.OUTBOUND_PRIVATE_HOSTS or endpoint(url) in settings.OUTBOUND_PRIVATE_HOSTS:
        return
    try:
        private = [one for one in _addresses(url) if not _public(one)]
    except HostUnknown:
        if proxied:
            return
        raise
    if private and not (all(map(_is_inside, private)) and _is_permitted(endpoint(url))):
        raise AddressRefused(f"{host} is on a private address; list it in PATROL_OUTBOUND_PRIVATE_HOSTS.")


def resolves_inside(url: str) -> bool:
    """Whether the name service says that the host of `url` is on a private network."""
    try:
        return any(map(_is_inside, _addresses(url)))
    except HostUnknown:
        return False


def _addresses(url: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    host, _, port = endpoint(url).rpartition(":")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(f"{host} is not known to the name service.") from error
    return [ipaddress.ip_address(entry[4][0]) for entry in found]


def _is_permitted(called: str) -> bool:
    return any(called in hosts() for hosts in _permitted)


def _is_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    networks = [network for network in _INSIDE_NETWORKS if network.version == address.version]
    return any(address in network for network in networks) and address not in _CLOUDS_OWN


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return _public(mapped)
    forbidden = any(address in network for network in _FORBIDDEN_NETWORKS if network.version == address.version)
    return address.is_global and not address.is_multicast and not forbidden


def session(user_agent: str = "Patrol", *, patient: bool = True) -> requests.Session:
    """A session that keeps its connections; close it when done. `patient` False: a person waits, one short try."""
    made = StayingSession()
    made.headers["User-Agent"] = user_agent
    # Without this a line for the host in somebody's ~/.netrc would replace our Authorization header.
    made.auth = _as_it_is
    adapter = GuardedAdapter(**_manners(patient))
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def settled_session(url: str, user_agent: str, *, patient: bool = True) -> requests.Session:
    """A session for thousands of requests below `url`, made as in `session`.

    Proxies and certificate authorities are read from the environment now: requests looks through the whole
    environment every time, which costs a third of a request to a near host.
    """
    made = session(user_agent, patient=patient)
    found = made.merge_environment_settings(url, {}, None, None, None)
    made.proxies, made.verify, made.trust_env = found["proxies"], found["verify"], False
    made.mount(f"{url}/", SettledAdapter(url=url, **_manners(patient)))
    return made


def _manners(patient: bool) -> dict[str, Any]:
    retries = Retry(
        total=2, connect=2, read=1, status=0, backoff_factor=0.2,
        allowed_methods={"GET", "HEAD"}, respect_retry_after_header=False,
    )  # fmt: skip
    return {
        "timeouts": (settings.GITHUB_CONNECT_SECONDS, settings.GITHUB_READ_SECONDS) if patient else IMPATIENT,
        "max_retries": retries if patient else Retry(total=0),
        "pool_maxsize": 4,
    }


def read(response: requests.Response, most: int) -> bytes:
    """The body, unpacked, but at most so many bytes of it. Raises ConnectionError where it breaks off.

    In one piece: `iter_content` costs a sync of thousands of small answers more than decoding them.
    """
    try:
        body: bytes = response.raw.read(most, decode_content=True)
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error
    return body


def never_left(error: requests.exceptions.RequestException) -> bool:
    """Whether the request surely did not reach the other side: no connection stood to send it over."""
    if isinstance(error, requests.exceptions.ConnectTimeout | AddressRefused | HostUnknown):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def trouble(error: requests.exceptions.RequestException) -> Trouble:
    """Why no answer came, as far as the error tells."""
    kinds: list[tuple[type[Exception], Trouble]] = [
        (AddressRefused, Trouble.PRIVATE), (HostUnknown, Trouble.UNKNOWN_HOST),
        (requests.exceptions.ProxyError, Trouble.PROXY), (requests.exceptions.SSLError, Trouble.CERTIFICATE),
    ]  # fmt: skip
    return next((what for kind, what in kinds if isinstance(error, kind)), Trouble.NO_ANSWER)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
