"""The WSGI application granian serves."""

import os

from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application

import config.celery  # noqa: F401  ringing needs the Celery application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# An App that anybody could sign messages for does not start: github.E001.
BaseCommand().check(tags=["github"])
