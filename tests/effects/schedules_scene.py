"""What is made once for many schedules."""

from django.test import Client

from apps.core import clock
from apps.github import services
from apps.github.models import Organization
from apps.simulator.server import SimulatorServer
from apps.tokens import sync
from tests.cast import MEMBER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.effects.schedules import Scene, shown
from tests.effects.schedules_github import WORLD, Stage
from tests.github import GitHub


def prepared(server: SimulatorServer) -> Scene:
    """Two owners who signed in; three requests and two grants of the member's beside those of others, all read."""
    server.reset(**WORLD)
    github, stage = GitHub(server.url), Stage(server)
    services.register_app_from_settings()
    services.sync_installations()
    stage.bystanders = {*stage.organization.requests, *stage.organization.grants}
    github.ask(login=MEMBER)
    github.ask(login=MEMBER, repository_selection="all", name="deploy")
    github.grant(login=MEMBER, name="granted")
    held = github.grant(login=MEMBER, name="growing")
    github.ask(token_id=held["token_id"], permissions={"contents": "write"})
    for login in (OWNER, SECOND_OWNER):
        sign_in(Client(), login)
    organization = Organization.objects.get()
    assert sync.sync_organization(organization.pk).state == "complete"
    stage.keep()
    return Scene(stage, organization, clock.now(), shown())
