"""How long the server takes for each page over 20 organizations, and how that grows with what they hold."""

import json
from collections.abc import Callable
from typing import Any

from bench.inventories import ORGANIZATIONS, inventory
from bench.results import Result
from bench.sync import Stage

FEW, MANY = 1_000, 100_000
AIM_MS, AIM_GROWTH = 50, 1.5


def page_p95(stage: Stage) -> Result:
    """The slowest page's 95th percentile with 100,000 grants."""
    pages, floor = _measured(stage, MANY)
    slowest = max(pages, key=lambda name: pages[name]["p95_ms"])
    detail = {"database": _database(stage), "organizations": ORGANIZATIONS, "grants": MANY, "slowest": slowest}
    return Result("page_p95_ms", pages[slowest]["p95_ms"], "ms", AIM_MS, {**detail, "floor": floor, "pages": pages})


def page_growth(stage: Stage) -> Result:
    """The worst page's 95th percentile with 100,000 grants by the same with 1,000.

    Of pages that show equally many rows at both sizes: an empty list is quicker than a full one, however it is found.
    """
    (few, floor_of_few), (many, floor_of_many) = _measured(stage, FEW), _measured(stage, MANY)
    ratios = {
        name: round(many[name]["p95_ms"] / few[name]["p95_ms"], 2)
        for name in many
        if few[name]["rows"] == many[name]["rows"]
    }
    worst = max(ratios, key=ratios.__getitem__)
    rows = {name: [few[name]["rows"], many[name]["rows"]] for name in many if name not in ratios}
    times = {name: [few[name]["p95_ms"], many[name]["p95_ms"]] for name in many}
    detail = {"database": _database(stage), "grants": [FEW, MANY], "worst": worst, "ratios": ratios, "p95_ms": times}
    detail |= {"floor": [floor_of_few, floor_of_many], "other_rows": rows}
    return Result("page_growth_ratio", ratios[worst], "ratio", AIM_GROWTH, detail)


Pages = tuple[dict[str, Any], dict[str, float]]
"""By name, and how quick the machine was."""
_known: dict[tuple[bool, int], Pages] = {}


def _measured(stage: Stage, grants: int) -> Pages:
    """Both benchmarks look at the same pages; measured once a run."""
    key = (stage.sqlite, grants)
    if key not in _known:
        _known[key] = _measure(stage, grants)
    return _known[key]


def _measure(stage: Stage, grants: int) -> Pages:
    with inventory(grants, sqlite=stage.sqlite) as inside:
        found = json.loads(inside("from bench import looking; looking.report()"))
        return found["pages"], found["floor"]


def _database(stage: Stage) -> str:
    return "SQLite" if stage.sqlite else "PostgreSQL"


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {"page_p95_ms": page_p95, "page_growth_ratio": page_growth}
