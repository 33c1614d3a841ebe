"""Cells that spreadsheets read as text, and nothing lost by it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import spreadsheets

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", " =1", "＝1+1", "＋1", "－1", "＠x", "﹦1",
    "﹢1", "﹫x", "\u200b=1", "\u202e=1", "\ufeff=1", "\u00a0=1", "|cmd", "%0A=1", "\x1c=1", "'=1",
]  # fmt: skip
_ACTS = set("=+-@|%\t\r\n\0")


def read(text: str) -> list[list[str]]:
    """As any reader of CSV reads it."""
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_would_act_is_marked_as_text(text: str) -> None:
    assert spreadsheets.cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["deploy", "a=b", "contents-write", "0", "2026-11-27T10:00:00Z", "é", "日本", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert spreadsheets.cell(text) == text


def test_nothing_and_numbers_are_cells_too() -> None:
    assert "".join(spreadsheets.lines([[None, 7, "x"]])) == '"","7","x"\r\n'


anything = st.text(max_size=40) | st.sampled_from(FORMULAS).flatmap(lambda one: st.text(max_size=9).map(one.__add__))


@given(st.lists(st.lists(anything, min_size=1, max_size=4), max_size=4))
def test_a_reader_gets_back_what_was_written_but_for_the_mark(rows: list[list[str]]) -> None:
    found = read("".join(spreadsheets.lines(rows)))
    assert [[spreadsheets.plain(cell) for cell in row] for row in found] == rows


@given(anything)
def test_no_cell_begins_with_what_acts(text: str) -> None:
    assert not _ACTS & set(spreadsheets.cell(text)[:1])
