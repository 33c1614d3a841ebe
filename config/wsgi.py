"""The WSGI application granian serves."""

import os

from django.core.wsgi import get_wsgi_application

import config.celery  # noqa: F401  ringing needs the Celery application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
