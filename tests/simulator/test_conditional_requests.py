"""What was seen already costs nothing, as long as address, content and access token are the same."""

from __future__ import annotations

import requests

from tests.simulator.client import GRANTS, ORGANIZATION, TIMEOUT, Person, SimulatedGitHub


def used(response: requests.Response) -> int:
    return int(response.headers["X-RateLimit-Used"])


def test_an_unchanged_page_answers_304_and_is_free(reader: Person) -> None:
    first = reader.get(GRANTS)
    again = reader.get(GRANTS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert used(again) == used(first)
    assert used(reader.get(GRANTS)) == used(first) + 1


def test_a_bodiless_answer_keeps_the_connection(reader: Person) -> None:
    first = reader.get(GRANTS)
    again = reader.get(GRANTS, headers={"If-None-Match": first.headers["ETag"]})
    assert "Connection" not in again.headers


def test_a_changed_page_answers_in_full(simulator: SimulatedGitHub, reader: Person) -> None:
    first = reader.get(GRANTS)
    simulator.change("use", organization=ORGANIZATION, share=1)
    again = reader.get(GRANTS, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]


def test_another_access_token_sees_other_etags(simulator: SimulatedGitHub, reader: Person) -> None:
    first = reader.get(GRANTS)
    other = simulator.installation(ORGANIZATION).get(GRANTS, headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    assert other.json() == first.json()


def test_another_address_has_another_etag(reader: Person) -> None:
    tags = [reader.get(GRANTS, params={"per_page": size}).headers["ETag"] for size in (50, 60)]
    assert tags[0] != tags[1]


def test_etags_are_weak_for_who_takes_compression_and_compare_weakly(reader: Person) -> None:
    weak = reader.get(GRANTS, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    strong = reader.get(GRANTS, headers={"Accept-Encoding": "identity"}).headers["ETag"]
    assert weak == "W/" + strong
    for tag in (weak, strong, f'"other", {weak}', "*"):
        assert reader.get(GRANTS, headers={"If-None-Match": tag}).status_code == 304, tag


def test_refusals_carry_no_etag(simulator: SimulatedGitHub) -> None:
    refused = simulator.sign_in("member").get(GRANTS, headers={"If-None-Match": "*"})
    assert refused.status_code == 403
    assert "ETag" not in refused.headers


def test_every_answer_names_its_request(simulator: SimulatedGitHub, reader: Person) -> None:
    one, other = reader.get(GRANTS), reader.get("/orgs/nowhere")
    assert one.headers["X-GitHub-Request-Id"] != other.headers["X-GitHub-Request-Id"]
    assert one.headers["Date"].endswith("GMT")
    assert one.headers["X-Accepted-GitHub-Permissions"] == "organization_personal_access_tokens=read"
    assert requests.get(simulator.url + "/meta", timeout=TIMEOUT).json()["verifiable_password_authentication"] is False
