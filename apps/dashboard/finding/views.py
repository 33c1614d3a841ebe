"""Finding: a page of its own, and its answers inside the palette."""

from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.dashboard.finding import queries, words
from apps.github import addresses
from apps.tokens.views.common import reader


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """By a word, or by the fingerprint of a token's value. A value that came here is neither used nor shown."""
    organizations = access.owned_organizations(reader(request))
    typed, fingerprint = request.GET.get("q", ""), request.GET.get("hash", "")
    if words.holds_secret(typed) or words.holds_secret(fingerprint):
        return _revoke_it(request, came=True)
    if fingerprint:
        return _revoke_it(request, fingerprint=fingerprint if words.is_fingerprint(fingerprint) else "", asked=True)
    word = words.word(typed)
    context = {
        "q": word,
        "kinds": queries.found(organizations, word) if word else [],
        "unseen": [one for one in access.visible_organizations(reader(request)) if one.state != "ready"],
    }
    return render(request, "finding/find.html", context)


@login_required
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The same as options of a list, at every key that is typed; without anything typed, pages."""
    organizations = access.owned_organizations(reader(request))
    word = words.word(request.GET.get("q", ""))
    if words.holds_secret(word):
        return render(request, "finding/options.html", {"kinds": [], "secret": True})
    kinds = queries.found(organizations, word)
    context = {"kinds": kinds, "q": word, "count": sum(len(one.hits) for one in kinds)}
    return render(request, "finding/options.html", context)


def _revoke_it(request: HttpRequest, *, came: bool = False, asked: bool = False, fingerprint: str = "") -> HttpResponse:
    """What is known of a token's value, which is nothing yet, and how whoever holds it ends it."""
    organizations = access.owned_organizations(reader(request))
    host = addresses.current()
    search = quote(f'hashed_token:"{fingerprint}"')
    logs = [
        (one.login, f"{host.web_url}/organizations/{one.login}/settings/audit-log?q={search}") for one in organizations
    ]
    context = {
        "came": came,
        "fingerprint": fingerprint,
        "unreadable": asked and not fingerprint,
        "logs": logs if fingerprint else [],
        "is_server": host.is_server,
        "api_url": host.api_url,
    }
    return render(request, "finding/value.html", context)
