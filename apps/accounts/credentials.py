"""A person's tokens at GitHub: kept sealed, and refreshed by one process at a time.

A refresh kills both old tokens at once (docs.github.com, "Refreshing user access tokens"), so two refreshes at
the same time would lose the person's sign-in. Whoever refreshes holds a lease on the row, not a transaction:
none stays open across the network.
"""

import time
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, Q, QuerySet

from apps.accounts.errors import NeedsSignIn
from apps.accounts.models import User, UserToken
from apps.core import clock, crypto
from apps.core.statements import Statement
from apps.github import errors, services, wire
from apps.github.client import Client, exchange_code

RENEW_BEFORE = timedelta(minutes=5)
LEASE = timedelta(seconds=60)
WAIT_SECONDS = 25.0
_POLL_SECONDS = 0.1
# What the token endpoint says of a refresh token it does not accept; everything else is Patrol's own trouble.
_DEAD = {"bad_refresh_token", "unauthorized", "invalid_grant"}


def user_client(user: User, *, patient: bool = True) -> Client:
    """A client that acts as `user`, with a token good for five minutes more, or as long as GitHub lets it be.

    Raises NeedsSignIn, or github.errors.GitHubError when a refresh is due and GitHub is away.
    Never call it inside a transaction: it may talk to GitHub.
    """
    token = _usable(user.pk)
    if _due(token):
        token = _renewed(token)
    return Client(token.access, patient=patient, on_unauthorized=partial(_mark_refused, token.user_id, token.version))


def keep(user: User, tokens: wire.UserTokens, asked_at: datetime) -> None:
    """Put a new sign-in's tokens in place of whatever was there; inside the caller's transaction."""
    token = UserToken.objects.select_for_update().filter(user=user).first() or UserToken(user=user)
    _fill(token, tokens, asked_at)
    token.version += 1
    token.save()


def forget(user_id: int) -> None:
    """The person's tokens are worth nothing any more."""
    _forget(UserToken.objects.filter(user_id=user_id))


def _usable(user_id: int) -> UserToken:
    token = _TOKENS.first(user_id)
    if token is None or not token.sealed_access:
        raise NeedsSignIn
    try:
        _ = token.access, token.refresh
    except crypto.Sealed as error:
        raise NeedsSignIn from error
    return token


_TOKENS = Statement(lambda user_id: UserToken.objects.filter(user=user_id))


def _due(token: UserToken) -> bool:
    return token.expires_at is not None and token.expires_at <= clock.now() + RENEW_BEFORE


def _renewed(token: UserToken) -> UserToken:
    """The token after a refresh, by us or by whoever holds the lease."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        if _claim(token):
            _refresh(token)
        elif time.monotonic() > deadline:
            raise errors.Transient("Another process is still refreshing this person's token.", sent=False)
        else:
            time.sleep(_POLL_SECONDS)
        latest = _usable(token.user_id)
        if latest.version != token.version:
            return latest
        if latest.refreshing_until is None:
            return _until_its_end(latest)


def _until_its_end(token: UserToken) -> UserToken:
    """GitHub's sign-in was away: the token still serves for its last minutes."""
    if token.expires_at is not None and token.expires_at > clock.now():
        return token
    raise errors.Transient("GitHub did not refresh this person's token.", sent=False)


def _claim(token: UserToken) -> bool:
    """Take the lease, unless somebody holds it or has already been here."""
    now = clock.now()
    free = Q(refreshing_until__isnull=True) | Q(refreshing_until__lt=now)
    claimed = UserToken.objects.filter(free, pk=token.pk, version=token.version).update(refreshing_until=now + LEASE)
    return claimed == 1


def _refresh(token: UserToken) -> None:
    """Exchange, and write down what came back, if the row is still what it was.

    A lost answer leaves the row as it is: the next try finds out from GitHub whether the old refresh token
    was spent.
    """
    mine = UserToken.objects.filter(pk=token.pk, version=token.version)
    asked_at = clock.now()
    if not token.refresh or (token.refresh_expires_at is not None and token.refresh_expires_at <= asked_at):
        _forget(mine)
        return
    app = services.governance_app()
    try:
        tokens = exchange_code(
            client_id=app.client_id, client_secret=app.client_secret,
            grant_type="refresh_token", refresh_token=token.refresh,
        )  # fmt: skip
    except errors.OAuthRefused as error:
        if error.code in _DEAD:
            _forget(mine)
            return
        mine.update(refreshing_until=None)
        raise
    except errors.GitHubError:
        mine.update(refreshing_until=None)
        return
    _fill(token, tokens, asked_at)
    mine.update(
        sealed_access=token.sealed_access, sealed_refresh=token.sealed_refresh, expires_at=token.expires_at,
        refresh_expires_at=token.refresh_expires_at, refreshing_until=None, version=F("version") + 1,
    )  # fmt: skip


def _fill(token: UserToken, tokens: wire.UserTokens, asked_at: datetime) -> None:
    """Times count from before the question, so that ours are never later than GitHub's."""
    token.set_tokens(access=tokens.access_token, refresh=tokens.refresh_token)
    token.expires_at = _end(asked_at, tokens.expires_in)
    token.refresh_expires_at = _end(asked_at, tokens.refresh_token_expires_in)
    token.refreshing_until = None


def _end(start: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else start + timedelta(seconds=seconds)


def _mark_refused(user_id: int, version: int) -> None:
    """GitHub answered 401 to this version; a newer one, put here meanwhile, is not meant."""
    _forget(UserToken.objects.filter(user_id=user_id, version=version))


def _forget(tokens: QuerySet[UserToken]) -> None:
    tokens.update(sealed_access="", sealed_refresh="", refreshing_until=None, version=F("version") + 1)
