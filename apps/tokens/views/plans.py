"""What is planned for one token: another day, undoing it, and a word for the token."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import access
from apps.accounts.access import GitHubAway, NeedsSignIn, NeedsSso
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.forms import own_path
from apps.tokens.models import PlannedRevocation
from apps.tokens.plan_forms import ExtendForm, KeepForm
from apps.tokens.queries.plans import find_plan
from apps.tokens.views.common import reader


@login_required
@require_POST
def plan_extend(request: HttpRequest, login: str, plan_id: int) -> HttpResponse:
    """Another day, or thirty days more."""
    user, (organization, plan) = reader(request), _owned(request, login, plan_id)
    form = ExtendForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: write the day as 2026-12-31.")
        return redirect(_back(request, plan))
    day = form.cleaned_data["day"]

    def extend() -> str:
        moved = services.extend_plan(user=user, organization=organization, plan_id=plan.pk, day=day)
        return f"It is revoked on {date_format(moved.due_on, 'j F Y')} now."

    return _said(request, plan, extend)


@login_required
@require_POST
def plan_cancel(request: HttpRequest, login: str, plan_id: int) -> HttpResponse:
    """Undo it: nothing is revoked on that day."""
    user, (organization, plan) = reader(request), _owned(request, login, plan_id)

    def cancel() -> str:
        services.cancel_plans(user=user, organization=organization, plan_ids=[plan.pk])
        return "Undone: nothing is revoked on that day."

    return _said(request, plan, cancel)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_keep(request: HttpRequest, login: str, plan_id: int) -> HttpResponse:
    """A word for the token, by an owner or by who holds it."""
    user, organization = reader(request), access.member_organization(reader(request), login)
    plan = find_plan(organization, plan_id)
    if plan is None or plan.token.owner_id != user.pk:
        organization, plan = _owned(request, login, plan_id)
    form = KeepForm(request.POST or None)
    form.offer(organization)
    if request.method != "POST" or not form.is_valid():
        return _keep_page(request, plan, form, 422 if form.errors else 200)
    words, until = form.cleaned_data["reason"], form.cleaned_data["day"]
    try:
        services.keep_token(user=user, organization=organization, plan_id=plan.pk, reason=words, until=until)
    except (NeedsSignIn, NeedsSso, GitHubAway):
        raise
    except RuleBroken as error:
        form.add_error(None, str(error))
        return _keep_page(request, plan, form, 409)
    messages.success(request, f"Kept until {date_format(until, 'j F Y')}: nothing is revoked.")
    return redirect(_back(request, plan))


def _keep_page(request: HttpRequest, plan: PlannedRevocation, form: KeepForm, status: int) -> HttpResponse:
    context = {"organization": plan.organization, "plan": plan, "form": form, "next": _back(request, plan)}
    return render(request, "tokens/plan_keep.html", context, status=status)


def _owned(request: HttpRequest, login: str, plan_id: int) -> tuple[Organization, PlannedRevocation]:
    """A plan of an organization that the reader owns. Raises Http404."""
    organization = access.owned_organization(reader(request), login)
    plan = find_plan(organization, plan_id)
    if plan is None:
        raise Http404
    return organization, plan


def _said(request: HttpRequest, plan: PlannedRevocation, use_case: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, use_case())
    except (NeedsSignIn, NeedsSso):
        raise
    except RuleBroken as error:
        messages.error(request, str(error))
    return redirect(_back(request, plan))


def _back(request: HttpRequest, plan: PlannedRevocation) -> str:
    """Where the form was, else the token's page."""
    assert plan.grant is not None
    there = reverse("tokens:token-detail", args=[plan.organization.login, plan.grant.pat_id])
    return own_path(request.POST.get("next", "") or request.GET.get("next", ""), there)
