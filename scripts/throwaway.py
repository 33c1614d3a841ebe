"""An environment for commands that load Patrol's settings but keep nothing: generated keys, a temporary directory."""

import base64
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """The caller's environment without its own Patrol settings, with keys and a data directory that go away."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PATROL_")}
    with tempfile.TemporaryDirectory(prefix="patrol-") as directory:
        yield kept | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PATROL_DATA_DIR": directory,
            "PATROL_SECRET_KEY": secrets.token_urlsafe(48),
            "PATROL_ENCRYPTION_KEYS": "k:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
