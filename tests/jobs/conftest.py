"""A schedule with one job of the test's own in it."""

from collections.abc import Iterator

import pytest

from apps.jobs import services
from tests.jobs.work import Work


@pytest.fixture
def work(database: None) -> Iterator[Work]:
    """The only scheduled job; due every hour."""
    everything = dict(services._schedule)
    services._schedule.clear()
    yield Work()
    services._schedule.clear()
    services._schedule.update(everything)


@pytest.fixture
def sweeps() -> Iterator[None]:
    """What the test registers with the sweeper is forgotten afterwards."""
    everything = dict(services._sweeps)
    yield
    services._sweeps.clear()
    services._sweeps.update(everything)
