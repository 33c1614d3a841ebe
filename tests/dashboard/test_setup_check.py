"""`manage.py setup_check`: each line is green, or says exactly what to do; none holds a secret."""

import base64
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit.models import Event
from apps.core import clock
from apps.github import auth
from apps.github.keys import fingerprint
from apps.github.models import App, Installation
from apps.github.permissions import LOOK_ONLY
from apps.github.services import register_app_from_settings
from tests.cast import ORGANIZATION
from tests.conftest import settle
from tests.github import GitHub
from tests.github.webhooks import envelope, send
from tests.keeping import beginning

pytestmark = pytest.mark.database
Checks = dict[str, dict[str, Any]]


def run(*arguments: str) -> tuple[int, str]:
    """The exit status, and what is printed."""
    out = StringIO()
    try:
        call_command("setup_check", *arguments, stdout=out, stderr=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def checks() -> Checks:
    """Its JSON, by the names of the checks; the exit status says whether all are green."""
    status, printed = run("--json")
    found = json.loads(printed)
    assert found["ok"] == all(one["ok"] for one in found["checks"]) == (status == 0)
    return {one["name"]: one for one in found["checks"]}


def todo(found: Checks) -> dict[str, str]:
    """What is to be done, by the names of the checks."""
    return {name: one["said"] for name, one in found.items() if not one["ok"]}


@beginning
def everything_read(patrol: GitHub) -> GitHub:
    """And a webhook came."""
    settle()
    send("ping", envelope("made"))
    return patrol


@pytest.fixture
def well(everything_read: GitHub, settings: Any) -> GitHub:
    """A Patrol that is set up."""
    settings.WEBHOOK_URL = "http://127.0.0.1:9/webhooks/github"
    everything_read.change("webhook", url=settings.WEBHOOK_URL)
    return everything_read


# --- green --------------------------------------------------------------------------------------------------------


def test_all_is_green_where_all_is_set_up(well: GitHub) -> None:
    found = checks()
    assert todo(found) == {}
    logins = list(Installation.objects.values_list("organization__login", flat=True))
    assert set(found) == {
        "settings", "encryption key", "database", "migrations", "broker", "app", "clock", "permissions",
        "webhook", "webhook address",
        *(f"{what} {login}" for login in logins for what in ("installation", "reading")),
    }  # fmt: skip


def test_people_get_a_line_a_check(well: GitHub) -> None:
    status, printed = run()
    assert status == 0
    assert "ok    broker: It takes messages.\n" in printed
    assert len(printed.splitlines()) == len(checks())


# --- this machine ---------------------------------------------------------------------------------------------------


def test_settings_that_are_missing_are_named(well: GitHub, settings: Any) -> None:
    settings.GITHUB_APP |= {"client_secret": "", "webhook_secret": ""}
    settings.SECRET_KEY = "short"
    said = todo(checks())["settings"]
    for name in ("PATROL_SECRET_KEY", "PATROL_GITHUB_APP_CLIENT_SECRET", "PATROL_GITHUB_APP_WEBHOOK_SECRET"):
        assert name in said
    settings.WEBHOOKS = "off"
    assert "WEBHOOK_SECRET" not in todo(checks())["settings"]


def test_a_broker_that_is_away_is_named(well: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://:planted-password@127.0.0.1:1/0")
    found = checks()
    assert "check PATROL_REDIS_URL" in todo(found)["broker"]
    assert "planted-password" not in json.dumps(found)


_FORGET_THE_LAST = (
    "DELETE FROM django_migrations WHERE id = (SELECT MAX(id) FROM django_migrations WHERE app = 'tokens')"
)


def test_tables_that_are_missing_end_the_checks_with_what_to_run(well: GitHub) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_THE_LAST)
    try:
        found = checks()
    finally:
        call_command("migrate", "tokens", fake=True, verbosity=0)
    assert "python -m config.prepare" in todo(found)["migrations"]
    assert "app" not in found


def test_a_ring_that_does_not_open_what_is_stored_is_told(well: GitHub, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["other:" + base64.b64encode(bytes(32)).decode()]
    assert "bring back the ring" in todo(checks())["app"]
    settings.ENCRYPTION_KEYS = ["broken"]
    assert "PATROL_ENCRYPTION_KEYS" in todo(checks())["encryption key"]


# --- GitHub ---------------------------------------------------------------------------------------------------------


def test_without_an_app_it_says_how_to_name_one(database: None, github: GitHub, settings: Any) -> None:
    settings.GITHUB_APP |= {"app_id": 0}
    found = todo(checks())
    assert "PATROL_GITHUB_APP_ID" in found["settings"]
    assert "No App is registered" in found["app"]


def test_a_key_that_is_not_the_apps_is_told(well: GitHub, settings: Any) -> None:
    settings.GITHUB_APP |= {"client_id": "Iv23liOfSomebodyElse"}
    register_app_from_settings()
    assert "GitHub knows no App with this id and key" in todo(checks())["app"]
    settings.GITHUB_APP |= {"private_key": "no key at all"}
    register_app_from_settings()
    assert "is no PEM key" in todo(checks())["app"]


def test_an_id_that_is_not_the_keys_is_told(well: GitHub) -> None:
    App.objects.update(app_id=7)
    assert "not of 7: check PATROL_GITHUB_APP_ID" in todo(checks())["app"]


def test_a_github_that_does_not_answer_is_told(well: GitHub, settings: Any) -> None:
    settings.GITHUB_API_URL = "http://127.0.0.1:1"
    assert "Nothing answers at http://127.0.0.1:1." in todo(checks())["app"]


def test_a_github_that_is_reached_and_fails_is_told(well: GitHub) -> None:
    well.fail("500", "^/app$")
    assert "can be reached, and did not answer as it should" in todo(checks())["app"]


def test_a_clock_that_is_off_is_told(well: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "_github_ahead", timedelta())
    with clock.moved(timedelta(minutes=-2)):
        assert "s off GitHub's: let NTP set it" in todo(checks())["clock"]
    assert todo(checks()) == {}


def test_to_look_only_is_green_and_says_what_waits_for_acceptance_and_where(well: GitHub) -> None:
    well.change("installations/permissions", organization=ORGANIZATION, permissions=LOOK_ONLY)
    found = checks()
    assert todo(found) == {}
    said = found[f"installation {ORGANIZATION}"]["said"]
    number = Installation.objects.get(organization__login=ORGANIZATION).installation_id
    assert "Waiting for acceptance: " in said
    assert "Personal access token requests: read and write" in said
    assert f"/organizations/{ORGANIZATION}/settings/installations/{number}" in said
    well.change("installations/accept-permissions", organization=ORGANIZATION)
    assert checks()[f"installation {ORGANIZATION}"]["said"] == "The App may do there all that it asks for."


@pytest.mark.parametrize("missing", ["members", "organization_personal_access_tokens"])
def test_less_than_looking_is_something_to_be_done(well: GitHub, missing: str) -> None:
    given = {name: level for name, level in LOOK_ONLY.items() if name != missing}
    well.change("installations/permissions", organization=ORGANIZATION, permissions=given)
    assert "Waiting for acceptance" in todo(checks())[f"installation {ORGANIZATION}"]


def test_a_suspended_installation_is_told(well: GitHub) -> None:
    well.change("installations/suspend", organization=ORGANIZATION)
    assert "It is suspended" in todo(checks())[f"installation {ORGANIZATION}"]


def test_an_app_that_is_installed_nowhere_is_told_where_to_install_it(well: GitHub) -> None:
    for login in list(Installation.objects.values_list("organization__login", flat=True)):
        well.change("installations/delete", organization=login)
    assert "/apps/patrol-demo/installations/new" in todo(checks())["installations"]


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_webhook_that_never_came_is_told_with_its_address(patrol: GitHub, settings: Any) -> None:
    settings.WEBHOOK_URL = "https://hooks.example.com/webhooks/github"
    settle()
    assert "https://hooks.example.com/webhooks/github" in todo(checks())["webhook"]
    settings.WEBHOOKS = "off"
    assert "webhook" not in checks()


def test_an_address_that_moved_is_told_and_the_webhook_follows_it(well: GitHub, settings: Any) -> None:
    before = settings.WEBHOOK_URL
    settings.WEBHOOK_URL = "https://hooks.example.com/webhooks/github"
    settings.PUBLIC_URL = "https://patrol.example.com"
    assert before in todo(checks())["webhook address"]
    out = StringIO()
    call_command("move_address", stdout=out)
    assert f"{settings.WEBHOOK_URL}, no longer to {before}." in out.getvalue()
    assert "Callback URL: https://patrol.example.com/sign-in/callback/" in out.getvalue()
    assert f"/settings/apps/{App.objects.get().slug} set:" in out.getvalue()
    assert checks()["webhook address"]["said"] == f"GitHub sends to {settings.WEBHOOK_URL}."
    moves = Event.objects.filter(name__startswith="app.webhook_move").order_by("sequence")
    assert [(one.name, one.data["before"]) for one in moves] == [
        ("app.webhook_move_asked", before), ("app.webhook_moved", before),
    ]  # fmt: skip
    call_command("move_address", stdout=out)
    assert moves.count() == 2, "it was there already"


def test_an_address_that_cannot_be_moved_is_told(well: GitHub, settings: Any) -> None:
    settings.WEBHOOK_URL = "https://hooks.example.com/webhooks/github"
    well.fail("500", "/app/hook/config", verb="PATCH")
    with pytest.raises(CommandError, match="run this again"):
        call_command("move_address", stdout=StringIO())
    assert [one.name for one in Event.objects.filter(name__startswith="app.webhook")] == ["app.webhook_move_asked"]


def test_polling_is_told_with_its_lag(well: GitHub, settings: Any) -> None:
    settings.WEBHOOKS = "off"
    settle()
    assert "By polling, last " in checks()[f"reading {ORGANIZATION}"]["said"]
    with clock.moved(timedelta(minutes=20)):
        assert "see that worker, beat and sweeper run" in todo(checks())[f"reading {ORGANIZATION}"]


def test_an_organization_that_was_never_read_is_told(patrol: GitHub) -> None:
    assert f"manage.py sync {ORGANIZATION}" in todo(checks())[f"reading {ORGANIZATION}"]


# --- secrets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("break_it", ["nothing", "client", "ring", "github", "key"])
def test_no_secret_is_printed(
    well: GitHub, settings: Any, monkeypatch: pytest.MonkeyPatch, break_it: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Planted in every setting that is one, and in the broker's address; whatever else is wrong."""
    planted = {name: f"planted-{name}-{'x' * 40}" for name in ("client_secret", "webhook_secret")}
    settings.SECRET_KEY = planted["secret_key"] = "planted-secret-key-" + "y" * 40
    settings.GITHUB_APP |= {name: planted[name] for name in ("client_secret", "webhook_secret")}
    planted["private_key"] = settings.GITHUB_APP["private_key"].splitlines()[1]
    planted["ring"] = settings.ENCRYPTION_KEYS[0].partition(":")[2]
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://:planted-redis@127.0.0.1:1/0")
    planted["broker"] = "planted-redis"
    _broken(settings, break_it, planted)
    printed = run()[1] + run("--json")[1] + "".join(capsys.readouterr())
    assert [name for name, value in planted.items() if value in printed] == []


def _broken(settings: Any, what: str, planted: dict[str, str]) -> None:
    register_app_from_settings()
    if what == "client":
        settings.GITHUB_APP |= {"client_id": "Iv23liOfSomebodyElse"}
        register_app_from_settings()
    elif what == "ring":
        planted["other ring"] = base64.b64encode(b"z" * 31).decode()  # a byte short
        settings.ENCRYPTION_KEYS = ["k:" + planted["other ring"]]
    elif what == "github":
        settings.GITHUB_API_URL = "http://127.0.0.1:1"
    elif what == "key":
        planted["private_key"] = "planted-private-key"
        settings.GITHUB_APP |= {"private_key": "-----BEGIN RSA PRIVATE KEY-----\nplanted-private-key\n"}
        register_app_from_settings()


def test_of_two_keys_it_says_which_github_refuses(well: GitHub) -> None:
    app = App.objects.get()
    old, new = app.private_key, str(well.change("apps/keys")["pem"])
    assert "keys" not in checks()
    app.set_private_keys(new, old)
    app.save()
    assert f"Delete {fingerprint(old)} on GitHub" in checks()["keys"]["said"]
    well.change("apps/keys/delete")
    assert f"does not know {fingerprint(old)} any more" in checks()["keys"]["said"]
    app.set_private_keys(old, new)
    app.save()
    assert f"GitHub refuses the key in use, {fingerprint(old)}" in todo(checks())["keys"]
    assert checks()["app"]["ok"], "the other one is tried"
