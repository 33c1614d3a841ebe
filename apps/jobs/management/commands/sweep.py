"""`manage.py sweep`: the sweeper process, or one round with --once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.jobs import sweeper


class Command(BaseCommand):
    """Do what is due, without the broker."""

    help = "Look for work that is due in the database and do it."

    def add_arguments(self, parser: CommandParser) -> None:
        """--once, --interval."""
        parser.add_argument("--once", action="store_true", help="one round, then stop")
        parser.add_argument("--interval", type=float, default=settings.SWEEP_SECONDS, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        if options["once"]:
            self.stdout.write(f"{sweeper.sweep_once()} done")
        else:
            sweeper.sweep_forever(options["interval"])
