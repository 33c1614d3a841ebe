"""How long the server takes for each page over 20 organizations, and how that grows with what they hold."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.machinery import Patrol, Simulator, rested
from bench.results import Result
from bench.sync import Stage

ORGANIZATIONS = 20
FEW, MANY = 1_000, 100_000
AIM_MS, AIM_GROWTH = 50, 1.5


def page_p95(stage: Stage) -> Result:
    """The slowest page's 95th percentile with 100,000 grants."""
    pages = _measured(stage, MANY)
    slowest = max(pages, key=lambda name: pages[name]["p95_ms"])
    detail = {"database": _database(stage), "organizations": ORGANIZATIONS, "grants": MANY, "slowest": slowest}
    return Result("page_p95_ms", pages[slowest]["p95_ms"], "ms", AIM_MS, {**detail, "pages": pages})


def page_growth(stage: Stage) -> Result:
    """The worst page's 95th percentile with 100,000 grants by the same with 1,000.

    Of pages that show equally many rows at both sizes: an empty list is quicker than a full one, however it is found.
    """
    few, many = _measured(stage, FEW), _measured(stage, MANY)
    ratios = {
        name: round(many[name]["p95_ms"] / few[name]["p95_ms"], 2)
        for name in many
        if few[name]["rows"] == many[name]["rows"]
    }
    worst = max(ratios, key=ratios.__getitem__)
    rows = {name: [few[name]["rows"], many[name]["rows"]] for name in many if name not in ratios}
    times = {name: [few[name]["p95_ms"], many[name]["p95_ms"]] for name in many}
    detail = {"database": _database(stage), "grants": [FEW, MANY], "worst": worst, "ratios": ratios, "p95_ms": times}
    return Result("page_growth_ratio", ratios[worst], "ratio", AIM_GROWTH, {**detail, "other_rows": rows})


_known: dict[tuple[bool, int], dict[str, Any]] = {}


def _measured(stage: Stage, grants: int) -> dict[str, Any]:
    """Both benchmarks look at the same pages; measured once a run."""
    key = (stage.sqlite, grants)
    if key not in _known:
        _known[key] = _measure(stage, grants)
    return _known[key]


def _measure(stage: Stage, grants: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="patrol-bench-github-") as directory:
        # It only names the organizations; what they hold is loaded beside it.
        github = Simulator(
            Path(directory), seed=1, organizations=ORGANIZATIONS, saml_organizations=0, grants=1, requests=1
        )
        patrol = Patrol(github, sqlite=stage.sqlite)
        try:
            patrol.new_database()
            patrol.manage("collectstatic", "--no-input", "--verbosity=0", "--skip-checks")
            _inside(patrol, f"from bench import loading; loading.load({ORGANIZATIONS}, {grants})")
            rested()
            found: dict[str, Any] = json.loads(_inside(patrol, "from bench import looking; looking.report()"))
            return found
        finally:
            patrol.close()
            github.stop()


def _inside(patrol: Patrol, code: str) -> str:
    return patrol.manage("shell", "--no-imports", "--command", code).output


def _database(stage: Stage) -> str:
    return "SQLite" if stage.sqlite else "PostgreSQL"


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {"page_p95_ms": page_p95, "page_growth_ratio": page_growth}
