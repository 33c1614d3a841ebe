"""Two private keys and two webhook secrets at a time: each is changed while Patrol runs, and shown nowhere."""

import base64
import hashlib
import io
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import INSTANCE, Event
from apps.core import crypto
from apps.github import auth, errors, hook_secrets, keys
from apps.github.models import App, InstallationToken
from apps.github.services import governance_app, register_app_from_settings, sync_installations
from tests.cast import MEMBER, OWNER
from tests.dashboard.setting_up import text
from tests.github import GitHub
from tests.github.webhooks import post

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
PAGE = "/setup/keys/"
SECRET = "a-new-webhook-secret-of-some-length"


@pytest.fixture
def kept(patrol: GitHub, settings: Any) -> GitHub:
    """An App whose secrets the row holds, as after the setup in a browser."""
    settings.GITHUB_APP = settings.GITHUB_APP | {"app_id": 0}
    return patrol


@pytest.fixture
def browser(kept: GitHub, browse: Browse) -> Client:
    """An administrator's."""
    found = browse(OWNER)
    User.objects.filter(login=OWNER).update(is_administrator=True)
    return found


def pem_of(key: PrivateKeyTypes) -> str:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def new_key(github: GitHub) -> str:
    """Another key of the App, made on GitHub."""
    return str(github.change("apps/keys")["pem"])


def names() -> list[str]:
    acts = Event.objects.filter(chain=INSTANCE, subject__startswith="app:").order_by("sequence")
    return list(acts.values_list("name", flat=True))


# --- private keys -----------------------------------------------------------------------------------------------------


def test_a_fingerprint_is_that_of_githubs_page(kept: GitHub) -> None:
    """`openssl rsa -pubout -outform DER | openssl sha256 -binary | openssl base64`, with its prefix."""
    pem = governance_app().private_key
    public = serialization.load_pem_private_key(pem.encode(), None).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert keys.fingerprint(pem) == f"SHA256:{base64.b64encode(hashlib.sha256(der).digest()).decode()}"


def test_a_new_key_takes_over_and_the_old_one_stays_until_it_is_removed(kept: GitHub, browser: Client) -> None:
    old, new = governance_app().private_key, new_key(kept)
    answer = browser.post(f"{PAGE}give/", {"pem": new}, follow=True)
    page = text(answer)
    assert "signs with the new key" in page
    assert keys.fingerprint(new) in page
    assert keys.fingerprint(old) in page
    assert page.count("GitHub knows it") == 2
    assert [keys.fingerprint(one) for one in governance_app().private_keys] == [
        keys.fingerprint(new), keys.fingerprint(old),
    ]  # fmt: skip
    kept.change("apps/keys/delete")
    assert sync_installations() == 3
    assert "does not know it" in text(browser.get(PAGE))
    page = text(browser.post(f"{PAGE}remove/", {"fingerprint": keys.fingerprint(old)}, follow=True))
    assert [keys.fingerprint(one) for one in governance_app().private_keys] == [keys.fingerprint(new)]
    assert names()[-2:] == ["app.key_given", "app.key_removed"]
    assert "owner gave Patrol another private key" in page


def test_a_key_may_come_as_the_file_github_downloads(kept: GitHub, browser: Client) -> None:
    new = new_key(kept)
    browser.post(f"{PAGE}give/", {"file": SimpleUploadedFile("patrol.pem", new.encode())})
    assert keys.fingerprint(governance_app().private_key) == keys.fingerprint(new)


def test_a_key_that_github_does_not_know_is_refused_with_what_to_do(kept: GitHub, browser: Client) -> None:
    before = governance_app().sealed_private_key
    foreign = pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    page = text(browser.post(f"{PAGE}give/", {"pem": foreign}, follow=True))
    assert "GitHub does not know the key" in page
    assert "Generate a key on the App" in page
    assert governance_app().sealed_private_key == before
    assert "app.key_given" not in names()


