"""What every fault stands on: a running Patrol on each database, and a request of the fault's own."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.faults.outcomes import Fault
from tests.faults.places import Place
from tests.faults.reporting import KEY

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="module", params=DATABASES)
def vendor(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def place(vendor: str) -> Iterator[Place]:
    """One Patrol for the faults of a module."""
    with Place(vendor) as running:
        yield running


@pytest.fixture
def fault_at(request: pytest.FixtureRequest) -> Callable[[Place, str], Fault]:
    """`fault_at(place, "kill -9 before the claim")` begins one in a Patrol of its own; its row goes into the table."""

    def begin(place: Place, name: str) -> Fault:
        row: dict[str, object] = {}
        request.node.user_properties.append((KEY, row))
        return Fault(place, name, row)

    return begin


@pytest.fixture
def reported(request: pytest.FixtureRequest) -> Callable[[Fault], Fault]:
    """The row of a fault that began with others, and was decided with them, goes into the table with this test."""

    def report(fault: Fault) -> Fault:
        request.node.user_properties.append((KEY, fault.row))
        return fault

    return report


@pytest.fixture
def fault(place: Place, fault_at: Callable[[Place, str], Fault]) -> Callable[[str], Fault]:
    """`fault("kill -9 before the claim")` begins one in the module's Patrol."""
    return partial(fault_at, place)


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one module and database share a Patrol, and so a process. Starting one costs more than most tests."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        return module + next((f"@{one}" for one in DATABASES if f"[{one}" in test), "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace | None:
    """For `--dist loadscope`, as `make faults` asks."""
    return ByPlace(config, log) if config.getoption("dist") == "loadscope" else None
