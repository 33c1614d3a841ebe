"""`manage.py setup_check`: whether this Patrol is set up, and what is to be done where it is not."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.dashboard import setup


class Command(BaseCommand):
    """One line a check. Exit status 0 when all are green, else 1."""

    help = "Check settings, database, broker, keys, the GitHub App, its installations and how they are read."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """--json."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print, and say by the exit status whether all is well."""
        found = list(setup.checks())
        well = all(one.ok for one in found)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": well, "checks": [asdict(one) for one in found]}))
        else:
            for one in found:
                self.stdout.write(f"{'ok  ' if one.ok else 'TODO'}  {one.name}: {one.said}")
        if not well:
            sys.exit(1)
