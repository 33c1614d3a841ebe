"""How Patrol proves to be its App, and how long it keeps an installation's token."""

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from apps.core import clock, crypto
from apps.github import auth, errors
from apps.github.models import Installation, InstallationToken
from apps.github.services import governance_app, register_app_from_settings, sync_installations
from tests.cast import ORGANIZATION
from tests.github import GitHub

pytestmark = pytest.mark.database


def installation(login: str = ORGANIZATION) -> Installation:
    """Patrol's row of it."""
    return Installation.objects.select_related("app", "organization").get(organization__login=login)


def test_the_jwt_is_signed_by_the_apps_key_and_short_lived(patrol: GitHub) -> None:
    app = governance_app()
    key = serialization.load_pem_private_key(app.private_key.encode(), None).public_key()
    encoded = auth.app_jwt(app)
    assert jwt.get_unverified_header(encoded)["alg"] == "RS256"
    claims = jwt.decode(encoded, key, algorithms=["RS256"])  # type: ignore[arg-type]
    now = clock.now().timestamp()
    assert set(claims) == {"iss", "iat", "exp"}
    assert claims["iss"] == app.client_id
    assert abs(claims["iat"] + 60 - now) < 10
    assert abs(claims["exp"] - 540 - now) < 10
    assert claims["exp"] - claims["iat"] <= 600


def test_github_believes_it_and_nobody_elses(patrol: GitHub) -> None:
    app = governance_app()
    with auth.app_client(app) as client:
        assert client.app().id == app.app_id
    app.client_id = "somebody-else"
    with auth.app_client(app) as client, pytest.raises(errors.Permanent):
        client.app()


def test_an_installation_token_is_kept_until_five_minutes_before_its_end(patrol: GitHub) -> None:
    first, fingerprint = auth.installation_client(installation())
    with first, clock.moved(timedelta(minutes=54)):
        _, later = auth.installation_client(installation())
        assert later == fingerprint
    patrol.change("clock", advance_seconds=55 * 60 + 5)
    with clock.moved(timedelta(minutes=55, seconds=5)):
        client, replaced = auth.installation_client(installation())
        with client:
            assert replaced != fingerprint
            assert len(list(client.members(ORGANIZATION, "admin"))) == 2
    assert InstallationToken.objects.filter(installation=installation()).count() == 1


def test_each_installation_has_its_own_token(patrol: GitHub) -> None:
    fingerprints = {auth.installation_client(one)[1] for one in Installation.objects.select_related("app")}
    assert len(fingerprints) == Installation.objects.count() == 3


def test_a_forgotten_token_is_minted_anew(patrol: GitHub) -> None:
    _, before = auth.installation_client(installation())
    auth.forget_token(installation())
    _, after = auth.installation_client(installation())
    assert after != before


def test_the_token_is_sealed_for_its_row(patrol: GitHub) -> None:
    auth.installation_client(installation())
    kept = InstallationToken.objects.get(installation=installation())
    assert "ghs_" not in kept.sealed
    other = Installation.objects.exclude(pk=installation().pk).select_related("app").first()
    assert other is not None
    InstallationToken.objects.filter(pk=kept.pk).update(installation=other)
    with pytest.raises(crypto.Sealed):
        auth.installation_client(other)


def test_an_installation_that_github_does_not_know_gets_no_token(patrol: GitHub) -> None:
    Installation.objects.filter(pk=installation().pk).update(installation_id=1)
    with pytest.raises(errors.NotFound):
        auth.installation_client(installation())
    assert not InstallationToken.objects.exists()


def test_the_apps_secrets_are_sealed_and_registering_again_changes_no_id(patrol: GitHub) -> None:
    app = governance_app()
    for sealed, secret in ((app.sealed_client_secret, app.client_secret), (app.sealed_private_key, app.private_key)):
        assert sealed
        assert secret not in sealed
    again = register_app_from_settings()
    assert again is not None
    assert again.pk == app.pk


def test_reading_the_installations_twice_changes_nothing(patrol: GitHub) -> None:
    before = set(Installation.objects.values_list("pk", "installation_id", "removed_at"))
    assert sync_installations() == 3
    assert set(Installation.objects.values_list("pk", "installation_id", "removed_at")) == before


@pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "behind"])
def test_a_clock_that_is_an_hour_off_keeps_nobody_out(patrol: GitHub, hours: int) -> None:
    """GitHub refuses a JWT whose times are not its own, and says what time it is."""
    InstallationToken.objects.all().delete()
    with clock.moved(timedelta(hours=hours)):
        client, _ = auth.installation_client(installation())
        with client:
            assert list(client.members(ORGANIZATION, "admin"))
        with auth.app_client(governance_app()) as app_client:
            assert app_client.app().id == governance_app().app_id
    with auth.app_client(governance_app()) as app_client:
        assert app_client.app().id == governance_app().app_id, "and when it is right again"


def test_a_refusal_for_another_reason_is_not_tried_again(patrol: GitHub) -> None:
    patrol.fail("401", "^/app$", times=1)
    with auth.app_client(governance_app()) as client, pytest.raises(errors.Unauthorized):
        client.app()
    patrol.fail("401", "^/app$", times=2)
    with clock.moved(timedelta(hours=1)), auth.app_client(governance_app()) as client:
        with pytest.raises(errors.Unauthorized):
            client.app()
        assert client.app().id == governance_app().app_id
    with auth.app_client(governance_app()) as client:
        assert client.app().id
