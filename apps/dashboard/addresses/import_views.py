"""Addresses that an owner hands in: what they would change is shown before it is written."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access, contact_imports
from apps.accounts.contact_lines import Unreadable
from apps.accounts.models import ContactImport
from apps.dashboard.addresses import queries
from apps.dashboard.addresses.forms import HandInForm
from apps.dashboard.addresses.views import csv_file, page, tried
from apps.github.models import Organization
from apps.tokens.views.common import reader

SHOWN = 100
"""Lines of each box on the page; all that are left out are in the file."""


@login_required
@require_POST
def hand_in(request: HttpRequest, login: str) -> HttpResponse:
    """Read what was handed in; on to what it would change."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    form = HandInForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            row = contact_imports.hand_in(user=user, organization=organization, file=form.content)
        except Unreadable as error:
            form.add_error(None, str(error))
        else:
            return redirect("dashboard:addresses-import", login=organization.login, import_id=row.pk)
    return page(request, organization, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, login: str, import_id: int) -> HttpResponse:
    """GET shows what applying would do; POST does it, if that is still the same."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    row, holders = _kept(request, organization, import_id), queries.people_with_tokens(organization.pk)
    if request.method == "POST" and tried(
        request,
        lambda: contact_imports.apply(user=user, row=row, holders=holders, seen=request.POST.get("seen", "")),
        lambda counts: f"{counts['new']} added, {counts['changed']} changed.",
    ):
        left = row.user.contact_imports.get(pk=row.pk).outcome
        if not left["unknown"] + left["invalid"]:
            return redirect("dashboard:addresses", login=organization.login)
        messages.warning(request, "The lines that were left out are below.")
        return redirect("dashboard:addresses-import", login=organization.login, import_id=row.pk)
    plan = contact_imports.plan(row, holders)
    shown = {kind: plan.of(kind)[:SHOWN] for kind in contact_imports.APPLIED}
    shown["left_out"] = plan.of("unknown", "invalid")[:SHOWN]
    context = {"organization": organization, "row": row, "plan": plan, "shown": shown, "digest": plan.digest()}
    return render(request, "addresses/import.html", context, status=409 if request.method == "POST" else 200)


@login_required
@require_safe
def left_out(request: HttpRequest, login: str, import_id: int) -> StreamingHttpResponse:
    """The lines that are not applied, with what is wrong with each, to mend and hand in again."""
    organization = access.owned_organization(reader(request), login)
    row = _kept(request, organization, import_id)
    plan = contact_imports.plan(row, queries.people_with_tokens(organization.pk))
    return csv_file(organization, "lines-left-out", contact_imports.left_out(plan))


def _kept(request: HttpRequest, organization: Organization, import_id: int) -> ContactImport:
    """What the reader handed in here. Raises Http404: somebody else's, or an hour old."""
    row = contact_imports.kept(user=reader(request), organization=organization, number=import_id)
    if row is None:
        raise Http404
    return row
