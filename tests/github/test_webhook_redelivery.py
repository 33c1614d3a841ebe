"""GitHub does not try again by itself: Patrol asks for what failed, with measure (T20)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.github import redelivery, services, wire
from apps.github.models import Delivery, Redelivery
from tests.github import GitHub
from tests.github.answers import Answer, Stub, stub_server
from tests.github.webhooks import envelope, new_guid, send

pytestmark = pytest.mark.database


def failed(number: int, guid: str, **ago: float) -> wire.HookDelivery:
    """A try of GitHub's that failed so long ago."""
    return wire.HookDelivery(id=number, guid=guid, delivered_at=clock.now() - timedelta(**ago), event="ping")


def chosen(*tries: wire.HookDelivery) -> list[int]:
    """The tries that are sent again, by id."""
    return [one.id for one in redelivery.choose(iter(tries), now=clock.now())]


def test_each_message_is_asked_for_once_the_oldest_first(patrol: GitHub) -> None:
    one, other = new_guid(), new_guid()
    tries = [
        failed(4, one, minutes=1),
        failed(3, other, minutes=2),
        failed(2, one, minutes=9),
        failed(1, other, hours=1),
    ]
    assert chosen(*tries) == [3, 4]


def test_what_github_would_not_send_again_is_left(patrol: GitHub) -> None:
    def endless() -> Iterator[wire.HookDelivery]:
        yield failed(2, new_guid(), days=2.9)
        yield failed(1, new_guid(), days=3.1)
        raise AssertionError("the rest is older still, and is not read")

    assert [one.id for one in redelivery.choose(endless(), now=clock.now())] == [2]


def test_what_came_after_all_is_left_and_what_failed_here_is_not(patrol: GitHub) -> None:
    came, broke = new_guid(), new_guid()
    for guid in (came, broke):
        send("ping", envelope("made"), guid=guid)
    Delivery.objects.filter(guid=broke).update(state=Delivery.State.FAILED)
    assert chosen(failed(2, came.upper(), minutes=1), failed(1, broke, minutes=2)) == [1]


def test_a_message_is_asked_for_once_an_hour(patrol: GitHub) -> None:
    guid = new_guid()
    Redelivery.objects.create(guid=guid, asked_at=clock.now())
    assert chosen(failed(1, guid, minutes=1)) == []
    with clock.moved(timedelta(minutes=61)):
        assert chosen(failed(1, guid, minutes=62)) == [1]
    with clock.moved(timedelta(days=7)):
        assert redelivery.forget_old_redeliveries() == 1


def test_not_too_many_at_once(patrol: GitHub) -> None:
    many = [failed(number, new_guid(), minutes=number) for number in range(1, 131)]
    assert chosen(*many) == list(range(130, 30, -1))


@pytest.fixture
def stub(patrol: GitHub, settings: Any) -> Iterator[Stub]:
    """A GitHub that says what it is told."""
    with stub_server() as server:
        settings.GITHUB_API_URL = server.url
        yield server


def listed(number: int, guid: str, at: datetime) -> dict[str, Any]:
    """As GitHub lists it."""
    return {
        "id": number, "guid": guid, "delivered_at": at.isoformat(), "redelivery": False, "duration": 0.27,
        "status": "Timeout", "status_code": 504, "event": "ping", "action": None, "installation_id": None,
        "repository_id": None, "throttled_at": None,
    }  # fmt: skip


def test_the_failed_ones_are_listed_and_asked_for(stub: Stub) -> None:
    guid, at = new_guid(), clock.now()
    stub.will_say(Answer.json([listed(12345678, guid, at)]), Answer.json({}, status=202))
    assert redelivery.redeliver_failed() == 1
    assert [(verb, path) for verb, path, _ in stub.asked] == [
        ("GET", "/app/hook/deliveries?per_page=100&status=failure"),
        ("POST", "/app/hook/deliveries/12345678/attempts"),
    ]
    stub.will_say(Answer.json([listed(12345678, guid, at)]))
    assert redelivery.redeliver_failed() == 0


def test_one_that_github_refuses_does_not_keep_the_others(stub: Stub) -> None:
    first, second, at = new_guid(), new_guid(), clock.now()
    stub.will_say(
        Answer.json([listed(2, second, at), listed(1, first, at - timedelta(minutes=1))]),
        Answer.json({"message": "Not Found"}, status=404),
        Answer.json({}, status=202),
    )
    assert redelivery.redeliver_failed() == 1
    assert Redelivery.objects.count() == 2


def test_a_github_without_such_a_list_is_no_failure(stub: Stub) -> None:
    stub.will_say(Answer.json({"message": "Not Found"}, status=404))
    assert redelivery.redeliver_failed() == 0


def test_without_an_app_nobody_is_asked(database: None, github: GitHub) -> None:
    assert redelivery.redeliver_failed() == 0
    assert services.register_app_from_settings() is not None
