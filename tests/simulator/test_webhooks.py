"""The App hears of what happens: which change sends which webhook, and that nobody else could have written it."""

from __future__ import annotations

import hmac
import threading
from pathlib import Path
from typing import Any

import pytest

from apps.simulator.__main__ import main
from apps.simulator.server import SimulatorServer
from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, Person, SimulatedGitHub, ids
from tests.simulator.conftest import World
from tests.webhook_receiver import Receiver

TOKEN_REQUEST = "personal_access_token_request"


@pytest.fixture
def hooked(simulator: SimulatedGitHub, receiver: Receiver) -> SimulatedGitHub:
    """A small world whose App listens."""
    simulator.change("webhook", url=receiver.url)
    return simulator


def subject(receiver: Receiver, number: int) -> dict[str, Any]:
    """The token request in the last of this many messages."""
    return dict(receiver.wait_for(number)[-1].body[TOKEN_REQUEST])


def test_a_message_is_signed_and_says_where_it_comes_from(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    asked = hooked.change("requests", name="export")
    [message] = receiver.wait_for(1)
    headers, secret = message.headers, hooked.app.webhook_secret.encode()
    for name, algorithm in (("X-Hub-Signature-256", "sha256"), ("X-Hub-Signature", "sha1")):
        assert headers[name] == f"{algorithm}={hmac.new(secret, message.raw, algorithm).hexdigest()}"
    assert headers["X-GitHub-Event"] == TOKEN_REQUEST
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(hooked.app.app_id)
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["Content-Type"] == "application/json"
    assert headers["X-GitHub-Hook-ID"].isdecimal()
    assert headers["path"] == "/webhooks?from=github"
    assert message.body["installation"]["id"] == hooked.installation_id(ORGANIZATION)
    assert message.body[TOKEN_REQUEST]["id"] == asked["id"]
    assert "reason" not in message.body[TOKEN_REQUEST]


def test_without_an_address_nothing_is_sent_or_recorded(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("webhook", url=None)
    threads = threading.active_count()
    hooked.change("requests")
    assert hooked.overview()["webhook"] == {"url": None, "waiting": 0, "deliveries": 0, "faults": []}
    assert hooked.as_app().get("/app/hook/deliveries").json() == []
    assert threading.active_count() <= threads
    assert receiver.taken == []


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "http://10.0.0.1/", "ftp://localhost", "x"]
)
def test_an_address_beyond_this_machine_is_refused(simulator: SimulatedGitHub, url: str) -> None:
    assert simulator.control("POST", "webhook", {"url": url}).status_code == 422
    assert simulator.control("POST", "reset", {"webhook_url": url}).status_code == 422
    with pytest.raises(SystemExit):
        main(["--webhook-url", url])


def test_the_address_given_at_the_start_lasts_over_a_new_world(tmp_path: Path, receiver: Receiver) -> None:
    with SimulatorServer(members=4, grants=2, data_dir=tmp_path, webhook_url=receiver.url) as server:
        simulator = SimulatedGitHub(server)
        simulator.change("webhook", url="http://127.0.0.1:9/")
        simulator.change("reset")
        simulator.change("requests")
        assert receiver.wait_for(1)[0].headers["X-Hub-Signature-256"]
        secret = simulator.app.webhook_secret
        assert secret in (tmp_path / "simulator" / "app.json").read_text()
    with SimulatorServer(members=4, grants=2, data_dir=tmp_path) as server:
        assert server.governance_app.webhook_secret == secret


