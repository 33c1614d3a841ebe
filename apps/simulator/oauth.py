"""Signing in: the web application flow of a GitHub App, and single sign-on of a SAML organization.

Source: docs.github.com, "Generating a user access token for a GitHub App" and "Refreshing user access tokens";
RFC 7636 section 4.6 (PKCE, S256 only). Errors of the token endpoint come with status 200, as GitHub's do.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from apps.simulator.access import named_organization
from apps.simulator.app_model import App
from apps.simulator.clock import DAY, HOUR, MINUTE
from apps.simulator.credentials import digest, new_short_token
from apps.simulator.http import Refusal, Response, form_or_json, json_response, redirect, with_parameters
from apps.simulator.manifest import is_web_address
from apps.simulator.model import Organization, User
from apps.simulator.routing import Call, Routes
from apps.simulator.sign_in_page import people_page, sso_done_page
from apps.simulator.state import AuthorizationCode, IssuedToken, RefreshToken

CODE_LIFE = 10 * MINUTE
ACCESS_LIFE = 8 * HOUR
REFRESH_LIFE = 184 * DAY

routes = Routes()


class OAuthError(Exception):
    """A refusal of the token endpoint; `args` are GitHub's error name and its sentence."""


@routes.add("GET", "/login/oauth/authorize")
def authorize(call: Call) -> Response:
    """The page that lists whom to sign in as; with `login` the browser goes straight back with a code."""
    app = _asking_app(call)
    target = _redirect_target(call, app)
    if call.request.parameter("code_challenge") and call.request.parameter("code_challenge_method") != "S256":
        return _back(call, target, error="invalid_request", error_description="code_challenge_method must be S256")
    if call.request.parameter("cancel"):
        return _back(
            call, target, error="access_denied", error_description="The user has denied your application access."
        )
    login = call.request.parameter("login")
    if not login:
        return people_page(call, f"{app.name} would like to know who you are")
    user = call.state.user_named(login)
    if user is None:
        return people_page(call, f"There is nobody called {login}", status=404)
    return _back(call, target, code=new_code(call, app, user, target))


@routes.add("POST", "/login/oauth/access_token")
def access_token(call: Call) -> Response:
    """A code or a refresh token for a pair of tokens, once."""
    given = form_or_json(call.request)
    try:
        app = _client(call, given)
        if given.get("grant_type") == "refresh_token":
            user = _spend_refresh_token(call, app, given.get("refresh_token", ""))
        else:
            user = _spend_code(call, app, given)
        answer: dict[str, str | int] = _issue(call, app, user)
    except OAuthError as problem:
        name, sentence = problem.args
        answer = {
            "error": name,
            "error_description": sentence,
            "error_uri": "https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app",
        }
    if "json" in call.request.header("accept"):
        return json_response(answer)
    return Response(200, urlencode(answer).encode(), [("Content-Type", "application/x-www-form-urlencoded")])


@routes.add("GET", "/orgs/{org}/sso")
def single_sign_on(call: Call) -> Response:
    """Open an SSO session at a SAML organization; without `login` a page asks as whom."""
    organization = named_organization(call)
    if not organization.saml:
        raise Refusal(404, f"{organization.login} does not use single sign-on")
    login = call.request.parameter("login")
    if not login:
        return people_page(call, f"Single sign-on to {organization.name}", among=organization)
    user = call.state.user_named(login)
    if user is None or user.id not in organization.members:
        raise Refusal(403, f"{login} has no identity at {organization.name}'s identity provider")
    organization.sso_sessions[user.id] = call.state.now()
    call.state.changed()
    return _after_sso(call, organization, user)


def _after_sso(call: Call, organization: Organization, user: User) -> Response:
    target = call.request.parameter("return_to")
    if target and is_web_address(target):
        return redirect(target)
    return sso_done_page(call, organization, user)


def _asking_app(call: Call) -> App:
    app = call.state.app_of_client(call.request.parameter("client_id"))
    if app is None:
        raise Refusal(404, "There is no App with this client id")
    return app


def _redirect_target(call: Call, app: App) -> str:
    """Where to send the browser back to; a page of its own when the address is wrong.

    The ready-made App may be made without callback addresses, and then takes any.
    """
    allowed = app.callback_urls
    target = call.request.parameter("redirect_uri") or next(iter(allowed), "")
    checked = bool(allowed) or app.credentials is None
    if not is_web_address(target) or (checked and target not in allowed):
        raise Refusal(400, "The redirect_uri is not associated with this application")
    return target


def _back(call: Call, target: str, **parameters: str) -> Response:
    return redirect(with_parameters(target, parameters | {"state": call.request.parameter("state")}))


def new_code(call: Call, app: App, user: User, target: str) -> str:
    """A code with which the App gets tokens of this person."""
    code = secrets.token_hex(10)
    call.state.forget_expired()
    call.state.codes[digest(code)] = AuthorizationCode(
        app.id, user.id, target, call.request.parameter("code_challenge"), call.state.now() + CODE_LIFE
    )
    return code


def _client(call: Call, given: dict[str, str]) -> App:
    app = call.state.app_of_client(given.get("client_id", ""))
    if app is None or not secrets.compare_digest(digest(given.get("client_secret", "")), app.client_secret_digest):
        raise OAuthError("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
    return app


def _spend_code(call: Call, app: App, given: dict[str, str]) -> User:
    code = call.state.codes.pop(digest(given.get("code", "")), None)
    if code is None or code.app_id != app.id or code.expires_at <= call.state.now():
        raise OAuthError("bad_verification_code", "The code passed is incorrect or expired.")
    if given.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
        raise OAuthError(
            "redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application."
        )
    if code.challenge and _challenge(given.get("code_verifier", "")) != code.challenge:
        raise OAuthError("bad_verification_code", "The code_verifier does not match the code_challenge.")
    return call.state.users[code.user_id]


def _spend_refresh_token(call: Call, app: App, value: str) -> User:
    """The refresh token and the access token that came with it both die here."""
    held = call.state.refresh.pop(digest(value), None)
    if held is None or held.app_id != app.id or held.expires_at <= call.state.now():
        raise OAuthError("bad_refresh_token", "The refresh token passed is incorrect or expired.")
    call.state.issued.pop(held.access_digest, None)
    return call.state.users[held.user_id]


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _issue(call: Call, app: App, user: User) -> dict[str, str | int]:
    access, refresh, now = new_short_token("ghu"), new_short_token("ghr"), call.state.now()
    call.state.issued[digest(access)] = IssuedToken("user", app.id, user.id, now, now + ACCESS_LIFE)
    call.state.refresh[digest(refresh)] = RefreshToken(app.id, user.id, digest(access), now + REFRESH_LIFE)
    call.state.changed()
    return {
        "access_token": access,
        "expires_in": ACCESS_LIFE,
        "refresh_token": refresh,
        "refresh_token_expires_in": REFRESH_LIFE,
        "scope": "",
        "token_type": "bearer",
    }
