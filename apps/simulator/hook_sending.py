"""One webhook message, its headers and signature, and one attempt to send it.

Source: docs.github.com, "Webhook events and payloads" (headers), "Validating webhook deliveries" (HMAC of the raw
body), "Best practices for using webhooks" (10 seconds). Only this machine is ever spoken to.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import zlib
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from apps.simulator.app_model import Hook

TIMEOUT = 10.0
_LONGEST_ANSWER = 1_000


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent through `hook`. `packed` is the body, compressed: thousands are kept."""

    guid: str
    hook: Hook
    event: str
    action: str | None
    installation_id: int | None
    packed: bytes
    redelivery: bool = False

    @property
    def body(self) -> bytes:
        return zlib.decompress(self.packed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `duration` is in seconds; without an answer the code is what GitHub shows for it."""

    status: str
    status_code: int
    duration: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    payload: str = ""


LOST = Outcome("failed to connect to host", 502)
THROTTLED = Outcome("throttled", 503)


def checked_address(url: str) -> str:
    """The address itself. Raises ValueError for one that is not plain HTTP on this machine."""
    if not is_here(url):
        raise ValueError(f"a webhook goes to http:// on this machine only, not to {url!r}")
    return url


def is_here(url: str) -> bool:
    """Whether an address is plain HTTP on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and _is_loopback(parts)


def headers_of(message: Message) -> dict[str, str]:
    """The headers GitHub sends; signatures only with a secret."""
    hook = message.hook
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5e1f0c2",
        "X-GitHub-Delivery": message.guid,
        "X-GitHub-Event": message.event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(hook.app_id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if hook.secret:
        for name, algorithm in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
            mac = hmac.new(hook.secret.encode(), message.body, getattr(hashlib, algorithm))
            headers[name] = f"{algorithm}={mac.hexdigest()}"
    return headers


def send(url: str, headers: dict[str, str], body: bytes, timeout: float = TIMEOUT) -> Outcome:
    """One attempt, never repeated; redirects are not followed. What is not on this machine cannot be reached."""
    if not is_here(url):
        return LOST
    parts, started = urlsplit(url), time.monotonic()
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        text = answer.read(_LONGEST_ANSWER).decode("utf-8", "replace")
        status = "OK" if answer.status < 300 else f"Invalid HTTP Response: {answer.status}"
        return Outcome(status, answer.status, time.monotonic() - started, dict(answer.getheaders()), text)
    except TimeoutError:
        return Outcome("timed out", 504, time.monotonic() - started)
    except (OSError, HTTPException):
        return Outcome(LOST.status, LOST.status_code, time.monotonic() - started)
    finally:
        connection.close()


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
