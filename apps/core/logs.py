"""Logging: one event, one line, JSON; secrets are scrubbed by their shape."""

import logging
import re
from typing import Any

import structlog
from django.conf import settings

# The shapes of GitHub's tokens, PEM blocks, JWTs and the secrets in addresses of calendars (accounts/feeds.py); GitHub
# documents its prefixes under "About authentication".
_SECRET = re.compile(
    r"gh[pousr]_[A-Za-z0-9._-]{10,}|github_pat_[A-Za-z0-9_]{10,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
    r"|patrol_ical_[A-Za-z0-9_-]+"
    r"|-----BEGIN[^-]+PRIVATE KEY-----[\s\S]*?(?:-----END[^-]+PRIVATE KEY-----|$)"
)


def scrub(value: str) -> str:
    """`value` with everything that looks like a secret masked."""
    return _SECRET.sub("[secret]", value)


def _scrub_event(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: scrub(value) if isinstance(value, str) else value for key, value in event.items()}


def configure() -> None:
    """Send structlog and the standard library through one renderer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrub_event,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if settings.LOG_FORMAT == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.LOG_LEVEL)
    for noisy in ("celery.beat", "celery.worker.strategy", "celery.app.trace", "kombu", "urllib3"):
        logging.getLogger(noisy).setLevel("WARNING")
