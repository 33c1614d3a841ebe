"""An installation hands out tokens for an hour, as narrow as asked and never wider than itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, SimulatedGitHub


def test_the_app_is_installed_on_every_organization(simulator: SimulatedGitHub) -> None:
    installed = simulator.as_app().get("/app/installations").json()
    assert [one["account"]["login"] for one in installed] == ["acme-robotics", "northwind-labs", "sealed-harbor"]
    one = installed[0]
    assert simulator.as_app().get(f"/app/installations/{one['id']}").json() == one
    assert simulator.as_app().get(f"/orgs/{ORGANIZATION}/installation").json() == one


def test_an_unknown_installation_is_not_found(simulator: SimulatedGitHub) -> None:
    app = simulator.as_app()
    assert app.get("/app/installations/1").status_code == 404
    assert app.get("/orgs/nobody-there/installation").status_code == 404
    assert app.post("/app/installations/1/access_tokens").status_code == 404


def test_a_token_is_long_and_opaque_and_ends_after_an_hour(simulator: SimulatedGitHub) -> None:
    reader = simulator.installation(ORGANIZATION)
    assert reader.token.startswith(f"ghs_{simulator.app.app_id}_")
    assert 480 < len(reader.token) < 560
    simulator.change("clock", advance_seconds=3_500)
    assert reader.get(GRANTS).status_code == 200
    simulator.change("clock", advance_seconds=200)
    assert reader.get(GRANTS).status_code == 401


def test_a_token_narrowed_by_permission_does_only_that(simulator: SimulatedGitHub) -> None:
    narrow = simulator.installation(ORGANIZATION, permissions={"organization_personal_access_tokens": "read"})
    assert narrow.get(GRANTS).status_code == 200
    assert narrow.get(REQUESTS).status_code == 403
    number = narrow.get(GRANTS).json()[0]["id"]
    refused = narrow.post(f"{GRANTS}/{number}", {"action": "revoke"})
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    assert narrow.get(f"/orgs/{ORGANIZATION}/members").status_code == 403


@pytest.mark.parametrize("permissions", [{"contents": "read"}, {"members": "write"}, {"members": "everything"}])
def test_a_token_cannot_hold_more_than_its_installation(simulator: SimulatedGitHub, permissions: Any) -> None:
    path = f"/app/installations/{simulator.installation_id(ORGANIZATION)}/access_tokens"
    refused = simulator.as_app().post(path, {"permissions": permissions})
    assert refused.status_code == 422
    assert "not granted to this installation" in refused.json()["message"]


def test_a_token_narrowed_by_repository_lists_only_those(simulator: SimulatedGitHub) -> None:
    everything = simulator.installation(ORGANIZATION).get("/installation/repositories").json()
    name = everything["repositories"][0]["name"]
    narrow = simulator.installation(ORGANIZATION, repositories=[name])
    assert everything["total_count"] > 1
    listed = narrow.get("/installation/repositories").json()
    assert [one["name"] for one in listed["repositories"]] == [name]
    assert listed["repository_selection"] == "selected"
    number = everything["repositories"][1]["id"]
    by_number = simulator.installation(ORGANIZATION, repository_ids=[number])
    assert [one["id"] for one in by_number.get(f"/orgs/{ORGANIZATION}/repos").json()] == [number]


@pytest.mark.parametrize("narrowing", [{"repositories": ["no-such"]}, {"repository_ids": [1]}, {"repositories": []}])
def test_a_token_for_repositories_that_are_not_there_is_refused(simulator: SimulatedGitHub, narrowing: Any) -> None:
    path = f"/app/installations/{simulator.installation_id(ORGANIZATION)}/access_tokens"
    assert simulator.as_app().post(path, narrowing).status_code == 422


def test_an_installation_sees_only_its_own_organization(simulator: SimulatedGitHub) -> None:
    reader = simulator.installation(ORGANIZATION)
    assert reader.get("/orgs/northwind-labs/personal-access-tokens").status_code == 404
    assert reader.get("/orgs/no-such-organization/personal-access-tokens").status_code == 404


def test_a_token_that_was_given_back_opens_nothing(simulator: SimulatedGitHub) -> None:
    reader = simulator.installation(ORGANIZATION)
    assert reader.send("DELETE", "/installation/token").status_code == 204
    assert reader.get(GRANTS).status_code == 401
