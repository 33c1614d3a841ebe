"""The second owner's word about an approval that another one proposed."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.accounts.access import GitHubAway
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import Review
from apps.tokens.queries import details
from apps.tokens.views.common import reader


@login_required
@require_POST
def confirm(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """Consent to exactly what was seen."""
    user, digest = reader(request), request.POST.get("digest", "")
    organization = _of_a_request(request, login, pat_request_id)
    return _said(
        request,
        lambda: services.confirm_approval(
            user=user, organization=organization, pat_request_id=pat_request_id, digest=digest
        ),
        "Confirmed: the approval is on its way to GitHub.",
    )


@login_required
@require_POST
def reject(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """Refuse consent."""
    user, organization = reader(request), _of_a_request(request, login, pat_request_id)
    return _said(
        request,
        lambda: services.reject_approval(user=user, organization=organization, pat_request_id=pat_request_id),
        "Rejected: nothing was sent, and the request waits as before.",
    )


def _of_a_request(request: HttpRequest, login: str, pat_request_id: int) -> Organization:
    organization = access.owned_organization(reader(request), login)
    if details.find_request(organization, pat_request_id, reader(request).pk) is None:
        raise Http404
    return organization


def _said(request: HttpRequest, use_case: Callable[[], Review], sentence: str) -> HttpResponse:
    try:
        use_case()
    except (GitHubAway, RuleBroken) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence)
    assert request.resolver_match is not None
    there = reverse("tokens:request-detail", kwargs=request.resolver_match.kwargs)
    return HttpResponseRedirect(there)
