"""Whatever people, GitHub and crashing processes do in whatever order: the promises about decisions hold.

make soak runs more of the same (PATROL_TEST_SCHEDULES says how many).
"""

import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from apps.core import clock
from apps.github import services
from apps.github.models import Organization
from apps.simulator.server import SimulatorServer
from apps.tokens import sync
from tests.cast import MEMBER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.effects.schedules import Scene, Schedules, shown
from tests.effects.schedules_github import WORLD, Stage
from tests.github import GitHub

EXAMPLES = int(os.environ.get("PATROL_TEST_SCHEDULES", "2000"))
SHARDS = 8


@pytest.fixture
def scene(db: None, github: GitHub, simulator_server: SimulatorServer, settings: Any, caplog: Any) -> Scene:
    """Two owners who signed in, an organization that was read: tokens of the member's, and of others."""
    settings.GITHUB_WRITE_PAUSE_MILLISECONDS = 0
    caplog.set_level("ERROR", "urllib3.connectionpool")
    simulator_server.reset(**WORLD)
    services.register_app_from_settings()
    services.sync_installations()
    stage = Stage(simulator_server)
    stage.bystanders = {*stage.organization.requests, *stage.organization.grants}
    for login in (OWNER, SECOND_OWNER):
        sign_in(Client(), login)
    github.ask(login=MEMBER)
    github.ask(login=MEMBER, repository_selection="all", name="deploy")
    github.grant(login=MEMBER, name="granted")
    held = github.grant(login=MEMBER, name="growing")
    github.ask(token_id=held["token_id"], permissions={"contents": "write"})
    organization = Organization.objects.get()
    assert sync.sync_organization(organization.pk).state == "complete"
    stage.keep()
    return Scene(stage, organization, clock.now(), shown())


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_promises_hold_in_every_schedule(scene: Scene, shard: int) -> None:
    class Machine(Schedules):
        pass

    Machine.scene = scene
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES // SHARDS, stateful_step_count=10, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
