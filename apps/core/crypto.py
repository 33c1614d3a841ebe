"""Secrets at rest: AES-256-GCM with the row as associated data.

A ciphertext moved to another row or column does not open. Keys come from the environment or from a file
that `make run` wrote on the first start; a key that is missing later is an error, never a new key.
"""

import base64
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


class Sealed(Exception):
    """A secret cannot be opened: its key is not in the ring, or it is not this row's."""


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> dict[str, AESGCM]:
    ring = {}
    for entry in keys:
        name, _, encoded = entry.partition(":")
        key = _bytes_of(encoded)
        if not name or len(key) != 32:
            raise Sealed("PATROL_ENCRYPTION_KEYS holds `id:base64` entries of 32 bytes each.")
        ring[name] = AESGCM(key)
    return ring


def _bytes_of(encoded: str) -> bytes:
    """What is no base64 is nothing: too short for a key, and for a sealed secret."""
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""


def _keys() -> dict[str, AESGCM]:
    ring = _ring(tuple(settings.ENCRYPTION_KEYS))
    if not ring:
        raise Sealed("PATROL_ENCRYPTION_KEYS is empty.")
    return ring


def new_key(name: str) -> str:
    """An `id:base64` entry for PATROL_ENCRYPTION_KEYS."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def seal(secret: str, *, row: str) -> str:
    """`secret` encrypted for `row` ("table.column:key"), as `id.base64`; the empty text stays empty."""
    if not secret:
        return ""
    name, key = next(iter(_keys().items()))
    nonce = os.urandom(_NONCE)
    body = nonce + key.encrypt(nonce, secret.encode(), row.encode())
    return f"{name}.{base64.b64encode(body).decode()}"


def newest_prefix() -> str:
    """What begins a secret that the key which seals now has sealed. Raises Sealed without a ring."""
    return f"{next(iter(_keys()))}."


def is_sealed_now(sealed: str) -> bool:
    """Whether the key that seals now sealed it, or there is nothing to seal. Raises Sealed without a ring."""
    return not sealed or sealed.startswith(newest_prefix())


def unseal(sealed: str, *, row: str) -> str:
    """The secret that `seal` wrote for the same `row`. Raises Sealed."""
    if not sealed:
        return ""
    name, _, encoded = sealed.partition(".")
    body = _bytes_of(encoded)
    try:
        return _keys()[name].decrypt(body[:_NONCE], body[_NONCE:], row.encode()).decode()
    except (KeyError, InvalidTag, ValueError) as error:
        raise Sealed(f"The secret of {row} does not open with the keys given.") from error
