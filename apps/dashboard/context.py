"""The navigation around every page."""

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, object]:
    """Organizations of the reader."""
    return {}
