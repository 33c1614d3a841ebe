"""`manage.py setup_code`: the address of the setup with a new one-time code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from apps.accounts import setup_codes


class Command(BaseCommand):
    """Prints one line. An error where Patrol is set up already."""

    help = "Print the address of the setup with a new one-time code, while Patrol is not set up."

    def handle(self, *args: Any, **options: Any) -> str:
        """The line that is printed."""
        if not setup_codes.is_open():
            raise CommandError("This Patrol is set up; its administrators name others.")
        return f"{settings.PUBLIC_URL}{reverse('dashboard:setup')}?code={setup_codes.new_code()}"