def test_deciding_sends_who_decided(hooked: SimulatedGitHub, receiver: Receiver, owner: Person) -> None:
    first, second, third, fourth = ids(owner.listed(REQUESTS))[:4]
    owner.post(f"{REQUESTS}/{first}", {"action": "approve"})
    owner.post(f"{REQUESTS}/{second}", {"action": "deny", "reason": "Too wide."})
    installation = hooked.installation(ORGANIZATION)
    installation.post(f"{REQUESTS}/{third}", {"action": "deny"})
    hooked.change(f"requests/{fourth}/cancel")
    taken = receiver.wait_for(4)
    assert [message.body["action"] for message in taken] == ["approved", "denied", "denied", "cancelled"]
    assert [message.body[TOKEN_REQUEST]["id"] for message in taken] == [first, second, third, fourth]
    senders = [message.body["sender"]["login"] for message in taken]
    assert senders[:3] == ["owner", "owner", f"{hooked.app.slug}[bot]"]
    assert senders[3] == taken[3].body[TOKEN_REQUEST]["owner"]["login"]
    assert taken[2].body["sender"]["type"] == "Bot"
    assert "Too wide." not in taken[1].raw.decode()


def test_a_refused_decision_sends_nothing(hooked: SimulatedGitHub, receiver: Receiver, owner: Person) -> None:
    assert owner.post(f"{REQUESTS}/1", {"action": "deny"}).status_code == 404
    asked = ids(owner.listed(REQUESTS))[0]
    assert hooked.sign_in("member").post(f"{REQUESTS}/{asked}", {"action": "deny"}).status_code == 403
    hooked.change("requests")
    assert [message.body["action"] for message in receiver.wait_for(1)] == ["created"]


def test_a_bulk_decision_sends_one_message_each_when_it_takes_effect(world: World, receiver: Receiver) -> None:
    hooked = world(bulk_delay=0.0, webhook_url=receiver.url)
    owner = hooked.sign_in("second-owner")
    chosen = ids(owner.listed(REQUESTS))[:3]
    owner.post(REQUESTS, {"action": "approve", "pat_request_ids": chosen})
    owner.get(REQUESTS)
    taken = receiver.wait_for(3)
    assert sorted(message.body[TOKEN_REQUEST]["id"] for message in taken) == sorted(chosen)
    assert {message.event for message in taken} == {f"{TOKEN_REQUEST} approved"}
    assert {message.body["sender"]["login"] for message in taken} == {"second-owner"}
    assert len({message.guid for message in taken}) == 3


def test_revoking_deleting_and_using_send_nothing(hooked: SimulatedGitHub, receiver: Receiver, owner: Person) -> None:
    first, second = ids(owner.listed(GRANTS))[:2]
    assert owner.post(f"{GRANTS}/{first}", {"action": "revoke"}).status_code == 204
    assert hooked.control("DELETE", f"grants/{second}").status_code == 204
    hooked.change("grants")
    hooked.change("use", share=1)
    hooked.change("requests")
    assert [message.body["action"] for message in receiver.wait_for(1)] == ["created"]


def test_a_request_says_what_it_adds_to_the_grant_and_what_it_raises(
    hooked: SimulatedGitHub, receiver: Receiver
) -> None:
    held = hooked.change("grants", permissions={"repository": {"contents": "read", "metadata": "read"}})
    wider = {"repository": {"contents": "write", "metadata": "read"}, "organization": {"members": "read"}}
    asked = hooked.change("requests", token_id=held["token_id"], permissions=wider)
    nothing: dict[str, str] = {}
    shown = subject(receiver, 1)
    assert shown["permissions_added"] == {"organization": {"members": "read"}, "repository": nothing, "other": nothing}
    assert shown["permissions_upgraded"]["repository"] == {"contents": "write"}
    assert shown["permissions_result"] == {**wider, "other": nothing}
    hooked.sign_in("owner").post(f"{REQUESTS}/{asked['id']}", {"action": "approve"})
    assert subject(receiver, 2) == shown, "the approval compares with the grant before it"


