"""Headers every page carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class PageHeadersMiddleware:
    """Pages about tokens are nobody's to cache: no store, in the browser or between."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers a view did not set itself."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response
