"""One simulator for this folder; every test gets a new small world in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.simulator.server import SimulatorServer
from tests.simulator.client import Person, SimulatedGitHub
from tests.webhook_receiver import Receiver

World = Callable[..., SimulatedGitHub]
SMALL: dict[str, Any] = {"seed": 1, "organizations": 2, "members": 10, "grants": 20, "requests": 6}


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(**SMALL) as server:
        yield server


@pytest.fixture
def simulator(running_simulator: SimulatorServer) -> SimulatedGitHub:
    """A new small world, seen from outside."""
    running_simulator.reset()
    return SimulatedGitHub(running_simulator)


@pytest.fixture
def world(running_simulator: SimulatorServer) -> Callable[..., SimulatedGitHub]:
    """`world(grants=500)` is a new world with other options."""

    def make(**options: object) -> SimulatedGitHub:
        running_simulator.reset(**options)
        return SimulatedGitHub(running_simulator)

    return make


@pytest.fixture
def owner(simulator: SimulatedGitHub) -> Person:
    return simulator.sign_in("owner")


@pytest.fixture
def reader(simulator: SimulatedGitHub) -> Person:
    """The App's installation on the first organization."""
    return simulator.installation("acme-robotics")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """What listens for the App."""
    with Receiver() as started:
        yield started
