"""A message that was written down is processed once, and found again when that went wrong (T13, T14, T16, T19)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.github import claiming, deliveries, registry
from apps.github.models import Delivery, Installation, Organization
from tests.cast import ORGANIZATION, OTHER_ORGANIZATION
from tests.github import GitHub
from tests.github.webhooks import envelope, new_guid, post, send

pytestmark = pytest.mark.database
State = Delivery.State


class Listener:
    """A room that hears of event `probe` and may stumble."""

    def __init__(self) -> None:
        self.heard: list[registry.Hook] = []
        self.trouble: list[Exception] = []

    def __call__(self, hook: registry.Hook) -> None:
        """Hear it, or raise the next trouble."""
        if self.trouble:
            raise self.trouble.pop(0)
        self.heard.append(hook)


@pytest.fixture
def listener(patrol: GitHub) -> Iterator[Listener]:
    """Registered for the time of a test."""
    one = Listener()
    registry.register("probe", registry.ANY, one)
    yield one
    registry._handlers.pop(("probe", registry.ANY))


def only() -> Delivery:
    """The one message there is."""
    return Delivery.objects.get()


def test_a_message_is_processed_once_and_its_body_is_not_kept(listener: Listener) -> None:
    send("probe", envelope("made"))
    assert deliveries.process(only().pk)
    assert not deliveries.process(only().pk)
    (heard,) = listener.heard
    assert (heard.event, heard.action) == ("probe", "made")
    assert heard.organization_id == Organization.objects.get(login=ORGANIZATION).pk
    assert (only().state, only().body, only().attempts) == (State.PROCESSED, "", 1)


def test_the_sweeper_takes_what_nobody_took(listener: Listener) -> None:
    send("probe", envelope("made"))
    assert deliveries.sweep() == 0, "the workers come first"
    with clock.moved(timedelta(seconds=6)):
        assert deliveries.sweep() == 1
        assert deliveries.sweep() == 0
    assert len(listener.heard) == 1


def test_the_same_guid_again_is_nothing_new(listener: Listener) -> None:
    guid = new_guid()
    send("probe", envelope("made"), guid=guid)
    send("probe", envelope("made"), guid=guid.upper())
    deliveries.process(only().pk)
    send("probe", envelope("made"), guid=guid)
    assert not deliveries.process(only().pk)
    assert len(listener.heard) == 1


def test_equal_bytes_under_two_guids_are_two_messages(listener: Listener) -> None:
    send("probe", envelope("made"))
    send("probe", envelope("made"))
    assert [deliveries.process(pk) for pk in Delivery.objects.values_list("pk", flat=True)] == [True, True]
    assert len(set(Delivery.objects.values_list("digest", flat=True))) == 1


def test_a_failed_message_is_tried_again_after_a_pause(listener: Listener) -> None:
    listener.trouble = [ValueError("broken"), ValueError("still broken")]
    send("probe", envelope("made"))
    assert not deliveries.process(only().pk)
    assert (only().state, only().attempts) == (State.FAILED, 1)
    assert "broken" in only().error
    assert only().body, "it is needed again"
    assert not deliveries.process(only().pk), "the pause is not over"
    with clock.moved(timedelta(seconds=11)):
        assert deliveries.sweep() == 0
        assert not deliveries.process(only().pk), "each pause is longer"
    with clock.moved(timedelta(seconds=30)):
        assert deliveries.sweep() == 1
    assert (only().state, only().error, only().body) == (State.PROCESSED, "", "")


def test_a_redelivery_after_a_failure_is_processed_once(listener: Listener) -> None:
    listener.trouble = [ValueError("broken")]
    guid = new_guid()
    send("probe", envelope("made"), guid=guid)
    deliveries.process(only().pk)
    send("probe", envelope("made"), guid=guid)
    assert (only().state, only().attempts) == (State.RECEIVED, 0)
    assert deliveries.process(only().pk)
    send("probe", envelope("made"), guid=guid)
    assert not deliveries.process(only().pk)
    assert len(listener.heard) == 1


def test_a_message_that_always_fails_rests_until_it_comes_again(listener: Listener) -> None:
    listener.trouble = [ValueError("broken")] * claiming.ATTEMPTS
    guid = new_guid()
    send("probe", envelope("made"), guid=guid)
    for hours in range(claiming.ATTEMPTS + 2):
        with clock.moved(timedelta(hours=hours)):
            deliveries.sweep()
            deliveries.process(only().pk)
    assert (only().state, only().attempts, listener.trouble) == (State.FAILED, claiming.ATTEMPTS, [])
    send("probe", envelope("made"), guid=guid)
    assert deliveries.process(only().pk)


def test_what_a_dead_process_held_is_taken_over_when_its_lease_ends(listener: Listener) -> None:
    send("probe", envelope("made"))
    Delivery.objects.update(state=State.PROCESSING, due_at=clock.now() + claiming.LEASE, attempts=1)
    assert not deliveries.process(only().pk)
    with clock.moved(claiming.LEASE + timedelta(seconds=6)):
        assert deliveries.sweep() == 1
    assert len(listener.heard) == 1


def test_a_message_of_a_clock_that_was_ahead_is_processed_now(listener: Listener) -> None:
    with clock.moved(timedelta(hours=1)):
        send("probe", envelope("made"))
    assert deliveries.sweep() == 1
    assert len(listener.heard) == 1


def test_what_a_dead_process_held_by_a_clock_that_was_ahead_is_taken_over_now(listener: Listener) -> None:
    send("probe", envelope("made"))
    held = clock.now() + timedelta(hours=1) + claiming.LEASE
    Delivery.objects.update(state=State.PROCESSING, due_at=held, attempts=1)
    assert deliveries.sweep() == 1
    assert len(listener.heard) == 1


def test_a_message_that_was_put_off_rests_although_the_clock_was_ahead_when_it_came(listener: Listener) -> None:
    with clock.moved(timedelta(hours=1)):
        send("probe", envelope("made"))
    listener.trouble = [registry.Later(clock.now() + timedelta(seconds=20))]
    assert not deliveries.process(only().pk)
    assert not deliveries.process(only().pk)
    assert listener.trouble == []
    with clock.moved(timedelta(seconds=26)):
        assert deliveries.sweep() == 1


def test_later_is_no_failure(listener: Listener) -> None:
    send("probe", envelope("made"))
    listener.trouble = [registry.Later(clock.now() + timedelta(seconds=20))]
    assert not deliveries.process(only().pk)
    assert (only().state, only().attempts) == (State.RECEIVED, 0)
    assert not deliveries.process(only().pk)
    with clock.moved(timedelta(seconds=26)):
        assert deliveries.sweep() == 1


def test_one_room_that_fails_does_not_keep_another_from_hearing(listener: Listener) -> None:
    def fails(_hook: registry.Hook) -> None:
        raise ValueError("mine")

    registry._handlers["probe", registry.ANY].insert(0, fails)
    send("probe", envelope("made"))
    assert not deliveries.process(only().pk)
    assert (len(listener.heard), only().state) == (1, State.FAILED)


def _told(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (envelope("made") | changes).items() if value is not None}


@pytest.mark.parametrize("case", ["of another", "unknown installation", "no installation, unknown organization"])
def test_a_message_about_a_foreign_organization_is_dropped(listener: Listener, case: str) -> None:
    other = Organization.objects.get(login=OTHER_ORGANIZATION)
    told = {
        "of another": _told(organization={"id": other.pk, "login": other.login}),
        "unknown installation": _told(installation={"id": 77}),
        "no installation, unknown organization": _told(installation=None, organization={"id": 4, "login": "x"}),
    }[case]
    tenants = set(Organization.objects.values_list("pk", flat=True))
    send("probe", told)
    assert deliveries.process(only().pk)
    assert listener.heard == []
    assert (only().state, only().organization_id, only().body) == (State.PROCESSED, None, "")
    assert only().error.startswith("Dropped")
    assert set(Organization.objects.values_list("pk", flat=True)) == tenants


def test_an_organization_without_its_installation_counts_where_patrol_is_installed(listener: Listener) -> None:
    """GitHub's description lets `personal_access_token_request` "created" go without an installation."""
    send("probe", _told(installation=None))
    deliveries.process(only().pk)
    assert listener.heard[0].organization_id == Organization.objects.get(login=ORGANIZATION).pk
    told = _told(installation=None)
    Installation.objects.update(suspended_at=clock.now())
    send("probe", told)
    deliveries.process(Delivery.objects.latest("pk").pk)
    assert len(listener.heard) == 1


