"""What `make run` prepares in the data directory so that Patrol needs no settings. Standard library only.

Keys are made once, and never while a database exists that was sealed with others: a lost key means that what
it sealed stays closed, and a new one in its place would hide that.
"""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

DATA_DIRS = {"demo": "var", "github": "var-github"}
OTHER_WAYS = {"real": "Start it with make run MODE=github", "simulated": "Give the settings of the App again"}
KEY_FILES = {"PATROL_SECRET_KEY": "secret_key", "PATROL_ENCRYPTION_KEYS": "encryption_keys"}


class CannotStart(Exception):
    """A sentence for the person who typed `make run`."""


def new_secret_key() -> str:
    """384 random bits as text."""
    return secrets.token_urlsafe(48)


def new_key_ring() -> str:
    """A ring of one key, `id:base64` of 32 random bytes (AES-256-GCM)."""
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "PATROL_SECRET_KEY": new_secret_key,
    "PATROL_ENCRYPTION_KEYS": new_key_ring,
}


def given(environment: Mapping[str, str], name: str) -> bool:
    """Whether the setting NAME came with the environment, as itself or as NAME_FILE."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def is_simulated(environment: Mapping[str, str]) -> bool:
    """Whether MODE, or the lack of an App where it is not given, asks for the demo. Raises CannotStart."""
    mode = environment.get("MODE") or ""
    if mode not in ("", *DATA_DIRS):
        raise CannotStart(f"MODE={mode} is neither {' nor '.join(DATA_DIRS)}.")
    return mode == "demo" or (not mode and not given(environment, "PATROL_GITHUB_APP_ID"))


def data_dir_of(environment: Mapping[str, str]) -> str:
    """Where each keeps its data when nothing is said: leaving the demo leaves it where it is."""
    return DATA_DIRS.get(environment.get("MODE") or "", DATA_DIRS["demo"])


def make_data_dir(data_dir: Path) -> None:
    """The directory and its folders, closed to other users. Raises CannotStart."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in ("log", "keys", "broker", "broker-control"):
            (data_dir / folder).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The data directory {data_dir} cannot be made: {error.strerror}.") from error


def keys(environment: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """The settings that name the key files; files are made where neither setting, file nor database exists.

    Raises CannotStart when a key is missing and a database is there that may be sealed with it.
    """
    missing = [name for name in KEY_FILES if not given(environment, name)]
    absent = [name for name in missing if not (data_dir / "keys" / KEY_FILES[name]).exists()]
    if absent and database_exists(environment, data_dir):
        lost = data_dir / "keys" / KEY_FILES[absent[0]]
        raise CannotStart(
            f"{lost} is missing and {absent[0]} is not set, but the database exists: what it keeps is sealed with "
            f"that key. Put the key back, or choose another PATROL_DATA_DIR and database to begin anew."
        )
    for name in absent:
        _write_private(data_dir / "keys" / KEY_FILES[name], MAKERS[name]())
    return {f"{name}_FILE": str(data_dir / "keys" / KEY_FILES[name]) for name in missing}


def database_exists(environment: Mapping[str, str], data_dir: Path) -> bool:
    """Whether the database that the settings name holds Patrol's tables already."""
    if not given(environment, "PATROL_DATABASE_URL"):
        return (data_dir / "patrol.sqlite3").exists()
    asked = subprocess.run(  # our own module loads the driver; this program does not
        [sys.executable, "-m", "config.prepare", "--holds-tables"],
        env={**environment, "PATROL_DATA_DIR": str(data_dir), "PATROL_SECRET_KEY": new_secret_key()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode not in (0, 3):
        last = (asked.stderr.strip() or "no reason given").splitlines()[-1]
        raise CannotStart(f"The database of PATROL_DATABASE_URL cannot be asked: {last}")
    return asked.returncode == 0


def claim_for(data_dir: Path, kind: str) -> None:
    """Note which GitHub the embedded database mirrors: "simulated" or "real". Raises CannotStart for the other one.

    A demo beside an organization's record could not be told apart later.
    """
    note = data_dir / "github"
    if (data_dir / "patrol.sqlite3").exists() and note.exists():
        known = note.read_text(encoding="utf-8").strip()
        if known != kind:
            raise CannotStart(
                f"{data_dir} holds the record of a {known} GitHub, and this start is for a {kind} one. "
                f"{OTHER_WAYS[kind]}, or choose another PATROL_DATA_DIR."
            )
    note.write_text(kind + "\n", encoding="utf-8")


def simulated_app(data_dir: Path, url: str) -> dict[str, str]:
    """The settings that point Patrol to the simulator, from the file the simulator wrote. Raises CannotStart."""
    file = data_dir / "simulator" / "app.json"
    try:
        app = json.loads(file.read_text(encoding="utf-8"))["governance"]
    except (OSError, ValueError, KeyError) as error:
        raise CannotStart(f"{file} cannot be read: {error}.") from error
    return {
        "PATROL_GITHUB_API_URL": url,
        "PATROL_GITHUB_WEB_URL": url,
        "PATROL_OUTBOUND_PRIVATE_HOSTS": url.split("://", 1)[1],
        "PATROL_GITHUB_APP_ID": str(app["app_id"]),
        "PATROL_GITHUB_APP_CLIENT_ID": app["client_id"],
        "PATROL_GITHUB_APP_CLIENT_SECRET": app["client_secret"],
        "PATROL_GITHUB_APP_PRIVATE_KEY_FILE": app["private_key_file"],
        "PATROL_GITHUB_APP_WEBHOOK_SECRET": app["webhook_secret"],
        "PATROL_GITHUB_APP_SLUG": app["slug"],
    }


def fingerprint(environment: Mapping[str, str], root: Path) -> str:
    """The digest of what preparing depends on: pins, migrations, static files, the database's address."""
    files = [root / "requirements" / "base.txt", root / "config" / "settings.py"]
    files += sorted(root.glob("apps/*/migrations/*.py"))
    files += sorted(path for path in (root / "static").rglob("*") if path.is_file())
    seen = hashlib.sha256(environment.get("PATROL_DATABASE_URL", "").encode())
    for file in files:
        known = file.stat()
        seen.update(f"{file.relative_to(root)} {known.st_size} {known.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def is_prepared(data_dir: Path, now: str) -> bool:
    """Whether the embedded database and the static files were prepared from what there is now."""
    stamp = data_dir / "prepared"
    stands = (data_dir / "patrol.sqlite3").exists() and (data_dir / "static").exists() and stamp.exists()
    return stands and stamp.read_text(encoding="utf-8") == now


def note_prepared(data_dir: Path, now: str) -> None:
    """Remember what preparing was done from."""
    (data_dir / "prepared").write_text(now, encoding="utf-8")


def _write_private(path: Path, text: str) -> None:
    """All of it or nothing, readable by this user only from its first moment."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
