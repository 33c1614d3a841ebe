"""The content security policy, which follows the GitHub in use: forms lead there, pictures come from there."""

from typing import Any

import structlog
from csp.middleware import CSPMiddleware, PolicyParts
from django.db import DatabaseError

from apps.github import addresses

log = structlog.get_logger(__name__)


class PolicyMiddleware(CSPMiddleware):
    """django-csp's, with GitHub's addresses on pages; without them where the database cannot tell.

    What is no page needs none: `/livez` and webhooks must not wait for the database.
    """

    def get_policy_parts(self, request: Any, response: Any, report_only: bool = False) -> PolicyParts:
        """The settings' policy, and GitHub's addresses."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and response.get("Content-Type", "").startswith("text/html"):
            parts.update = {**(parts.update or {}), **_github()}
        return parts


def _github() -> dict[str, list[str]]:
    try:
        pictures = addresses.picture_origins()
        return {"form-action": [addresses.web_url()], **({"img-src": pictures} if pictures else {})}
    except DatabaseError:
        log.warning("github.address_not_read")
        return {}
