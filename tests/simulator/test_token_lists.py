"""Both token lists: what an item says, pages, order, and every documented filter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, Person, SimulatedGitHub, ids

World = Callable[..., SimulatedGitHub]


def test_a_new_request_is_listed_as_it_was_asked(simulator: SimulatedGitHub, reader: Person) -> None:
    names = simulator.contents()["repositories"][:2]
    asked = simulator.change(
        "requests",
        organization=ORGANIZATION,
        login="member",
        name="argo-cd",
        reason="Pulls manifests",
        permissions={"repository": {"contents": "read", "metadata": "read"}, "organization": {"members": "read"}},
        repositories=names,
        expires_in_days=None,
    )
    listed = reader.listed(REQUESTS)[0]
    assert listed == asked
    assert (listed["owner"]["login"], listed["token_name"], listed["reason"]) == (
        "member",
        "argo-cd",
        "Pulls manifests",
    )
    assert listed["permissions"]["organization"] == {"members": "read"}
    assert (listed["repository_selection"], listed["token_expires_at"]) == ("subset", None)
    assert listed["token_expired"] is False
    assert {r["name"] for r in reader.listed(f"{REQUESTS}/{asked['id']}/repositories")} == set(names)


def test_the_address_of_the_repositories_works_as_given(reader: Person) -> None:
    item = next(i for i in reader.listed(GRANTS) if i["repository_selection"] == "subset")
    reached = reader.get(item["repositories_url"].removeprefix(reader.url)).json()
    assert 0 < len(reached) <= 30
    assert all(r["full_name"].startswith(f"{ORGANIZATION}/") for r in reached)


def test_a_token_for_all_reaches_every_repository_and_one_for_none_no_one(reader: Person) -> None:
    grants = {i["repository_selection"]: i["id"] for i in reader.listed(GRANTS)}
    everything = reader.listed(f"/orgs/{ORGANIZATION}/repos")
    assert len(reader.listed(f"{GRANTS}/{grants['all']}/repositories")) == len(everything)
    assert reader.listed(f"{GRANTS}/{grants['none']}/repositories") == []


def test_repositories_of_what_is_not_there_are_not_found(reader: Person) -> None:
    for path in (f"{GRANTS}/1/repositories", f"{REQUESTS}/1/repositories", f"{GRANTS}/word/repositories"):
        assert reader.get(path).status_code == 404


def test_pages_join_to_the_whole_list_without_repeats(world: World) -> None:
    reader = world(grants=230).installation(ORGANIZATION)
    first = reader.get(GRANTS, params={"per_page": 100})
    assert set(first.links) == {"next", "last"}
    middle = reader.get(GRANTS, params={"per_page": 100, "page": 2})
    assert set(middle.links) == {"prev", "next", "first", "last"}
    assert middle.links["last"]["url"].endswith("page=3")
    last = reader.get(GRANTS, params={"per_page": 100, "page": 3})
    assert set(last.links) == {"prev", "first"}
    assert len({*ids(first.json()), *ids(middle.json()), *ids(last.json())}) == 230


def test_a_page_holds_thirty_and_never_more_than_a_hundred(world: World) -> None:
    reader = world(grants=130).installation(ORGANIZATION)
    assert len(reader.get(GRANTS).json()) == 30
    assert len(reader.get(GRANTS, params={"per_page": 500}).json()) == 100
    assert len(reader.get(GRANTS, params={"per_page": "many"}).json()) == 30


def test_a_page_past_the_end_is_empty(reader: Person) -> None:
    past = reader.get(GRANTS, params={"page": 99})
    assert (past.status_code, past.json()) == (200, [])
    assert "next" not in past.links


def test_links_keep_the_filters_and_the_enterprise_prefix(reader: Person) -> None:
    page = reader.get("/api/v3" + REQUESTS, params={"per_page": 1, "owner[]": ["member", "owner"], "direction": "asc"})
    address = page.links["last"]["url"]
    assert address.startswith(f"{reader.url}/api/v3/orgs/")
    assert "direction=asc" in address
    assert address.count("owner[]=") == 2


def test_the_newest_comes_first_unless_asked_otherwise(reader: Person) -> None:
    newest = reader.listed(GRANTS)
    times = [datetime.fromisoformat(item["access_granted_at"]) for item in newest]
    assert times == sorted(times, reverse=True)
    assert ids(reader.listed(GRANTS, direction="asc")) == ids(newest)[::-1]
    assert ids(reader.listed(GRANTS, sort="created_at")) == ids(newest)


def test_owner_filters_take_several_logins(reader: Person) -> None:
    chosen = reader.listed(GRANTS, **{"owner[]": ["member", "OWNER"]})
    assert {item["owner"]["login"] for item in chosen} == {"member", "owner"}
    assert reader.listed(GRANTS, **{"owner[]": ["nobody-here"]}) == []


def test_token_ids_find_a_token_in_both_lists(simulator: SimulatedGitHub, reader: Person) -> None:
    granted = simulator.change("grants", name="in both")
    asked = simulator.change("requests", token_id=granted["token_id"], permissions={"issues": "write"})
    assert ids(reader.listed(GRANTS, **{"token_id[]": [granted["token_id"], 1]})) == [granted["id"]]
    assert ids(reader.listed(REQUESTS, **{"token_id[]": [granted["token_id"]]})) == [asked["id"]]


def test_the_repository_filter_finds_named_and_all(simulator: SimulatedGitHub, reader: Person) -> None:
    name = simulator.contents()["repositories"][3]
    given = simulator.change("grants", repositories=[name])
    chosen = reader.listed(GRANTS, repository=name)
    assert given["id"] in ids(chosen)
    assert {item["repository_selection"] for item in chosen} == {"subset", "all"}
    assert reader.listed(GRANTS, repository="no-such-repository") == []


def test_the_permission_filter_finds_a_permission_at_its_level(simulator: SimulatedGitHub, reader: Person) -> None:
    given = simulator.change("grants", permissions={"organization": {"organization_secrets": "write"}})
    assert given["id"] in ids(reader.listed(GRANTS, permission="organization_secrets_write"))
    assert given["id"] not in ids(reader.listed(GRANTS, permission="organization_secrets_read"))


def test_use_filters_leave_out_tokens_that_were_never_used(simulator: SimulatedGitHub, reader: Person) -> None:
    never = simulator.change("grants", name="never used")
    used = simulator.change("grants", name="used long ago")
    simulator.change(f"tokens/{used['token_id']}", last_used_at="2024-02-29T12:00:00Z")
    before = ids(reader.listed(GRANTS, last_used_before="2024-03-01T00:00:00Z"))
    after = ids(reader.listed(GRANTS, last_used_after="2024-03-01T00:00:00+00:00"))
    assert used["id"] in before
    assert used["id"] not in after
    assert never["id"] not in before + after


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "name"},
        {"direction": "up"},
        {"owner[]": [f"login-{n}" for n in range(11)]},
        {"token_id[]": list(range(51))},
        {"token_id[]": ["x"]},
        {"last_used_before": "yesterday"},
        {"permission": "issues"},
    ],
)
@pytest.mark.parametrize("path", [GRANTS, REQUESTS])
def test_a_filter_that_is_not_as_documented_is_refused(reader: Person, path: str, query: dict[str, Any]) -> None:
    refused = reader.get(path, params=query)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] in next(iter(query))


def test_a_token_says_when_it_has_expired(simulator: SimulatedGitHub, reader: Person) -> None:
    given = simulator.change("grants", expires_in_days=1)
    assert given["token_expired"] is False
    simulator.change("clock", advance_seconds=86_500)
    reader = simulator.installation(ORGANIZATION)
    assert next(i for i in reader.listed(GRANTS) if i["id"] == given["id"])["token_expired"] is True


def test_in_the_other_world_grants_of_expired_tokens_leave_the_list(world: World) -> None:
    simulator = world(worlds={"expired_grants": "B"})
    given = simulator.change("grants", expires_in_days=-1)
    assert given["id"] not in ids(simulator.installation(ORGANIZATION).listed(GRANTS))


def test_a_used_token_shows_when(simulator: SimulatedGitHub, reader: Person) -> None:
    before = {item["id"]: item["token_last_used_at"] for item in reader.listed(GRANTS)}
    assert simulator.change("use", organization=ORGANIZATION, share=0.2) == {"used": 4}
    after = {item["id"]: item["token_last_used_at"] for item in reader.listed(GRANTS)}
    changed = [after[number] for number in before if after[number] != before[number]]
    assert len(changed) == 4
    assert all(datetime.now(UTC) - datetime.fromisoformat(used) < timedelta(minutes=1) for used in changed)


def test_the_newer_api_version_leaves_out_downloads(reader: Person) -> None:
    grant = next(i for i in reader.listed(GRANTS) if i["repository_selection"] != "none")
    path = f"{GRANTS}/{grant['id']}/repositories"
    assert "has_downloads" in reader.get(path).json()[0]
    newer = reader.get(path, headers={"X-GitHub-Api-Version": "2026-03-10"})
    assert "has_downloads" not in newer.json()[0]
