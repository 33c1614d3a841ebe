"""The programs the faults need and Patrol does not: where they are, and what happens where they are not."""

import os
import pwd
import shutil
from pathlib import Path
from typing import Any

import pytest

_SERVERS = "/usr/lib/postgresql/*/bin"
_FAKETIME = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def lacks(what: str) -> Any:
    """Skip with one line; a failure where everything is required."""
    if os.environ.get("PATROL_TEST_REQUIRE_ALL") == "1":
        pytest.fail(f"{what}; PATROL_TEST_REQUIRE_ALL=1 wants it")
    pytest.skip(what)


def program(name: str) -> str:
    """The path of a program, on PATH or among PostgreSQL's own; skips the test where there is none."""
    found = shutil.which(name) or next((str(path) for path in _newest_first(_SERVERS, name)), "")
    return found or str(lacks(f"{name} is not installed"))


def faketime() -> str:
    """The library that gives a process another clock; skips the test where there is none."""
    found = next((str(path) for pattern in _FAKETIME for path in _newest_first(pattern)), "")
    return found or str(lacks("libfaketime is not installed"))


def server_user() -> dict[str, Any]:
    """Who runs PostgreSQL, as arguments of `Popen`: it refuses root. Skips where only root is there."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        return dict(lacks("there is no user postgres, and PostgreSQL refuses root"))
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _newest_first(pattern: str, name: str = "") -> list[Path]:
    found = Path("/").glob(f"{pattern.lstrip('/')}/{name}".rstrip("/"))
    return sorted((path for path in found if path.exists()), key=_version, reverse=True)


def _version(path: Path) -> list[int]:
    return [int(part) for part in path.parts if part.isdecimal()]
