"""Nothing vanishes without proof: a complete walk that did not meet it, and a look-up that does not show it."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.github.models import InstallationToken
from apps.tokens import sync
from apps.tokens.models import Grant, GrantRequest, Quarantine, SyncState, Walk
from tests.github import GitHub
from tests.tokens.syncing import (
    GRANTS_PATH,
    REQUESTS_PATH,
    events,
    grant,
    grant_request,
    latest,
    organization,
    pat_ids,
    pat_request_ids,
    synced,
    tried,
    versions,
)

pytestmark = pytest.mark.database


def cancel(patrol: GitHub, pat_request_id: int) -> None:
    """The member takes the request back."""
    patrol.change(f"requests/{pat_request_id}/cancel")


def delete_all(patrol: GitHub, count: int) -> list[int]:
    """So many grants vanish at GitHub."""
    doomed = sorted(pat_ids())[:count]
    for pat_id in doomed:
        patrol.delete_grant(pat_id)
    return doomed


# --- what is gone ---------------------------------------------------------------------------------------------


def test_a_deleted_grant_is_gone_with_a_version_and_an_event(patrol: GitHub) -> None:
    given = patrol.grant()
    synced()
    patrol.delete_grant(given["id"])
    report = synced()
    row = grant(given["id"])
    assert row.state == Grant.State.GONE
    assert row.ended_at is not None
    assert report.changed == 1
    last = versions(row)[-1]
    assert (last.facts["granted"], last.cause) == (None, "unknown")
    (event,) = events("grant.gone")
    assert (event.subject, event.data["cause"]) == (f"grant:{given['id']}", "unknown")


def test_a_cancelled_request_has_ended(patrol: GitHub) -> None:
    asked = patrol.ask()
    synced()
    cancel(patrol, asked["id"])
    synced()
    assert grant_request(asked["id"]).state == GrantRequest.State.ENDED
    (event,) = events("grant_request.ended")
    assert event.data["state"] == "ended"


def test_a_request_whose_token_now_holds_it_was_approved_at_github(patrol: GitHub) -> None:
    access = {"permissions": {"repository": {"contents": "write"}}}
    asked = patrol.ask(**access)
    synced()
    cancel(patrol, asked["id"])
    patrol.grant(token_id=asked["token_id"], permissions={"repository": {"contents": "write", "issues": "read"}})
    synced()
    row = grant_request(asked["id"])
    assert row.state == GrantRequest.State.APPROVED
    assert events("grant_request.ended")[0].data["cause"] == "approved on github.com"


def test_a_narrower_grant_does_not_explain_a_request(patrol: GitHub) -> None:
    asked = patrol.ask(permissions={"repository": {"contents": "write"}})
    synced()
    cancel(patrol, asked["id"])
    patrol.grant(token_id=asked["token_id"], permissions={"repository": {"contents": "read"}})
    synced()
    assert grant_request(asked["id"]).state == GrantRequest.State.ENDED


def test_the_last_request_of_a_list_can_end(patrol: GitHub) -> None:
    patrol.change("reset", requests=1)
    synced()
    (only,) = pat_request_ids()
    cancel(patrol, only)
    synced()
    assert pat_request_ids() == set()


# --- what is not gone ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["500", "502", "truncate", "403", "404", "429"])
@pytest.mark.parametrize("path", [GRANTS_PATH, REQUESTS_PATH])
def test_a_list_that_cannot_be_read_deletes_nothing(patrol: GitHub, kind: str, path: str) -> None:
    synced()
    before = (pat_ids(), pat_request_ids())
    InstallationToken.objects.all().delete()
    patrol.fail(kind, path, seconds=60)
    report = tried()
    assert report.state in {"paused", "failed"}
    assert report.error
    assert SyncState.objects.get(organization=organization()).error == report.error
    assert (pat_ids(), pat_request_ids()) == before
    tried()
    assert (pat_ids(), pat_request_ids()) == before


def test_an_empty_answer_after_many_asks_and_deletes_nothing(patrol: GitHub) -> None:
    synced()
    before = pat_ids()
    patrol.fail("empty", GRANTS_PATH, times=5)
    assert tried().state == "asks"
    assert pat_ids() == before
    patrol.heal()
    synced()
    assert pat_ids() == before


def test_a_list_that_lost_its_end_deletes_nothing(patrol: GitHub) -> None:
    """The second page comes back empty, as if the list ended there; each token is still found by its id."""
    patrol.change("reset", grants=150, requests=0)
    synced()
    before = pat_ids()
    InstallationToken.objects.all().delete()
    patrol.fail("empty", GRANTS_PATH, skip=1)
    report = synced()
    assert pat_ids() == before
    assert report.changed == 0


def test_a_lookup_that_shows_nothing_at_all_is_not_believed(patrol: GitHub) -> None:
    given = patrol.grant()
    synced()
    patrol.delete_grant(given["id"])
    patrol.fail("empty", GRANTS_PATH, skip=1)
    synced()
    assert grant(given["id"]).state == Grant.State.ACTIVE
    synced()
    assert grant(given["id"]).state == Grant.State.GONE


def test_a_lookup_that_fails_ends_nothing(patrol: GitHub) -> None:
    given = patrol.grant()
    synced()
    patrol.delete_grant(given["id"])
    patrol.fail("500", GRANTS_PATH, skip=1)
    assert tried().state == "paused"
    assert grant(given["id"]).state == Grant.State.ACTIVE


def test_a_list_that_shifts_during_the_walk_loses_nobody(patrol: GitHub) -> None:
    """Four grants of the first page vanish while the second is awaited: four others slip over the page's edge."""
    patrol.change("reset", grants=250, requests=0)
    synced()
    InstallationToken.objects.all().delete()
    patrol.fail("500", GRANTS_PATH, skip=1)
    assert tried().state == "paused"
    first_page = latest("grants").pages.get().ids
    doomed = first_page[:4]
    for pat_id in doomed:
        patrol.delete_grant(pat_id)
    before = pat_ids()
    report = synced()
    assert before - pat_ids() == set()  # the walk that had met them cannot tell; the next one can
    assert report.grants == 250
    synced()
    assert before - pat_ids() == set(doomed)


