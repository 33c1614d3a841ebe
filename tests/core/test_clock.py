"""The one clock."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core import clock

MOMENT = timedelta(seconds=5)


def test_it_is_now_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < MOMENT


def test_a_test_moves_it_and_it_comes_back() -> None:
    with clock.moved(timedelta(hours=2)):
        assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=2)) < MOMENT
        with clock.moved(timedelta(hours=-1)):
            assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=1)) < MOMENT
    assert abs(clock.now() - datetime.now(UTC)) < MOMENT


def test_it_comes_back_when_the_test_fails() -> None:
    with pytest.raises(ValueError, match="on purpose"), clock.moved(timedelta(days=1)):
        raise ValueError("on purpose")
    assert abs(clock.now() - datetime.now(UTC)) < MOMENT
