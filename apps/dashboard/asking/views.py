"""Ask before you ask: one page, for whoever is signed in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from apps.accounts import access
from apps.core.htmx import render_part, swaps
from apps.dashboard.asking.forms import AskForm
from apps.dashboard.asking.queries import offer
from apps.github import addresses
from apps.tokens.queries.permission_table import table_in_use
from apps.tokens.views.common import reader


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The field, and below it what is needed; posted, so that what is pasted stands in no address and no log."""
    joined = [one for one in access.joined_organizations(reader(request)) if one.state == "ready"]
    form = AskForm(request.POST if request.method == "POST" else None, joined=joined)
    table, host = table_in_use(), addresses.current()
    found = offer(**form.cleaned_data, joined=joined, table=table, host=host) if form.is_valid() else None
    context = {
        "form": form.shown(), "secret": form.secret, "found": found, "table": table, "is_server": host.is_server,
        "refused": [str(one) for errors in form.errors.values() for one in errors] if swaps(request) else [],
    }  # fmt: skip
    status = 422 if form.errors and not swaps(request) else 200
    return render_part(request, "asking/ask.html", "answer", context, status=status)