def test_repositories_come_with_a_subset_only(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    names = hooked.contents()["repositories"][:2]
    hooked.change("requests", repositories=names)
    shown = subject(receiver, 1)
    assert (shown["repository_count"], [r["name"] for r in shown["repositories"]]) == (2, names)
    assert shown["repositories"][0]["full_name"] == f"{ORGANIZATION}/{names[0]}"
    hooked.change("requests", repository_selection="all")
    shown = subject(receiver, 2)
    assert (shown["repository_count"], shown["repositories"]) == (None, None)


@pytest.mark.parametrize(("side", "actions"), [("A", ["created", "approved"]), ("B", ["approved"])])
@pytest.mark.parametrize("body", [{"login": "owner"}, {"login": "member", "at_once": True}])
def test_a_token_that_is_approved_at_once_is_told_as_this_world_has_it(
    world: World, receiver: Receiver, side: str, actions: list[str], body: dict[str, Any]
) -> None:
    hooked = world(worlds={"approved_without_created": side}, webhook_url=receiver.url)
    given = hooked.change("requests", **body)
    taken = receiver.wait_for(len(actions))
    assert [message.body["action"] for message in taken] == actions
    assert {message.body[TOKEN_REQUEST]["token_id"] for message in taken} == {given["token_id"]}
    assert len({message.body[TOKEN_REQUEST]["id"] for message in taken}) == 1
    reader = hooked.installation(ORGANIZATION)
    assert given["id"] in ids(reader.listed(GRANTS))
    assert given["token_id"] not in [item["token_id"] for item in reader.listed(REQUESTS)]


def test_an_edited_request_keeps_its_id_and_says_nothing(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    asked = hooked.change("requests", reason="nightly")
    edited = hooked.change(f"requests/{asked['id']}/edit", permissions={"contents": "write"}, reason="more")
    reader = hooked.installation(ORGANIZATION)
    assert edited["id"] == asked["id"]
    assert edited in reader.listed(REQUESTS)
    assert (edited["reason"], edited["permissions"]) == ("more", {"repository": {"contents": "write"}})
    assert edited["repositories_url"] == asked["repositories_url"]
    hooked.change(f"requests/{asked['id']}/cancel")
    assert [message.body["action"] for message in receiver.wait_for(2)] == ["created", "cancelled"]


def test_in_the_other_world_an_edited_request_is_a_new_one(world: World, receiver: Receiver) -> None:
    hooked = world(worlds={"edited_request_id": "B"}, webhook_url=receiver.url)
    asked = hooked.change("requests", reason="nightly")
    edited = hooked.change(f"requests/{asked['id']}/edit", repository_selection="all")
    assert edited["id"] != asked["id"]
    assert (edited["token_id"], edited["reason"]) == (asked["token_id"], "nightly")
    assert asked["id"] not in ids(hooked.installation(ORGANIZATION).listed(REQUESTS))
    assert [message.body["action"] for message in receiver.wait_for(3)] == ["created", "cancelled", "created"]


def test_a_request_that_is_decided_cannot_be_edited(simulator: SimulatedGitHub) -> None:
    asked = simulator.change("requests")
    simulator.change(f"requests/{asked['id']}/cancel")
    assert simulator.control("POST", f"requests/{asked['id']}/edit", {}).status_code == 404


def test_who_comes_and_who_goes_is_told_a_changed_role_is_not(hooked: SimulatedGitHub, receiver: Receiver) -> None:
    hooked.change("members/remove", login="owner")
    hooked.change("roles", login="outsider", role="admin")
    hooked.change("roles", login="outsider", role="member")
    hooked.change("members/remove", login="outsider", by="outsider")
    taken = receiver.wait_for(3)
    assert receiver.events == [
        "organization member_removed",
        "organization member_added",
        "organization member_removed",
    ]
    shown = [
        (m.body["membership"]["user"]["login"], m.body["membership"]["role"], m.body["sender"]["login"]) for m in taken
    ]
    assert shown == [
        ("owner", "admin", "second-owner"),
        ("outsider", "admin", "second-owner"),
        ("outsider", "member", "outsider"),
    ]
    assert hooked.control("POST", "members/remove", {"login": "outsider"}).status_code == 404
