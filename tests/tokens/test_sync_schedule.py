"""When lists are read: every ten minutes, on demand, and by the sweeper when no worker comes."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.github.models import Installation
from apps.jobs import services as jobs
from apps.jobs.models import Slot
from apps.jobs.sweeper import sweep_once
from apps.tokens import sync, tasks, verification, walk
from apps.tokens.models import Grant, SyncState, Walk
from tests.github import GitHub
from tests.tokens.syncing import REQUESTS_PATH, later, organization, pat_ids, synced, tried

pytestmark = pytest.mark.database
STALE = verification.FRESH_FOR + timedelta(minutes=1)


def test_a_new_installation_is_due_at_once(patrol: GitHub) -> None:
    assert sync.ring_due() == Installation.objects.count() == SyncState.objects.count()
    assert SyncState.objects.filter(due_at__lte=clock.now()).count() == SyncState.objects.count()


def test_nothing_is_due_right_after_a_sync(patrol: GitHub) -> None:
    sync.ring_due()
    for installation in Installation.objects.all():
        sync.sync_organization(installation.organization_id)
    assert sync.ring_due() == 0
    with clock.moved(timedelta(minutes=10, seconds=1)):
        assert sync.ring_due() == Installation.objects.count()


def test_a_removed_installation_is_never_due(patrol: GitHub) -> None:
    sync.ring_due()
    Installation.objects.filter(organization=organization()).update(removed_at=clock.now())
    with clock.moved(timedelta(minutes=1)):
        assert sync.ring_due() == Installation.objects.count() - 1
        sync.sweep()
    assert not Walk.objects.filter(organization=organization()).exists()


def test_workers_have_fifteen_seconds_before_the_sweeper(patrol: GitHub) -> None:
    sync.ring_due()
    assert sync.sweep() == 0
    with clock.moved(timedelta(seconds=16)):
        assert sync.sweep() == Installation.objects.count()
    assert len(pat_ids()) == 12


def test_the_sweeper_alone_reads_everything(patrol: GitHub) -> None:
    sweep_once()
    with clock.moved(timedelta(seconds=16)):
        sweep_once()
    assert Grant.objects.values("organization").distinct().count() == Installation.objects.count()


def test_one_organization_that_fails_does_not_stop_the_others(patrol: GitHub) -> None:
    patrol.fail("500", f"/orgs/{organization().login}/.*requests$", times=5)
    sync.ring_due()
    with clock.moved(timedelta(seconds=16)):
        sync.sweep()
    assert not Grant.objects.filter(organization=organization()).exists()
    assert Grant.objects.exclude(organization=organization()).exists()


def test_a_sync_on_demand_is_due_at_once(patrol: GitHub) -> None:
    synced()
    patrol.grant()
    sync.request_sync(organization().pk)
    tasks.sync_organization(organization().pk)
    assert len(pat_ids()) == 13


def test_a_task_for_an_organization_without_the_app_does_nothing(patrol: GitHub) -> None:
    Installation.objects.update(removed_at=clock.now())
    tasks.sync_organization(organization().pk)
    assert not Walk.objects.exists()


def test_the_jobs_are_on_the_schedule(patrol: GitHub) -> None:
    opened = Slot.objects.filter(pk__in=jobs.open_due_slots())
    slots = set(opened.values_list("job", flat=True))
    assert {"tokens.sync_due", "tokens.verify_repositories", "tokens.forget_old_walks"} <= slots


def test_old_walks_are_forgotten_but_for_the_first(patrol: GitHub) -> None:
    synced()
    first = set(Walk.objects.values_list("pk", flat=True))
    for _ in range(2):
        synced()
    with clock.moved(timedelta(days=8)):
        walk.forget_old_walks()
    left = set(Walk.objects.values_list("pk", flat=True))
    assert first <= left
    assert len(left) == 4  # the first and the last of each list


# --- repositories in turn -----------------------------------------------------------------------------------------


def test_a_silent_change_of_repositories_is_found_in_turn(patrol: GitHub) -> None:
    """GitHub's list looks the same; only the token's own list of repositories tells."""
    synced()
    row = (
        Grant.objects.filter(repository_selection="subset", organization=organization()).select_related("token").first()
    )
    assert row is not None
    other = row.organization.repositories.exclude(pk__in=row.repositories.values("pk")).first()
    assert other is not None
    patrol.change(f"tokens/{row.token.token_id}", repositories=[other.name])
    assert synced().changed == 0
    with later(patrol, STALE):
        assert verification.verify_repositories() > 0
    assert [one.name for one in row.repositories.all()] == [other.name]
    assert row.token.versions.count() == 2


def test_what_was_read_lately_is_not_read_again(patrol: GitHub) -> None:
    synced()
    with later(patrol, STALE):
        assert verification.verify_repositories() > 0
        assert verification.verify_repositories() == 0


def test_a_run_makes_no_more_calls_than_its_budget(patrol: GitHub) -> None:
    synced()
    with later(patrol, STALE):
        assert verification.verify_repositories(calls=2) == 2


def test_verifying_stops_at_half_of_the_quota(patrol: GitHub) -> None:
    synced()
    patrol.change("reset", rate_limit=8)
    with later(patrol, STALE):
        verification.verify_repositories()
    verified = Grant.objects.filter(organization=organization(), repositories_verified_at__gt=clock.now() + STALE / 2)
    assert 0 < verified.count() <= 4


def test_a_list_that_cannot_be_read_leaves_the_links(patrol: GitHub) -> None:
    synced()
    before = dict(Grant.objects.values_list("pk", "repositories"))
    patrol.fail("500", "/repositories$", times=50)
    with later(patrol, STALE):
        verification.verify_repositories()
    assert dict(Grant.objects.values_list("pk", "repositories")) == before


def test_an_outage_is_told_on_the_state(patrol: GitHub) -> None:
    synced()
    patrol.fail("503", REQUESTS_PATH)
    tried()
    told = SyncState.objects.get(organization=organization())
    assert told.error
    assert told.completed_at is not None  # pages say as of when they speak
