"""People are told that a token ends: at each threshold once, whatever happens to clocks, beats and workers."""

from datetime import timedelta
from functools import partial

import pytest

from apps.audit.models import Event
from apps.core import clock
from apps.core.spans import zone_of
from apps.github.models import Installation
from apps.tokens import reminder_days, reminding
from apps.tokens.models import Grant, Reminder, ReminderDay, ReminderSettings
from apps.tokens.reminder_rules import Today, rule_of
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.threads import together
from tests.tokens.desk import Desk, work
from tests.tokens.reminded import at, days_before, dies_after, end_day, live_in, minute, morning, thresholds, told

ALL = [30, 14, 7, 1, 0]


@pytest.fixture
def grant(desk: Desk) -> Grant:
    """Of a member, with forty days to go, half a day after whatever hour it is."""
    return desk.grant(login=MEMBER, name="nightly", expires_in_days=40.5)


@pytest.mark.database
def test_people_are_told_once_at_each_threshold(grant: Grant) -> None:
    for days in (41, *range(31, 28, -1), *range(15, -2, -1)):
        for hours in (0, 3):
            with at(days_before(grant, days) + timedelta(hours=hours)):
                minute()
    assert thresholds(grant) == ALL
    assert [one["days"] for one in told(grant)] == ALL
    assert {one["token_name"] for one in told(grant)} == {"nightly"}


def test_a_holder_hears_of_everything_in_one_event(desk: Desk, grant: Grant) -> None:
    other = desk.grant(login=MEMBER, name="weekly", expires_in_days=40.5)
    with at(days_before(grant, 30)):
        minute()
    mine = Event.objects.filter(name="holder.reminded", data__owner_id=grant.owner_id)
    listed = {one["pat_id"] for event in mine for one in event.data["tokens"]}
    assert mine.count() == 1
    assert {grant.pat_id, other.pat_id} <= listed
    assert mine.get().data["organization"] == ORGANIZATION


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "America/New_York"])
def test_the_day_and_its_hour_are_the_organizations(grant: Grant, zone: str) -> None:
    live_in(zone)
    eight = days_before(grant, 7, zone) - timedelta(minutes=5)
    with at(eight - timedelta(minutes=1)):
        minute()
    assert thresholds(grant) == []
    with at(eight):
        minute()
    assert thresholds(grant) == [7]
    assert ReminderDay.objects.get(organization=grant.organization).day == end_day(grant, zone) - timedelta(days=7)


def test_a_fresh_install_tells_of_the_nearest_threshold_only(grant: Grant) -> None:
    with at(days_before(grant, 5)):
        minute()
    assert thresholds(grant) == [7]


@pytest.mark.database
def test_an_outage_of_three_days_is_caught_up_by_one_reminder(grant: Grant) -> None:
    with at(days_before(grant, 31)):
        minute()
    for days in (9, 6, 5):  # the seventh and the eighth passed without Patrol, and with them 14
        with at(days_before(grant, days)):
            minute()
    assert thresholds(grant) == [14, 7]
    with at(days_before(grant, 3)):
        ReminderDay.objects.update(finished_at=None, lease_until=None)
        reminder_days.sweep()
    assert thresholds(grant) == [14, 7]


def test_a_day_that_was_left_is_done_as_of_the_day_on_which_it_is_taken_up(grant: Grant) -> None:
    with at(days_before(grant, 10)):
        reminder_days.ring_due()
    with at(days_before(grant, 6)):
        minute()
    assert thresholds(grant) == [7]


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=-9), timedelta(days=2)])
def test_a_clock_that_jumps_repeats_nothing(grant: Grant, jump: timedelta) -> None:
    for days in range(16, -1, -1):
        with at(days_before(grant, days)):
            minute()
        if days == 13:
            with at(days_before(grant, days) + jump):
                minute()
    assert thresholds(grant) == [30, 14, 7, 1, 0]
    assert len(told(grant)) == 5


@pytest.mark.database
def test_beats_and_workers_at_once_tell_once(grant: Grant) -> None:
    with at(days_before(grant, 7)):
        together([reminder_days.open_days] * 4)
        day = ReminderDay.objects.get(organization=grant.organization)
        assert sorted(together([partial(reminder_days.run, day.pk)] * 4)) == [False, False, False, True]
    assert thresholds(grant) == [7]
    assert len(told(grant)) == 1


@pytest.mark.database
def test_two_runs_of_one_day_write_each_row_and_event_once(grant: Grant) -> None:
    """As when a worker outlives its lease."""
    with at(days_before(grant, 7)):
        zone = zone_of(grant.organization.time_zone)
        today = Today(end_day(grant) - timedelta(days=7), zone, rule_of(grant.organization_id).days)
        counts = together([partial(reminding.remind, grant.organization, today)] * 4)
    assert sorted(counts)[:3] == [0, 0, 0]
    assert thresholds(grant) == [7]
    assert len(told(grant)) == 1
    named = [one["pat_id"] for event in Event.objects.filter(name="holder.reminded") for one in event.data["tokens"]]
    assert len(named) == len(set(named)) == max(counts)


