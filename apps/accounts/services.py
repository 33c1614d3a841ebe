"""Signing in with GitHub, and out."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.urls import reverse

from apps.accounts import credentials, handshake, memberships
from apps.accounts.access import refresh_organizations
from apps.accounts.credentials import user_client
from apps.accounts.errors import NeedsSignIn, SignInRefused
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.github import addresses, wire
from apps.github import services as github
from apps.github.client import Client, exchange_code

__all__ = [
    "NeedsSignIn", "SignInRefused", "complete_sign_in", "refresh_organizations", "sign_in_url", "sign_out",
    "user_client",
]  # fmt: skip


def redirect_uri() -> str:
    """Where GitHub sends people back to; one of the App's callback addresses, to the letter."""
    return settings.PUBLIC_URL + reverse("accounts:callback")


def sign_in_url(session: SessionBase, *, next_path: str = "", login: str = "") -> str:
    """GitHub's page that asks who the person is; the session remembers what the answer must fit.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
    `login` is a suggestion to GitHub. Raises github.services.NotConfigured.
    """
    app = github.governance_app()
    begun = handshake.begin(session, handshake.own_path(next_path))
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri(),
        "state": begun.state,
        "code_challenge": begun.challenge,
        "code_challenge_method": "S256",
    }
    return f"{addresses.web_url()}/login/oauth/authorize?{urlencode(query | ({'login': login} if login else {}))}"


def complete_sign_in(*, code: str, verifier: str, open_session: Callable[[User], None]) -> User:
    """A code for a person with tokens, roles and an open session; all of it in one transaction, or none.

    GitHub is asked everything first. `open_session` runs inside the transaction. Raises SignInRefused,
    github.errors.GitHubError, github.services.NotConfigured.
    """
    app = github.governance_app()
    asked_at = clock.now()
    tokens = exchange_code(
        client_id=app.client_id, client_secret=app.client_secret,
        code=code, redirect_uri=redirect_uri(), code_verifier=verifier,
    )  # fmt: skip
    with Client(tokens.access_token) as client:
        person = client.user()
        _refuse_who_is_shut_out(person)
        seen = memberships.look(client, person.id)
    with transaction.atomic():
        user = _known(person)
        credentials.keep(user, tokens, asked_at)
        memberships.record(user, seen)
        audit.record("user.signed_in", actor=user.actor)
        open_session(user)
    return user


def sign_out(user: User, close_session: Callable[[], None]) -> None:
    """Close the session on the server and say so in the record, or neither."""
    with transaction.atomic():
        audit.record("user.signed_out", actor=user.actor)
        close_session()


def _known(person: wire.User) -> User:
    """The person's row, by GitHub's numeric id; a login alone is nobody."""
    user, _ = User.objects.update_or_create(
        id=person.id,
        defaults={"login": person.login, "name": person.name or "", "avatar_url": person.avatar_url},
        create_defaults={
            "login": person.login, "name": person.name or "", "avatar_url": person.avatar_url, "password": "!",
        },
    )  # fmt: skip
    return user


def _refuse_who_is_shut_out(person: wire.User) -> None:
    shut_out = User.objects.filter(pk=person.id, is_active=False).first()
    if shut_out is None:
        return
    with transaction.atomic():
        audit.record("user.sign_in_refused", actor=shut_out.actor, why="The account is switched off in this Patrol.")
    raise SignInRefused("Your account is switched off in this Patrol. Ask who runs it.")
