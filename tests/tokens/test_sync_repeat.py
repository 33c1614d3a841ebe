"""The next syncs: what did not change costs nothing, what did becomes a version and an event."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.github.models import InstallationToken
from apps.tokens.models import Grant, GrantRequest, Token, TokenVersion
from tests.github import GitHub
from tests.tokens.syncing import (
    REQUESTS_PATH,
    events,
    grant,
    grant_request,
    pat_request_ids,
    synced,
    tried,
    versions,
)

pytestmark = pytest.mark.database


def test_nothing_changed_costs_no_answers(patrol: GitHub) -> None:
    patrol.change("reset", grants=150, requests=10)
    synced()
    before = TokenVersion.objects.count()
    again = synced()
    assert (again.http_requests, again.not_modified, again.changed) == (3, 3, 0)
    assert TokenVersion.objects.count() == before
    assert again.grants == 150


def test_a_new_installation_token_reads_every_page_but_no_repositories(patrol: GitHub) -> None:
    synced()
    InstallationToken.objects.all().delete()
    again = synced()
    assert (again.http_requests, again.not_modified, again.changed) == (3, 0, 0)  # a token and two pages


def test_a_used_token_is_noted_without_a_version(patrol: GitHub) -> None:
    given = patrol.grant()
    synced()
    used = clock.now().replace(microsecond=0)
    patrol.change(f"tokens/{given['token_id']}", last_used_at=used.isoformat())
    report = synced()
    assert report.changed == 0
    assert grant(given["id"]).token.last_used_at == used
    assert len(versions(grant(given["id"]))) == 1


def test_a_changed_token_gets_a_version_and_an_event(patrol: GitHub) -> None:
    given = patrol.grant(permissions={"repository": {"contents": "read"}})
    synced()
    patrol.change(f"tokens/{given['token_id']}", permissions={"repository": {"contents": "write"}})
    report = synced()
    assert report.changed == 1
    first, second = versions(grant(given["id"]))
    assert (first.facts["granted"]["permissions"], second.seq) == ({"repository": {"contents": "read"}}, 2)
    assert second.cause == "changed on GitHub"
    (event,) = events("token.changed")
    assert event.subject == f"token:{given['token_id']}"
    assert event.data["difference"] == {"granted.permissions.repository.contents": ["read", "write"]}


def test_a_change_raises_the_risk(patrol: GitHub) -> None:
    given = patrol.grant(permissions={"repository": {"metadata": "read"}}, expires_in_days=7)
    synced()
    before = grant(given["id"]).risk
    patrol.change(f"tokens/{given['token_id']}", permissions={"repository": {"administration": "write"}})
    synced()
    assert grant(given["id"]).risk > before


def test_another_end_is_a_change(patrol: GitHub) -> None:
    given = patrol.grant(expires_in_days=30)
    synced()
    patrol.change(f"tokens/{given['token_id']}", expires_at=None)
    assert synced().changed == 1
    assert grant(given["id"]).token.expires_at is None
    assert "expires_at" in events("token.changed")[0].data["difference"]


def test_another_selection_loses_the_links(patrol: GitHub) -> None:
    synced()
    subset = (
        Grant.objects.filter(repository_selection="subset", repositories__isnull=False).select_related("token").first()
    )
    assert subset is not None
    patrol.change(f"tokens/{subset.token.token_id}", repository_selection="none")
    synced()
    assert grant(subset.pat_id).repository_selection == "none"
    assert grant(subset.pat_id).repositories.count() == 0
    assert versions(grant(subset.pat_id))[-1].facts["granted"]["repository_ids"] == []


def test_a_new_request_is_seen_with_an_event_of_its_own(patrol: GitHub) -> None:
    synced()
    asked = patrol.ask(name="new one")
    report = synced()
    assert report.changed == 1
    assert asked["id"] in pat_request_ids()
    (event,) = events("grant_request.seen")
    assert event.subject == f"grant_request:{asked['id']}"
    assert event.data["token_name"] == "new one"
    assert not events("token.changed")


def test_a_new_grant_is_seen_with_an_event_of_its_own(patrol: GitHub) -> None:
    synced()
    given = patrol.grant(name="granted meanwhile")
    synced()
    (event,) = events("grant.seen")
    assert event.subject == f"grant:{given['id']}"
    (version,) = versions(grant(given["id"]))
    assert version.cause == "granted on GitHub"


def test_asking_for_more_is_a_version_of_the_same_token(patrol: GitHub) -> None:
    given = patrol.grant(permissions={"repository": {"contents": "read"}})
    synced()
    patrol.ask(token_id=given["token_id"], permissions={"repository": {"contents": "write"}})
    synced()
    first, second = versions(grant(given["id"]))
    assert first.facts["requested"] is None
    assert second.facts["requested"]["permissions"] == {"repository": {"contents": "write"}}
    assert second.cause == "requested"


def test_a_decision_outlives_an_answer_that_is_older_than_it(patrol: GitHub) -> None:
    """GitHub's list was asked for before the decision was confirmed: the row stays decided."""
    asked = patrol.ask()
    synced()
    GrantRequest.objects.filter(pat_request_id=asked["id"]).update(
        state=GrantRequest.State.DENIED, ended_at=clock.now()
    )
    InstallationToken.objects.all().delete()  # read the pages whole
    synced()
    assert grant_request(asked["id"]).state == GrantRequest.State.DENIED


def test_what_github_lists_again_is_active_again(patrol: GitHub) -> None:
    asked = patrol.ask()
    synced()
    GrantRequest.objects.filter(pat_request_id=asked["id"]).update(
        state=GrantRequest.State.ENDED, ended_at=clock.now() - timedelta(hours=1)
    )
    InstallationToken.objects.all().delete()
    synced()
    row = grant_request(asked["id"])
    assert (row.state, row.ended_at) == (GrantRequest.State.PENDING, None)


def _subset(patrol: GitHub) -> tuple[int, str]:
    """A new grant on one repository: its pat_id and the repository's name."""
    synced()
    name = Grant.objects.filter(repositories__isnull=False).values_list("repositories__name", flat=True)[0]
    return patrol.grant(repository_selection="subset", repositories=[name])["id"], name


def test_a_missing_repository_list_is_looked_up_again_in_the_same_sync(patrol: GitHub) -> None:
    pat_id, name = _subset(patrol)
    patrol.fail("404", f"/personal-access-tokens/{pat_id}/repositories")
    synced()
    assert [one.name for one in grant(pat_id).repositories.all()] == [name]


def test_what_a_token_reaches_stays_unknown_until_it_could_be_read(patrol: GitHub) -> None:
    pat_id, name = _subset(patrol)
    patrol.fail("404", f"/personal-access-tokens/{pat_id}/repositories", times=2)
    synced()
    row = grant(pat_id)
    assert (row.state, row.repositories_verified_at) == (Grant.State.ACTIVE, None)
    synced()
    assert [one.name for one in grant(pat_id).repositories.all()] == [name]


def test_a_dead_installation_token_is_replaced_once(patrol: GitHub) -> None:
    synced()
    before = InstallationToken.objects.get(installation__organization__login="acme-robotics").fingerprint
    patrol.fail("401", REQUESTS_PATH)
    synced()
    after = InstallationToken.objects.get(installation__organization__login="acme-robotics").fingerprint
    assert before != after


def test_a_token_refused_again_is_a_failure(patrol: GitHub) -> None:
    patrol.fail("401", REQUESTS_PATH, times=2)
    report = tried()
    assert (report.state, Token.objects.count()) == ("failed", 0)
