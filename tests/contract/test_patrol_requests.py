"""A day of Patrol, seen from the wire: sign-in, reading, decisions. Everything sent is what GitHub describes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from apps.accounts.models import User
from apps.github.models import Organization
from apps.simulator.server import SimulatorServer
from apps.tokens.facts import facts_of
from apps.tokens.lineage import repository_ids
from apps.tokens.models import Grant, GrantRequest
from apps.tokens.services import Action, decide_requests, revoke_grants
from tests.conftest import SMALL_WORLD, settle
from tests.contract.messages import Request
from tests.contract.openapi import OAUTH, load
from tests.contract.recorder import Recorder
from tests.contract.test_client_requests import check
from tests.contract.world import ORGANIZATION, SEALED
from tests.dashboard.setting_up import SettingUp
from tests.github import GitHub

ASKED = "/orgs/{org}/personal-access-token-requests"
HELD = "/orgs/{org}/personal-access-tokens"


@pytest.fixture
def recorder(simulator_server: SimulatorServer) -> Iterator[Recorder]:
    """What stands between Patrol and the simulator."""
    with Recorder(simulator_server.url) as started:
        yield started


@pytest.fixture
def github(github: GitHub, recorder: Recorder, settings: Any) -> GitHub:
    """The simulated GitHub of every test, with Patrol's way to it through the recorder."""
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = recorder.url
    return github


def seen(row: GrantRequest | Grant) -> dict[int, str]:
    """Return what a page that shows `row` hands over with a decision: its number and the digest of its facts."""
    facts = facts_of(row, repository_ids(type(row), [row.pk]).get(row.pk, ()))
    return {facts.subject_id: facts.digest()}


def test_everything_patrol_sends_in_a_day_is_described(
    patrol: GitHub, recorder: Recorder, browse: Callable[[str], Browser]
) -> None:
    wishes = [patrol.ask(organization=ORGANIZATION, repository_selection="subset") for _ in range(2)]
    held = patrol.grant(organization=ORGANIZATION)
    browse("owner")
    call_command("sync", ORGANIZATION)
    who: Any = {
        "user": User.objects.get(login="owner"),
        "organization": Organization.objects.get(login=ORGANIZATION),
    }
    actions: tuple[Action, ...] = ("approve", "deny")
    for wish, action in zip(wishes, actions, strict=True):
        asked = GrantRequest.objects.select_related("token").get(pat_request_id=wish["id"])
        decide_requests(**who, action=action, reason="Looked at it.", chosen=seen(asked))
        settle()
    revoke_grants(**who, chosen=seen(Grant.objects.select_related("token").get(pat_id=held["id"])))
    settle()
    call_command("sync", ORGANIZATION)
    assert [entry["body"]["action"] for entry in patrol.ledger()] == ["approve", "deny", "revoke"]
    assert {judged(request) for request in recorder.requests} >= {
        "GET /app/installations", "GET /user", "GET /user/memberships/orgs", f"GET {ASKED}", f"GET {HELD}",
        f"GET {ASKED}/{{pat_request_id}}/repositories", f"POST {ASKED}/{{pat_request_id}}", f"POST {HELD}/{{pat_id}}",
        "POST /app/installations/{installation_id}/access_tokens", "POST /login/oauth/access_token",
        "GET /login/oauth/authorize",
    }  # fmt: skip


def test_everything_patrol_sends_while_it_is_set_up_is_described(
    database: None, github: GitHub, recorder: Recorder, simulator_server: SimulatorServer, settings: Any
) -> None:
    """From the code to the first reading, and a removal; the manifest itself is a page's form, not the API's."""
    simulator_server.reset(**{**SMALL_WORLD, "ready_made_app": False, "saml_organizations": 1})
    settings.GITHUB_APP = dict.fromkeys(settings.GITHUB_APP, "") | {"app_id": 0}
    person = SettingUp(github).to_the_app("several")
    person.install()
    outside = person.install(SEALED)
    assert person.come_back().status_code == 200
    settle()
    person.browser.post(f"/setup/installations/{outside}/remove/")
    pages = [one for one in recorder.requests if one.target.startswith("/organizations/")]
    assert [one.verb for one in pages] == ["POST"]
    assert {judged(one) for one in recorder.requests if one not in pages} >= {
        "GET /meta", "POST /app-manifests/{code}/conversions", "GET /app", "GET /app/installations",
        "GET /app/hook/deliveries", "GET /user/installations", "DELETE /app/installations/{installation_id}",
        "POST /login/oauth/access_token", f"GET {ASKED}", f"GET {HELD}",
    }  # fmt: skip


def judged(request: Request) -> str:
    """Judge one request of Patrol, or of the browser it sent to GitHub; return the operation's name."""
    if request.target.startswith("/login/"):
        return load(OAUTH).check_request(request).name
    return check(request)
