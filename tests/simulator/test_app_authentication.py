"""The App shows who it is with a JSON web token that GitHub really checks."""

from __future__ import annotations

import base64
import hmac
import time
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.simulator.client import TIMEOUT, Person, SimulatedGitHub


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_signed_with_the_apps_key_shows_the_app(simulator: SimulatedGitHub) -> None:
    shown = simulator.as_app().get("/app")
    assert shown.status_code == 200
    assert shown.json()["client_id"] == simulator.app.client_id
    assert shown.json()["permissions"]["organization_personal_access_token_requests"] == "write"


def test_the_app_id_is_as_good_an_issuer_as_the_client_id(simulator: SimulatedGitHub) -> None:
    assert simulator.as_app(simulator.jwt(iss=str(simulator.app.app_id))).get("/app").status_code == 200


def test_another_issuer_is_not_found(simulator: SimulatedGitHub) -> None:
    refused = simulator.as_app(simulator.jwt(iss="Iv23liSomebodyElse")).get("/app")
    assert (refused.status_code, refused.json()["message"]) == (404, "Integration not found")


def test_a_token_signed_with_another_key_is_refused(simulator: SimulatedGitHub) -> None:
    other = generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    assert simulator.as_app(simulator.jwt(key=pem)).get("/app").status_code == 401


def test_a_token_of_another_algorithm_is_refused(simulator: SimulatedGitHub) -> None:
    assert simulator.as_app(simulator.jwt(key="k" * 32, algorithm="HS256")).get("/app").status_code == 401
    unsigned = jwt.encode({"iss": simulator.app.client_id, "exp": int(time.time()) + 60}, "", algorithm="none")
    assert simulator.as_app(unsigned).get("/app").status_code == 401


def test_the_public_key_used_as_a_shared_secret_is_refused(simulator: SimulatedGitHub) -> None:
    public = simulator.app.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, claims, _ = simulator.jwt().split(".")
    signed = encoded(b'{"alg":"HS256","typ":"JWT"}') + "." + claims
    forged = f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}"
    assert simulator.as_app(forged).get("/app").status_code == 401


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"exp": -1}, "exp"),
        ({"exp": 660}, "too far in the future"),
        ({"exp": None}, "exp"),
        ({"iat": 120}, "iat"),
        ({"iat": None}, "iat"),
    ],
)
def test_a_token_outside_its_time_is_refused(simulator: SimulatedGitHub, claims: dict[str, Any], word: str) -> None:
    now = int(time.time())
    moved: dict[str, Any] = {name: None if by is None else now + by for name, by in claims.items()}
    refused = simulator.as_app(simulator.jwt(**moved)).get("/app")
    assert refused.status_code == 401
    assert word in refused.json()["message"]


def test_an_app_whose_clock_did_not_move_along_is_still_believed(simulator: SimulatedGitHub) -> None:
    simulator.change("clock", advance_seconds=86_400)
    assert simulator.as_app().get("/app").status_code == 200
    now = int(time.time()) + 86_400
    assert simulator.as_app(simulator.jwt(iat=now - 60, exp=now + 540)).get("/app").status_code == 200


def test_an_app_whose_clock_is_wrong_is_refused_where_its_clock_counts(simulator: SimulatedGitHub) -> None:
    simulator.change("clock", advance_seconds=3_600, strict=True)
    assert simulator.as_app().get("/app").status_code == 401
    now = int(time.time()) + 3_600
    assert simulator.as_app(simulator.jwt(iat=now - 60, exp=now + 540)).get("/app").status_code == 200
    simulator.change("clock", advance_seconds=0, strict=False)
    assert simulator.as_app().get("/app").status_code == 200


def test_other_tokens_do_not_open_what_is_the_apps(simulator: SimulatedGitHub, owner: Person, reader: Person) -> None:
    for caller in (owner, reader):
        assert caller.get("/app").status_code == 401
        assert caller.get("/app/installations").status_code == 401


def test_the_app_itself_does_not_open_what_belongs_to_installations(simulator: SimulatedGitHub) -> None:
    refused = simulator.as_app().get("/orgs/acme-robotics/personal-access-tokens")
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")


def test_nobody_and_unknown_tokens_are_refused(simulator: SimulatedGitHub) -> None:
    address = simulator.url + "/app"
    assert requests.get(address, timeout=TIMEOUT).json()["message"] == "Requires authentication"
    assert simulator.as_app("ghu_" + "x" * 36).get("/app").json()["message"] == "Bad credentials"


def test_a_request_without_a_user_agent_is_refused(simulator: SimulatedGitHub) -> None:
    assert simulator.as_app().get("/app", headers={"User-Agent": ""}).status_code == 403


def test_an_unknown_api_version_is_refused(simulator: SimulatedGitHub) -> None:
    app = simulator.as_app()
    known = app.get("/app", headers={"X-GitHub-Api-Version": "2026-03-10"})
    assert known.headers["X-GitHub-Api-Version-Selected"] == "2026-03-10"
    assert app.get("/app", headers={"X-GitHub-Api-Version": "2019-01-01"}).status_code == 400
