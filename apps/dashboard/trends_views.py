"""Pages that are looked at: one organization at a glance, and the numbers behind the charts as a file."""

import csv
from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.dashboard import queries, trends
from apps.github.models import Organization
from apps.tokens.views.common import reader

COLUMNS = ["week", "begins_utc", "requests", "approved", "denied", "median_hours", "p95_hours"]


def pictures(organizations: Sequence[Organization], current: Organization | None) -> dict[str, object]:
    """What `dashboard/trends.html` shows of organizations that are `queries.loaded`."""
    at = [current.login] if current else []
    tokens = reverse("tokens:token-list" if at else "tokens:all-tokens", args=at)
    requests = reverse("tokens:request-list" if at else "tokens:all-requests", args=at)
    return {
        "inventory": trends.inventory(organizations, tokens),
        "work": trends.work(organizations, requests),
        "export_url": reverse("dashboard:trends-export" if at else "dashboard:all-trends-export", args=at),
    }


@login_required
@require_safe
def organization(request: HttpRequest, login: str) -> HttpResponse:
    """What waits in one organization, and its pictures."""
    one = access.owned_organization(reader(request), login)
    found = queries.loaded([one])
    context = {"organization": one, "row": queries.overview(found)[0], **pictures(found, one)}
    return render(request, "dashboard/organization_overview.html", context)


@login_required
@require_safe
def export(request: HttpRequest, login: str) -> HttpResponse:
    """The weeks of one organization."""
    one = access.owned_organization(reader(request), login)
    return _csv([one], one.login)


@login_required
@require_safe
def all_export(request: HttpRequest) -> HttpResponse:
    """The weeks of all organizations of the reader together."""
    return _csv(access.owned_organizations(reader(request)), "all")


def _csv(organizations: Sequence[Organization], name: str) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="patrol-{name}-weeks.csv"'
    written = csv.writer(answer)
    written.writerow(COLUMNS)
    for one in trends.work(organizations, "").weeks:
        hours = ["" if value is None else f"{value:.3f}" for value in (one.median, one.p95)]
        begins = one.week.begins.isoformat()
        written.writerow([one.week.key, begins, one.requests, one.approved, one.denied, *hours])
    return answer
