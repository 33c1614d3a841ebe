"""Looking again at GitHub, and how far that is."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access
from apps.core.htmx import render_part, swaps
from apps.tokens import sync
from apps.tokens.forms import own_path
from apps.tokens.queries import freshness
from apps.tokens.views.common import FINISHED, reader, way_back


@login_required
@require_POST
def start(request: HttpRequest, login: str) -> HttpResponse:
    """Read the organization's lists now."""
    organization = access.live_organization(reader(request), login)
    sync.request_sync(organization.pk)
    messages.info(request, f"Patrol is reading {organization.login} from GitHub.")
    return redirect(way_back(request, "tokens:request-list", organization))


@login_required
@require_safe
def progress(request: HttpRequest, login: str) -> HttpResponse:
    """Pages done of pages known."""
    organization = access.owned_organization(reader(request), login)
    found = freshness.progress(organization)
    back = own_path(request.GET.get("next", ""), reverse("tokens:request-list", args=[organization.login]))
    context: dict[str, object] = {"organization": organization, "progress": found, "back": back}
    status = FINISHED if swaps(request) and not found.running else 200
    return render_part(request, "tokens/sync_progress.html", "line", context, status=status)
