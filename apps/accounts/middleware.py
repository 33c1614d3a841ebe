"""How long a session lives, and the pages that stand where an access function refuses."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.access import TRY_AGAIN
from apps.accounts.errors import GitHubAway, NeedsSignIn, NeedsSso, NotConnected, Renamed
from apps.core import clock
from apps.core.htmx import page_of, swaps
from apps.github import standing
from apps.github.models import Organization

STARTED, SEEN = "started_at", "seen_at"


def note_start(session: SessionBase) -> None:
    """A sign-in: both limits count from now."""
    session[STARTED] = session[SEEN] = int(clock.now().timestamp())


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


class AccessPagesMiddleware:
    """Turns what the access functions raise into pages: SSO, not connected, renamed, GitHub away, sign in again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in or out."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of an error of this room; None for everybody else's."""
        if isinstance(exception, NeedsSso):
            context = {"organization": exception.organization, "sso_url": exception.url, "next_path": page_of(request)}
            return render(request, "accounts/needs_sso.html", context, status=403)
        if isinstance(exception, NotConnected):
            return render(request, "accounts/not_connected.html", _standing(exception.organization), status=404)
        if isinstance(exception, Renamed):
            return _to_new_name(request, exception)
        if isinstance(exception, GitHubAway):
            answer = render(request, "accounts/github_away.html", {"sentence": str(exception)}, status=503)
            answer.headers["Retry-After"] = str(int(TRY_AGAIN.total_seconds()))
            return answer
        if isinstance(exception, NeedsSignIn):
            return _to_sign_in(request)
        return None


class WayBackMiddleware:
    """Who has to sign in comes back to the page they were on, not to a form's address or a part of a page.

    Django's `login_required` leads back to whatever was asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Only what leads to the sign-in, with a way back, is led there anew."""
        response = self.get_response(request)
        return _sign_in(request) if _leads_to_sign_in(response) else response


def _standing(organization: Organization) -> dict[str, object]:
    found = standing.standings([organization.pk])[organization.pk]
    return {"organization": organization, "standing": found, "page": standing.page(organization.login, found)}


def _to_new_name(request: HttpRequest, renamed: Renamed) -> HttpResponse:
    """The same page, or the same act, at the organization's address of today (RFC 9110, 15.4.8)."""
    match = request.resolver_match
    assert match is not None
    address = reverse(match.view_name, kwargs=match.kwargs | {"login": renamed.organization.login})
    if request.method == "GET" and not swaps(request):
        messages.info(request, str(renamed))
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}".rstrip("?"), preserve_request=True)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """The session ends: Patrol can no longer ask GitHub on this person's behalf."""
    logout(request)
    return _sign_in(request)


def _leads_to_sign_in(response: HttpResponse) -> bool:
    if not isinstance(response, HttpResponseRedirect):
        return False
    address, _, query = response.url.partition("?")
    return address == reverse("accounts:sign-in") and query.startswith("next=")


def _sign_in(request: HttpRequest) -> HttpResponse:
    here = page_of(request)
    address = f"{reverse('accounts:sign-in')}?{urlencode({'next': here} if here else {})}".rstrip("?")
    return HttpResponseClientRedirect(address) if swaps(request) else HttpResponseRedirect(address)
