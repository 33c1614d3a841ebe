"""What the simulator sends by itself is what GitHub's description of its webhooks says, hostile texts or not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from apps.simulator.server import SimulatorServer
from scripts.extract_webhooks import EXTRACT, WEBHOOKS, extract
from tests.contract.openapi import refuse
from tests.contract.schemas import DOCUMENT, Json, Schemas, as_json_schema, closed
from tests.contract.world import ORGANIZATION, SIZE, World
from tests.webhook_receiver import Receiver, Taken

PLACE = {"organization": ORGANIZATION}


class WebhookDescription:
    """GitHub's description of its webhooks as a judge; objects hold nothing that it does not know."""

    def __init__(self) -> None:
        translated: Json = as_json_schema(json.loads(EXTRACT.read_text()))
        self.document: Json = closed(translated, translated)
        self.schemas = Schemas(self.document)

    def check(self, message: Taken) -> str:
        """Return the webhook's name in the description; raise ContractError where the message differs from it."""
        name = message.event.replace(" ", "-").replace("_", "-")
        refuse(name, self._faults(name, message))
        return name

    def _faults(self, name: str, message: Taken) -> Iterator[str]:
        spec = self.document["webhooks"][name]["post"]
        given = {header.lower() for header in message.headers}
        for parameter in spec["parameters"]:
            if parameter["name"].lower() not in given:
                yield f"header {parameter['name']} is missing"
        schema = spec["requestBody"]["content"]["application/json"]["schema"]
        assert schema["$ref"].startswith(DOCUMENT)
        yield from self.schemas.faults(schema, message.body)


@pytest.fixture(scope="module")
def webhooks() -> WebhookDescription:
    """The judge."""
    return WebhookDescription()


@pytest.fixture(scope="module", params=["plain", "hostile"])
def taken(request: pytest.FixtureRequest) -> Iterator[list[Taken]]:
    """Everything an App hears in an eventful hour."""
    options = SIZE | {"hostile": request.param == "hostile", "bulk_delay": 0.0, "port": 0}
    with Receiver() as receiver, SimulatorServer(**options, webhook_url=receiver.url) as server:
        world = World(server)
        number = happen(world) + rename(world, receiver.url)
        yield receiver.wait_for(number)
        world.close()


def happen(world: World) -> int:
    """Make every kind of event happen in a world, and return how many messages that is."""
    requests = f"/orgs/{ORGANIZATION}/personal-access-token-requests"
    pending = world.value(world.send("GET", requests, "owner"))
    ids = [item["id"] for item in pending]
    single = (("approve", "owner"), ("deny", "owner"), ("deny", "installation"))
    for number, (action, who) in zip(ids, single, strict=False):
        assert world.send("POST", f"{requests}/{number}", who, body={"action": action}).status == 204
    bulk = {"action": "approve", "pat_request_ids": ids[3:6]}
    assert world.send("POST", requests, "owner", body=bulk).status == 202
    world.control("POST", f"requests/{ids[6]}/cancel", {})
    for selection in ("none", "all", "subset"):
        world.control("POST", "requests", PLACE | {"repository_selection": selection})
    world.control("POST", "requests", PLACE | {"login": "owner", "expires_in_days": None, "name": "owner's"})
    world.control("POST", "members/remove", PLACE | {"login": "member"})
    world.control("POST", "roles", PLACE | {"login": "member", "role": "member"})
    for page in ("suspend", "unsuspend", "accept-permissions", "delete", "create"):
        world.control("POST", f"installations/{page}", PLACE)
    world.control("POST", "authorizations/revoke", {"login": "owner"})
    assert world.send("PATCH", "/app/hook/config", "app", body={"content_type": "json"}).status == 200
    return 3 + 3 + 1 + 3 + 2 + 2 + 5 + 1 + 1


def rename(world: World, url: str) -> int:
    """Rename the organization before an App that wants to know, too; return how many messages that is."""
    events = ["organization", "installation_target"]
    code = world.manifest_code(hook_attributes={"url": url}, default_events=events)
    app = world.value(world.send("POST", f"/app-manifests/{code}/conversions", "nobody"))
    world.control("POST", "installations/create", PLACE | {"app": app["slug"]})
    world.control("POST", "organizations/rename", PLACE | {"to": "acme-renamed"})
    return 1 + 1 + 2 + 1


def test_every_message_is_one_that_github_describes(webhooks: WebhookDescription, taken: list[Taken]) -> None:
    assert {webhooks.check(message) for message in taken} == set(WEBHOOKS)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"reason": "nightly"}, "reason"),
        ({"id": "480001"}, "'480001' is not of type 'integer'"),
        ({"repository_selection": "selected"}, "'selected' is not one of"),
    ],
)
def test_a_message_of_another_shape_is_refused(
    webhooks: WebhookDescription, taken: list[Taken], change: Json, fault: str
) -> None:
    message = next(m for m in taken if m.event == "personal_access_token_request created")
    body = message.body
    body["personal_access_token_request"] |= change
    with pytest.raises(AssertionError, match=fault):
        webhooks.check(Taken(message.headers, json.dumps(body).encode()))


def test_a_message_without_its_headers_is_refused(webhooks: WebhookDescription, taken: list[Taken]) -> None:
    headers = {name: value for name, value in taken[0].headers.items() if not name.startswith("X-Hub")}
    with pytest.raises(AssertionError, match="X-Hub-Signature-256 is missing"):
        webhooks.check(Taken(headers, taken[0].raw))


def test_the_extract_is_complete_and_stays_itself() -> None:
    document = json.loads(EXTRACT.read_text())
    assert extract(document) == document
    assert document["x-source"]["licence"] == "MIT"
    assert EXTRACT.with_name("LICENSE-octokit-openapi-webhooks").read_text().startswith("MIT License")


def test_the_extract_refuses_a_webhook_that_the_description_lacks() -> None:
    with pytest.raises(KeyError, match="no webhook star-created"):
        extract(json.loads(EXTRACT.read_text()), ["star-created"])
