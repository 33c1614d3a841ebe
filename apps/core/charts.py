"""Bars of a chart as numbers: what `components/chart.html` draws as SVG, without script or style of its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
"""Of the drawing, in its own units; a bar as wide as `STEP`, gap included. It is stretched to the page."""
STEP, GAP = 10, 2


@dataclass(frozen=True)
class Series:
    """One kind of part: its name, and its `tone`, a class of components.css (low, high, asked ...)."""

    name: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """One place of the chart: a short label below it, its whole name, a number for each series, and where it leads."""

    label: str
    name: str
    values: tuple[float | None, ...]
    url: str = ""


@dataclass(frozen=True)
class Box:
    """A drawn part."""

    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Column:
    """A drawn bar: what it says when it is pointed at or read aloud, and its boxes."""

    bar: Bar
    said: str
    x: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Chart:
    """Bars of some series, one on the other (`stacked`) or side by side. `unit` stands behind numbers: "tokens"."""

    id: str
    title: str
    series: Sequence[Series]
    bars: Sequence[Bar]
    unit: str
    stacked: bool = True

    @property
    def width(self) -> int:
        """Of the drawing."""
        return STEP * len(self.bars)

    @property
    def step(self) -> int:
        """How wide one bar's place is."""
        return STEP

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for bar in self.bars for value in bar.values)

    @property
    def top(self) -> float:
        """The number at the upper edge: 1, 2 or 5 times a power of ten, not below the highest bar."""
        sizes = [self._size(bar) for bar in self.bars]
        highest = max(sizes, default=0)
        if highest <= 0:
            return 1
        power = 10.0 ** math.floor(math.log10(highest))
        return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= highest * (1 - 1e-9))

    @property
    def middle(self) -> float:
        """The number half way up."""
        return self.top / 2

    @property
    def columns(self) -> list[Column]:
        """What is drawn."""
        top = self.top
        return [
            Column(bar, self._said(bar), place * STEP, self._boxes(bar, place * STEP, top))
            for place, bar in enumerate(self.bars)
        ]

    def _size(self, bar: Bar) -> float:
        values = [value or 0 for value in bar.values]
        return sum(values) if self.stacked else max(values, default=0)

    def _boxes(self, bar: Bar, x: int, top: float) -> tuple[Box, ...]:
        boxes, below = [], 0.0
        width = (STEP - GAP) / (1 if self.stacked else max(1, len(self.series)))
        for place, (series, value) in enumerate(zip(self.series, bar.values, strict=True)):
            height = HEIGHT * (value or 0) / top
            if height > 0:
                left = x + GAP / 2 + (0 if self.stacked else place * width)
                boxes.append(Box(series.tone, left, round(HEIGHT - below - height, 3), width, round(height, 3)))
            below += height if self.stacked else 0
        return tuple(boxes)

    def _said(self, bar: Bar) -> str:
        told = [f"{number(value)} {one.name}" for one, value in zip(self.series, bar.values, strict=True) if value]
        return f"{bar.name}: {', '.join(told)}" if told else f"{bar.name}: none"


def number(value: float | None) -> str:
    """As it is read: thousands apart, and one digit behind the point below ten where there is a fraction."""
    if value is None:
        return ""
    if value < 10 and value != round(value):
        return f"{value:.1f}"
    return f"{value:,.0f}"


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """The percentile by nearest rank: the least value that `share` of all do not exceed. None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
