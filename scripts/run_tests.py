"""`make test`: all tests on SQLite, what needs of a database again on PostgreSQL, the rest where it can run.

Two lanes at the same time: one keeps the cores busy, the other mostly waits, for a worker or for Chromium. What the
second says comes when a part of it has ended. At the end one line for each part that could not run, and why.
PATROL_TEST_REQUIRE_ALL=1 makes such a line a failure.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = ["-n", "2", "--dist", "worksteal"]
NOT_HERE = "not faults and not soak"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Part:
    """One call of pytest: which tests, with which environment; `missing` says why it cannot run here.

    `waits`: for others, most of its time, so that it runs beside the rest.
    """

    name: str
    arguments: list[str]
    environment: dict[str, str]
    missing: str = ""
    waits: bool = False


def base_environment() -> dict[str, str]:
    """Without settings of a running Patrol: a test run must never meet a real database."""
    kept = {"PATROL_TEST_CHROMIUM", "PATROL_TEST_REQUIRE_ALL", "PATROL_TEST_SCHEDULES"}
    return {name: value for name, value in os.environ.items() if not name.startswith("PATROL_") or name in kept}


def chromium() -> str:
    """The path of a Chromium, or empty."""
    return os.environ.get("PATROL_TEST_CHROMIUM") or next((found for name in BROWSERS if (found := which(name))), "")


def which(name: str) -> str:
    """The path of a program, or empty."""
    return shutil.which(name) or ""


def parts() -> list[Part]:
    """What a whole run consists of."""
    plain = base_environment()
    postgresql = os.environ.get("PATROL_TEST_DATABASE_URL", "")
    redis = os.environ.get("PATROL_TEST_REDIS_URL", "")
    browser = chromium()
    return [
        Part("everything on SQLite", [*WORKERS, "-m", f"{NOT_HERE} and not browser and not broker"], plain),
        Part(
            "the database tests on PostgreSQL",
            [*WORKERS, "-m", f"{NOT_HERE} and not browser and not broker and database"],
            plain | {"PATROL_TEST_DATABASE_URL": postgresql, "PGOPTIONS": "-c synchronous_commit=off"},
            "" if postgresql else "PATROL_TEST_DATABASE_URL is not set",
        ),
        Part(
            "the job tests on a Celery worker with Redis",
            ["-m", f"{NOT_HERE} and broker"],
            plain | {"PATROL_TEST_REDIS_URL": redis} | ({"PATROL_TEST_DATABASE_URL": postgresql} if postgresql else {}),
            "" if redis else "PATROL_TEST_REDIS_URL is not set",
            waits=True,
        ),
        Part(
            "the browser tests in Chromium",
            ["-m", f"{NOT_HERE} and browser"],  # one after the other: they share one Patrol, which keeps the cores busy
            plain | {"PATROL_TEST_CHROMIUM": browser},
            "" if browser else f"none of {', '.join(BROWSERS)} is installed",
            waits=True,
        ),
    ]


def run(part: Part) -> bool:
    """Whether its tests passed; a part without tests did not."""
    started = time.monotonic()
    said = f"\n--- {part.name}\n"
    if not part.waits:
        print(said, end="", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *part.arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=part.environment, check=False, text=True,
        stdout=subprocess.PIPE if part.waits else None, stderr=subprocess.STDOUT if part.waits else None,
    )  # fmt: skip
    if part.waits:
        print(said + done.stdout, end="", flush=True)
    verdict = "passed" if done.returncode == 0 else "FAILED"
    print(f"--- {part.name}: {verdict}, {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode == 0


def run_lane(lane: Iterable[Part]) -> list[str]:
    """Its parts one after the other; the names of those that failed."""
    return [part.name for part in lane if not run(part)]


def run_some(arguments: list[str]) -> int:
    """The tests that were asked for, with the caller's choice of database and broker."""
    environment = base_environment() | {
        name: value for name, value in os.environ.items() if name.startswith("PATROL_TEST_")
    }
    command = [sys.executable, "-m", "pytest", "-m", NOT_HERE, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """0 when everything that ran passed and nothing required was left out."""
    if arguments:
        return run_some(arguments)
    every = parts()
    here = [part for part in every if not part.missing]
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(run_lane, [part for part in here if part.waits])
        failed = run_lane(part for part in here if not part.waits) + waiting.result()
    left_out = [part for part in every if part.missing]
    print()
    for part in left_out:
        print(f"not run: {part.name}, because {part.missing}")
    for name in failed:
        print(f"failed: {name}")
    required = os.environ.get("PATROL_TEST_REQUIRE_ALL") == "1"
    return 1 if failed or (required and left_out) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