def test_an_installation_that_is_told_of_is_read_from_github(patrol: GitHub) -> None:
    """The message names an organization that GitHub's list does not have: no tenant comes of it."""
    before = Installation.objects.live().count()
    payload = {"action": "created", "installation": {"id": 4711, "account": {"id": 4712, "login": "evil"}}}
    send("installation", payload)
    assert deliveries.process(only().pk)
    assert not Organization.objects.filter(pk=4712).exists()
    Installation.objects.all().update(removed_at=clock.now())
    send("installation", payload)
    deliveries.process(Delivery.objects.latest("pk").pk)
    assert Installation.objects.live().count() == before


def test_while_github_is_away_a_message_waits(patrol: GitHub) -> None:
    patrol.fail("500", "^/app/installations", times=50)
    send("installation", {"action": "created", "installation": {"id": 1}})
    assert not deliveries.process(only().pk)
    assert only().state == State.FAILED
    patrol.heal()
    with clock.moved(timedelta(seconds=30)):
        assert deliveries.sweep() == 1


def test_old_messages_are_forgotten(listener: Listener) -> None:
    send("probe", envelope("made"))
    assert deliveries.forget_old_deliveries() == 0
    with clock.moved(timedelta(days=91)):
        assert deliveries.forget_old_deliveries() == 1


def test_a_message_of_an_event_nobody_wants_is_done(patrol: GitHub) -> None:
    assert post(json.dumps({"zen": "Keep it logically awesome."}).encode(), event="ping").status_code == 202
    assert deliveries.process(only().pk)
