"""The page that says which organizations Patrol reads, and why not the others."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.core.htmx import render_part
from apps.dashboard import coverage as queries
from apps.tokens.views.common import reader


@login_required
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """The reader's own organizations; for an administrator also where the App is or was installed."""
    user = reader(request)
    owned = access.covered_organizations(user)
    only_gaps = request.GET.get("show") == "gaps"
    found = queries.coverage(
        owned, everywhere=user.is_administrator, only_gaps=only_gaps, cursor=request.GET.get("cursor", "")
    )
    return render_part(request, "dashboard/coverage.html", "listing", {"coverage": found, "only_gaps": only_gaps})
