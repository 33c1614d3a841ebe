"""A person says that one token replaces another, or that it does not."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import Grant
from apps.tokens.views.common import reader, way_back


@login_required
@require_POST
def confirm(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """The token `pat_id` is replaced by that of the field `by`: nobody is reminded of its end."""
    user, organization = reader(request), _organization(request, login, pat_id)
    try:
        services.confirm_replacement(user=user, organization=organization, pat_id=pat_id, by=_number(request))
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Noted: nobody is reminded of this end any more.")
    return _back(request, organization, pat_id)


@login_required
@require_POST
def withdraw(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """It is not replaced after all."""
    user, organization = reader(request), _organization(request, login, pat_id)
    try:
        services.withdraw_replacement(user=user, organization=organization, pat_id=pat_id)
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Noted: reminders go on.")
    return _back(request, organization, pat_id)


def _number(request: HttpRequest) -> int:
    """The pat_id that the form named; 0 for none."""
    given = request.POST.get("by", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _organization(request: HttpRequest, login: str, pat_id: int) -> Organization:
    """For its owners, and for a member whose own token it is. Raises what `owned_organization` raises."""
    user = reader(request)
    try:
        return access.owned_organization(user, login)
    except PermissionDenied:
        own = Grant.objects.filter(organization__login__iexact=login, pat_id=pat_id, owner_id=user.pk)
        found = own.select_related("organization").first()
        if found is None:
            raise
        return found.organization


def _back(request: HttpRequest, organization: Organization, pat_id: int) -> HttpResponse:
    back = way_back(request, "tokens:token-list", organization)
    return redirect(back if request.POST.get("next") else f"/orgs/{organization.login}/tokens/{pat_id}/")
