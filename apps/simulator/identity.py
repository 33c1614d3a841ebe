"""Who is calling: App (JSON web token), installation, user, or nobody.

Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App": RS256, `iss` is the client id or
the App id, `exp` at most ten minutes ahead, `iat` not in the future. The wording of refusals follows what
GitHub answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeGuard

from apps.simulator.clock import MINUTE, wall_time
from apps.simulator.credentials import AppCredentials
from apps.simulator.http import Refusal, Request
from apps.simulator.model import Organization, User
from apps.simulator.state import IssuedToken, State, digest

_LONGEST_JWT = 10 * MINUTE
_CLOCK_DRIFT = 5  # GitHub's servers do not agree to the second either


class Kind(StrEnum):
    ANYONE = "anyone"
    APP = "app"
    INSTALLATION = "installation"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `digest` names the access token; `user` or `organization` is whom it stands for."""

    kind: Kind
    digest: str = ""
    user: User | None = None
    organization: Organization | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    repository_ids: tuple[int, ...] | None = None
    issued_at: float = 0.0


def identify(state: State, app: AppCredentials, request: Request) -> Caller:
    """The caller of a request. Refuses with 401 what GitHub does not know or does not believe."""
    scheme, _, secret = request.header("authorization").partition(" ")
    secret = secret.strip()
    if not secret:
        return Caller(Kind.ANYONE)
    if scheme.lower() not in ("bearer", "token"):
        raise bad_credentials()
    if secret.count(".") == 2 and not secret.startswith("gh"):
        verify_app_jwt(state, app, secret)
        return Caller(Kind.APP, digest=str(app.app_id))
    name = digest(secret)
    issued = state.issued.get(name)
    if issued is None or issued.expires_at <= state.now():
        raise bad_credentials()
    return _bearer(state, name, issued)


def bad_credentials() -> Refusal:
    return Refusal(401, "Bad credentials")


def verify_app_jwt(state: State, app: AppCredentials, encoded: str) -> None:
    """Check signature and claims of an App's JWT; returns only when GitHub would believe it.

    The App signs with its own clock. When the simulator's was moved ahead, a token that is good by the
    machine's time is good too: only the test knows which clock it moved.
    """
    claims = _verified_claims(app, encoded)
    if str(claims.get("iss")) not in (app.client_id, str(app.app_id)):
        raise Refusal(404, "Integration not found")
    problems = [_time_problem(claims, now) for now in {state.now(), wall_time()}]
    if all(problems):
        raise Refusal(401, problems[0])


def _verified_claims(app: AppCredentials, encoded: str) -> dict[str, Any]:
    import jwt  # here, so that a simulator nobody signs for stays small

    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False, "verify_iss": False}
    try:
        claims: dict[str, Any] = jwt.decode(encoded, app.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, ValueError):
        raise Refusal(401, "A JSON web token could not be decoded") from None
    return claims


def _time_problem(claims: Mapping[str, Any], now: float) -> str:
    expires, issued = claims.get("exp"), claims.get("iat")
    if not _is_instant(expires) or expires <= now:
        return (
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
            "the assertion expires"
        )
    if expires > now + _LONGEST_JWT + _CLOCK_DRIFT:
        return "'Expiration time' claim ('exp') is too far in the future"
    if not _is_instant(issued) or issued > now + _CLOCK_DRIFT:
        return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    return ""


def _is_instant(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bearer(state: State, name: str, issued: IssuedToken) -> Caller:
    if issued.kind == "user":
        user = state.users[issued.subject_id]
        return Caller(Kind.USER, digest=name, user=user, issued_at=issued.issued_at)
    organization = state.installations.get(issued.subject_id)
    if organization is None:
        raise bad_credentials()
    return Caller(
        Kind.INSTALLATION,
        digest=name,
        organization=organization,
        permissions=issued.permissions,
        repository_ids=issued.repository_ids,
        issued_at=issued.issued_at,
    )
