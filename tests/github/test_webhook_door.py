"""What GitHub posts is checked before anything else happens (security.md T12, T17, T18, T23)."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.github import hook_secrets, services
from apps.github.models import Delivery
from tests.github import GitHub
from tests.github.webhooks import PATH, new_guid, post, signature

pytestmark = pytest.mark.database

BODY = json.dumps({"action": "created", "zen": "Grüße"}, ensure_ascii=False).encode()


def sha1(body: bytes) -> str:
    """The old header's value."""
    return "sha1=" + hmac.new(settings.GITHUB_APP["webhook_secret"].encode(), body, hashlib.sha1).hexdigest()


def test_githubs_own_example_is_signed_right() -> None:
    """docs.github.com, "Validating webhook deliveries"."""
    example = hook_secrets.Signature((b"It's a Secret to Everybody",))
    example.update(b"Hello, World!")
    told = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert example.is_told_by(f"sha256={told}")
    assert not example.is_told_by(told)
    assert not hook_secrets.Signature(()).is_told_by(signature(b"Hello, World!", ""))


def test_a_signed_message_is_written_down(patrol: GitHub) -> None:
    answer = post(BODY, guid="72d3162e-cc78-11e3-81ab-4c9367dc0958")
    assert (answer.status_code, answer.json()) == (202, {"message": "Received."})
    (delivery,) = Delivery.objects.all()
    assert (delivery.guid, delivery.event, delivery.action) == (
        "72d3162e-cc78-11e3-81ab-4c9367dc0958", "ping", "created",
    )  # fmt: skip
    assert delivery.digest == hashlib.sha256(BODY).hexdigest()
    assert delivery.body == BODY.decode()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X_Hub_Signature_256": None}, id="missing"),
        pytest.param({"X_Hub_Signature_256": None, "X_Hub_Signature": "sha1"}, id="sha1 only"),
        pytest.param({"X_Hub_Signature_256": "upper"}, id="upper-case hex"),
        pytest.param({"X_Hub_Signature_256": "other"}, id="other secret"),
        pytest.param({"X_Hub_Signature_256": "empty"}, id="empty secret"),
        pytest.param({"X_Hub_Signature_256": "more"}, id="body + 1 byte"),
        pytest.param({"X_Hub_Signature_256": "cut"}, id="truncated"),
        pytest.param({"X_Hub_Signature_256": "sha256=" + "ä" * 64}, id="non-ascii"),
        pytest.param({"X_Hub_Signature_256": "sha256="}, id="no digits"),
    ],
)
def test_a_message_that_is_not_signed_right_leaves_nothing(patrol: GitHub, headers: dict[str, Any]) -> None:
    right = signature(BODY)
    meant = {
        "sha1": sha1(BODY), "upper": right.upper().replace("SHA256", "sha256"), "other": signature(BODY, "other"),
        "empty": signature(BODY, ""), "more": signature(BODY + b" "), "cut": right[:-1],
    }  # fmt: skip
    answer = post(BODY, **{name: meant.get(value or "", value) for name, value in headers.items()})
    assert answer.status_code == 401
    assert not Delivery.objects.exists()


def test_the_previous_secret_is_taken_until_it_is_emptied(patrol: GitHub, settings: Any) -> None:
    old = settings.GITHUB_APP["webhook_secret"]
    settings.GITHUB_APP = {**settings.GITHUB_APP, "webhook_secret": "new", "previous_webhook_secret": old}
    services.register_app_from_settings()
    assert post(BODY, secret=old).status_code == post(BODY, secret="new").status_code == 202
    settings.GITHUB_APP = {**settings.GITHUB_APP, "previous_webhook_secret": ""}
    services.register_app_from_settings()
    assert post(BODY, secret=old).status_code == 401
    assert post(BODY, secret="new").status_code == 202


def test_a_flood_without_signature_asks_the_database_nothing(patrol: GitHub) -> None:
    post(BODY)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(50):
            assert post(BODY, secret="guessed", Cookie="patrol-session=forged").status_code == 401
            assert post(BODY, X_GitHub_Hook_Installation_Target_ID="12345678").status_code == 404
    assert len(asked) == 0


@pytest.mark.parametrize("app", ["", "0", "999999999", "1e3", "٣", "9" * 40, "-1"])
def test_an_app_that_is_not_registered_has_no_door(patrol: GitHub, app: str) -> None:
    assert post(BODY, X_GitHub_Hook_Installation_Target_ID=app).status_code == 404
    assert not Delivery.objects.exists()


def test_without_any_app_there_is_no_door(database: None, github: GitHub) -> None:
    hook_secrets.forget()
    assert post(BODY).status_code == 404


def test_an_app_without_a_webhook_secret_does_not_start(database: None, github: GitHub, settings: Any) -> None:
    assert run_checks(tags=["github"]) == []
    settings.GITHUB_APP = {**settings.GITHUB_APP, "webhook_secret": ""}
    assert [one.id for one in run_checks(tags=["github"])] == ["github.E001"]
    with pytest.raises(ImproperlyConfigured, match="PATROL_GITHUB_APP_WEBHOOK_SECRET is empty"):
        services.register_app_from_settings()
    settings.GITHUB_APP = {**settings.GITHUB_APP, "app_id": 0}
    assert run_checks(tags=["github"]) == []


def test_ten_megabytes_are_taken_and_26_are_not(patrol: GitHub) -> None:
    def padded(megabytes: int) -> bytes:
        return b'{"pad": "' + b"x" * (megabytes * 1024 * 1024) + b'"}'

    assert post(padded(10)).status_code == 202
    assert Delivery.objects.get().digest == hashlib.sha256(padded(10)).hexdigest()
    assert post(padded(26)).status_code == 413
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": ""}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"Content_Length": "many"}, 400),
        ({"Content_Length": "9" * 30}, 413),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "text/plain"}, 415),
        ({"X_GitHub_Delivery": "not-a-guid"}, 400),
        ({"X_GitHub_Delivery": None}, 400),
        ({"X_GitHub_Event": "Ping!"}, 400),
        ({"X_GitHub_Event": None}, 400),
    ],
)
def test_what_is_not_as_github_sends_it_is_refused(patrol: GitHub, headers: dict[str, Any], status: int) -> None:
    assert post(BODY, **headers).status_code == status
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"null", b"{", b'{"a": 1, "a": 2}', b'{"a": {"b": 1, "b": 1}}', b'{"a": NaN}', b'{"a": -Infinity}',
        b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-16-le"), b'{"a": "\xff"}',
        b'{"a": "\x00"}', b"[" * 100_000, b'{"organization": {"id": -1}}', b'{"installation": {"id": "1"}}',
        b'{"organization": {"id": 99999999999999999999}}',
    ],
)  # fmt: skip
def test_signed_bytes_that_are_no_strict_json_leave_nothing(patrol: GitHub, body: bytes) -> None:
    assert post(body).status_code == 400
    assert not Delivery.objects.exists()


def test_only_posts_are_messages(patrol: GitHub) -> None:
    assert Client().get(PATH).status_code == 405
    assert Client().put(PATH, b"{}").status_code == 405


def test_no_cross_site_token_is_asked_for(patrol: GitHub) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        PATH, BODY, content_type="application/json",
        headers={
            "X-GitHub-Event": "ping", "X-GitHub-Delivery": new_guid(), "X-Hub-Signature-256": signature(BODY),
            "X-GitHub-Hook-Installation-Target-ID": str(settings.GITHUB_APP["app_id"]),
        },
    )  # fmt: skip
    assert answer.status_code == 202
