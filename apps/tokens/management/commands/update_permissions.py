"""`manage.py update_permissions URL|FILE [URL|FILE]`: GitHub's table of the permissions that endpoints need."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import RuleBroken
from apps.github import documentation
from apps.policy.endpoints.documented import MOST_BYTES
from apps.tokens import services

SHOWN = 15
EXAMPLE = "https://raw.githubusercontent.com/github/docs/main/src/github-apps/data/fpt-2026-03-10/"


class Command(BaseCommand):
    """Checks the table, puts it in place of the one in use, and says what is different."""

    help = (
        "Read which permissions GitHub's endpoints need from the data its documentation is made of: the file "
        "fine-grained-pat-permissions.json and, to know as well what only Apps can call, "
        f"server-to-server-permissions.json, for example from {EXAMPLE}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One or two sources."""
        parser.add_argument("source", nargs="+", help="an address that begins with https://, or a file")

    def handle(self, *args: Any, source: list[str], **options: Any) -> None:
        """Fetch all, then replace."""
        try:
            files = [_content(one) for one in source]
            named = " and ".join(_named(one) for one in source)
            replaced = services.replace_permission_table(files=files, source=named)
        except RuleBroken as error:
            raise CommandError(f"{error} The table in use stays.") from error
        self.stdout.write(f"{replaced.count} endpoints are known now.")
        for words, routes in (
            ("more", replaced.added), ("no longer there", replaced.dropped), ("different", replaced.changed),
        ):  # fmt: skip
            if routes:
                rest = f", and {len(routes) - SHOWN} more" if len(routes) > SHOWN else ""
                self.stdout.write(f"{len(routes)} {words}: {', '.join(routes[:SHOWN])}{rest}")
        if not replaced.differs:
            self.stdout.write("Nothing is different.")


def _content(source: str) -> bytes:
    if "://" in source:
        return documentation.fetch(source, most=MOST_BYTES)
    try:
        with Path(source).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}. The table in use stays.") from error


def _named(source: str) -> str:
    """For people who look at the page: a file by its name, an address without what may be secret in it."""
    if "://" not in source:
        return Path(source).name
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
