"""Decisions on their way: how far they are, and taking back what GitHub has not heard of."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access
from apps.core.errors import RuleBroken
from apps.core.htmx import render_part, swaps
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.forms import own_path
from apps.tokens.queries import details
from apps.tokens.queries import travelling as queries
from apps.tokens.queries.rows import AccessRow
from apps.tokens.views.common import FINISHED, reader, way_back


@login_required
@require_safe
def progress(request: HttpRequest, login: str) -> HttpResponse:
    """The reader's decisions in one organization."""
    organization = access.owned_organization(reader(request), login)
    return _progress(request, [organization], organization)


@login_required
@require_safe
def all_progress(request: HttpRequest) -> HttpResponse:
    """The reader's decisions in all organizations."""
    return _progress(request, access.owned_organizations(reader(request)), None)


def _progress(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    found = queries.travelling(organizations, reader(request).pk)
    fallback = reverse("tokens:request-list", args=[current.login]) if current else reverse("tokens:all-requests")
    back = own_path(request.GET.get("next", ""), fallback)
    context: dict[str, object] = {"organization": current, "travelling": found, "back": back, "asked": True}
    status = FINISHED if swaps(request) and not found.moves else 200
    return render_part(request, "tokens/decision_progress.html", "line", context, status=status)


@login_required
@require_POST
def undo_all(request: HttpRequest, login: str) -> HttpResponse:
    """Take back everything of the reader in one organization that GitHub has not heard of."""
    organization = access.owned_organization(reader(request), login)
    return _undo(request, [organization], way_back(request, "tokens:request-list", organization))


@login_required
@require_POST
def undo_everywhere(request: HttpRequest) -> HttpResponse:
    """The same in all organizations."""
    return _undo(request, access.owned_organizations(reader(request)), way_back(request, "tokens:all-requests"))


def _undo(request: HttpRequest, organizations: list[Organization], back: str) -> HttpResponse:
    user, undone = reader(request), 0
    for organization in organizations:
        resting = queries.resting_reviews(organization, user.pk)
        try:
            undone += services.undo_decisions(user=user, organization=organization, review_ids=resting)
        except RuleBroken:
            continue
    if undone:
        messages.success(request, f"{undone} decision{'s' if undone > 1 else ''} taken back. GitHub heard nothing.")
    else:
        messages.error(request, "Too late: everything is being sent to GitHub, or was.")
    return redirect(back)


@login_required
@require_POST
def request_undo(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """Take back the reader's decision on one request."""
    organization = access.owned_organization(reader(request), login)
    row = details.find_request(organization, pat_request_id, reader(request).pk)
    return _undo_one(request, organization, row, reverse("tokens:request-detail", args=[login, pat_request_id]))


@login_required
@require_POST
def token_undo(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """Take back the reader's revocation of one grant."""
    organization = access.owned_organization(reader(request), login)
    row = details.find_grant(organization, pat_id, reader(request).pk)
    return _undo_one(request, organization, row, reverse("tokens:token-detail", args=[login, pat_id]))


def _undo_one(request: HttpRequest, organization: Organization, row: AccessRow | None, fallback: str) -> HttpResponse:
    if row is None or row.decision is None:
        raise Http404
    try:
        services.undo_decisions(user=reader(request), organization=organization, review_ids=[row.decision.review_id])
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{row.decision.noun} taken back. GitHub heard nothing.")
    return redirect(own_path(request.POST.get("next", ""), fallback))