def test_a_removed_installation_deletes_nothing(patrol: GitHub) -> None:
    synced()
    before = pat_ids()
    organization().installations.update(removed_at=clock.now())
    with pytest.raises(sync.NotInstalled):
        sync.sync_organization(organization().pk)
    assert pat_ids() == before


def test_an_unreadable_item_is_kept_apart_and_does_not_vanish(patrol: GitHub) -> None:
    given = patrol.grant(name="newest first")
    synced()
    InstallationToken.objects.all().delete()
    patrol.fail("garble", GRANTS_PATH)
    report = synced()
    assert grant(given["id"]).state == Grant.State.ACTIVE
    assert report.grants == 13
    assert latest("grants").quarantined == 1
    kept = Quarantine.objects.get(organization=organization())
    assert "token_name" in kept.problem
    assert str(given["id"]) in kept.excerpt


def test_a_new_unreadable_item_does_not_stop_the_walk(patrol: GitHub) -> None:
    patrol.fail("garble", GRANTS_PATH)
    report = synced()
    assert report.grants == 11
    synced()
    assert len(pat_ids()) == 12
    assert not Quarantine.objects.exists()  # it reads again


# --- the brake --------------------------------------------------------------------------------------------------


def test_five_may_vanish_without_a_question(patrol: GitHub) -> None:
    synced()
    doomed = delete_all(patrol, 5)
    synced()
    assert pat_ids().isdisjoint(doomed)


def test_more_than_five_of_twelve_stop_and_ask(patrol: GitHub) -> None:
    synced()
    before = pat_ids()
    delete_all(patrol, 6)
    report = tried()
    assert report.state == "asks"
    assert pat_ids() == before
    walked = latest("grants")
    assert (walked.state, walked.vanishing) == (Walk.State.ASKS, 6)
    (event,) = events("sync.vanishing_asked")
    assert event.data == {"listing": "grants", "vanishing": 6}


def test_the_question_is_recorded_once_while_nothing_moves(patrol: GitHub) -> None:
    synced()
    delete_all(patrol, 6)
    tried()
    tried()
    assert len(events("sync.vanishing_asked")) == 1


def test_what_an_owner_accepted_ends_with_the_next_walk(patrol: GitHub) -> None:
    synced()
    doomed = delete_all(patrol, 7)
    tried()
    SyncState.objects.update(vanishing_accepted=True)
    synced()
    assert pat_ids().isdisjoint(doomed)
    assert SyncState.objects.get(organization=organization()).vanishing_accepted is False


def test_accepting_seven_does_not_accept_many_more(patrol: GitHub) -> None:
    patrol.change("reset", grants=40, requests=0)
    synced()
    delete_all(patrol, 7)
    tried()
    SyncState.objects.update(vanishing_accepted=True)
    for pat_id in sorted(pat_ids())[7:37]:
        patrol.delete_grant(pat_id)
    before = pat_ids()
    assert tried().state == "asks"
    assert pat_ids() == before


def test_approvals_at_github_are_no_reason_to_ask(patrol: GitHub) -> None:
    access = {"permissions": {"repository": {"contents": "read"}}}
    asked = [patrol.ask(**access) for _ in range(8)]
    synced()
    for one in asked:
        cancel(patrol, one["id"])
        patrol.grant(token_id=one["token_id"], **access)
    synced()
    states = {grant_request(one["id"]).state for one in asked}
    assert states == {GrantRequest.State.APPROVED}


def test_what_vanished_while_github_was_away_is_found_afterwards(patrol: GitHub) -> None:
    given = patrol.grant()
    synced()
    patrol.delete_grant(given["id"])
    patrol.fail("502", REQUESTS_PATH)
    assert tried().state == "paused"
    assert grant(given["id"]).state == Grant.State.ACTIVE
    with clock.moved(timedelta(minutes=11)):
        synced()
    assert grant(given["id"]).state == Grant.State.GONE
