"""GitHub's own examples against GitHub's own schemas: what its description is worth, and where it errs."""

from __future__ import annotations

import json

import pytest

from apps.github import wire
from apps.github.wire_setup import Conversion
from tests.contract.corrections import UNPROCESSABLE
from tests.contract.coverage import SEEN
from tests.contract.examples import every_example
from tests.contract.openapi import GITHUB, Description, load

KNOWN_TO_FAIL = {
    "GET /app/installations 200": "account: names the schema of an enterprise and of a user, fits neither",
    "GET /meta 200": "fingerprints are numbers where texts are stated",
    "GET /orgs/{org} 200 default-response": "lacks the required archived_at",
    "GET /orgs/{org}/teams 200": "lacks the required type",
    "GET /repos/{owner}/{repo} 200 default-response": "lacks the required language",
    "GET /repos/{owner}/{repo}/issues/{issue_number} 200": "a reference where an issue is stated",
    "GET /repos/{owner}/{repo}/issues/{issue_number} 200 pinned_comment": "a reference where an issue is stated",
    "POST /app/hook/deliveries/{delivery_id}/attempts 202": "null where an object is stated",
    "POST /orgs/{org}/personal-access-token-requests 202": "null where an object is stated",
    "POST /orgs/{org}/personal-access-tokens 202": "null where an object is stated",
    "parameter personal-access-token-owner schema": "a piece of a query string where an array is stated",
    "parameter personal-access-token-token-id schema": "a piece of a query string where an array is stated",
    "schema api-overview.domains.actions[]": "an array where one text is stated",
    "schema api-overview.domains.actions_inbound.full_domains[]": "an array where one text is stated",
    "schema api-overview.domains.actions_inbound.wildcard_domains[]": "an array where one text is stated",
    "schema api-overview.domains.artifact_attestations.services[]": "an array where one text is stated",
    "schema api-overview.domains.artifact_attestations.trust_domain": "an array where one text is stated",
    "schema api-overview.domains.codespaces[]": "an array where one text is stated",
    "schema api-overview.domains.copilot[]": "an array where one text is stated",
    "schema api-overview.domains.packages[]": "an array where one text is stated",
    "schema api-overview.domains.storage[]": "an array where one text is stated",
    "schema api-overview.domains.website[]": "an array where one text is stated",
}
"""Defects of GitHub's description, by the name of the example. One that heals, or a new one, is a change to see."""


@pytest.mark.parametrize("version", ["2022-11-28", "2026-03-10"])
def test_githubs_examples_fit_their_schemas_but_for_known_defects(version: str) -> None:
    description = load(GITHUB, version, strict=False)
    failing: dict[str, list[str]] = {}
    for example in every_example(description):
        SEEN.examples.add(example.name)
        faults = list(description.schemas.faults(example.schema, example.value))
        if faults:
            failing[example.name] = faults
    SEEN.failing_examples.update(failing)
    assert failing.keys() == KNOWN_TO_FAIL.keys(), failing


def test_an_app_of_the_descriptions_example_is_taken() -> None:
    described = load(GITHUB, strict=False)
    name = "POST /app-manifests/{code}/conversions 201"
    example = next(one for one in every_example(described) if one.name.startswith(name))
    app = wire.one(json.dumps(example.value).encode(), Conversion)
    assert (app.id, app.client_id, app.pem) == tuple(example.value[one] for one in ("id", "client_id", "pem"))
    assert app.permissions == example.value["permissions"]


def test_every_operation_with_an_answer_has_an_example_of_it(description: Description) -> None:
    names = {example.name for example in every_example(description)}
    for operation in description.operations:
        successes = [status for status in operation.spec["responses"] if status in ("200", "201")]
        assert all(any(n.startswith(f"{operation.name} {status}") for n in names) for status in successes)


def test_the_corrections_of_the_description_are_still_needed() -> None:
    published, corrected = load(GITHUB, strict=False), load(GITHUB)
    listed = next(e for e in every_example(corrected) if e.name == "GET /app/installations 200")
    assert listed.name in KNOWN_TO_FAIL
    assert not list(corrected.schemas.faults(listed.schema, listed.value))
    for shape in UNPROCESSABLE:
        assert "status" not in published.document["components"]["schemas"][shape]["properties"]
