"""One repository: which tokens reach it, and with which rights."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.core.htmx import render_part
from apps.dashboard.forms import RightsForm
from apps.github import repositories
from apps.github.models import Organization, Repository
from apps.tokens.kinds import GRANTS
from apps.tokens.queries import freshness
from apps.tokens.queries.permitted import permitted_on
from apps.tokens.queries.reaching import reach_page
from apps.tokens.views.common import reader


@login_required
@require_safe
def repository(request: HttpRequest, login: str, name: str) -> HttpResponse:
    """Every token that reaches the repository. A name that Patrol has not met is answered too: some reach all."""
    organization = access.owned_organization(reader(request), login)
    if not name.isprintable():  # the database has no word for all that an address can hold
        raise Http404
    named = repositories.called(organization.pk, name)
    if not named and (renamed := repositories.formerly(organization.pk, name)):
        became = "<bdi hx-disable>{}</bdi> is called <bdi hx-disable>{}</bdi> on GitHub now."
        messages.info(request, format_html(became, name, renamed.name))
        return redirect("dashboard:repository", organization.login, renamed.name)
    form = RightsForm(request.GET)
    chosen = _chosen(named, request.GET.get("id", ""))
    page = reach_page(organization, chosen, form.rights(), request.GET.get("cursor", ""))
    context: dict[str, object] = {
        "organization": organization,
        "name": named[0].name if named else name,
        "repository": chosen[0] if len(chosen) == 1 else None,
        "named": named,
        "form": form,
        "rights": form.rights(),
        "page": page,
        **_freshness(organization),
    }
    return render_part(request, "dashboard/repository_detail.html", "listing", context)


def _chosen(named: list[Repository], number: str) -> list[Repository]:
    """Of those that bear the name the one that the address means by GitHub's number; all where it means none."""
    return [one for one in named if str(one.pk) == number] or named


def _freshness(organization: Organization) -> dict[str, object]:
    permitted = permitted_on([organization], GRANTS)
    fresh = freshness.freshness([organization], unread=permitted.unread, listing=GRANTS.listing)
    return {"permitted": permitted, "fresh": fresh}
