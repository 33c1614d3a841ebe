"""Patterns for logins."""

import re
import time

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.core import globs

letters = st.text(alphabet="ab-_", max_size=9)
patterns = st.text(alphabet="abA-_*?", min_size=1, max_size=9)


@given(patterns, letters)
def test_a_pattern_fits_as_the_same_regular_expression_would(pattern: str, text: str) -> None:
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(sign, re.escape(sign)) for sign in pattern)
    assert globs.fits(pattern, text) is (re.fullmatch(expression, text, re.IGNORECASE) is not None)


def test_no_pattern_takes_long() -> None:
    started = time.monotonic()
    assert not globs.fits("*a" * 60, "a" * 59 + "b" * 41)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("pattern", ["", "a b", "[ab]", "a%", "a\n", "x" * 121, "é*"])
def test_what_is_no_pattern_of_logins_is_refused(pattern: str) -> None:
    assert not globs.is_pattern(pattern)


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*-bot", "deploy-BOT", True), ("*-bot", "bot", False), ("ci_?", "ci_7", True), ("ci_?", "ciX7", False),
        ("*", "", True), ("a?c", "abc", True), ("a?c", "ac", False),
    ],
)  # fmt: skip
def test_the_database_agrees(pattern: str, text: str, fits: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT CASE WHEN lower(%s) LIKE %s ESCAPE '\' THEN 1 ELSE 0 END", [text, globs.like(pattern)])
        assert (cursor.fetchone() == (1,)) is fits is globs.fits(pattern, text)
