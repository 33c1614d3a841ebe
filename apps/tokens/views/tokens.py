"""The inventory, one token, and taking its access away."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access
from apps.core.errors import RuleBroken
from apps.core.htmx import render_part
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.columns import COLUMNS, said
from apps.tokens.forms import RevocationForm
from apps.tokens.kinds import GRANTS
from apps.tokens.models import RevocationPreview
from apps.tokens.queries import details, facets, freshness, grants, saved_views, seen, teams, travelling
from apps.tokens.queries.addressing import query_of, view_query
from apps.tokens.queries.as_app import may_be_sent_as_app
from apps.tokens.queries.permitted import permitted_on
from apps.tokens.queries.rows import GrantRow
from apps.tokens.view_forms import TokenListForm, kept
from apps.tokens.views.common import ask, over_all, reader, tell_one, way_back


@login_required
@require_safe
def token_list(request: HttpRequest, login: str) -> HttpResponse:
    """The tokens that reach one organization."""
    organization = access.owned_organization(reader(request), login)
    return _list(request, [organization], organization)


@login_required
@require_safe
@over_all
def all_tokens(request: HttpRequest, organizations: list[Organization]) -> HttpResponse:
    """One inventory over all organizations of the reader."""
    return _list(request, organizations, None)


def _list(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    form = TokenListForm(request.GET, None if current else organizations)
    filters, shown = form.filters(), form.shown_columns(reader(request).preferences.get(services.COLUMNS_PREFERENCE))
    permitted = permitted_on(organizations, GRANTS)
    fresh = freshness.freshness(organizations, unread=permitted.unread, listing=GRANTS.listing, tallied=True)
    counts = facets.facets(organizations, fresh.tallies)
    page = grants.grant_page(organizations, filters, reader(request).pk, request.GET.get("cursor", ""), known=counts)
    context: dict[str, object] = {
        "organization": current,
        "organizations": organizations,
        "form": form,
        "filters": filters,
        "chips": form.chips(request.path),
        "facets": counts,
        "team": teams.chosen(filters.team, organizations, shows=bool(page.rows)),
        "page": page,
        "fresh": fresh,
        "count": None if fresh.never and not page.rows else page.counted,
        "back": request.get_full_path(),
        "query": query_of(filters),
        "columns": shown,
        "column_titles": COLUMNS,
        "ceiling": RevocationPreview.CEILING,
        "views": saved_views.views(
            reader(request).pk,
            current,
            form.cleaned_data.get("view", ""),
            view_query(filters, shown),
            lambda query: kept(query, None if current else organizations, said(shown)),
        ),
        "permitted": permitted,
        "choosable": any(row.choosable for row in page.rows),
        "travelling": travelling.travelling(organizations, reader(request).pk),
        "announce": f"{page.counted} tokens" if page.total != 1 else "1 token",
    }
    form.tell_facets(counts)
    return render_part(request, "tokens/token_list.html", "list", context)


@login_required
@require_safe
def token_detail(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """One token: what it may do, where, since when, and how it became so."""
    organization = access.owned_organization(reader(request), login)
    detail = details.token_detail(organization, pat_id, reader(request).pk)
    if detail is None:
        raise Http404
    context: dict[str, object] = {
        "organization": organization, "row": detail.row, "detail": detail, "approval": detail.approval
    }  # fmt: skip
    return render_part(request, "tokens/token_detail.html", "whole", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """GET shows what will be lost and what goes on working; POST takes the access away."""
    user, row = reader(request), _row(request, login, pat_id)
    if request.method != "POST":
        return _confirmation(request, row, 200)
    form = RevocationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "This was not sent: load the page again.")
        return _confirmation(request, row, 422)
    chosen = {row.id: form.cleaned_data["digest"]}
    urgent = form.cleaned_data["urgent"]
    answer = ask(lambda: services.revoke_grants(user=user, organization=row.organization, chosen=chosen, urgent=urgent))
    if not answer.good:
        messages.error(request, answer.sentence)
        return _confirmation(request, row, answer.status, form.cleaned_data["digest"])
    tell_one(request, "revoke", row.token.name)
    return redirect(way_back(request, "tokens:token-list", row.organization))


@login_required
@require_POST
def token_acknowledge(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """An owner has seen that the token reaches further than what was approved."""
    user, row = reader(request), _row(request, login, pat_id)
    try:
        services.acknowledge_wider(user=user, organization=row.organization, pat_id=pat_id)
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Noted: its access stays as it is.")
    return redirect("tokens:token-detail", login, pat_id)


def _confirmation(request: HttpRequest, row: GrantRow, status: int, saw: str = "") -> HttpResponse:
    if status != 200:  # what was refused is shown as it is now
        row = details.find_grant(row.organization, row.id, reader(request).pk) or row
    groups, repositories = details.what_is_lost(row)
    context: dict[str, object] = {
        "organization": row.organization,
        "row": row,
        "changed_since": seen.changed_since(row, saw) if saw else [],
        "groups": groups,
        "as_app": may_be_sent_as_app([row.organization]),
        "repositories": repositories,
        "form": RevocationForm(initial={"digest": row.digest}),
    }
    return render(request, "tokens/token_revoke.html", context, status=status)


def _row(request: HttpRequest, login: str, pat_id: int) -> GrantRow:
    user = reader(request)
    organization = access.owned_organization(user, login)
    row = details.find_grant(organization, pat_id, user.pk)
    if row is None:
        raise Http404
    return row
