"""The way to GitHub and back, kept in the browser's session: `state` and PKCE verifier of each sign-in begun.

`state` ties the answer to the session that asked (RFC 6749, 10.12), the verifier ties the code to Patrol
(RFC 7636). Each serves once and for ten minutes; ten may be open, for ten tabs.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.sessions.backends.base import SessionBase
from django.utils.http import url_has_allowed_host_and_scheme

from apps.core import clock

LIFETIME_SECONDS = 10 * 60
MOST_OPEN = 10
LONGEST_PATH = 2_000
_KEY = "sign_in"
_OWN_PAGES = ("/sign-in", "/sign-out")


class StateRefused(Exception):
    """The `state` is not one that this session waits for: foreign, used, or too old."""


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way: what goes to GitHub, and where the person wanted to go."""

    state: str
    verifier: str
    next_path: str = ""

    @property
    def challenge(self) -> str:
        """RFC 7636, 4.2: S256, 43 characters."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def begin(session: SessionBase, next_path: str = "") -> Begun:
    """Note a new sign-in in the session. `next_path` must have gone through `own_path`."""
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(48), next_path)
    kept = [*_open(session), [begun.state, begun.verifier, next_path, int(clock.now().timestamp())]]
    session[_KEY] = kept[-MOST_OPEN:]
    return begun


def take(session: SessionBase, state: str) -> Begun:
    """The sign-in that `state` belongs to; it is gone from the saved session before this returns.

    Raises StateRefused.
    """
    kept = _open(session)
    found = next((entry for entry in kept if secrets.compare_digest(entry[0].encode(), state.encode())), None)
    if found is None:
        raise StateRefused
    session[_KEY] = [entry for entry in kept if entry is not found]
    session.save()
    return Begun(*found[:3])


def _open(session: SessionBase) -> list[list[str]]:
    oldest = int(clock.now().timestamp()) - LIFETIME_SECONDS
    return [entry for entry in session.get(_KEY, []) if entry[3] >= oldest]


def own_path(address: str) -> str:
    """`address` as a path of Patrol with its query, or the empty text when it leads anywhere else."""
    if len(address) > LONGEST_PATH or not address.startswith("/") or not address.isprintable():
        return ""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return ""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or "\\" in address or parts.path.startswith(("//", *_OWN_PAGES)):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
