"""Composition only: settings, URLs, Celery, the supervisor. No rule lives here."""
