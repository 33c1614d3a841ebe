"""An App is made from a manifest: a form, a name, a code that is good once and for an hour."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.client import ORGANIZATION, SimulatedGitHub, returned
from tests.simulator.manifests import (
    MANIFEST,
    ORGANIZATIONS_APP,
    OWN_APP,
    REDIRECT,
    as_made,
    convert,
    made,
    named,
    page,
)
from tests.webhook_receiver import Receiver


def test_the_page_asks_for_one_name_that_is_filled_in(simulator: SimulatedGitHub) -> None:
    shown = page(simulator, MANIFEST)
    assert shown.status_code == 200
    assert "Create GitHub App for acme-robotics" in shown.text
    assert 'value="Patrol for Acme"' in shown.text
    assert shown.text.count("<input") - shown.text.count('type="hidden"') == 1


def test_whose_browser_it_is_is_asked_first_and_the_manifest_is_kept(simulator: SimulatedGitHub) -> None:
    shown = page(simulator, MANIFEST | {"description": "<b>&"}, login="")
    assert shown.status_code == 200
    assert '<button name="login" value="owner">' in shown.text
    assert "&lt;b&gt;&amp;" in shown.text
    assert 'value="outsider"' not in shown.text, "who has nothing to do with the organization"
    assert 'value="member"' not in page(simulator, MANIFEST, login="", q="second").text
    assert 'value="outsider"' in page(simulator, MANIFEST, login="", at=f"{OWN_APP}/new").text


@pytest.mark.parametrize("login", ["member", "outsider", "nobody-here"])
def test_only_an_owner_makes_an_app_for_an_organization(simulator: SimulatedGitHub, login: str) -> None:
    assert page(simulator, MANIFEST, login=login).status_code == 404
    refused = page(simulator, MANIFEST, login=login, at=f"{ORGANIZATIONS_APP}/manifest", name="Mine")
    assert (refused.status_code, "Location" in refused.headers) == (404, False)
    elsewhere = page(simulator, MANIFEST, at="/organizations/no-such-organization/settings/apps/new")
    assert elsewhere.status_code == 404


def test_the_browser_comes_back_with_code_and_state(simulator: SimulatedGitHub) -> None:
    back = named(simulator)
    assert back.headers["Location"].startswith(f"{REDIRECT}&code=")
    assert returned(back)["state"] == "s-1"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": None}, "&quot;url&quot; wasn"),
        ({"url": "nowhere"}, "Url must be a valid URL"),
        ({"url": 7}, "&quot;url&quot; has the wrong type"),
        ({"redirect_url": None}, "Redirect url can&#x27;t be blank"),
        ({"redirect_url": "javascript:alert(1)"}, "Redirect url must be a valid URL"),
        ({"hook_attributes": {"active": True}}, "&quot;hook_attributes.url&quot; wasn"),
        ({"hook_attributes": {"url": "nowhere"}}, "Hook url must be a valid URL"),
        ({"hook_attributes": {"url": "http://x/", "secret": "s"}}, "&quot;hook_attributes.secret&quot; is not a perm"),
        ({"callback_urls": [f"http://127.0.0.1/{n}" for n in range(11)]}, "at most 10"),
        ({"callback_urls": ["nowhere"]}, "Callback urls must be valid URLs"),
        ({"default_permissions": {"everything": "read"}}, "not included in the list: everything"),
        ({"default_permissions": {"members": "admin"}}, "not included in the list: members"),
        ({"default_permissions": {"organization_plan": "write"}}, "not included in the list: organization_plan"),
        ({"default_events": ["star-wars"]}, "Default events unsupported: star-wars"),
        ({"default_events": ["installation"]}, "Default events unsupported: installation"),
        ({"default_permissions": {}}, "not supported by permissions: organization, personal_access_token_request"),
        ({"webhook_secret": "mine"}, "&quot;webhook_secret&quot; is not a permitted key."),
        ({"public": "yes"}, "&quot;public&quot; has the wrong type"),
    ],
)
def test_a_wrong_manifest_is_refused_on_the_page(
    simulator: SimulatedGitHub, changes: dict[str, Any], problem: str
) -> None:
    refused = named(simulator, **changes)
    assert (refused.status_code, "Location" in refused.headers) == (422, False)
    assert problem in refused.text
    assert problem in page(simulator, {k: v for k, v in (MANIFEST | changes).items() if v is not None}).text


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000])
def test_what_is_no_manifest_is_refused_on_the_page(simulator: SimulatedGitHub, text: str) -> None:
    assert page(simulator, text).status_code == 422


@pytest.mark.parametrize(
    ("name", "problem"), [(" ", "can&#x27;t be blank"), ("x" * 35, "too long"), ("!?", "letter or a digit")]
)
def test_a_name_that_will_not_do_is_asked_for_again(simulator: SimulatedGitHub, name: str, problem: str) -> None:
    again = page(simulator, MANIFEST, at=f"{ORGANIZATIONS_APP}/manifest", name=name)
    assert (again.status_code, problem in again.text) == (422, True)
    assert "Create GitHub App for acme-robotics" in again.text


def test_a_name_is_given_once(simulator: SimulatedGitHub) -> None:
    first, second = (returned(named(simulator))["code"] for _ in range(2))
    assert convert(simulator, first).status_code == 201
    assert "Name is already taken" in named(simulator).text
    late = convert(simulator, second)
    assert (late.status_code, late.json()["message"]) == (422, "Name is already taken")


def test_the_conversion_answers_with_the_app_and_its_secrets(simulator: SimulatedGitHub) -> None:
    answer = made(simulator, hook_attributes={"url": "http://127.0.0.1:9/", "active": False}, description="Sees")
    assert answer["slug"] == "patrol-for-acme"
    assert answer["name"] == "Patrol for Acme"
    assert answer["owner"]["login"] == ORGANIZATION
    assert answer["html_url"] == f"{simulator.url}/apps/patrol-for-acme"
    assert answer["external_url"] == MANIFEST["url"]
    assert answer["permissions"] == MANIFEST["default_permissions"]
    assert answer["events"] == MANIFEST["default_events"]
    assert answer["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert all(len(answer[name]) >= 20 for name in ("client_id", "client_secret", "webhook_secret"))
    assert answer["id"] != simulator.app.app_id


def test_an_app_without_a_webhook_has_no_secret_of_one(simulator: SimulatedGitHub) -> None:
    assert made(simulator)["webhook_secret"] is None


def test_a_person_makes_an_app_of_their_own(simulator: SimulatedGitHub) -> None:
    answer = convert(simulator, returned(named(simulator, below=OWN_APP))["code"]).json()
    assert (answer["owner"]["login"], answer["owner"]["type"]) == ("owner", "User")


def test_a_code_is_good_once(simulator: SimulatedGitHub) -> None:
    code = returned(named(simulator))["code"]
    assert convert(simulator, code).status_code == 201
    assert convert(simulator, code).status_code == convert(simulator, "no-such-code").status_code == 404


def test_a_code_is_good_for_an_hour(simulator: SimulatedGitHub) -> None:
    early, late = (returned(named(simulator, name=f"App {n}"))["code"] for n in "12")
    simulator.change("clock", advance_seconds=3_590)
    assert convert(simulator, early).status_code == 201
    simulator.change("clock", advance_seconds=20)
    assert convert(simulator, late).status_code == 404
    assert len(simulator.overview()["apps"]) == 2, "and no App is left of it"


def test_whoever_reaches_into_repositories_may_read_their_metadata(simulator: SimulatedGitHub) -> None:
    answer = made(simulator, default_permissions={"contents": "read"}, default_events=[])
    assert answer["permissions"] == {"contents": "read", "metadata": "read"}


def test_a_permission_may_be_missing_from_the_answer_and_the_app_when_it_is_told_so(
    simulator: SimulatedGitHub,
) -> None:
    simulator.change("apps/withhold", permissions=["organization_personal_access_token_requests"])
    answer = made(simulator)
    assert "organization_personal_access_token_requests" not in answer["permissions"]
    assert answer["events"] == ["organization"]
    app = as_made(simulator, answer).as_app().get("/app").json()
    assert (app["permissions"], app["events"]) == (answer["permissions"], answer["events"])
    assert made(simulator, name="The next")["permissions"] == MANIFEST["default_permissions"]
    assert simulator.control("POST", "apps/withhold", {"permissions": ["everything"]}).status_code == 422


def test_an_active_webhook_is_tried_with_a_signed_ping(simulator: SimulatedGitHub, receiver: Receiver) -> None:
    answer = made(simulator, hook_attributes={"url": receiver.url})
    [message] = receiver.wait_for(1)
    assert message.event == "ping"
    assert message.body["hook"]["app_id"] == answer["id"]
    assert message.headers["X-GitHub-Hook-Installation-Target-ID"] == str(answer["id"])
    assert message.is_signed_with(answer["webhook_secret"])
    deliveries = as_made(simulator, answer).as_app().get("/app/hook/deliveries").json()
    assert [(one["event"], one["status_code"]) for one in deliveries] == [("ping", 202)]
    assert simulator.as_app().get("/app/hook/deliveries").json() == [], "of another App nothing is told"


@pytest.mark.parametrize("hook", [None, {"url": "http://127.0.0.1:9/", "active": False}])
def test_an_inactive_webhook_is_not_tried(simulator: SimulatedGitHub, hook: dict[str, Any] | None) -> None:
    app = as_made(simulator, made(simulator, hook_attributes=hook))
    assert simulator.control("GET", f"webhook?app={app.app.slug}").json()["waiting"] == 0
    assert app.as_app().get("/app/hook/deliveries").json() == []


def test_a_webhook_beyond_this_machine_is_never_spoken_to(simulator: SimulatedGitHub) -> None:
    app = as_made(simulator, made(simulator, hook_attributes={"url": "https://patrol.example/webhooks/github"}))
    while simulator.control("GET", f"webhook?app={app.app.slug}").json()["waiting"]:
        pass
    [delivery] = app.as_app().get("/app/hook/deliveries").json()
    assert (delivery["event"], delivery["status"]) == ("ping", "failed to connect to host")


def test_a_changed_webhook_is_tried_and_signed_with_its_new_secret(
    simulator: SimulatedGitHub, receiver: Receiver
) -> None:
    answer = made(simulator, hook_attributes={"url": "http://127.0.0.1:9/"})
    app = as_made(simulator, answer).as_app()
    changed = app.send("PATCH", "/app/hook/config", json={"url": receiver.url, "secret": "another secret"})
    shown = {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": receiver.url}
    assert changed.json() == app.get("/app/hook/config").json() == shown
    [message] = receiver.wait_for(1)
    assert message.event == "ping"
    assert message.is_signed_with("another secret")
    assert not message.is_signed_with(answer["webhook_secret"])


def test_a_webhook_that_is_switched_off_stays_so_when_its_address_changes(
    simulator: SimulatedGitHub, receiver: Receiver
) -> None:
    app = as_made(simulator, made(simulator))
    assert "url" not in app.as_app().get("/app/hook/config").json()
    assert app.as_app().send("PATCH", "/app/hook/config", json={"url": receiver.url}).status_code == 200
    assert simulator.control("GET", f"webhook?app={app.app.slug}").json()["waiting"] == 0
    assert receiver.taken == []


@pytest.mark.parametrize("wrong", [{"url": 7}, {"url": "x"}, {"content_type": "yaml"}, {"insecure_ssl": "maybe"}])
def test_a_wrong_webhook_changes_nothing(simulator: SimulatedGitHub, wrong: dict[str, Any]) -> None:
    app = simulator.as_app()
    before = app.get("/app/hook/config").json()
    assert app.send("PATCH", "/app/hook/config", json={"secret": "new"} | wrong).status_code == 422
    assert app.get("/app/hook/config").json() == before
