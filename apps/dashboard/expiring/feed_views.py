"""The feeds that calendars read, and where people make and revoke their addresses."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import access, feeds
from apps.accounts.errors import GitHubAway, TooOften
from apps.accounts.models import CalendarFeed, User
from apps.core.errors import RuleBroken
from apps.core.spans import UTC_ZONE, zone_of
from apps.dashboard.expiring import ending, ical
from apps.dashboard.expiring.forms import FeedForm, RevokeFeedForm
from apps.github.models import Organization
from apps.tokens.views.common import reader

There = Callable[[], list[CalendarFeed]]
"""The addresses that a page is about, as they are when it is asked."""
HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """For calendars: no session, no cookie, the secret is the key. 404, 429, 503, or the calendar (304: as before)."""
    try:
        found = feeds.readable_feed(secret)
    except TooOften as error:
        return _plain(429, str(error), error.seconds)
    except GitHubAway as error:
        return _plain(503, str(error), int(access.TRY_AGAIN.total_seconds()))
    organization = found.organization
    name = f"Tokens of {organization.login if organization else found.user.login}"
    zone = zone_of(organization.time_zone) if organization else UTC_ZONE
    entries = ending.entries(found)
    tag = ical.tag(name, zone.key, found.alarm_days, entries)
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        body = ical.written(name, zone.key, found.alarm_days, entries)
        answer = HttpResponse(body, content_type=ical.CONTENT_TYPE)
        answer.headers["Content-Disposition"] = 'inline; filename="patrol.ics"'
    for header, value in {"ETag": tag, **HEADERS}.items():
        answer.headers[header] = value
    return answer


def _plain(status: int, sentence: str, seconds: int) -> HttpResponse:
    return HttpResponse(
        f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8",
        headers={**HEADERS, "Retry-After": str(seconds)},
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest, login: str) -> HttpResponse:
    """An organization's addresses: its owners make one each, and revoke any."""
    organization = access.owned_organization(reader(request), login)
    return _subscribe(request, organization, lambda: feeds.feeds_of(organization))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_own(request: HttpRequest) -> HttpResponse:
    """The address of the reader's own tokens; whoever signed in has one."""
    return _subscribe(request, None, lambda: feeds.own_feeds(reader(request)))


def _subscribe(request: HttpRequest, organization: Organization | None, there: There) -> HttpResponse:
    user = reader(request)
    form = FeedForm(request.POST if request.POST.get("do") == "make" else None)
    if request.method == "POST" and not form.is_bound:
        return _revoke(request, user, there)
    if not form.is_bound or not form.is_valid():
        return _page(request, organization, there, form, status=422 if form.is_bound else 200)
    try:
        _, secret = feeds.make_feed(user=user, organization=organization, alarm_days=form.days)
    except RuleBroken as error:
        messages.error(request, str(error))
        return _page(request, organization, there, form, status=409)
    return _page(request, organization, there, FeedForm(), secret=secret)


def _revoke(request: HttpRequest, user: User, there: There) -> HttpResponse:
    form = RevokeFeedForm(request.POST)
    feed = next((one for one in there() if form.is_valid() and one.pk == form.number), None)
    if feed is None:
        raise Http404
    try:
        feeds.revoke_feed(user=user, feed=feed)
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Revoked. Calendars that read this address get nothing from now on.")
    return redirect(request.path)


def _page(
    request: HttpRequest, organization: Organization | None, there: There, form: FeedForm,
    *, secret: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """With `secret` the address is shown, this once."""
    found, address = there(), ""
    if secret:
        address = settings.PUBLIC_URL + reverse("dashboard:feed", args=[secret])
    context: dict[str, object] = {
        "organization": organization,
        "feeds": found,
        "own": next((one for one in found if one.user_id == reader(request).pk), None),
        "form": form,
        "address": address,
        "webcal": f"webcal:{address.partition(':')[2]}" if address else "",
        "most": ending.MOST,
    }
    return render(request, "expiring/subscribe.html", context, status=status)
