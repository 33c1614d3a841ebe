"""Many messages alike are heard once, together; nothing else waits behind them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.github import claiming, deliveries, registry
from apps.github.models import Delivery, Organization
from tests.cast import ORGANIZATION, OTHER_ORGANIZATION
from tests.github import GitHub
from tests.github.webhooks import envelope, send

pytestmark = pytest.mark.database
State = Delivery.State
MANY = claiming.FLOOD + 5


class Room:
    """Hears of event `probe`, one by one or of many at once, and may ask to wait."""

    def __init__(self) -> None:
        self.alone: list[str] = []
        self.together: list[tuple[int | None, datetime]] = []
        self.later: datetime | None = None

    def hear(self, hook: registry.Hook) -> None:
        """One message."""
        self.alone.append(hook.action)

    def hear_many(self, organization_id: int | None, newest: datetime) -> None:
        """Many alike."""
        if self.later:
            raise registry.Later(self.later)
        self.together.append((organization_id, newest))


@pytest.fixture
def room(patrol: GitHub) -> Iterator[Room]:
    """Hears of many at once when they say "made", and of each when they say anything else."""
    one = Room()
    hear = one.hear
    registry.register("probe", registry.ANY, hear)
    registry.register_for_floods("probe", "made", hear, one.hear_many)
    yield one
    registry._handlers.pop(("probe", registry.ANY))
    registry._floods.pop(("probe", "made", hear))


def written(action: str, times: int, login: str = ORGANIZATION, **more: Any) -> list[int]:
    """Post so many messages; the ids of their rows."""
    known = set(Delivery.objects.values_list("pk", flat=True))
    for _ in range(times):
        send("probe", envelope(action, login, **more))
    return sorted(set(Delivery.objects.values_list("pk", flat=True)) - known)


def states() -> set[str]:
    """Of all messages."""
    return set(Delivery.objects.values_list("state", flat=True))


def test_many_messages_alike_are_heard_once_together(room: Room) -> None:
    pks = written("made", MANY)
    assert deliveries.process(pks[3])
    assert room.alone == []
    ((organization_id, newest),) = room.together
    assert organization_id == Organization.objects.get(login=ORGANIZATION).pk
    assert newest == Delivery.objects.get(pk=pks[-1]).received_at
    assert set(Delivery.objects.values_list("state", "body", "attempts")) == {(State.PROCESSED, "", 1)}
    assert not deliveries.process(pks[0])


def test_a_few_are_heard_one_by_one(room: Room) -> None:
    pks = written("made", claiming.FLOOD)
    assert deliveries.process(pks[0])
    assert (len(room.alone), room.together) == (1, [])
    assert Delivery.objects.filter(state=State.RECEIVED).count() == claiming.FLOOD - 1


def test_where_every_message_matters_each_is_heard(room: Room) -> None:
    pks = written("ended", MANY)
    assert all(deliveries.process(pk) for pk in pks)
    assert (len(room.alone), room.together) == (MANY, [])


def test_a_flood_takes_nothing_of_another_kind_or_organization_with_it(room: Room) -> None:
    others = [*written("ended", 1), *written("made", 1, OTHER_ORGANIZATION)]
    flood = written("made", MANY)
    assert deliveries.process(flood[0])
    assert set(Delivery.objects.filter(state=State.RECEIVED).values_list("pk", flat=True)) == set(others)
    assert all(deliveries.process(pk) for pk in others)
    assert room.alone == ["ended", "made"]


def test_a_flood_that_has_to_wait_waits_together_and_counts_as_no_failure(room: Room) -> None:
    pks = written("made", MANY)
    room.later = clock.now() + timedelta(seconds=20)
    assert not deliveries.process(pks[0])
    assert set(Delivery.objects.values_list("state", "attempts", "due_at")) == {(State.RECEIVED, 0, room.later)}
    room.later = None
    with clock.moved(timedelta(seconds=21)):
        assert deliveries.process(pks[5])
    assert states() == {State.PROCESSED}


def test_a_flood_costs_as_many_statements_as_a_dozen_messages(room: Room) -> None:
    counted = []
    for times in (claiming.FLOOD + 1, 20 * claiming.FLOOD):
        pks = written("made", times)
        with CaptureQueriesContext(connection) as statements:
            assert deliveries.process(pks[0])
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_a_flood_that_no_bell_told_of_is_swept_at_once(room: Room) -> None:
    written("made", MANY)
    with clock.moved(timedelta(seconds=6)):
        assert deliveries.sweep() == 1
    assert states() == {State.PROCESSED}
    assert len(room.together) == 1


def test_a_flood_for_somebody_elses_organization_is_dropped(room: Room) -> None:
    told = envelope("made", ORGANIZATION)
    told["installation"] = envelope("made", OTHER_ORGANIZATION)["installation"]
    for _ in range(MANY):
        send("probe", json.loads(json.dumps(told)))
    assert deliveries.process(Delivery.objects.order_by("pk").values_list("pk", flat=True)[0])
    assert (room.alone, room.together) == ([], [])
    assert set(Delivery.objects.values_list("state", "organization_id")) == {(State.PROCESSED, None)}
