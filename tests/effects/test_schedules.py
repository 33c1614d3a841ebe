"""Whatever people, GitHub and dying processes do in whatever order: the promises about decisions hold."""

import os
from typing import Any

import pytest

from apps.simulator.server import SimulatorServer
from tests.effects.schedules import Scene, play
from tests.effects.schedules_scene import prepared
from tests.github import GitHub

EXAMPLES = int(os.environ.get("PATROL_TEST_SCHEDULES", "2000"))
# The same schedules each time, so that a change is judged and not luck; tests/soak draws others.
SHARDS = 20
"""So that several processes have something to do."""


@pytest.fixture
def scene(db: None, github: GitHub, simulator_server: SimulatorServer, settings: Any, caplog: Any) -> Scene:
    """One organization, two owners at their pages; logs of what goes wrong on order are not kept."""
    settings.GITHUB_WRITE_PAUSE_MILLISECONDS = 0
    caplog.set_level("ERROR", "urllib3.connectionpool")
    return prepared(simulator_server)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_promises_hold_in_every_schedule(scene: Scene, shard: int) -> None:
    play(scene, EXAMPLES // SHARDS, drawn_from=shard)
