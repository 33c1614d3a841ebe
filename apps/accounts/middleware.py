"""How long a session lives."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from apps.core import clock

STARTED, SEEN = "started_at", "seen_at"


class SessionLimitsMiddleware:
    """Ends a session 60 minutes after its last use and 12 hours after sign-in, on the server."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check, then note the use; at most one write a minute."""
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            started, seen = request.session.get(STARTED, 0), request.session.get(SEEN, 0)
            if now - seen > settings.SESSION_IDLE_SECONDS or now - started > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
            elif now - seen > 60:
                request.session[SEEN] = now
        return self.get_response(request)
