"""One URL to Django's database settings."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# IMMEDIATE takes the write lock when a transaction begins: two writers queue instead of failing half-way.
# recursive_triggers makes REPLACE fire the delete triggers that keep the audit append-only.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON; PRAGMA cache_size=-8000;"
    ),
}

WITHOUT_JIT = "-c jit=off"
"""No statement of Patrol's runs long enough to gain from it, and a cautious estimate costs a tenth of a second."""


PREPARED_FROM = 5
"""The driver's own: what a connection asks so often PostgreSQL plans once. See docs/adr/0013."""


def parse(url: str, data_dir: Path, *, prepares: bool = True) -> dict[str, Any]:
    """Django's DATABASES entry for a `postgresql://` or `sqlite:///` URL; empty means SQLite in data_dir.

    `prepares`: whether what is asked often is prepared on the server, for which a connection has to stay the same.
    """
    if not url:
        data_dir.mkdir(parents=True, exist_ok=True)
        return sqlite(data_dir / "patrol.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path[1:])))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("PATROL_DATABASE_URL starts with postgresql:// or sqlite:///.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "options": f"{os.environ.get('PGOPTIONS', '')} {WITHOUT_JIT}".strip(),
            "server_side_binding": prepares,
            "prepare_threshold": PREPARED_FROM if prepares else None,
        },
    }


def sqlite(path: Path) -> dict[str, Any]:
    """An embedded database in one file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": SQLITE_OPTIONS}
