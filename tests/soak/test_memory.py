"""Patrol runs for minutes, busy: people ask, an owner decides, lists are read. Memory settles, nothing is lost."""

import os
import time
from pathlib import Path

import psutil
import pytest

from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.processes import Person, RunningPatrol, eventually, reviews

SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))
WARM_UP = 0.3
"""The share of the run after which memory counts."""
MAY_GROW_MB = 30.0
NAMES = ("simulator", "granian", "sweep", "worker", "beat")
pytestmark = [pytest.mark.soak, pytest.mark.timeout(SECONDS + 300)]


def _megabytes(patrol: RunningPatrol) -> dict[str, float]:
    """Memory of each process, shared pages divided among those who share them (smaps_rollup, Linux)."""
    found = {}
    for process in patrol.tree():
        try:
            words = str(process.cmdline())
            name = next((name for name in NAMES if name in words), "supervisor")
            found[f"{name} {process.pid}"] = process.memory_full_info().pss / 2**20
        except psutil.NoSuchProcess:
            continue
    return found


def test_memory_settles_under_work(tmp_path: Path) -> None:
    with RunningPatrol(tmp_path / "var") as patrol:
        owner = Person(patrol.url, OWNER)
        eventually(owner.pending, 60, "the queue shows requests")
        began, decided, settled = time.monotonic(), 0, 0.0
        while (passed := time.monotonic() - began) < SECONDS:
            patrol.github.ask(organization=ORGANIZATION, login=MEMBER, name=f"soak {decided}")
            _press_look_again(owner)
            waiting = owner.pending()
            owner.decide(waiting[0], "approve" if decided % 2 else "deny", reason="soak")
            decided += 1
            for path in ("/", f"/orgs/{ORGANIZATION}/tokens/", f"/orgs/{ORGANIZATION}/activity/"):
                owner.see(path)
            sizes = _megabytes(patrol)
            if not settled and passed > SECONDS * WARM_UP:
                settled = sum(sizes.values())
            print(f"{passed:6.0f} s  {decided:4} decided  {sum(sizes.values()):6.1f} MB  ", end="")
            print("  ".join(f"{name.split()[0]} {size:.0f}" for name, size in sizes.items()))
            time.sleep(2)
        eventually(lambda: len(reviews(patrol.github.ledger())) == decided, 120, "GitHub heard every decision once")
        assert sum(_megabytes(patrol).values()) - settled < MAY_GROW_MB
        assert "died" not in patrol.console()


def _press_look_again(owner: Person) -> None:
    """The button on the queue that reads GitHub's lists now."""
    owner.press(f"/orgs/{ORGANIZATION}/requests/", f"/orgs/{ORGANIZATION}/sync/")
