"""What a benchmark says."""

import json
from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Any


@dataclass(frozen=True)
class Result:
    """One number; `aim` is the most (in `unit`) that it should be."""

    name: str
    value: float
    unit: str
    aim: float
    detail: dict[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self))


def percentile(samples: list[float], share: int) -> float:
    """The smallest sample that `share` of a hundred do not exceed (nearest rank)."""
    return sorted(samples)[max(0, ceil(len(samples) * share / 100) - 1)]
