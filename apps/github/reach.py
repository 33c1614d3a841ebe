"""Whether the GitHub in use can be reached, is one, and is new enough; in words for whoever sets Patrol up."""

from dataclasses import dataclass

from apps.core.http import Trouble
from apps.github import addresses, errors, hosts
from apps.github.client import Client

OLDEST = (3, 10)
"""Enterprise Server has fine-grained tokens, and the API to govern them, since 3.10."""


@dataclass(frozen=True)
class Reached:
    """`version` of an Enterprise Server; empty for a GitHub that has none."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} answers{f', Enterprise Server {self.version}' if self.version else ''}."


class Unreachable(Exception):
    """A sentence that says what is wrong and what to do. `why` is its kind."""

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


def reach() -> Reached:
    """Ask `GET /meta`, as nobody. Raises Unreachable.

    A server in private mode refuses that; by its header it is known all the same.
    """
    host = addresses.current()
    with Client("", patient=False) as client:
        try:
            meta = client.meta()
        except errors.GitHubError as error:
            version = client.server_version
            if not version or error.status not in {401, 403}:
                raise _unreachable(error, host.api_url) from error
        else:
            version = meta.installed_version or client.server_version
            if not version and meta.verifiable_password_authentication is None:
                raise Unreachable("not github", _NOT_GITHUB.format(host.api_url))
    if host.is_server and not version:
        raise Unreachable("not github", _NOT_GITHUB.format(host.api_url))
    if host.is_server and hosts.version(version) < OLDEST:
        raise Unreachable("too old", _TOO_OLD.format(host.name, version))
    return Reached(host.name, version)


def _unreachable(error: errors.GitHubError, url: str) -> Unreachable:
    trouble = error.trouble if isinstance(error, errors.Transient) else ""
    if trouble in _SAID:
        return Unreachable(trouble, _SAID[Trouble(trouble)].format(url))
    if isinstance(error, errors.RateLimited):
        return Unreachable("rate limit", "GitHub asks to wait: it answers this address no more questions for now.")
    if error.status >= 500:
        return Unreachable(Trouble.NO_ANSWER, f"{url} answers that it has trouble ({error.status}). Try again.")
    return Unreachable("not github", _NOT_GITHUB.format(url))


_SAID = {
    Trouble.UNKNOWN_HOST: "The name of {} is not known to this machine's name service. Check how it is spelled, or set "
    "PATROL_HTTPS_PROXY where only a proxy reaches it.",
    Trouble.PRIVATE: "{} is on an address that Patrol does not call: this machine's own, or a cloud's. Where that is "
    "meant, list it in PATROL_OUTBOUND_PRIVATE_HOSTS and restart.",
    Trouble.PROXY: "The proxy did not let Patrol through to {}. Check PATROL_HTTPS_PROXY, with its user and password, "
    "and that it lets this address pass.",
    Trouble.CERTIFICATE: "The certificate of {} is signed by nobody Patrol knows, or for another name. Set "
    "PATROL_CA_BUNDLE to a file with your company's certificate authority and restart; the check cannot be left out.",
    Trouble.NO_ANSWER: "Nothing answers at {}. Check the address, and that a firewall lets this machine call it.",
}
_NOT_GITHUB = "Something answers at {}, but it is no GitHub. Check the address."
_TOO_OLD = "{} is Enterprise Server {}. Patrol needs 3.10 or newer: older ones have no API to govern tokens."
