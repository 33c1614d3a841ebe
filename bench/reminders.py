"""How long it takes, and with how much memory, to remind the people of 100,000 tokens, all on one day, and to propose
sleeping ones of as many for revocation.
"""

import json
from collections.abc import Callable
from typing import Any

from bench.inventories import ORGANIZATIONS, inventory
from bench.results import Result
from bench.sync import Stage

GRANTS = 100_000
AIM_SECONDS, AIM_MB = 60, 60


def run_seconds(stage: Stage) -> Result:
    """From the beat that opens the days until every row and event is written, by one worker.

    Every token ends within thirty days: as bad as a day can be. In the detail the same with one organization, and a
    second run, that finds everything told.
    """
    with inventory(GRANTS, sqlite=stage.sqlite) as inside:
        told: dict[str, Any] = json.loads(inside("from bench import telling; telling.report()"))
    detail = {"database": "SQLite" if stage.sqlite else "PostgreSQL", "organizations": ORGANIZATIONS, "grants": GRANTS}
    return Result("reminder_run_s", told.pop("seconds"), "s", AIM_SECONDS, detail | {"aim_mb": AIM_MB} | told)


def sleeping_seconds(stage: Stage) -> Result:
    """A day's run over 100,000 tokens of one organization, of which nine in ten sleep: a tenth is proposed.

    One organization is as bad as it can be: all are looked through again for each hundred. In the detail a run that
    finds the day's bound reached, one after an owner's yes to everything, and the end of all that was proposed.
    """
    with inventory(GRANTS, sqlite=stage.sqlite, organizations=1) as inside:
        told: dict[str, Any] = json.loads(inside("from bench import sleepers; sleepers.report()"))
    detail = {"database": "SQLite" if stage.sqlite else "PostgreSQL", "organizations": 1, "grants": GRANTS}
    return Result("sleeping_run_s", told.pop("seconds"), "s", AIM_SECONDS, detail | {"aim_mb": AIM_MB} | told)


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {
    "reminder_run_s": run_seconds,
    "sleeping_run_s": sleeping_seconds,
}
