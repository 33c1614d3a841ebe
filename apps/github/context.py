"""What every template may use about GitHub."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.github import addresses


def github(request: HttpRequest) -> dict[str, object]:
    """GitHub's address, looked up only by a page that shows it."""
    return {"github_web_url": SimpleLazyObject(addresses.web_url)}
