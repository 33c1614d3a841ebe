"""What an App's owner knows of it, and the formats of everything that is issued.

Formats: docs.github.com, "GitHub credential types" and "About authentication to GitHub" (prefixes); the
checksum of the short tokens is described in GitHub's blog of 2021-04-05 (CRC32 in base62 over the random part).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

APP_ID = 1_071_044
REGISTERED_AT = 1_772_445_600  # a day in March 2026
KEY_FILE = "governance.private-key.pem"

PERMISSIONS: dict[str, str] = {
    "members": "read",
    "metadata": "read",
    "organization_administration": "read",
    "organization_personal_access_token_requests": "write",
    "organization_personal_access_tokens": "write",
}
EVENTS = ("organization", "personal_access_token_request")

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class AppCredentials:
    """The ready-made GitHub App as its owner knows it. The private key (PKCS#1 PEM) is made when first needed."""

    app_id: int = APP_ID
    slug: str = "patrol-demo"
    name: str = "Patrol (demo)"
    client_id: str = "Iv23liPatrolDemo0001"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)
    webhook_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    created_at: int = REGISTERED_AT
    _private_key: str = field(default="", repr=False)
    _public_pem: str = field(default="", repr=False)

    @property
    def private_key(self) -> str:
        if not self._private_key:
            self._private_key = new_private_key()
        return self._private_key

    @property
    def public_key(self) -> Any:
        """The key object that checks the App's signatures."""
        if not self._public_pem:
            self._public_pem = public_pem(self.private_key)
        return loaded_key(self._public_pem)

    def write(self, directory: Path) -> None:
        """Write ``app.json`` and the key beside it, readable by this user only."""
        key_file = directory / KEY_FILE
        _write_private(key_file, self.private_key)
        facts = {
            "app_id": self.app_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "private_key_file": str(key_file.resolve()),
            "webhook_secret": self.webhook_secret,
            "slug": self.slug,
        }
        _write_private(directory / "app.json", json.dumps({"governance": facts}, indent=2) + "\n")


def load_credentials(directory: Path) -> AppCredentials:
    """The credentials of an earlier run, or new ones when there are none that can be read."""
    try:
        facts = json.loads((directory / "app.json").read_text("utf-8"))["governance"]
        return AppCredentials(
            app_id=int(facts["app_id"]),
            slug=facts["slug"],
            client_id=facts["client_id"],
            client_secret=facts["client_secret"],
            webhook_secret=facts["webhook_secret"],
            _private_key=(directory / KEY_FILE).read_text("ascii"),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return AppCredentials()


def new_client_id() -> str:
    return "Iv23li" + "".join(secrets.choice(_BASE62) for _ in range(14))


def digest(secret: str) -> str:
    """The name under which an issued secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_short_token(prefix: str) -> str:
    """``ghu_``, ``ghr_`` or ``ghs_`` + 30 random base62 characters + 6 of their CRC32."""
    body = "".join(secrets.choice(_BASE62) for _ in range(30))
    checksum, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        checksum, digit = divmod(checksum, 62)
        digits = _BASE62[digit] + digits
    return f"{prefix}_{body}{digits}"


def new_installation_token(app_id: int, *, short: bool = False) -> str:
    """``ghs_APPID_`` and three dotted parts, about 520 characters: opaque, as since 2026. `short`: as before."""
    if short:
        return new_short_token("ghs")
    header, payload, signature = (_random_text(size) for size in (27, 195, 150))
    return f"ghs_{app_id}_{header}.{payload}.{signature}"


def _random_text(size: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).rstrip(b"=").decode().replace("-", "_")


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, "utf-8")


def new_private_key() -> str:
    """PKCS#1 PEM, as GitHub hands it out."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def public_pem(private_key: str) -> str:
    """The public half of a private key, as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    key = load_pem_private_key(private_key.encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def loaded_key(pem: str) -> Any:
    """The key object of a public key, loaded once."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(pem.encode())
