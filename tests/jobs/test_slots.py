"""Each slot of the schedule runs once: with two beats, after an outage, over a change of clocks."""

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from apps.core import clock
from apps.jobs import services, tasks
from apps.jobs.models import Slot
from tests.jobs.work import HOUR, Work, later, opened, run_due
from tests.threads import together

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
BEATS = 8


def test_a_slot_is_opened_once(work: Work) -> None:
    assert opened().job == "tests.work"
    assert services.open_due_slots() == []
    assert Slot.objects.count() == 1


def test_beats_that_tick_at_once_open_one_slot(work: Work) -> None:
    results = together([services.open_due_slots] * BEATS)
    assert sorted(len(one) for one in results) == [0] * (BEATS - 1) + [1]
    assert Slot.objects.count() == 1


def test_workers_that_heard_of_the_same_slot_run_it_once(work: Work) -> None:
    results = together([partial(services.run_slot, opened().pk)] * BEATS)
    assert sorted(results) == [False] * (BEATS - 1) + [True]
    assert work.runs == 1


def test_a_finished_slot_never_runs_again(work: Work) -> None:
    slot = opened()
    assert services.run_slot(slot.pk)
    with later(days=20):
        tasks.run_slot(slot.pk)
        assert slot.pk not in services.unfinished_slots()
    assert work.runs == 1


def test_each_period_has_a_slot_of_its_own(work: Work) -> None:
    for hours in range(5):
        with later(hours=hours):
            services.open_due_slots()
            run_due()
    assert work.runs == Slot.objects.filter(finished_at__isnull=False).count() == 5


def test_an_outage_of_three_days_opens_one_slot(work: Work) -> None:
    services.open_due_slots()
    run_due()
    with later(days=3):
        services.open_due_slots()
        services.open_due_slots()
        run_due()
    assert (work.runs, Slot.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        pytest.param(datetime(2026, 10, 25), 25, id="an-hour-twice"),  # noqa: DTZ001  Berlin's, below
        pytest.param(datetime(2026, 3, 29), 23, id="an-hour-missing"),  # noqa: DTZ001
    ],
)
def test_a_day_on_which_clocks_change_has_as_many_slots_as_hours(work: Work, midnight: datetime, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    job = services.Job("tests.work", HOUR, work.run)
    start = midnight.replace(tzinfo=berlin).astimezone(UTC)
    end = (midnight + timedelta(days=1)).replace(tzinfo=berlin).astimezone(UTC)
    minutes = int((end - start).total_seconds()) // 60
    moments = [start + timedelta(minutes=minute) for minute in range(minutes)]

    slots = {services.slot_of(job, moment) for moment in moments}

    assert len(slots) == hours
    assert {services.slot_of(job, moment.astimezone(berlin)) for moment in moments} == slots


def test_slots_are_counted_from_midnight_utc(work: Work) -> None:
    def slot(every: timedelta, at: datetime) -> str:
        return services.slot_of(services.Job("tests.work", every, work.run), at)

    last, first = datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert slot(timedelta(days=1), last) == "2026-01-01T00:00:00+00:00"
    assert slot(timedelta(days=1), first) == "2026-01-02T00:00:00+00:00"
    assert slot(timedelta(minutes=10), last) == "2026-01-01T23:50:00+00:00"


def test_a_slot_of_a_process_that_died_is_taken_over_when_its_lease_ends(work: Work) -> None:
    slot = opened()

    def die() -> None:
        raise SystemExit  # as a kill: nothing is written down any more

    work.meanwhile = die
    with pytest.raises(SystemExit):
        services.run_slot(slot.pk)
    work.meanwhile = lambda: None

    with later(minutes=9):
        assert run_due() == 0
    with later(minutes=11):
        assert run_due() == 1
    slot.refresh_from_db()
    assert (work.runs, slot.attempts, slot.lease_until) == (2, 2, None)
    assert slot.finished_at is not None


@pytest.mark.parametrize("fault", [None, LookupError("the first one's")])
def test_a_run_that_outlived_its_lease_does_not_write_over_the_next_one(work: Work, fault: Exception | None) -> None:
    slot = opened()
    second: list[Slot] = []

    def outlive() -> None:
        """While the first run lasts, another process takes the slot over and fails."""
        work.meanwhile, work.fault = lambda: None, LookupError("the second one's")
        with later(minutes=11):
            assert services.run_slot(slot.pk) is False
        second.append(Slot.objects.get(pk=slot.pk))
        work.fault = fault

    work.meanwhile = outlive
    assert services.run_slot(slot.pk) is False

    slot.refresh_from_db()
    assert work.runs == slot.attempts == 2
    assert (slot.finished_at, slot.error) == (None, 'LookupError("the second one\'s")')
    assert slot.lease_until == second[0].lease_until


def test_a_failing_job_is_tried_again_after_a_minute(work: Work) -> None:
    slot = opened()
    work.fault = LookupError("GitHub is away")
    assert run_due() == 0
    slot.refresh_from_db()
    assert (slot.attempts, slot.error, slot.finished_at) == (1, "LookupError('GitHub is away')", None)
    with later(seconds=50):
        run_due()
    assert work.runs == 1

    work.fault = None
    with later(seconds=61):
        assert run_due() == 1
    slot.refresh_from_db()
    assert (slot.attempts, slot.error) == (2, "")


def test_a_job_that_fails_five_times_is_given_up(work: Work) -> None:
    slot = opened()
    work.fault = LookupError("for ever")
    for minutes in range(0, 20, 2):
        with later(minutes=minutes):
            run_due()
            tasks.run_slot(slot.pk)  # a late or doubled message
    slot.refresh_from_db()
    assert (work.runs, slot.attempts, slot.finished_at) == (5, 5, None)


def test_the_next_slot_of_a_job_that_was_given_up_runs(work: Work) -> None:
    slot = opened()
    Slot.objects.filter(pk=slot.pk).update(attempts=services.ATTEMPTS)
    with later(hours=1):
        services.open_due_slots()
        assert run_due() == 1


def test_a_slot_of_a_job_that_is_no_longer_scheduled_is_left_alone(work: Work) -> None:
    old = Slot.objects.create(job="tests.gone", slot="2026-01-01T00:00:00+00:00", rung_at=clock.now())
    assert services.unfinished_slots() == []
    assert services.run_slot(old.pk) is False
    old.refresh_from_db()
    assert (old.attempts, old.error) == (0, "")


def test_a_secret_in_an_error_is_not_kept(work: Work) -> None:
    slot = opened()
    work.fault = LookupError("refused: ghu_" + "a" * 36)
    run_due()
    slot.refresh_from_db()
    assert slot.error == "LookupError('refused: [secret]')"


def test_slots_are_forgotten_after_a_month_whatever_became_of_them(work: Work) -> None:
    done = opened()
    services.run_slot(done.pk)
    with later(hours=1):
        given_up = opened()
    Slot.objects.filter(pk=given_up.pk).update(attempts=services.ATTEMPTS)
    with later(days=30, hours=2):
        current = opened()
        assert services.forget_old_slots() == 2
    assert Slot.objects.get() == current


@pytest.mark.parametrize(
    "every", [timedelta(), timedelta(seconds=-60), timedelta(milliseconds=1500), timedelta(days=31)]
)
def test_a_period_that_slots_cannot_tell_apart_is_refused(work: Work, every: timedelta) -> None:
    with pytest.raises(ValueError, match=r"tests\.odd"):
        services.schedule("tests.odd", every=every, run=work.run)
    assert "tests.odd" not in services._schedule
