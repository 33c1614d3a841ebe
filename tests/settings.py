"""Patrol's settings for tests: the same, with generated keys and a database of the run's own."""

import base64
import os
import secrets
import tempfile
from pathlib import Path

_data = Path(tempfile.mkdtemp(prefix="patrol-tests-"))
os.environ.setdefault("PATROL_DATA_DIR", str(_data))
os.environ.setdefault("PATROL_SECRET_KEY", secrets.token_urlsafe(48))
os.environ.setdefault("PATROL_ENCRYPTION_KEYS", "test:" + base64.b64encode(secrets.token_bytes(32)).decode())
os.environ.setdefault("PATROL_PUBLIC_URL", "http://testserver")
os.environ.setdefault("PATROL_GITHUB_API_URL", "https://api.github.com")  # else chosen at /setup: a look at rows
os.environ.setdefault("PATROL_GITHUB_WEB_URL", "https://github.com")
os.environ.setdefault("PATROL_OUTBOUND_PRIVATE_HOSTS", "127.0.0.1")
os.environ.setdefault("PATROL_GITHUB_WRITE_PAUSE_MILLISECONDS", "20")
os.environ.setdefault("PATROL_UNDO_SECONDS", "0")  # the tests of the undo window set it
if os.environ.get("PATROL_TEST_DATABASE_URL"):
    os.environ["PATROL_DATABASE_URL"] = os.environ["PATROL_TEST_DATABASE_URL"]

from config.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  WhiteNoise looks there at start
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, not memory: threads then wait for each other's locks as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}  # noqa: F405
    # Nothing of it has to outlive a loss of power, which is what waiting for the disk is for.
    _options = DATABASES["default"]["OPTIONS"]  # noqa: F405
    _command = _options["init_command"].replace("synchronous=NORMAL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"] = _options | {"init_command": _command}  # noqa: F405
else:
    DATABASES["default"]["ENGINE"] = "tests.postgresql"  # noqa: F405
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOG_LEVEL = "ERROR"
# Messages are doorbells: tests do the due work themselves with the sweeper, unless they run a real worker.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.02}  # seconds; else one
