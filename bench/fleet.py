"""Forty organizations, read for the first time by the two workers that `make run` starts."""

import time
from collections.abc import Callable
from datetime import datetime

from bench.alive import Alive, alive, seconds_until
from bench.results import Result
from bench.sync import Stage

ORGANIZATIONS, GRANTS = 40, 1_000
WORLD = f"--seed 1 --organizations {ORGANIZATIONS} --members 100 --grants {GRANTS} --requests 10 --saml-organizations 0"
LONGEST = 900.0
READ = "SELECT count(*) FROM tokens_syncstate WHERE completed_at IS NOT NULL"


def sync_seconds(stage: Stage) -> Result:
    """From the beginning of the first walk to the end of the last; in the detail what GitHub's quota said."""
    with alive(sqlite=stage.sqlite, world=WORLD, organizations=()) as patrol:
        seconds_until(
            lambda: patrol.count(READ) == ORGANIZATIONS, LONGEST, time.monotonic(), "all organizations were read"
        )
        began, ended = patrol.instant("SELECT min(started_at) FROM tokens_walk"), _last(patrol)
        detail = patrol.surroundings | {
            "organizations": ORGANIZATIONS,
            "grants": patrol.count("SELECT count(*) FROM tokens_grant"),
            "http_requests": patrol.count("SELECT sum(http_requests) FROM tokens_walk"),
            "walks_that_waited": patrol.count("SELECT count(*) FROM tokens_walk WHERE error <> ''"),
            "worker_threads": 2,
        }
    return Result("organizations_40_sync_s", round((ended - began).total_seconds(), 1), "s", 180, detail)


def _last(patrol: Alive) -> datetime:
    return patrol.instant("SELECT max(completed_at) FROM tokens_syncstate")


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {"organizations_40_sync_s": sync_seconds}
