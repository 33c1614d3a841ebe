"""Checks at GitHub: whether it knows the App, what the App may do, and where it is installed."""

from collections.abc import Iterator
from datetime import timedelta

import jwt
from django.conf import settings

from apps.core import clock, crypto
from apps.dashboard.setup.check import Check
from apps.dashboard.setup.here import PREPARE
from apps.github import addresses, auth, errors, keys, permissions, reach, web, webhook_address, wire
from apps.github.client import Client
from apps.github.models import App

SKEW = timedelta(seconds=30)
"""What leases and JWTs bear."""


def github(app: App | None) -> Iterator[Check]:
    """The App, the clocks, permissions, installations; where GitHub does not know the App, that alone."""
    if app is None:
        said = f"No App is registered: open /setup, or set PATROL_GITHUB_APP_ID and its companions, then {PREPARE}."
        yield Check("app", False, said)
        return
    try:
        client = auth.app_client(app)
    except crypto.Sealed:
        yield Check("app", False, "PATROL_ENCRYPTION_KEYS does not open the App's key: bring back the ring it had.")
        return
    except (ValueError, jwt.PyJWTError):
        yield Check(
            "app", False, f"PATROL_GITHUB_APP_PRIVATE_KEY is no PEM key: set the one of GitHub, then {PREPARE}."
        )
        return
    with client:
        yield from _asked(client, app)


def _asked(client: Client, app: App) -> Iterator[Check]:
    try:
        known = client.app()
        yield _identity(app, known)
        yield from _keys(app)
        yield _clocks(client)
        if webhook_address.expected():
            yield _webhook_address(client)
        yield _permissions(known)
        yield from _installations(known, [one for one in client.installations() if one.target_type == "Organization"])
    except (errors.Unauthorized, errors.NotFound):
        yield Check(
            "app", False,
            "GitHub knows no App with this id and key: check PATROL_GITHUB_APP_ID, PATROL_GITHUB_APP_CLIENT_ID and "
            f"PATROL_GITHUB_APP_PRIVATE_KEY, then {PREPARE}.",
        )  # fmt: skip
    except errors.GitHubError as error:
        yield Check("app", False, _why_not(error))


def _why_not(error: errors.GitHubError) -> str:
    """What is wrong with the way to GitHub; where that is well, what GitHub said."""
    try:
        reach.reach()
    except reach.Unreachable as unreachable:
        return str(unreachable)
    return f"{addresses.api_url()} can be reached, and did not answer as it should ({error}). Try again."


def _identity(app: App, known: wire.App) -> Check:
    if known.id != app.app_id:
        said = f"The key is of the App {known.slug} ({known.id}), not of {app.app_id}: check PATROL_GITHUB_APP_ID."
        return Check("app", False, said)
    return Check("app", True, f"GitHub knows it as {known.slug} ({known.id}).")


def _keys(app: App) -> Iterator[Check]:
    """Where two are held: what GitHub says of each, and so which can go."""
    if len(app.private_keys) < keys.MOST:
        return
    try:
        current, previous = keys.held_keys(app, ask=True)
    except keys.KeyRefused as error:
        yield Check("keys", False, f"One of the two private keys cannot be used: {error}")
        return
    if not current.known:
        said = (
            f"GitHub refuses the key in use, {current.fingerprint}; the one before works. Remove it, or give another."
        )
        yield Check("keys", False, said)
    elif not previous.known:
        yield Check("keys", True, f"Two are held. GitHub does not know {previous.fingerprint} any more: remove it.")
    else:
        yield Check("keys", True, f"Two are held. Delete {previous.fingerprint} on GitHub, then remove it here.")


def _clocks(client: Client) -> Check:
    theirs = client.answered_at
    if theirs is None:
        return Check("clock", True, "GitHub did not tell its time.")
    apart = abs(theirs - clock.now())
    seconds = int(apart.total_seconds())
    if apart > SKEW:
        return Check("clock", False, f"This machine's clock is {seconds} s off GitHub's: let NTP set it.")
    return Check("clock", True, f"{seconds} s off GitHub's.")


def _webhook_address(client: Client) -> Check:
    theirs = client.webhook_url()
    if theirs == settings.WEBHOOK_URL:
        return Check("webhook address", True, f"GitHub sends to {theirs}.")
    sends = f"GitHub sends to {theirs}" if theirs else "The App has no webhook address"
    said = f"{sends}, this Patrol listens at {settings.WEBHOOK_URL}: run `manage.py move_address`."
    return Check("webhook address", False, said)


def _permissions(known: wire.App) -> Check:
    """What the App asks for: only its owner, on GitHub's page, can let it ask for more. Looking is enough."""
    missing = permissions.lacking(known.permissions, permissions.LOOK_ONLY)
    if missing:
        said = f"Set {permissions.in_words(missing)} at {web.app_permissions(known)}"
        return Check("permissions", False, f"{said}; then an owner of each organization accepts.")
    off = [one for one in permissions.SWITCHES if permissions.lacking(known.permissions, one.permissions)]
    if off:
        wanted = [
            f"for {one.title.lower()}, {permissions.in_words(permissions.lacking(known.permissions, one.permissions))}"
            for one in off
        ]
        said = f"The App asks to look only. To turn on more, set at {web.app_permissions(known)}: {'; '.join(wanted)}."
        return Check("permissions", True, said)
    return Check("permissions", True, "The App asks for all that Patrol can use.")


def _installations(known: wire.App, found: list[wire.Installation]) -> Iterator[Check]:
    if not found:
        page = web.new_installation(known.slug, known.html_url)
        yield Check("installations", False, f"The App is installed on no organization: install it at {page}.")
    for one in found:
        yield _installation(known, one)


def _installation(known: wire.App, one: wire.Installation) -> Check:
    name, login = f"installation {one.account.login}", one.account.login
    page = web.installation(login, one.id)
    if one.suspended_at is not None:
        return Check(name, False, f"It is suspended: an owner of {login} lets it work again at {page}.", login)
    waiting = permissions.lacking(one.permissions, known.permissions)
    if waiting:
        said = f"Waiting for acceptance: {permissions.in_words(waiting)}. An owner of {login} accepts at {page}."
        return Check(name, not permissions.lacking(one.permissions, permissions.LOOK_ONLY), said, login)
    if permissions.lacking(one.permissions, permissions.DECISIONS.permissions):
        return Check(name, True, "Look only, which is all that the App asks for: owners decide on GitHub.", login)
    return Check(name, True, "The App may do there all that it asks for.", login)
