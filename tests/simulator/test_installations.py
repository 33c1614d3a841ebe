"""The App is suspended, taken off, installed again, and loses what people let it do."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.simulator.server import SimulatorServer
from tests.simulator.client import GRANTS, ORGANIZATION, Person, SimulatedGitHub
from tests.webhook_receiver import Receiver

SUSPENDED = "This installation has been suspended"


def test_a_suspended_app_reaches_nothing_until_it_may_again(
    simulator: SimulatedGitHub, owner: Person, reader: Person, receiver: Receiver
) -> None:
    simulator.change("webhook", url=receiver.url)
    number = simulator.installation_id(ORGANIZATION)
    simulator.change("installations/suspend", by="owner")
    refused = [owner.get(GRANTS), reader.get(GRANTS), reader.get(f"/orgs/{ORGANIZATION}/members")]
    refused.append(simulator.as_app().post(f"/app/installations/{number}/access_tokens"))
    assert {(r.status_code, r.json()["message"]) for r in refused} == {(403, SUSPENDED)}
    shown = simulator.as_app().get(f"/app/installations/{number}").json()
    assert (shown["suspended_by"]["login"], bool(shown["suspended_at"])) == ("owner", True)
    simulator.change("requests")
    simulator.change("installations/unsuspend")
    assert owner.get(GRANTS).status_code == reader.get(GRANTS).status_code == 200
    taken = receiver.wait_for(2)
    assert receiver.events == ["installation suspend", "installation unsuspend"], "and of the request it never hears"
    assert [m.body["installation"]["suspended_at"] is None for m in taken] == [False, True]


def test_an_app_that_is_taken_off_is_gone_and_comes_back_as_another_installation(
    simulator: SimulatedGitHub, owner: Person, reader: Person, receiver: Receiver
) -> None:
    simulator.change("webhook", url=receiver.url)
    number = simulator.installation_id(ORGANIZATION)
    simulator.change("installations/delete")
    app = simulator.as_app()
    assert reader.get(GRANTS).status_code == 401
    assert owner.get(GRANTS).status_code == 403
    assert app.get(f"/app/installations/{number}").status_code == 404
    assert app.get(f"/orgs/{ORGANIZATION}/installation").status_code == 404
    assert number not in [item["id"] for item in app.get("/app/installations").json()]
    mine = owner.get("/user/installations").json()["installations"]
    assert number not in [item["id"] for item in mine]
    assert owner.get(f"/user/memberships/orgs/{ORGANIZATION}").status_code == 200
    again = simulator.change("installations/create")["installation_id"]
    assert again != number
    assert simulator.installation_id(ORGANIZATION) == again
    assert simulator.installation(ORGANIZATION).get(GRANTS).status_code == 200
    taken = receiver.wait_for(2)
    assert [(m.event, m.body["installation"]["id"]) for m in taken] == [
        ("installation deleted", number),
        ("installation created", again),
    ]


@pytest.mark.parametrize("page", ["suspend", "delete", "accept-permissions"])
def test_nothing_is_done_by_somebody_who_does_not_exist(simulator: SimulatedGitHub, page: str) -> None:
    assert simulator.control("POST", f"installations/{page}", {"by": "nobody-here"}).status_code == 404
    shown = simulator.as_app().get(f"/orgs/{ORGANIZATION}/installation").json()
    assert shown["suspended_at"] is None


def test_accepted_permissions_are_told(simulator: SimulatedGitHub, receiver: Receiver) -> None:
    simulator.change("webhook", url=receiver.url)
    simulator.change("installations/accept-permissions", organization=ORGANIZATION)
    [message] = receiver.wait_for(1)
    assert message.event == "installation new_permissions_accepted"


@pytest.mark.parametrize(("bars", "statuses"), [("user", (403, 200)), ("installation", (200, 403))])
def test_an_ip_allow_list_keeps_out_one_kind_of_token(
    simulator: SimulatedGitHub, owner: Person, reader: Person, bars: str, statuses: tuple[int, int]
) -> None:
    simulator.change("ip-allow-list", bars=[bars])
    answers = owner.get(GRANTS), reader.get(GRANTS)
    assert tuple(answer.status_code for answer in answers) == statuses
    assert "IP allow list enabled" in next(one.json()["message"] for one in answers if one.status_code == 403)
    assert reader.get("/installation/repositories").status_code == statuses[1]
    assert simulator.as_app().get(f"/orgs/{ORGANIZATION}/installation").status_code == 200
    assert owner.get("/user").status_code == owner.get("/orgs/northwind-labs/members").status_code == 200
    assert simulator.sign_in("outsider").get(GRANTS).status_code == 404, "to strangers it is not there at all"
    simulator.change("ip-allow-list", bars=[])
    assert owner.get(GRANTS).status_code == reader.get(GRANTS).status_code == 200
    assert simulator.control("POST", "ip-allow-list", {"bars": ["app"]}).status_code == 422


@pytest.mark.parametrize(
    ("before", "page", "status"),
    [
        ("", "installations/unsuspend", 422),
        ("installations/suspend", "installations/suspend", 422),
        ("", "installations/create", 422),
        ("installations/delete", "installations/delete", 404),
        ("installations/delete", "installations/suspend", 404),
        ("installations/delete", "installations/accept-permissions", 404),
    ],
)
def test_what_is_so_already_is_refused(simulator: SimulatedGitHub, before: str, page: str, status: int) -> None:
    if before:
        simulator.change(before)
    assert simulator.control("POST", page, {}).status_code == status


def test_a_revoked_authorization_ends_the_tokens_of_one_person(
    simulator: SimulatedGitHub, owner: Person, receiver: Receiver
) -> None:
    simulator.change("webhook", url=receiver.url)
    other = simulator.sign_in("second-owner")
    again = simulator.exchange(code=simulator.code("owner"))
    simulator.change("authorizations/revoke", login="owner")
    assert owner.get("/user").status_code == 401
    assert other.get("/user").status_code == 200
    assert "error" in simulator.exchange(grant_type="refresh_token", refresh_token=again["refresh_token"])
    [message] = receiver.wait_for(1)
    assert (message.event, message.body["sender"]["login"]) == ("github_app_authorization revoked", "owner")
    assert set(message.body) == {"action", "sender"}
    assert simulator.control("POST", "authorizations/revoke", {"login": "nobody-here"}).status_code == 404


def test_a_restart_knows_who_suspended_and_where_the_app_is_gone(tmp_path: Path) -> None:
    with SimulatorServer(members=5, data_dir=tmp_path) as server:
        simulator = SimulatedGitHub(server)
        simulator.change("installations/suspend", by="second-owner")
        simulator.change("installations/delete", organization="sealed-harbor")
        before = simulator.as_app().get("/app/installations").json()
    with SimulatorServer(members=5, data_dir=tmp_path) as server:
        shown = SimulatedGitHub(server).as_app().get("/app/installations").json()
        assert [item["id"] for item in shown] == [item["id"] for item in before]
        assert shown[0]["suspended_by"]["login"] == "second-owner"
        assert shown[0]["suspended_at"] == before[0]["suspended_at"]


def test_what_an_owner_has_not_accepted_is_refused_until_they_do(
    simulator: SimulatedGitHub, owner: Person, receiver: Receiver
) -> None:
    """Reading goes on; the person's token may not write through the App either."""
    simulator.change("webhook", url=receiver.url)
    number = simulator.installation_id(ORGANIZATION)
    given = {"organization_personal_access_tokens": "read"}
    simulator.change("installations/permissions", permissions=given)
    granted = simulator.change("grants")["id"]
    app, revoke = simulator.as_app(), {"action": "revoke"}
    refused = owner.post(f"{GRANTS}/{granted}", revoke)
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    token = app.post(f"/app/installations/{number}/access_tokens").json()
    shown = app.get(f"/app/installations/{number}").json()
    assert token["permissions"] == shown["permissions"] == {"metadata": "read", **given}
    assert simulator.installation(ORGANIZATION).get(GRANTS).status_code == 200
    assert simulator.installation(ORGANIZATION).get(f"/orgs/{ORGANIZATION}/members").status_code == 403
    assert app.get("/app").json()["permissions"]["organization_personal_access_tokens"] == "write"
    simulator.change("installations/accept-permissions")
    assert owner.post(f"{GRANTS}/{granted}", revoke).status_code == 204
    assert receiver.wait_for(1)[0].body["action"] == "new_permissions_accepted"


def test_what_the_app_asks_for_is_less_at_once_and_more_when_accepted(simulator: SimulatedGitHub) -> None:
    app, less = simulator.as_app(), {"members": "read", "metadata": "read"}
    asked = app.get("/app").json()["permissions"]

    def held() -> dict[str, str]:
        return dict(app.get(f"/orgs/{ORGANIZATION}/installation").json()["permissions"])

    simulator.change("apps/permissions", permissions=less)
    assert app.get("/app").json()["permissions"] == held() == less
    simulator.change("apps/permissions", permissions=asked)
    assert (app.get("/app").json()["permissions"], held()) == (asked, less)
    simulator.change("installations/accept-permissions")
    assert held() == asked
    wrong = {"permissions": {"members": "everything"}}
    assert simulator.control("POST", "apps/permissions", wrong).status_code == 422
