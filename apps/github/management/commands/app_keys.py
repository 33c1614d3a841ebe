"""`manage.py app_keys`: the App's private keys and webhook secrets, as the page "Keys and secrets" has them.

What is secret comes from a file or standard input, never from the command line, which others on the machine can read.
"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.services import PATROL
from apps.core import crypto
from apps.core.errors import RuleBroken
from apps.github import errors, keys
from apps.github.models import App
from apps.github.services import NotConfigured, governance_app

ACTS = ["list", "give", "remove", "give-webhook-secret", "remove-webhook-secret"]


class Command(BaseCommand):
    """Gives and removes keys and secrets, or lists them by fingerprint and date."""

    help = "List, give or remove private keys and webhook secrets of the App; two of each are held at a time."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which file or fingerprint."""
        parser.add_argument("act", choices=ACTS)
        what = "give: a file, or - for standard input; remove: a fingerprint, SHA256:..."
        parser.add_argument("what", nargs="?", default="", help=what)

    def handle(self, *args: Any, act: str, what: str, **options: Any) -> None:
        """Do it, then list them."""
        try:
            app = governance_app()
            self._act(app, act, what)
            app.refresh_from_db()
            self._list(app)
        except (RuleBroken, NotConfigured, crypto.Sealed, errors.GitHubError) as error:
            raise CommandError(str(error)) from error

    def _act(self, app: App, act: str, what: str) -> None:
        match act:
            case "give":
                keys.give_key(app, _read(what), by=PATROL)
            case "remove":
                keys.remove_key(app, what, by=PATROL)
            case "give-webhook-secret":
                keys.give_webhook_secret(app, _read(what), by=PATROL)
            case "remove-webhook-secret":
                keys.remove_previous_webhook_secret(app, by=PATROL)

    def _list(self, app: App) -> None:
        for key in keys.held_keys(app):
            self.stdout.write(f"private key {key.fingerprint} {_words(key)}")
        for secret in keys.held_secrets(app):
            self.stdout.write(f"webhook secret {_words(secret)}")


def _words(one: keys.HeldKey | keys.HeldSecret) -> str:
    since = f"since {one.since:%Y-%m-%d}" if one.since else ""
    return f"{'in use' if one.in_use else 'previous'} {since}".strip()


def _read(name: str) -> str:
    if not name:
        raise CommandError("Name a file, or - for standard input.")
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{name} cannot be read as text.") from None
