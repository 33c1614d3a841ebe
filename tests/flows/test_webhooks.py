"""What GitHub tells Patrol, from the simulator's own signed messages: late, lost, doubled and out of order too."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core import clock
from apps.github import redelivery
from apps.github.models import Delivery
from apps.tokens.models import GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OWNER, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.webhook_receiver import Receiver, Taken

NOBODY = "http://127.0.0.1:9/"


@beginning
def everything_read(patrol: GitHub) -> GitHub:
    """Every organization and its people."""
    settle()
    return patrol


@pytest.fixture
def mailbox(everything_read: GitHub) -> Iterator[Receiver]:
    """Where the simulator's messages go; a test hands them on to Patrol when it wants."""
    with Receiver() as receiver:
        everything_read.change("webhook", url=receiver.url)
        yield receiver
        everything_read.change("webhook", url="")


def hand_on(*messages: Taken) -> list[int]:
    """Post them to Patrol byte for byte, and do what they bring; the answers' statuses."""
    answers = []
    for one in messages:
        headers = {name: value for name, value in one.headers.items() if name.startswith("X-")}
        kind = "application/json"
        answers.append(Client().post("/webhooks/github", one.raw, content_type=kind, headers=headers).status_code)
    settle(seconds=20)
    return answers


def ask(patrol: GitHub, **fields: Any) -> int:
    return int(patrol.ask(organization=ORGANIZATION, login=MEMBER, **fields)["id"])


def pending() -> set[int]:
    return set(GrantRequest.objects.pending().values_list("pat_request_id", flat=True))


def sent(patrol: GitHub) -> None:
    """Wait until the simulator has tried everything it had to send."""
    end = time.monotonic() + 10
    while patrol._get("webhook")["waiting"] and time.monotonic() < end:
        time.sleep(0.01)


def test_a_request_is_in_the_queue_when_its_message_came(mailbox: Receiver, patrol: GitHub) -> None:
    number = ask(patrol, reason="Nightly build")
    (told,) = mailbox.wait_for(1)
    assert number not in pending()
    assert hand_on(told) == [202]
    assert GrantRequest.objects.get(pat_request_id=number).reason == "Nightly build"


def test_a_request_decided_on_github_leaves_the_queue(mailbox: Receiver, patrol: GitHub) -> None:
    number = ask(patrol)
    hand_on(*mailbox.wait_for(1))
    patrol.change(f"requests/{number}/cancel")
    with clock.moved(timedelta(seconds=45)):  # walks that messages ask for are 20 s apart
        hand_on(*mailbox.wait_for(2)[1:])
        settle()
    assert number not in pending()


@pytest.mark.parametrize("kind", ["double", "reorder"])
def test_doubled_and_reordered_messages_change_nothing(mailbox: Receiver, patrol: GitHub, kind: str) -> None:
    patrol.change("webhook-faults", kind=kind)
    kept, cancelled = ask(patrol), ask(patrol)
    patrol.change(f"requests/{cancelled}/cancel")
    hand_on(*mailbox.wait_for(4 if kind == "double" else 3))
    settle()
    assert kept in pending()
    assert cancelled not in pending()


@pytest.mark.parametrize("lost", ["on the way", "by Patrol's absence"])
def test_a_message_that_never_came_is_asked_for_again(mailbox: Receiver, patrol: GitHub, lost: str) -> None:
    """GitHub does not try again by itself; the message keeps its guid."""
    if lost == "on the way":
        patrol.change("webhook-faults", kind="lose")
    else:
        patrol.change("webhook", url=NOBODY)
    number = ask(patrol)
    sent(patrol)
    patrol.change("webhook", url=mailbox.url)
    assert redelivery.redeliver_failed() == 1
    (told,) = mailbox.wait_for(1)
    hand_on(told)
    assert number in pending()
    assert Delivery.objects.get(guid=told.guid).state == Delivery.State.PROCESSED
    patrol.change("clock", advance_seconds=7200)
    with clock.moved(timedelta(hours=2)):
        assert redelivery.redeliver_failed() == 0, "what came is not asked for again"


def test_an_owner_who_leaves_loses_access_with_the_message(mailbox: Receiver, patrol: GitHub) -> None:
    browser = sign_in(Client(), SECOND_OWNER)
    queue = f"/orgs/{ORGANIZATION}/requests/"
    assert browser.get(queue).status_code == 200
    patrol.change("members/remove", organization=ORGANIZATION, login=SECOND_OWNER, by=OWNER)
    hand_on(*mailbox.wait_for(1))
    assert browser.get(queue).status_code == 404


def test_where_patrol_is_suspended_its_pages_say_so_until_the_message_that_it_is_not(
    mailbox: Receiver, patrol: GitHub
) -> None:
    browser, queue = sign_in(Client(), OWNER), f"/orgs/{ORGANIZATION}/requests/"
    patrol.change("installations/suspend", organization=ORGANIZATION)
    hand_on(*mailbox.wait_for(1))
    assert "App was suspended on" in browser.get(queue).content.decode()
    patrol.change("installations/unsuspend", organization=ORGANIZATION)
    hand_on(*mailbox.wait_for(2)[1:])
    answer = browser.get(queue)
    assert (answer.status_code, "App was suspended on" in answer.content.decode()) == (200, False)


def test_a_message_with_another_secret_is_refused(mailbox: Receiver, patrol: GitHub) -> None:
    number = ask(patrol)
    (told,) = mailbox.wait_for(1)
    forged = Taken({**told.headers, "X-Hub-Signature-256": "sha256=" + "0" * 64}, told.raw)
    assert hand_on(forged) == [401]
    assert number not in pending()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("side", ["A", "B"])
def test_approved_at_once_with_or_without_a_created_before_it(patrol: GitHub, side: str) -> None:
    """GitHub's documents do not say which; the grant is there either way and nothing waits."""
    from apps.github import services
    from apps.tokens.models import Grant
    from tests.conftest import SMALL_WORLD

    patrol.change("reset", **SMALL_WORLD, worlds={"approved_without_created": side})
    services.sync_installations()
    settle()
    with Receiver() as receiver:
        patrol.change("webhook", url=receiver.url)
        asked = ask(patrol, at_once=True)
        sent(patrol)
        hand_on(*receiver.wait_for(1 if side == "B" else 2))
        settle()
        patrol.change("webhook", url="")
    assert asked not in pending()
    assert Grant.objects.active().count() == len(patrol_grants(patrol))


def patrol_grants(patrol: GitHub) -> list[Any]:
    grants: list[Any] = []
    for login in patrol.state()["organizations"]:
        grants += patrol._get(f"state?organization={login['login']}")["grants"]
    return grants


@pytest.mark.parametrize("side", ["A", "B"])
def test_an_edited_request_may_keep_its_id_or_get_another(patrol: GitHub, side: str) -> None:
    """A decision on what was there before is not sent, whichever it is."""
    from apps.github import services
    from tests.conftest import SMALL_WORLD
    from tests.tokens.desk import Desk, state_of, work

    patrol.change("reset", **SMALL_WORLD, worlds={"edited_request_id": side})
    services.sync_installations()
    desk = Desk(patrol)
    request = desk.request()
    outcome = desk.approve(request)
    patrol.change(f"requests/{request.pat_request_id}/edit", permissions={"repository": {"contents": "write"}})
    work()
    assert (state_of(outcome), desk.sent()) == ("superseded", [])
    desk.sync()
    assert GrantRequest.objects.pending().filter(token=request.token).count() == 1
