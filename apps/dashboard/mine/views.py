"""One's own tokens, and why one of them fails. Whoever belongs to an organization may look; each sees their own."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import access
from apps.dashboard.mine.forms import WhyForm
from apps.dashboard.mine.queries import my_tokens
from apps.dashboard.mine.renewing import renewal
from apps.dashboard.mine.why import because
from apps.github import addresses
from apps.github.models import Organization
from apps.tokens.views.common import reader


@login_required
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token of the reader in each organization where Patrol works and GitHub calls them a member."""
    user = reader(request)
    joined = access.joined_organizations(user)
    mine, host = my_tokens(_ready(joined), user.pk), addresses.current()
    context = {
        "joined": joined,
        "locked": [one for one in joined if one.state == "sso_required"],
        "mine": mine,
        "current": [(one, renewal(one, host)) for one in mine.current],
        "ended": [(one, renewal(one, host)) for one in mine.ended],
    }
    return render(request, "mine/token_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def why(request: HttpRequest) -> HttpResponse:
    """The question, and below it the answer; posted, so that what is pasted stands in no address."""
    user = reader(request)
    joined = access.joined_organizations(user)
    mine, host = my_tokens(_ready(joined), user.pk), addresses.current()
    every = [*mine.current, *mine.ended]
    data = request.POST if request.method == "POST" else None
    form = WhyForm(data, mine=every, joined=joined, chosen=request.GET.get("token", ""))
    found = because(**form.cleaned_data, mine=every, joined=joined) if form.is_valid() else None
    context = {
        "form": form.shown(),
        "found": found,
        "renewal": renewal(found.mine, host) if found and found.mine else None,
        "as_of": mine.as_of,
        "is_server": host.is_server,
    }
    return render(request, "mine/why.html", context, status=422 if form.errors else 200)


def _ready(joined: list[access.Visible]) -> list[Organization]:
    return [one.organization for one in joined if one.state == "ready"]
