"""The webhook secrets of each App, in memory: whose signature a message bears is known without the database.

They are read again at most every 30 seconds, whatever comes in.
"""

import hashlib
import hmac
import threading
import time
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError

from apps.core import crypto
from apps.github.models import App

log = structlog.get_logger(__name__)
REFRESH_SECONDS = 30.0
MISSING = (
    "PATROL_GITHUB_APP_ID is set and PATROL_GITHUB_APP_WEBHOOK_SECRET is empty: anybody could sign webhooks. "
    "Enter the same secret here and in the App's settings on GitHub, or set PATROL_WEBHOOKS=off."
)


@dataclass
class _Store:
    """App id -> its secrets; `read_at` is monotonic, 0 before the first reading."""

    secrets: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    read_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_store = _Store()


class Signature:
    """The signature of a body that comes in pieces, under each secret of one App."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        self._digests = [hmac.new(secret, digestmod=hashlib.sha256) for secret in secrets]

    def update(self, piece: bytes) -> None:
        """The next piece of the body."""
        for digest in self._digests:
            digest.update(piece)

    def is_told_by(self, header: str) -> bool:
        """Whether the header `X-Hub-Signature-256` is `sha256=` and the signature in lower-case hex.

        Every secret is compared, in constant time. Without a secret nothing is signed.
        """
        told = header.encode("utf-8", "surrogateescape")
        right = [hmac.compare_digest(told, b"sha256=" + one.hexdigest().encode()) for one in self._digests]
        return any(right)


def secrets_of(app_id: int) -> tuple[bytes, ...] | None:
    """The current secret and the one before it; None for an App that is not registered.

    Raises DatabaseError when they were never read and cannot be.
    """
    if _is_old() and _store.lock.acquire(blocking=_store.read_at == 0.0):
        try:
            if _is_old():
                _read()
        finally:
            _store.lock.release()
    return _store.secrets.get(app_id)


def forget() -> None:
    """Read them anew at the next question."""
    _store.read_at = 0.0


def _is_old() -> bool:
    return _store.read_at == 0.0 or time.monotonic() - _store.read_at > REFRESH_SECONDS


def _read() -> None:
    try:
        _store.secrets = {app.app_id: _opened(app) for app in App.objects.all()}
    except DatabaseError:
        if _store.read_at == 0.0:
            raise
        log.warning("github.webhook_secrets_not_read")
    _store.read_at = time.monotonic()


def _opened(app: App) -> tuple[bytes, ...]:
    """No secret for an App whose row does not open: nothing is taken to be signed by it."""
    try:
        return tuple(secret.encode() for secret in app.webhook_secrets)
    except crypto.Sealed as error:
        log.warning("github.webhook_secret_sealed", app=app.app_id, error=str(error))
        return ()
