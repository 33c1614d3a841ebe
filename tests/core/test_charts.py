"""The geometry of charts: nothing is drawn outside, and what is drawn is what was counted."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.charts import HEIGHT, Bar, Chart, Series, nearest_rank, number

SERIES = [Series("high", "high"), Series("low", "low")]
COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=12)


def chart(values: list[tuple[float | None, ...]], *, stacked: bool = True) -> Chart:
    bars = [Bar(str(place), f"place {place}", one, f"/{place}") for place, one in enumerate(values)]
    return Chart("c", "Chart", SERIES, bars, "tokens", stacked=stacked)


@given(COUNTS, st.booleans())
def test_everything_is_drawn_inside_and_as_high_as_it_counts(values: list[tuple[int, int]], stacked: bool) -> None:
    drawn = chart(list(values), stacked=stacked)
    for column, counts in zip(drawn.columns, values, strict=True):
        assert len(column.boxes) == sum(count > 0 for count in counts)
        for box in column.boxes:
            assert box.y >= -0.01
            assert box.y + box.height <= HEIGHT + 0.01
            assert column.x <= box.x
            assert box.x + box.width <= column.x + drawn.step
        assert sum(box.height for box in column.boxes) * drawn.top / HEIGHT == pytest.approx(
            sum(counts), abs=drawn.top / 1e4
        )


@given(COUNTS)
def test_the_scale_ends_at_a_round_number_not_far_above_the_highest_bar(values: list[tuple[int, int]]) -> None:
    drawn = chart(list(values))
    highest = max(sum(counts) for counts in values)
    if highest:
        assert highest <= drawn.top * 1.000_001 <= highest * 2.500_01
        assert str(int(drawn.top)).rstrip("0") in {"1", "2", "5"}


def test_stacked_parts_stand_on_each_other_and_others_side_by_side() -> None:
    lower, upper = chart([(1, 3)]).columns[0].boxes
    assert (lower.y, upper.y + upper.height) == (HEIGHT - lower.height, lower.y)
    left, right = chart([(1, 3)], stacked=False).columns[0].boxes
    assert left.x + left.width == pytest.approx(right.x)


def test_a_bar_is_read_aloud_with_what_it_holds() -> None:
    said = [column.said for column in chart([(1, 2_000), (0, 0), (None, 0.25)]).columns]
    assert said == ["place 0: 1 high, 2,000 low", "place 1: none", "place 2: 0.2 low"]


def test_nothing_to_draw_is_empty_and_has_a_scale() -> None:
    empty = chart([(0, None)])
    assert (empty.is_empty, empty.top, empty.columns[0].boxes) == (True, 1, ())


def test_numbers_are_read_with_thousands_apart() -> None:
    assert [number(value) for value in (None, 0, 0.5, 12.4, 1234)] == ["", "0", "0.5", "12", "1,234"]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_one_of_the_values_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    found = nearest_rank(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= math.floor(share * len(values))
    assert sum(value < found for value in values) < math.ceil(share * len(values))


def test_there_is_no_percentile_of_nothing() -> None:
    assert nearest_rank([], 0.5) is None
