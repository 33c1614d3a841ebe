"""The first sync: everything GitHub lists becomes rows, version 1 of each token, and one event in all."""

import pytest

from apps.github.models import Repository
from apps.tokens.models import Grant, GrantRequest, SyncState, Token, TokenVersion, Walk
from tests.github import GitHub
from tests.tokens.syncing import events, grant, grant_request, latest, organization, pat_ids, synced, versions

pytestmark = pytest.mark.database


def test_both_lists_become_rows(patrol: GitHub) -> None:
    report = synced()
    held = (GrantRequest.objects.pending().count(), Grant.objects.active().count())
    assert held == (6, 12) == (report.grant_requests, report.grants)
    assert report.organization == organization().login
    assert report.not_modified == 0


def test_a_request_is_kept_as_github_shows_it(patrol: GitHub) -> None:
    asked = patrol.ask(
        name="release bot", reason="Tag releases", permissions={"repository": {"contents": "write"}}, expires_in_days=30
    )
    synced()
    row = grant_request(asked["id"])
    assert (row.token.token_id, row.token.name, row.reason) == (asked["token_id"], "release bot", "Tag releases")
    assert row.permissions == {"repository": {"contents": "write"}}
    assert row.token.owner_login == "member"
    assert row.state == GrantRequest.State.PENDING
    assert row.token.expires_at is not None


def test_a_token_that_never_expires_has_no_end(patrol: GitHub) -> None:
    given = patrol.grant(expires_in_days=None)
    synced()
    assert grant(given["id"]).token.expires_at is None


def test_the_repositories_of_a_subset_are_linked(patrol: GitHub) -> None:
    first = patrol.grant(repository_selection="all")
    synced()
    names = list(Repository.objects.values_list("name", flat=True)[:2])
    given = patrol.grant(repository_selection="subset", repositories=names)
    synced()
    assert set(grant(given["id"]).repositories.values_list("name", flat=True)) == set(names)
    assert grant(given["id"]).repositories_verified_at is not None
    assert grant(first["id"]).repositories.count() == 0


def test_every_token_gets_version_one_first_seen(patrol: GitHub) -> None:
    synced()
    assert TokenVersion.objects.count() == Token.objects.count() > 0
    assert set(TokenVersion.objects.values_list("seq", "cause")) == {(1, "first seen")}


def test_a_request_and_a_grant_of_one_token_are_one_version(patrol: GitHub) -> None:
    given = patrol.grant(permissions={"repository": {"contents": "read"}})
    patrol.ask(token_id=given["token_id"], permissions={"repository": {"contents": "write"}})
    synced()
    (version,) = versions(grant(given["id"]))
    assert version.facts["granted"]["permissions"] == {"repository": {"contents": "read"}}
    assert version.facts["requested"]["permissions"] == {"repository": {"contents": "write"}}


def test_one_summary_event_stands_for_all_tokens(patrol: GitHub) -> None:
    synced()
    (summary,) = events("sync.first_completed")
    assert summary.data == {"grant_requests": 6, "grants": 12}
    assert not events("grant.seen")
    assert not events("grant_request.seen")
    synced()
    assert len(events("sync.first_completed")) == 1


def test_risk_counts_what_an_owner_holds_besides(patrol: GitHub) -> None:
    harmless = {"permissions": {"repository": {"metadata": "read"}}, "expires_in_days": 7}
    alone = patrol.grant(login="second-owner", **harmless)
    many = [patrol.grant(login="member", **harmless) for _ in range(7)]
    synced()
    assert grant(alone["id"]).risk < grant(many[0]["id"]).risk
    assert len({grant(one["id"]).risk for one in many}) == 1


def test_the_walk_tells_how_far_it_is(patrol: GitHub) -> None:
    synced()
    for listing in Walk.Listing.values:
        walked = latest(listing)
        assert (walked.state, walked.pages_done, walked.pages_known) == (Walk.State.COMPLETE, 1, 1)
    state = SyncState.objects.get(organization=organization())
    assert state.completed_at is not None
    assert state.due_at > state.completed_at
    assert state.lease_until is None
    assert state.error == ""


def test_a_list_of_many_pages_is_read_to_its_end(patrol: GitHub) -> None:
    patrol.change("reset", grants=230, requests=0)
    report = synced()
    assert report.grants == 230 == len(pat_ids())
    assert latest("grants").pages_done == 3


def test_a_fine_token_of_another_organization_stays_there(patrol: GitHub) -> None:
    given = patrol.grant(organization="northwind-labs")
    synced()
    assert given["id"] not in pat_ids()
