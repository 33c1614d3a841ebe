"""More of the schedules of tests/effects: rare ones come up."""

import os

import pytest

from tests.effects.schedules import Scene, play
from tests.effects.test_schedules import scene

__all__ = ["scene"]
EXAMPLES = int(os.environ.get("SOAK_SCHEDULES", "10000"))
A_SHARD = 500
pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("shard", range(EXAMPLES // A_SHARD))
def test_the_promises_hold_in_ten_thousand_schedules(scene: Scene, shard: int) -> None:
    play(scene, A_SHARD)
