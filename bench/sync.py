"""A first and a repeated sync of an organization with 10,000 grants (40 % subset) and 500 requests."""

import json
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from bench import floor
from bench.machinery import Finished, Patrol, Simulator, rested
from bench.results import Result

ORGANIZATION = "acme-robotics"
ROUNDS = 3
# So many members raise the installation's hourly quota (GitHub grows it with them) above what the rounds need.
WORLD = {
    "seed": 1, "organizations": 1, "saml_organizations": 0, "members": 800, "grants": 10_000, "requests": 500,
    "rate_limit": 1_000_000,
}  # fmt: skip


class Stage:
    """One simulator and one Patrol for the benchmarks of the sync; closed with everything they made."""

    def __init__(self, *, sqlite: bool) -> None:
        self.sqlite = sqlite
        self._directory = tempfile.TemporaryDirectory(prefix="patrol-bench-github-")
        self._started: list[Callable[[], None]] = [self._directory.cleanup]

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        for close in reversed(self._started):
            close()

    @cached_property
    def github(self) -> Simulator:
        """The simulator, started at first use."""
        made = Simulator(Path(self._directory.name), **WORLD)
        self._started.append(made.stop)
        return made

    @cached_property
    def patrol(self) -> Patrol:
        """Patrol beside it."""
        made = Patrol(self.github, sqlite=self.sqlite)
        self._started.append(made.close)
        return made

    def first_sync(self) -> tuple[dict[str, Any], Finished]:
        """A first sync into an empty database: its report, and the process that did it."""
        self.patrol.new_database()
        rested()
        return self.sync()

    def sync(self) -> tuple[dict[str, Any], Finished]:
        """One sync in a process of its own."""
        finished = self.patrol.manage("sync", ORGANIZATION, "--json", "--skip-checks")
        return json.loads(finished.output), finished

    def forget_token(self) -> None:
        """The next sync gets a new installation token."""
        code = "from apps.github.models import InstallationToken as T; T.objects.all().delete()"
        self.patrol.manage("shell", "--no-imports", "--command", code)


def floor_ratio(stage: Stage) -> Result:
    """The time of a first full sync by the time of the bare loop; rounds alternate."""
    wanted = floor.addresses(stage.github, ORGANIZATION)
    floors: list[float] = []
    syncs: list[float] = []
    work: list[tuple[float, float]] = []
    report: dict[str, Any] = {}
    for _ in range(ROUNDS):
        seconds, floor_work = floor.seconds(wanted)
        report, process = stage.first_sync()
        floors.append(seconds)
        syncs.append(float(report["seconds"]))
        work.append((floor_work, process.cpu_seconds))
    detail = {
        "database": stage.patrol.database,
        "addresses": len(wanted.urls),
        "http_requests": report["http_requests"],
        "grants": report["grants"],
        "grant_requests": report["grant_requests"],
        "floor_seconds": [round(one, 2) for one in floors],
        "sync_seconds": [round(one, 2) for one in syncs],
        # Of the two client processes, the start of Patrol's included: tells a busy machine from a slow sync.
        "floor_cpu_seconds": [round(one, 2) for one, _ in work],
        "sync_cpu_seconds": [round(one, 2) for _, one in work],
    }
    return Result("sync_floor_ratio", round(median(syncs) / median(floors), 3), "ratio", 1.5, detail)


def repeat_requests(stage: Stage) -> Result:
    """HTTP requests of the next sync with nothing changed; what a new token and used tokens do to it."""
    stage.first_sync()
    unchanged, _ = stage.sync()
    stage.forget_token()
    new_token, _ = stage.sync()
    stage.github.control("use", organization=ORGANIZATION, share=0.2)
    used, _ = stage.sync()
    shown = ("http_requests", "not_modified", "changed", "seconds")
    detail = {
        "database": stage.patrol.database,
        "unchanged": {name: unchanged[name] for name in shown},
        "new_installation_token": {name: new_token[name] for name in shown},
        "a_fifth_of_the_tokens_used": {name: used[name] for name in shown},
    }
    return Result("sync_repeat_requests", unchanged["http_requests"], "requests", 110, detail)


def peak_mb(stage: Stage) -> Result:
    """The most memory of the process that does a first full sync."""
    report, process = stage.first_sync()
    detail = {"database": stage.patrol.database, "grants": report["grants"], "seconds": report["seconds"]}
    return Result("sync_peak_mb", round(process.peak_mb, 1), "MiB", 150, detail)


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {
    "sync_floor_ratio": floor_ratio,
    "sync_repeat_requests": repeat_requests,
    "sync_peak_mb": peak_mb,
}
