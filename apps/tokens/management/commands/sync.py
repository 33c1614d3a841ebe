"""`manage.py sync ORG`: read one organization's lists now."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.github.models import Organization
from apps.tokens import sync

SHOWN = ("organization", "grant_requests", "grants", "changed", "http_requests", "not_modified", "seconds")


class Command(BaseCommand):
    """Waits for the end. Exit status 1 when the lists could not be read whole."""

    help = "Read an organization's token requests and grants from GitHub now."

    def add_arguments(self, parser: CommandParser) -> None:
        """ORG, --json."""
        parser.add_argument("organization", help="the organization's login")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk, print."""
        organization = Organization.objects.filter(login__iexact=options["organization"]).first()
        if organization is None:
            raise CommandError(f"Patrol does not know an organization {options['organization']}.")
        try:
            report = sync.sync_organization(organization.pk)
        except sync.NotInstalled as error:
            raise CommandError(str(error)) from error
        shown = {name: value for name, value in asdict(report).items() if name in SHOWN}
        if options["json"]:
            self.stdout.write(json.dumps(shown))
        else:
            self.stdout.write("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in shown.items()))
        if report.state not in {"complete", "asks"}:
            raise CommandError(f"{report.state}: {report.error}")
        if report.state == "asks":
            self.stderr.write("Too much would vanish at once: an owner has to confirm it in the settings.")
