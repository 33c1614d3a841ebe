"""What every fault stands on: a running Patrol on each database, and a request of the fault's own."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

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
def fault(place: Place, fault_at: Callable[[Place, str], Fault]) -> Callable[[str], Fault]:
    """`fault("kill -9 before the claim")` begins one in the module's Patrol."""
    return partial(fault_at, place)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a Patrol stay in one process (`--dist loadgroup`)."""
    for item in items:
        if item.get_closest_marker("faults") is None or item.get_closest_marker("xdist_group") is not None:
            continue
        database = getattr(item, "callspec", None) and item.callspec.params.get("vendor", "")  # type: ignore[attr-defined]
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{database or 'own'}"))
