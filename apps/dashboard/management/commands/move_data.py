"""`manage.py move_data --to postgresql://...`: take an installation on SQLite to PostgreSQL."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.core import copying
from apps.dashboard import moving


class Command(BaseCommand):
    """Stop the services first. Exit status 1, and an empty target, when anything was not as it should be."""

    help = "Copy everything from SQLite to an empty PostgreSQL database, and verify it there."

    def add_arguments(self, parser: CommandParser) -> None:
        """--to."""
        parser.add_argument("--to", required=True, metavar="URL", help="postgresql://user:password@host:port/name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move, and say what to change."""
        try:
            moved = moving.move(options["to"], say=self.stdout.write)
        except (moving.CannotMove, copying.Refused, ImproperlyConfigured, DatabaseError) as error:
            raise CommandError(f"{str(error).strip()}\nNothing was moved.") from error
        self.stdout.write(f"{sum(moved.rows.values())} rows in {len(moved.rows)} tables, all verified.")
        self.stdout.write(f"The record's digest is {moved.record} on both sides.")
        self.stdout.write(_what_to_change(options["to"]))


def _what_to_change(url: str) -> str:
    parts = urlsplit(url)
    shown = url if parts.password is None else url.replace(f":{parts.password}@", ":PASSWORD@", 1)
    return (
        f"Now set PATROL_DATABASE_URL={shown}\n"
        f"and leave PATROL_SECRET_KEY and PATROL_ENCRYPTION_KEYS, or the files in {settings.DATA_DIR / 'keys'}, "
        f"as they are: what is sealed opens with no others.\n"
        f"Then run `python -m config.prepare` and start the services. The SQLite file was not changed; keep it "
        f"as a backup, and start nothing on it any more."
    )
