"""How much memory a process takes more than idle while an owner takes 100,000 grants away as a file."""

import json
from collections.abc import Callable
from typing import Any

from bench.inventories import ORGANIZATIONS, inventory
from bench.results import Result
from bench.sync import Stage

GRANTS = 100_000
AIM_MB, AIM_FIRST_BYTE_MS = 20, 200


def peak_mb(stage: Stage) -> Result:
    """The larger of both formats; in the detail of each the time until its first byte, and until its last."""
    taken = _taken(stage)
    idle = taken.pop("idle_mb")
    detail = {
        "database": "SQLite" if stage.sqlite else "PostgreSQL", "organizations": ORGANIZATIONS, "grants": GRANTS,
        "idle_mb": idle, "aim_first_byte_ms": AIM_FIRST_BYTE_MS, **taken,
    }  # fmt: skip
    return Result("export_peak_mb", max(one["peak_mb"] for one in taken.values()), "MiB", AIM_MB, detail)


def _taken(stage: Stage) -> dict[str, Any]:
    with inventory(GRANTS, sqlite=stage.sqlite) as inside:
        found: dict[str, Any] = json.loads(inside("from bench import taking; taking.report()"))
        return found


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {"export_peak_mb": peak_mb}
