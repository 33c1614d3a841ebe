"""How long the server takes for each page over 20 organizations, and how that grows with what they hold."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.inventories import ORGANIZATIONS, inventory
from bench.results import Result, percentile
from bench.sync import Stage

FEW, MANY = 1_000, 100_000
AIM_MS, AIM_GROWTH = 50, 1.5
ROUNDS = 40


@dataclass(frozen=True)
class Looked:
    """What was found at one size: by page, and how quick the machine was (medians)."""

    pages: dict[str, dict[str, Any]]
    floor: dict[str, float]


def page_p95(stage: Stage) -> Result:
    """The slowest page's 95th percentile with 100,000 grants."""
    [many] = _measure(stage, [MANY])
    slowest = max(many.pages, key=lambda name: many.pages[name]["p95_ms"])
    detail = {"database": _database(stage), "organizations": ORGANIZATIONS, "grants": MANY, "slowest": slowest}
    detail |= {"floor": many.floor, "pages": many.pages}
    return Result("page_p95_ms", many.pages[slowest]["p95_ms"], "ms", AIM_MS, detail)


def page_growth(stage: Stage) -> Result:
    """The worst page's 95th percentile with 100,000 grants by the same with 1,000, both looked at by turns.

    Of pages that show equally many rows at both sizes: an empty list is quicker than a full one, however it is found.
    """
    few, many = _measure(stage, [FEW, MANY])
    both = {name: (few.pages[name], many.pages[name]) for name in many.pages}
    alike = {name: pair for name, pair in both.items() if pair[0]["rows"] == pair[1]["rows"]}
    ratios = {name: round(of_many["p95_ms"] / of_few["p95_ms"], 2) for name, (of_few, of_many) in alike.items()}
    worst = max(ratios, key=ratios.__getitem__)
    rows = {name: [one["rows"] for one in both[name]] for name in both if name not in alike}
    detail = {"database": _database(stage), "grants": [FEW, MANY], "worst": worst, "ratios": ratios}
    detail |= {kind: {name: [one[kind] for one in pair] for name, pair in both.items()} for kind in _PERCENTILES}
    detail |= {"floor": [few.floor, many.floor], "other_rows": rows}
    return Result("page_growth_ratio", ratios[worst], "ratio", AIM_GROWTH, detail)


_PERCENTILES = {"p95_ms": 95, "p50_ms": 50}


def _measure(stage: Stage, sizes: Sequence[int]) -> list[Looked]:
    """The sizes are there at the same time and take turns: when the machine is slow, it is so for each of them."""
    with ExitStack() as held:
        ask = []
        for size in sizes:
            inside = held.enter_context(inventory(size, sqlite=stage.sqlite, beside=f"_{size}"))
            ask.append(held.enter_context(inside.asking("from bench import looking; looking.rounds()")))
        seen = [one() for one in ask]
        taken: list[list[dict[str, Any]]] = [[] for _ in sizes]
        for _ in range(ROUNDS):
            for number, one in enumerate(ask):
                taken[number].append(one())
        return [_looked(*both) for both in zip(seen, taken, strict=True)]


def _looked(seen: dict[str, dict[str, Any]], taken: Sequence[dict[str, Any]]) -> Looked:
    pages = {
        name: {kind: _percentile([one["pages"][name] for one in taken], of, 1) for kind, of in _PERCENTILES.items()}
        for name in seen
    }
    floor = {name: _percentile([one["floor"][name] for one in taken], 50, 2) for name in taken[0]["floor"]}
    return Looked({name: pages[name] | seen[name] for name in seen}, floor)


def _percentile(taken: Sequence[float], of: int, digits: int) -> float:
    return round(percentile(list(taken), of), digits)


def _database(stage: Stage) -> str:
    return "SQLite" if stage.sqlite else "PostgreSQL"


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {"page_p95_ms": page_p95, "page_growth_ratio": page_growth}