def test_a_run_that_dies_anywhere_is_taken_up_and_tells_each_once(grant: Grant) -> None:
    with at(days_before(grant, 7)):
        reminder_days.ring_due()
        day = ReminderDay.objects.get(organization=grant.organization)
        for statements in range(1, 14):
            with dies_after(statements):
                reminder_days.run(day.pk)
            ReminderDay.objects.update(lease_until=None, attempts=0)
        minute()
        day.refresh_from_db()
    assert day.finished_at is not None
    named = [one["pat_id"] for event in Event.objects.filter(name="holder.reminded") for one in event.data["tokens"]]
    assert len(named) == len(set(named)) == Reminder.objects.filter(days__gte=0).count()
    assert thresholds(grant) == [7]


def test_a_token_with_less_than_a_day_is_told_of_at_once_and_by_itself(desk: Desk) -> None:
    short = desk.grant(login=MEMBER, name="hotfix", expires_in_days=0.5)
    minute()
    minute()
    (said,) = told(short, "token.reminded")
    assert (said["token_name"], said["organization"], said["owner_login"]) == ("hotfix", ORGANIZATION, MEMBER)
    assert told(short, "holder.reminded") == []
    assert thresholds(short) == [0]


def test_a_token_that_ended_in_use_is_an_alarm_once(desk: Desk) -> None:
    now = clock.now()
    used = desk.grant(login=MEMBER, name="used", expires_in_days=2)
    idle = desk.grant(login=MEMBER, name="idle", expires_in_days=2)
    never = desk.grant(login=MEMBER, name="never", expires_in_days=2)
    for one, days in ((used, 1), (idle, 6)):
        when = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        desk.github.change(f"tokens/{one.token.token_id}", last_used_at=when)
    desk.sync()
    with at(now + timedelta(days=2, minutes=5)):
        minute()
        minute()
    assert [one["name"] for one in told(used, "token.expired_in_use")] == ["token.expired_in_use"]
    assert told(idle, "token.expired_in_use") == told(never, "token.expired_in_use") == []


def test_a_token_that_left_the_list_when_it_ended_is_an_alarm_too(desk: Desk) -> None:
    """One of the two worlds: grants of expired tokens leave GitHub's list."""
    grant = desk.grant(login=MEMBER, expires_in_days=2)
    used = (clock.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.github.change(f"tokens/{grant.token.token_id}", last_used_at=used)
    desk.sync()
    gone_at = grant.ends_at + timedelta(minutes=4)
    Grant.objects.filter(pk=grant.pk).update(state=Grant.State.GONE, ended_at=gone_at)
    with at(gone_at):
        minute()
    assert len(told(grant, "token.expired_in_use")) == 1


def test_what_was_revoked_or_is_gone_is_told_of_no_more(desk: Desk, grant: Grant) -> None:
    other = desk.grant(login=MEMBER, name="deleted", expires_in_days=40.5)
    with at(days_before(grant, 30)):
        minute()
    desk.revoke(grant)
    work()
    desk.github.delete_grant(other.pat_id)
    desk.sync()
    with at(days_before(grant, 7)):
        minute()
    assert thresholds(grant) == thresholds(other) == [30]


def test_where_patrol_was_taken_off_nobody_is_told(grant: Grant) -> None:
    Installation.objects.filter(organization=grant.organization).update(suspended_at=clock.now())
    with at(days_before(grant, 7)):
        minute()
    assert thresholds(grant) == []


def test_an_organization_chooses_its_own_days(desk: Desk, grant: Grant) -> None:
    answer = desk.browser.post(f"/orgs/{ORGANIZATION}/settings/reminders/", {"days": "20, 3", "time_zone": "utc"})
    assert answer.status_code == 302
    assert ReminderSettings.objects.get().changed_by_login == OWNER
    for days in (30, 20, 19, 14, 7, 3, 2, 1, 0):
        with at(days_before(grant, days)):
            minute()
    assert thresholds(grant) == [20, 3]


def test_a_threshold_that_is_added_later_repeats_nothing_that_was_nearer(grant: Grant) -> None:
    with at(days_before(grant, 7)):
        minute()
    ReminderSettings.objects.create(
        organization=grant.organization, days=[10], changed_by_login=OWNER, changed_at=clock.now()
    )
    with at(days_before(grant, 6)):
        minute()
    assert thresholds(grant) == [7]


def test_the_morning_after_an_end_is_nobodys_concern(grant: Grant) -> None:
    with at(morning(end_day(grant) + timedelta(days=1))):
        minute()
    assert thresholds(grant) == []
