"""Who is calling: App (JSON web token), installation, user, or nobody.

Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App": RS256, `iss` is the client id or
the App id, `exp` at most ten minutes ahead, `iat` not in the future. The wording of refusals follows what
GitHub answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeGuard

from apps.simulator.app_model import App, Installation
from apps.simulator.clock import MINUTE, wall_time
from apps.simulator.credentials import digest
from apps.simulator.http import Refusal, Request
from apps.simulator.model import Organization, User
from apps.simulator.state import IssuedToken, State

_LONGEST_JWT = 10 * MINUTE
_CLOCK_DRIFT = 5  # GitHub's servers do not agree to the second either


class Kind(StrEnum):
    ANYONE = "anyone"
    APP = "app"
    INSTALLATION = "installation"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `digest` names the access token, `app` is whose it is; it stands for `user` or `installation`."""

    kind: Kind
    digest: str = ""
    app: App | None = None
    user: User | None = None
    installation: Installation | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    repository_ids: tuple[int, ...] | None = None
    issued_at: float = 0.0

    @property
    def organization(self) -> Organization | None:
        """The organization whose installation calls."""
        return self.installation.organization if self.installation else None


def identify(state: State, request: Request) -> Caller:
    """The caller of a request. Refuses with 401 what GitHub does not know or does not believe."""
    scheme, _, secret = request.header("authorization").partition(" ")
    secret = secret.strip()
    if not secret:
        return Caller(Kind.ANYONE)
    if scheme.lower() not in ("bearer", "token"):
        raise bad_credentials()
    if secret.count(".") == 2 and not secret.startswith("gh"):
        app = app_of_jwt(state, secret)
        return Caller(Kind.APP, digest=str(app.id), app=app)
    name = digest(secret)
    issued = state.issued.get(name)
    if issued is None or issued.expires_at <= state.now():
        raise bad_credentials()
    return _bearer(state, name, issued)


def bad_credentials() -> Refusal:
    return Refusal(401, "Bad credentials")


def app_of_jwt(state: State, encoded: str) -> App:
    """The App whose JWT this is, with signature and claims checked: only when GitHub would believe it.

    The App signs with its own clock. When the simulator's was moved ahead, a token that is good by the
    machine's time is good too, unless the clock is strict: only the test knows which clock it moved.
    """
    issuer = str(_claims(encoded).get("iss"))
    app = next((one for one in state.apps.values() if issuer in (one.client_id, str(one.id))), None)
    if app is None:
        raise Refusal(404, "Integration not found")
    claims = _verified(encoded, app.keys())
    instants = {state.now()} if state.clock.strict else {state.now(), wall_time()}
    problems = [_time_problem(claims, now) for now in instants]
    if all(problems):
        raise Refusal(401, problems[0])
    return app


def _verified(encoded: str, keys: list[Any]) -> dict[str, Any]:
    """The claims, when any of the keys fits. Refuses with 401 as the last key does."""
    for key in keys[:-1]:
        with suppress(Refusal):
            return _claims(encoded, key)
    return _claims(encoded, keys[-1])


def _claims(encoded: str, key: Any = None) -> dict[str, Any]:
    """What a JWT claims, its time unseen; without a key nothing of it is checked."""
    import jwt  # here, so that a simulator nobody signs for stays small

    options = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss"), False)
    options["verify_signature"] = key is not None
    try:
        claims: dict[str, Any] = jwt.decode(encoded, key or "", algorithms=["RS256"], options=options)  # type: ignore[arg-type]
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
        return Caller(Kind.USER, digest=name, app=state.apps[issued.app_id], user=user, issued_at=issued.issued_at)
    installation = state.installations.get(issued.subject_id)
    if installation is None:
        raise bad_credentials()
    return Caller(
        Kind.INSTALLATION,
        digest=name,
        app=installation.app,
        installation=installation,
        permissions=issued.permissions,
        repository_ids=issued.repository_ids,
        issued_at=issued.issued_at,
    )
