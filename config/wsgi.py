"""The WSGI application granian serves."""

import os
from io import StringIO

from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application

import config.celery  # noqa: F401  ringing needs the Celery application
from apps.core import heap

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# An App that anybody could sign messages for does not start: github.E001.
BaseCommand().check(tags=["github"])


def announce_setup() -> None:
    """While Patrol is not set up: say where that is done, with a code that only who reads this console has."""
    from django.core.management import CommandError, call_command
    from django.db import DatabaseError, connection

    try:
        address = call_command("setup_code", stdout=StringIO())
    except (CommandError, DatabaseError):
        return  # set up; or there are no tables yet, and `manage.py setup_code` prints it then
    finally:
        connection.close()
    print(f"patrol: Set Patrol up at {address}", flush=True)  # noqa: T201  the console is where it belongs


announce_setup()
heap.settle()
