"""What was delivered can be looked up and sent again; what goes astray does so on demand and never comes back alone."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.simulator.app_model import Hook
from apps.simulator.outbox import MOST_KEPT, MOST_WAITING, Outbox
from tests.simulator.client import ORGANIZATION, SimulatedGitHub
from tests.webhook_receiver import Receiver

DELIVERIES = "/app/hook/deliveries"


@pytest.fixture
def hooked(simulator: SimulatedGitHub, receiver: Receiver) -> SimulatedGitHub:
    """A small world whose App listens."""
    simulator.change("webhook", url=receiver.url)
    return simulator


def settled(simulator: SimulatedGitHub, but_for: int = 0) -> None:
    """Wait until nothing is on its way, or no more than `but_for` messages kept back."""
    while simulator.control("GET", "webhook").json()["waiting"] > but_for:
        time.sleep(0.005)


def deliveries(simulator: SimulatedGitHub, query: str = "") -> list[dict[str, Any]]:
    settled(simulator)
    response = simulator.as_app().get(DELIVERIES + query)
    assert response.status_code == 200, response.text
    return list(response.json())


def test_a_delivery_is_kept_with_what_was_said_and_answered(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("requests")
    [message] = receiver.wait_for(1)
    [item] = deliveries(hooked)
    expected = {"guid": message.guid, "status": "OK", "status_code": 202, "redelivery": False, "throttled_at": None}
    assert {name: item[name] for name in expected} == expected
    assert (item["event"], item["action"]) == ("personal_access_token_request", "created")
    assert item["installation_id"] == hooked.installation_id(ORGANIZATION)
    whole = hooked.as_app().get(f"{DELIVERIES}/{item['id']}").json()
    assert {name: whole[name] for name in item} == item
    assert whole["url"] == receiver.url
    assert whole["request"]["payload"] == message.body
    assert whole["request"]["headers"]["X-Hub-Signature-256"] == message.headers["X-Hub-Signature-256"]
    assert whole["response"]["payload"] == "taken"


def test_only_the_app_looks_deliveries_up(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("requests")
    number = deliveries(hooked)[0]["id"]
    person = hooked.sign_in("owner")
    assert person.get(DELIVERIES).status_code == person.get(f"{DELIVERIES}/{number}").status_code == 401
    assert person.post(f"{DELIVERIES}/{number}/attempts").status_code == 401
    assert hooked.as_app().get(f"{DELIVERIES}/1").status_code == 404


@pytest.mark.parametrize(
    ("status", "outcome"), [(500, "failure"), (404, "failure"), (302, "success"), (200, "success")]
)
def test_an_outcome_is_told_by_the_status_code(
    hooked: SimulatedGitHub, receiver: Receiver, status: int, outcome: str
) -> None:
    receiver.status = status
    hooked.change("requests")
    receiver.wait_for(1)
    assert [item["status_code"] for item in deliveries(hooked, f"?status={outcome}")] == [status]
    other = {"failure": "success", "success": "failure"}[outcome]
    assert deliveries(hooked, f"?status={other}") == []


def test_where_nobody_listens_is_a_failure_and_is_not_tried_again(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook", url="http://127.0.0.1:9/")
    hooked.change("requests")
    [item] = deliveries(hooked, "?status=failure")
    assert (item["status"], item["status_code"]) == ("failed to connect to host", 502)
    hooked.change("webhook", url=receiver.url)
    hooked.change("requests")
    receiver.wait_for(1)
    assert len(deliveries(hooked)) == 2


def test_a_redelivery_has_the_same_guid_and_an_id_of_its_own(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    receiver.status = 503
    hooked.change("requests")
    [failed] = deliveries(hooked)
    receiver.status = 202
    assert hooked.as_app().post(f"{DELIVERIES}/{failed['id']}/attempts").status_code == 202
    first, second = receiver.wait_for(2)
    assert (first.guid, first.raw) == (second.guid, second.raw)
    again, before = deliveries(hooked)
    assert before == failed
    assert (again["guid"], again["redelivery"], again["status_code"]) == (failed["guid"], True, 202)
    assert again["id"] > failed["id"]


def test_deliveries_are_walked_by_cursor_newest_first(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    for _ in range(5):
        hooked.change("requests")
    receiver.wait_for(5)
    everything, app, pages = deliveries(hooked), hooked.as_app(), []
    address = f"{DELIVERIES}?per_page=2"
    while address:
        response = app.get(address)
        pages.append([item["id"] for item in response.json()])
        links = response.links
        address = urlsplit(links["next"]["url"])._replace(scheme="", netloc="").geturl() if "next" in links else ""
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [number for page in pages for number in page] == sorted((d["id"] for d in everything), reverse=True)
    back = app.get(links["prev"]["url"].removeprefix(hooked.url)).json()
    assert [item["id"] for item in back] == pages[1]


@pytest.mark.parametrize("query", ["?cursor=3", "?cursor=v1_x", "?status=lost"])
def test_a_question_that_makes_no_sense_is_refused(hooked: SimulatedGitHub, query: str) -> None:
    assert hooked.as_app().get(DELIVERIES + query).status_code == 422


def test_deliveries_of_more_than_three_days_are_gone(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("requests")
    [item] = deliveries(hooked)
    hooked.change("clock", advance_seconds=3 * 86_400 + 1)
    assert deliveries(hooked) == []
    assert hooked.as_app().post(f"{DELIVERIES}/{item['id']}/attempts").status_code == 404


def test_a_lost_message_is_a_failure_that_can_be_sent_again(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook-faults", kind="lose")
    asked = [hooked.change("requests")["id"] for _ in range(2)]
    assert [m.body["personal_access_token_request"]["id"] for m in receiver.wait_for(1)] == asked[1:]
    [lost] = deliveries(hooked, "?status=failure")
    hooked.as_app().post(f"{DELIVERIES}/{lost['id']}/attempts")
    assert receiver.wait_for(2)[-1].guid == lost["guid"]


def test_a_doubled_message_comes_twice_with_one_guid(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook-faults", kind="double", event="organization")
    hooked.change("requests")
    hooked.change("members/remove", login="member")
    hooked.change("roles", login="member", role="member")
    taken = receiver.wait_for(4)
    assert taken[1].guid == taken[2].guid
    assert len({message.guid for message in taken}) == 3


def test_a_delayed_message_is_overtaken(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook-faults", kind="delay", seconds=1.5, skip=1)
    first, late, last = (hooked.change("requests")["id"] for _ in range(3))
    started = time.monotonic()
    receiver.wait_for(2)
    settled(hooked, but_for=1)  # taken is not yet noted as delivered
    assert hooked.control("GET", "webhook").json()["waiting"] == 1
    taken = receiver.wait_for(3)
    assert time.monotonic() - started >= 1.0
    assert [m.body["personal_access_token_request"]["id"] for m in taken] == [first, last, late]


def test_a_message_kept_back_leaves_behind_the_next_one(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook-faults", kind="reorder", times=2)
    asked = [hooked.change("requests")["id"] for _ in range(3)]
    taken = receiver.wait_for(3)
    got = [m.body["personal_access_token_request"]["id"] for m in taken]
    assert got == [asked[2], asked[0], asked[1]]


def test_clearing_faults_lets_go_what_was_kept_back(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook-faults", kind="reorder", times=5)
    hooked.change("requests")
    assert hooked.overview()["webhook"]["faults"][0]["times"] == 4
    assert receiver.taken == []
    assert hooked.control("DELETE", "webhook-faults").status_code == 204
    receiver.wait_for(1)
    hooked.change("requests")
    receiver.wait_for(2)


def test_a_fault_that_makes_no_sense_is_refused(simulator: SimulatedGitHub) -> None:
    assert simulator.control("POST", "webhook-faults", {"kind": "explode"}).status_code == 422
    assert simulator.control("POST", "webhook-faults", {"kind": "delay", "seconds": "long"}).status_code == 422


def test_github_goes_on_while_the_app_is_slow(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    receiver.delay = 0.5
    started = time.monotonic()
    for _ in range(3):
        hooked.change("requests")
    assert time.monotonic() - started < 0.5
    receiver.delay = 0.0
    receiver.wait_for(3)


def test_an_app_that_takes_too_long_has_failed(receiver: Receiver) -> None:
    outbox, hook = Outbox(timeout=0.1), Hook(url=receiver.url)
    receiver.delay = 0.3
    outbox.post(hook, "organization", "member_added", None, b'{"action":"member_added"}')
    while outbox.waiting:
        time.sleep(0.005)
    [delivery] = outbox.deliveries(hook)
    assert (delivery.outcome.status, delivery.outcome.status_code) == ("timed out", 504)
    outbox.stop()
    receiver.wait_for(1)


def test_what_is_kept_and_what_waits_is_bounded(receiver: Receiver) -> None:
    outbox, hook = Outbox(), Hook(url=receiver.url)
    receiver.delay = 0.2
    for _ in range(MOST_WAITING + MOST_KEPT + 5):
        outbox.post(hook, "organization", "member_added", None, b'{"action":"member_added"}')
    assert outbox.waiting <= MOST_WAITING + 1
    kept = outbox.deliveries(hook)
    assert len(kept) == MOST_KEPT
    assert kept[0].outcome.status == "throttled"
    outbox.stop()
    assert outbox.waiting <= 1
