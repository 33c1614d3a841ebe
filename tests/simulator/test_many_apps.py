"""Several Apps at one GitHub: each has its own key, clients, tokens, installations and webhooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.simulator.__main__ import main
from apps.simulator.server import SimulatorServer
from tests.simulator.client import CALLBACK, GRANTS, ORGANIZATION, REQUESTS, Person, SimulatedGitHub
from tests.simulator.conftest import World
from tests.simulator.manifests import as_made, made
from tests.webhook_receiver import Receiver


@pytest.fixture
def second(simulator: SimulatedGitHub) -> SimulatedGitHub:
    """The same GitHub for an App that only looks, installed on its owner."""
    other = as_made(simulator, made(simulator))
    simulator.change("installations/create", app=other.app.slug)
    return other


def test_each_app_shows_itself_with_its_own_key(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    for github in (simulator, second):
        assert github.as_app().get("/app").json()["id"] == github.app.app_id
        assert github.as_app(github.jwt(iss=str(github.app.app_id))).get("/app").status_code == 200
    crossed = second.jwt(iss=simulator.app.client_id)
    assert simulator.as_app(crossed).get("/app").status_code == 401


@pytest.mark.parametrize("who", ["ready made", "made"])
def test_an_app_may_have_two_keys_until_the_older_is_deleted(
    simulator: SimulatedGitHub, second: SimulatedGitHub, who: str
) -> None:
    app = simulator if who == "ready made" else second
    assert simulator.control("POST", "apps/keys/delete", {"app": app.app.slug}).status_code == 422
    newer = simulator.change("apps/keys", app=app.app.slug)["pem"]
    for key in ("", newer):
        assert app.as_app(app.jwt(key=key)).get("/app").status_code == 200
    simulator.change("apps/keys/delete", app=app.app.slug)
    assert app.as_app(app.jwt()).get("/app").status_code == 401
    assert app.as_app(app.jwt(key=newer)).get("/app").status_code == 200
    assert simulator.control("POST", "apps/keys/delete", {"app": app.app.slug}).status_code == 422


def test_each_app_has_its_own_installations(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    [mine] = second.as_app().get("/app/installations").json()
    assert (mine["account"]["login"], mine["app_slug"]) == (ORGANIZATION, second.app.slug)
    assert second.as_app().get("/app").json()["installations_count"] == 1
    others = simulator.as_app().get("/app/installations").json()
    assert mine["id"] not in [one["id"] for one in others]
    assert simulator.as_app().get(f"/app/installations/{mine['id']}").status_code == 404
    refused = simulator.as_app().post(f"/app/installations/{mine['id']}/access_tokens")
    assert refused.status_code == 404
    assert second.as_app().get("/orgs/northwind-labs/installation").status_code == 404


def test_an_installation_token_may_do_what_its_app_may(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    reader, decider = second.installation(ORGANIZATION), simulator.installation(ORGANIZATION)
    number = reader.get(REQUESTS).json()[0]["id"]
    assert reader.get(GRANTS).status_code == 200
    assert reader.post(f"{REQUESTS}/{number}", {"action": "deny"}).status_code == 403
    assert decider.post(f"{REQUESTS}/{number}", {"action": "deny"}).status_code == 204


def test_a_user_token_may_do_what_its_app_may(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    looking, deciding = second.sign_in("owner"), simulator.sign_in("owner")
    number = looking.get(REQUESTS).json()[0]["id"]
    assert looking.post(f"{REQUESTS}/{number}", {"action": "deny"}).status_code == 403
    assert deciding.post(f"{REQUESTS}/{number}", {"action": "deny"}).status_code == 204
    [seen] = looking.get("/user/installations").json()["installations"]
    assert seen["app_id"] == second.app.app_id
    assert looking.get("/orgs/northwind-labs/personal-access-tokens").status_code == 403, "it is not installed there"


def test_a_code_and_a_refresh_token_are_of_one_app(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    assert simulator.exchange(code=second.code("owner"))["error"] == "bad_verification_code"
    mixed = simulator.exchange(code=second.code("owner"), client_id=second.app.client_id)
    assert mixed["error"] == "incorrect_client_credentials"
    tokens = second.exchange(code=second.code("owner"))
    stolen = simulator.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert stolen["error"] == "bad_refresh_token"


def test_an_app_made_from_a_manifest_has_only_the_callbacks_it_named(second: SimulatedGitHub) -> None:
    assert second.authorize(login="owner").status_code == 302
    assert second.authorize(login="owner", redirect_uri=CALLBACK + "/more").status_code == 400
    assert "Patrol for Acme would like to know" in second.authorize().text


def test_taking_an_authorization_back_is_about_one_app(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    first, other = simulator.sign_in("owner"), second.sign_in("owner")
    simulator.change("authorizations/revoke", login="owner", app=second.app.slug)
    assert (first.get("/user").status_code, other.get("/user").status_code) == (200, 401)


def test_each_app_hears_what_it_listens_to_through_its_own_webhook(
    simulator: SimulatedGitHub, receiver: Receiver
) -> None:
    with Receiver() as others:
        simulator.change("webhook", url=others.url)
        looking = as_made(simulator, made(simulator, hook_attributes={"url": receiver.url}))
        simulator.change("installations/create", app=looking.app.slug)
        simulator.change("requests")
        simulator.change("requests", organization="northwind-labs")
        assert [m.event for m in others.wait_for(2)] == ["personal_access_token_request created"] * 2
        taken = receiver.wait_for(3)
    assert [m.event for m in taken] == ["ping", "installation created", "personal_access_token_request created"]
    assert all(m.is_signed_with(looking.app.webhook_secret) for m in taken)
    assert taken[2].body["installation"]["id"] == looking.installation_id(ORGANIZATION)
    seen = [one["event"] for one in looking.as_app().get("/app/hook/deliveries").json()]
    assert sorted(seen) == ["installation", "personal_access_token_request", "ping"]


def test_an_event_comes_only_with_the_permission_for_it(simulator: SimulatedGitHub, receiver: Receiver) -> None:
    looking = as_made(simulator, made(simulator, hook_attributes={"url": receiver.url}))
    simulator.change("installations/create", app=looking.app.slug)
    simulator.change("installations/permissions", app=looking.app.slug, permissions={"members": "read"})
    assert looking.as_app().get("/app/installations").json()[0]["events"] == ["organization"]
    simulator.change("requests")
    simulator.change("members/remove", login="member", organization=ORGANIZATION)
    assert receiver.wait_for(3)[2].event == "organization member_removed"


def test_an_app_is_not_installed_on_others_unless_it_is_public(simulator: SimulatedGitHub) -> None:
    private, public = made(simulator), made(simulator, name="For all", public=True)
    elsewhere = {"organization": "northwind-labs"}
    refused = simulator.control("POST", "installations/create", {"app": private["slug"], **elsewhere})
    assert refused.status_code == 422
    assert "private" in refused.json()["message"]
    assert simulator.control("POST", "installations/create", {"app": public["slug"], **elsewhere}).status_code == 201


def test_an_app_takes_itself_off_an_organization(second: SimulatedGitHub, receiver: Receiver) -> None:
    second.change("webhook", app=second.app.slug, url=receiver.url)
    number, token = second.installation_id(ORGANIZATION), second.installation(ORGANIZATION)
    assert second.as_app().send("DELETE", f"/app/installations/{number}").status_code == 204
    assert token.get(GRANTS).status_code == 401
    assert second.as_app().send("DELETE", f"/app/installations/{number}").status_code == 404
    [message] = receiver.wait_for(1)
    assert message.event == "installation deleted"
    assert message.body["sender"]["login"] == f"{second.app.slug}[bot]"


def test_the_ready_made_app_is_not_taken_off_with_another(simulator: SimulatedGitHub, second: SimulatedGitHub) -> None:
    simulator.change("installations/delete", app=second.app.slug)
    assert simulator.installation(ORGANIZATION).get(GRANTS).status_code == 200
    assert simulator.control("POST", "installations/delete", {"app": "no-such-app"}).status_code == 404


def test_a_fresh_github_knows_no_app(world: World) -> None:
    fresh = world(ready_made_app=False)
    assert fresh.overview()["apps"] == []
    assert fresh.overview()["app"] is None
    assert fresh.as_app().get("/app").status_code == 404
    assert fresh.authorize().status_code == 404
    assert fresh.control("POST", "installations/create", {}).status_code == 404
    assert fresh.control("POST", "requests", {}).status_code == 201, "members ask for tokens all the same"
    first = as_made(fresh, made(fresh))
    assert fresh.overview()["app"]["slug"] == first.app.slug
    fresh.change("installations/create")
    assert first.installation(ORGANIZATION).get(GRANTS).status_code == 200


def test_a_fresh_github_hands_out_no_credentials(tmp_path: Path) -> None:
    with SimulatorServer(members=4, grants=2, data_dir=tmp_path, ready_made_app=False):
        assert not (tmp_path / "simulator" / "app.json").exists()
    with pytest.raises(SystemExit):
        main(["--without-app=yes"])


def test_an_app_and_its_installation_last_over_a_restart(tmp_path: Path) -> None:
    options: dict[str, Any] = {"members": 4, "grants": 2, "data_dir": tmp_path, "ready_made_app": False}
    with SimulatorServer(**options) as server:
        simulator = SimulatedGitHub(server)
        app = as_made(simulator, made(simulator, hook_attributes={"url": "http://127.0.0.1:9/", "active": False}))
        simulator.change("installations/create")
        shown, owner = app.as_app().get("/app").json(), app.sign_in("owner")
        installation = app.as_app().get("/app/installations").json()
    kept = (tmp_path / "simulator" / "world.json").read_text()
    assert app.app.private_key not in kept
    assert app.app.client_secret not in kept
    with SimulatorServer(**options) as server:
        again = SimulatedGitHub(server).speaking_as(app.app)
        assert without_address(again.as_app().get("/app").json(), again) == without_address(shown, app)
        found = again.as_app().get("/app/installations").json()
        assert without_address(found, again) == without_address(installation, app)
        assert Person(again.url, owner.token).get(GRANTS).status_code == 200
        assert again.as_app().get("/app/hook/config").json()["url"] == "http://127.0.0.1:9/"
        assert again.sign_in("second-owner").get("/user").status_code == 200


def without_address(value: object, github: SimulatedGitHub) -> str:
    return str(value).replace(github.url, "")