@pytest.mark.parametrize("what", ["nothing", "words", "other kind", "public", "long"])
def test_what_is_no_key_of_an_app_is_refused_and_not_shown(kept: GitHub, browser: Client, what: str) -> None:
    public = serialization.load_pem_private_key(governance_app().private_key.encode(), None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    given = {
        "nothing": "", "words": "planted-text-of-a-key", "long": "planted" * 4_000,
        "other kind": pem_of(ec.generate_private_key(ec.SECP256R1())),
        "public": public.public_bytes(serialization.Encoding.PEM, form).decode(),
    }[what]  # fmt: skip
    answer = browser.post(f"{PAGE}give/", {"pem": given}, follow=True)
    assert "no private key of a GitHub App" in text(answer) or "too long" in text(answer)
    assert "planted" not in answer.content.decode()
    assert len(governance_app().private_keys) == 1


def test_a_key_is_not_taken_while_github_cannot_be_asked(kept: GitHub, browser: Client) -> None:
    new = new_key(kept)
    kept.fail("500", "^/app$", times=10)
    browser.post(f"{PAGE}give/", {"pem": new})
    assert len(governance_app().private_keys) == 1


def test_a_third_key_and_one_that_is_held_are_refused(kept: GitHub, browser: Client) -> None:
    app, first = governance_app(), new_key(kept)
    with pytest.raises(keys.KeyRefused, match="already"):
        keys.give_key(app, app.private_key, by=User.objects.get(login=OWNER).actor)
    browser.post(f"{PAGE}give/", {"pem": first})
    page = text(browser.post(f"{PAGE}give/", {"pem": new_key(kept)}, follow=True))
    assert "Remove the one before first" in page


def test_the_only_key_stays_and_so_does_one_whose_fellow_github_refuses(kept: GitHub, browser: Client) -> None:
    old = keys.fingerprint(governance_app().private_key)
    assert "only key" in text(browser.post(f"{PAGE}remove/", {"fingerprint": old}, follow=True))
    new = new_key(kept)
    browser.post(f"{PAGE}give/", {"pem": new})
    kept.change("apps/keys/delete")
    page = text(browser.post(f"{PAGE}remove/", {"fingerprint": keys.fingerprint(new)}, follow=True))
    assert "GitHub does not know the other key" in page
    assert len(governance_app().private_keys) == 2


def test_a_new_key_may_be_taken_back_while_the_old_one_is_good(kept: GitHub, browser: Client) -> None:
    old, new = governance_app().private_key, new_key(kept)
    browser.post(f"{PAGE}give/", {"pem": new})
    browser.post(f"{PAGE}remove/", {"fingerprint": keys.fingerprint(new)})
    assert governance_app().private_keys == (old,)


def test_where_github_refuses_the_key_in_use_the_other_one_is_tried(kept: GitHub) -> None:
    app, new = governance_app(), new_key(kept)
    app.set_private_keys(app.private_key, new)
    app.save()
    kept.change("apps/keys/delete")
    with auth.app_client(app) as client:
        assert client.app().id == app.app_id
    app.set_private_keys(pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    app.save()
    with auth.app_client(app) as client, pytest.raises(errors.Unauthorized):
        client.app()


# --- webhook secrets --------------------------------------------------------------------------------------------------


def test_both_webhook_secrets_count_until_the_previous_is_removed(kept: GitHub, browser: Client, settings: Any) -> None:
    (old,) = governance_app().webhook_secrets
    settings.GITHUB_APP = settings.GITHUB_APP | {"app_id": App.objects.get().app_id}
    asked = {"old": old, "new": SECRET}
    body = b"{}"

    def answers() -> dict[str, int]:
        hook_secrets.forget()
        return {name: post(body, secret=one).status_code for name, one in asked.items()}

    assert answers() == {"old": 202, "new": 401}
    settings.GITHUB_APP = settings.GITHUB_APP | {"app_id": 0}
    browser.post("/setup/webhook-secret/give/", {"secret": SECRET})
    settings.GITHUB_APP = settings.GITHUB_APP | {"app_id": App.objects.get().app_id}
    assert answers() == {"old": 202, "new": 202}
    settings.GITHUB_APP = settings.GITHUB_APP | {"app_id": 0}
    browser.post("/setup/webhook-secret/remove/")
    settings.GITHUB_APP = settings.GITHUB_APP | {"app_id": App.objects.get().app_id}
    assert answers() == {"old": 401, "new": 202}
    assert names()[-2:] == ["app.webhook_secret_given", "app.webhook_secret_removed"]


@pytest.mark.parametrize("secret", ["", "short", "x" * 201, "two\nlines of a webhook secret"])
def test_a_webhook_secret_that_is_none_is_refused(kept: GitHub, browser: Client, secret: str) -> None:
    page = text(browser.post("/setup/webhook-secret/give/", {"secret": secret}, follow=True))
    assert "20 to 200 characters" in page
    assert len(governance_app().webhook_secrets) == 1


def test_a_third_webhook_secret_and_a_second_removal_are_refused(kept: GitHub, browser: Client) -> None:
    browser.post("/setup/webhook-secret/give/", {"secret": SECRET})
    page = text(browser.post("/setup/webhook-secret/give/", {"secret": SECRET + "2"}, follow=True))
    assert "two webhook secrets" in page
    browser.post("/setup/webhook-secret/remove/")
    page = text(browser.post("/setup/webhook-secret/remove/", follow=True))
    assert "no previous webhook secret" in page


# --- who, how, and what is seen of it ---------------------------------------------------------------------------------


def test_only_administrators_see_and_change_them(kept: GitHub, browse: Browse) -> None:
    for browser in (browse(OWNER), browse(MEMBER)):
        assert browser.get(PAGE).status_code == 404
        for path in ("keys/give", "keys/remove", "webhook-secret/give", "webhook-secret/remove"):
            assert browser.post(f"/setup/{path}/", {"pem": "x", "secret": SECRET}).status_code == 404
    assert len(governance_app().webhook_secrets) == 1


def test_neither_key_nor_secret_is_on_a_page_in_a_row_or_in_the_record(
    kept: GitHub, browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    new = new_key(kept)
    middle = new.splitlines()[5]
    answers = [browser.post(f"{PAGE}give/", {"pem": new}, follow=True)]
    answers.append(browser.post("/setup/webhook-secret/give/", {"secret": SECRET}, follow=True))
    kept.change("apps/keys/delete")
    sync_installations()
    answers.append(browser.get(PAGE))
    rows = repr(list(App.objects.values())) + repr(list(Event.objects.values()))
    shown = [answer.content.decode() for answer in answers] + [rows, caplog.text]
    for planted in (middle, SECRET):
        assert not any(planted in one for one in shown)


def test_the_command_does_the_same_from_a_file_or_standard_input(
    kept: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = keys.fingerprint(governance_app().private_key), new_key(kept)
    file, out = tmp_path / "key.pem", StringIO()
    file.write_text(new, encoding="utf-8")
    call_command("app_keys", "give", str(file), stdout=out)
    assert f"private key {keys.fingerprint(new)} in use" in out.getvalue()
    call_command("app_keys", "remove", old, stdout=out)
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))
    call_command("app_keys", "give-webhook-secret", "-", stdout=out)
    call_command("app_keys", "remove-webhook-secret", stdout=out)
    assert governance_app().webhook_secrets == (SECRET,)
    assert SECRET not in out.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("app_keys", "give", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="only key"):
        call_command("app_keys", "remove", keys.fingerprint(new))


# --- another key ring -------------------------------------------------------------------------------------------------

SEALED = [
    "sealed_client_secret", "sealed_private_key", "sealed_previous_private_key", "sealed_webhook_secret",
    "sealed_previous_webhook_secret",
]  # fmt: skip


@pytest.mark.parametrize("by", ["the browser", "the settings"])
def test_the_next_start_seals_the_app_with_the_rings_first_key(patrol: GitHub, settings: Any, by: str) -> None:
    """Then the key before is needed no more."""
    both = {"previous_private_key": new_key(patrol), "previous_webhook_secret": SECRET}
    settings.GITHUB_APP = settings.GITHUB_APP | both
    register_app_from_settings()
    settings.GITHUB_APP |= {"app_id": 0} if by == "the browser" else {}
    before, recorded = governance_app(), names()
    settings.ENCRYPTION_KEYS = [crypto.new_key("new"), *settings.ENCRYPTION_KEYS]
    call_command("register_app", stdout=StringIO())
    InstallationToken.objects.all().delete()  # good for an hour
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    after = governance_app()
    assert all(getattr(after, column).startswith("new.") for column in SEALED)
    assert after.client_secret == settings.GITHUB_APP["client_secret"]
    assert after.private_keys == (settings.GITHUB_APP["private_key"], both["previous_private_key"])
    assert after.webhook_secrets == (settings.GITHUB_APP["webhook_secret"], SECRET)
    assert (after.private_key_since, after.webhook_secret_since) == (
        before.private_key_since, before.webhook_secret_since,
    )  # fmt: skip
    assert names() == recorded
    assert sync_installations() == 3


def test_a_start_with_the_same_ring_writes_nothing(kept: GitHub) -> None:
    before = governance_app().sealed_private_key
    call_command("register_app", stdout=StringIO())
    assert governance_app().sealed_private_key == before


def test_a_ring_that_does_not_open_the_app_ends_the_start_and_changes_nothing(kept: GitHub, settings: Any) -> None:
    before, ring = governance_app().sealed_private_key, settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [crypto.new_key("other")]
    with pytest.raises(crypto.Sealed):
        call_command("register_app", stdout=StringIO())
    settings.ENCRYPTION_KEYS = ring
    assert governance_app().sealed_private_key == before


# --- the environment --------------------------------------------------------------------------------------------------


def test_where_the_settings_hold_the_app_they_are_changed_there(patrol: GitHub, browse: Browse) -> None:
    browser = browse(OWNER)
    User.objects.filter(login=OWNER).update(is_administrator=True)
    assert "change them there" in text(browser.get(PAGE))
    page = text(browser.post(f"{PAGE}give/", {"pem": new_key(patrol)}, follow=True))
    assert "PATROL_GITHUB_APP_PREVIOUS_PRIVATE_KEY" in page


def test_two_keys_of_the_settings_are_both_held_and_the_change_recorded_once(patrol: GitHub, settings: Any) -> None:
    old, new = settings.GITHUB_APP["private_key"], new_key(patrol)
    assert "app.secrets_changed" not in names()
    settings.GITHUB_APP = settings.GITHUB_APP | {"private_key": new, "previous_private_key": old}
    for _ in range(2):
        register_app_from_settings()
    assert governance_app().private_keys == (new, old)
    assert names().count("app.secrets_changed") == 1
    assert sync_installations() == 3
