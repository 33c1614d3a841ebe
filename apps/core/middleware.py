"""Headers every page carries, and what never comes in with a machine's message."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

MACHINES = ("/webhooks/", "/calendars/")


class NoCookiesForMachinesMiddleware:
    """Where machines post their messages, and read calendars, nobody has a session.

    A cookie would cost a look into the database before the message's signature was checked, and lend a calendar's
    address the rights of whoever opens it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Drop the cookies."""
        if request.path_info.startswith(MACHINES):
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)


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
