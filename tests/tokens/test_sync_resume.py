"""A sync that is stopped goes on where it was; one worker at a time; never more of the quota than its share."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock, crypto
from apps.github.models import Installation
from apps.tokens import leases, sync, walk
from apps.tokens.kinds import GRANTS
from apps.tokens.models import Grant, Selection, SyncState, TokenVersion, Walk
from apps.tokens.reading import Reader
from tests.github import GitHub
from tests.tokens.syncing import GRANTS_PATH, REQUESTS_PATH, events, later, latest, organization, pat_ids, synced, tried

pytestmark = pytest.mark.database
REPOSITORIES_PATH = r"/personal-access-tokens/[0-9]+/repositories$"


@pytest.fixture
def many(patrol: GitHub) -> GitHub:
    """Three pages of grants."""
    patrol.change("reset", grants=250, requests=0)
    return patrol


def state() -> SyncState:
    return SyncState.objects.get(organization=organization())


# --- stopping and going on ----------------------------------------------------------------------------------------


def test_a_stopped_walk_goes_on_at_its_next_page(many: GitHub) -> None:
    many.fail("500", GRANTS_PATH, skip=2)
    assert tried().state == "paused"
    resting = latest("grants")
    assert (resting.state, resting.pages_done, resting.pages_known) == (Walk.State.WALKING, 2, 3)
    assert Grant.objects.active().count() == 200
    report = synced()
    assert latest("grants").pk == resting.pk
    assert report.grants == 250
    read = Walk.objects.get(pk=resting.pk)
    assert (read.state, read.pages_done) == (Walk.State.COMPLETE, 3)


def test_a_page_is_kept_when_the_repositories_of_the_next_cannot_be_read(many: GitHub) -> None:
    many.fail("500", REPOSITORIES_PATH, skip=60)  # two of five tokens have a list
    assert tried().state == "paused"
    assert (latest("grants").pages_done, Grant.objects.active().count()) == (1, 100)
    assert synced().grants == 250


def test_a_token_that_dies_among_the_repositories_is_replaced_and_no_list_is_read_twice(many: GitHub) -> None:
    many.fail("401", REPOSITORIES_PATH, skip=5)
    report = synced()
    lists = Grant.objects.filter(repository_selection=Selection.SUBSET).count()
    pages, tokens, refused = 1 + 3, 2, 1
    assert report.http_requests == pages + tokens + refused + lists


def test_a_token_that_dies_twice_among_the_repositories_stops_the_walk(many: GitHub) -> None:
    many.fail("401", REPOSITORIES_PATH, times=2)
    assert (tried().state, Grant.objects.count()) == ("failed", 0)


def test_links_in_a_circle_end_the_walk_and_no_token(many: GitHub) -> None:
    synced()
    held = pat_ids()
    many.fail("loop", GRANTS_PATH, skip=1, times=100)
    many.grant()
    report = tried()
    assert (report.state, report.http_requests < 10) == ("failed", True)
    assert pat_ids() >= held
    assert "do not come to an end" in report.error
    assert latest("grants").state == Walk.State.FAILED
    many.heal()
    assert synced().grants == 251


def test_a_look_up_whose_links_go_in_a_circle_is_not_believed(many: GitHub) -> None:
    synced()
    gone = sorted(pat_ids())[0]
    many.delete_grant(gone)
    many.fail("loop", GRANTS_PATH, skip=3, times=100)
    assert tried().state == "failed"
    assert gone in pat_ids()
    many.heal()
    synced()
    assert gone not in pat_ids()


def test_what_a_stopped_first_sync_read_is_version_one(many: GitHub) -> None:
    many.fail("500", GRANTS_PATH, skip=1)
    tried()
    synced()
    assert set(TokenVersion.objects.values_list("seq", "cause")) == {(1, "first seen")}
    assert len(events("sync.first_completed")) == 1


def test_a_walk_that_rested_too_long_begins_anew(many: GitHub) -> None:
    many.fail("500", GRANTS_PATH, skip=1)
    tried()
    rested = latest("grants")
    with clock.moved(walk.RESUMES_WITHIN + timedelta(minutes=1)):
        synced()
    assert Walk.objects.get(pk=rested.pk).state == Walk.State.FAILED
    assert latest("grants").pk != rested.pk
    assert len(pat_ids()) == 250


def test_a_dead_workers_walk_is_taken_over_when_its_lease_ends(many: GitHub) -> None:
    many.fail("500", GRANTS_PATH, skip=1)
    tried()
    dead = leases.claim(organization().pk)  # this worker never comes back
    assert dead is not None
    assert sync.sync_organization(organization().pk).state == "busy"
    with clock.moved(leases.LEASE + timedelta(seconds=1)):
        synced()
    assert len(pat_ids()) == 250


def test_lists_are_read_again_soon_after_the_clock_was_set_back(many: GitHub) -> None:
    with clock.moved(timedelta(hours=1)):
        lease = leases.claim(organization().pk)
        assert lease is not None
        lease.complete(due_at=clock.now() + leases.EVERY)
    assert leases.claim(organization().pk, where=leases.due(clock.now())) is not None


def test_a_walk_of_a_clock_that_was_ahead_is_taken_over_now(many: GitHub) -> None:
    with clock.moved(timedelta(hours=1)):
        assert leases.claim(organization().pk) is not None
    assert leases.claim(organization().pk) is not None
    assert leases.claim(organization().pk) is None


def test_patience_rests_the_walk_and_leaves_it_due(many: GitHub) -> None:
    sync.request_sync(organization().pk)
    report = sync.sync_organization(organization().pk, patience=timedelta(seconds=-1))
    assert (report.state, report.error) == ("paused", "")
    assert state().due_at <= clock.now()
    assert state().lease_until is None
    assert synced(only_due=True).grants == 250


# --- one at a time ------------------------------------------------------------------------------------------------


def test_a_second_worker_does_nothing(patrol: GitHub) -> None:
    lease = leases.claim(organization().pk)
    assert lease is not None
    report = sync.sync_organization(organization().pk)
    assert (report.state, report.http_requests) == ("busy", 0)
    assert not Walk.objects.exists()


def test_a_doubled_message_does_nothing(patrol: GitHub) -> None:
    synced()
    assert sync.sync_organization(organization().pk, only_due=True).state == "busy"


def test_a_worker_that_lost_its_lease_writes_nothing(patrol: GitHub) -> None:
    slept = leases.claim(organization().pk)
    assert slept is not None
    with later(patrol, leases.LEASE + timedelta(seconds=1)):
        assert leases.claim(organization().pk) is not None
        installation = Installation.objects.get(organization=organization())
        with Reader(installation) as reader, pytest.raises(leases.LeaseLost):
            walk.walk(walk.Trip(reader, slept, organization().pk, first_sync=True), GRANTS)
    assert not Grant.objects.exists()


def test_a_sync_asked_for_during_a_walk_is_due_after_it(patrol: GitHub) -> None:
    lease = leases.claim(organization().pk)
    assert lease is not None
    sync.request_sync(organization().pk)
    lease.complete(due_at=clock.now() + leases.EVERY)
    assert state().due_at <= clock.now()


# --- GitHub's limits ----------------------------------------------------------------------------------------------


def test_a_rate_limit_is_waited_for_whoever_asks(patrol: GitHub) -> None:
    patrol.fail("429", REQUESTS_PATH, seconds=120)
    report = tried()
    assert report.state == "paused"
    assert "asked to wait" in report.error
    sync.request_sync(organization().pk)
    assert sync.sync_organization(organization().pk).state == "busy"
    assert sync.sweep() == 0
    with clock.moved(timedelta(seconds=121)):
        synced()


def test_a_fifth_of_the_quota_is_left_for_decisions(patrol: GitHub) -> None:
    patrol.change("reset", rate_limit=10)
    report = tried()
    assert report.state == "paused"
    assert "kept for decisions" in report.error
    # GitHub counted at most eight of ten; the token itself is on the App's account.
    assert report.http_requests <= 9
    assert sync.sync_organization(organization().pk).state == "busy"
    with later(patrol, timedelta(seconds=3_700)):
        synced()
    assert len(pat_ids()) == 12


def test_failures_wait_longer_each_time(patrol: GitHub) -> None:
    pauses = []
    for _ in range(3):
        patrol.fail("502", REQUESTS_PATH)
        tried()
        pauses.append((state().due_at - clock.now()).total_seconds())
    assert 10 < pauses[0] < pauses[1] < pauses[2] <= 600
    synced()
    assert (state().failures, state().error) == (0, "")


def test_a_refusal_waits_ten_minutes_and_says_why(patrol: GitHub) -> None:
    patrol.fail("403", REQUESTS_PATH)
    report = tried()
    assert report.state == "failed"
    assert "does not let Patrol read" in state().error
    assert state().due_at > clock.now() + timedelta(minutes=9)
    assert latest("grant_requests").state == Walk.State.FAILED


def test_a_fault_of_patrols_own_gives_the_lease_back(patrol: GitHub, settings: Any) -> None:
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, []
    with pytest.raises(crypto.Sealed):
        sync.sync_organization(organization().pk)
    settings.ENCRYPTION_KEYS = keys
    assert state().lease_until is None
    assert "fault" in state().error
    synced()
