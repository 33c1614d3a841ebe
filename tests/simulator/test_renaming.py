"""An organization gets another name: everything is where it was, under the new one."""

from __future__ import annotations

import pytest
import requests

from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, TIMEOUT, Person, SimulatedGitHub, ids
from tests.simulator.manifests import as_made, made
from tests.webhook_receiver import Receiver

AFTER = REQUESTS.replace(ORGANIZATION, "acme")


def test_a_renamed_organization_answers_to_its_new_name_alone(
    simulator: SimulatedGitHub, owner: Person, reader: Person
) -> None:
    before, number = ids(owner.listed(REQUESTS)), simulator.installation_id(ORGANIZATION)
    simulator.change("organizations/rename", to="acme")
    assert ids(owner.listed(AFTER)) == ids(reader.listed(AFTER)) == before
    assert owner.get(REQUESTS).status_code == owner.get(GRANTS).status_code == 404
    assert simulator.installation_id("acme") == number
    [shown] = [one for one in simulator.as_app().get("/app/installations").json() if one["id"] == number]
    assert shown["account"]["login"] == "acme"
    text = owner.get(AFTER).text + reader.get("/installation/repositories").text
    assert ORGANIZATION not in text


def test_its_app_stays_its_own(simulator: SimulatedGitHub) -> None:
    app = as_made(simulator, made(simulator))
    simulator.change("organizations/rename", to="acme")
    assert app.as_app().get("/app").json()["owner"]["login"] == "acme"
    address = f"{simulator.url}/organizations/acme/settings/apps/{app.app.slug}?login=owner"
    assert requests.get(address, timeout=TIMEOUT).status_code == 200


def test_a_bulk_decision_on_its_way_arrives_under_the_new_name(simulator: SimulatedGitHub, owner: Person) -> None:
    simulator.change("bulk", delay=0.05)
    chosen = ids(owner.listed(REQUESTS))[:2]
    owner.post(REQUESTS, {"action": "deny", "pat_request_ids": chosen})
    simulator.change("organizations/rename", to="acme")
    simulator.change("clock", advance_seconds=1)
    assert not set(chosen) & set(ids(owner.listed(AFTER)))


def test_the_app_is_told_what_the_name_was(simulator: SimulatedGitHub, receiver: Receiver) -> None:
    simulator.change("webhook", url=receiver.url)
    simulator.change("organizations/rename", to="acme", by="second-owner")
    [message] = receiver.wait_for(1)
    assert message.event == "organization renamed"
    assert message.body["changes"] == {"login": {"from": ORGANIZATION}}
    assert message.body["organization"]["login"] == "acme"
    assert message.body["sender"]["login"] == "second-owner"


@pytest.mark.parametrize("to", ["", "a b", "<i>", "northwind-labs", "Owner"])
def test_a_name_that_is_none_or_taken_is_refused(simulator: SimulatedGitHub, to: str) -> None:
    assert simulator.control("POST", "organizations/rename", {"to": to}).status_code == 422
    assert simulator.as_app().get(f"/orgs/{ORGANIZATION}").status_code == 200
