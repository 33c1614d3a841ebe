"""`manage.py administrator add|remove LOGIN` and `list`: who looks after this Patrol."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import administrators
from apps.audit.services import PATROL
from apps.core.errors import RuleBroken


class Command(BaseCommand):
    """Names, dismisses or lists instance administrators."""

    help = "Name or dismiss an administrator of this Patrol (somebody who signed in once), or list them."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with whom."""
        parser.add_argument("act", choices=["add", "remove", "list"])
        parser.add_argument("login", nargs="?", default="")

    def handle(self, *args: Any, act: str, login: str, **options: Any) -> None:
        """Do it, then list them."""
        try:
            if act != "list":
                change = administrators.name if act == "add" else administrators.dismiss
                change(administrators.person(login), by=PATROL)
        except RuleBroken as error:
            raise CommandError(str(error)) from error
        for one in administrators.administrators():
            self.stdout.write(f"{one.login} ({one.pk})")
