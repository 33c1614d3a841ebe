"""The page that says what ends when, of one organization or of all."""

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.core.htmx import render_part
from apps.core.spans import UTC_ZONE, zone_of
from apps.dashboard import trends
from apps.dashboard.expiring import counting, months
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.kinds import GRANTS
from apps.tokens.queries import freshness
from apps.tokens.queries.permitted import permitted_on
from apps.tokens.views.common import over_all, reader


@login_required
@require_safe
def expiring(request: HttpRequest, login: str) -> HttpResponse:
    """Of one organization, by the days of its time zone."""
    organization = access.owned_organization(reader(request), login)
    return _page(request, [organization], organization)


@login_required
@require_safe
@over_all
def all_expiring(request: HttpRequest, organizations: list[Organization]) -> HttpResponse:
    """Of all organizations of the reader, by the days of UTC."""
    return _page(request, organizations, None)


def _page(request: HttpRequest, organizations: Sequence[Organization], current: Organization | None) -> HttpResponse:
    year = counting.this_year(zone_of(current.time_zone) if current else UTC_ZONE)
    tokens_url = reverse("tokens:token-list", args=[current.login]) if current else reverse("tokens:all-tokens")
    permitted = permitted_on(organizations, GRANTS)
    known = counting.counted(organizations, year)
    stretches, expired = counting.lists(organizations, year, known)
    by_day = {day.isoformat(): by_risk for day, by_risk in known.days.items()}
    chart, later = trends.ending_by_week([by_day], tokens_url, year.today, year.zone)
    context: dict[str, object] = {
        "organization": current,
        "organizations": organizations,
        "permitted": permitted,
        "fresh": freshness.freshness(organizations, unread=permitted.unread, listing=GRANTS.listing),
        "known": known,
        "stretches": [(one, months.list_url(tokens_url, one.span)) for one in stretches],
        "expired": expired,
        "months": months.months(known.days, year, tokens_url, known.planned),
        "weekdays": months.WEEKDAYS,
        "later": sum(known.later),
        "later_url": months.list_url(tokens_url, year.span(year.after, None)),
        "never": list(zip([risk.label for risk in reversed(Risk)], reversed(known.never), strict=True)),
        "never_count": sum(known.never),
        "tokens_url": tokens_url,
        "chart": chart,
        "after_chart": later + sum(known.later),
        "zone": year.zone.key,
    }
    return render_part(request, "expiring/expiring.html", "listing", context)
