"""Everything that matches a filter is revoked: a frozen preview first, then exactly that."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import access
from apps.accounts.access import GitHubAway, NeedsSignIn, NeedsSso
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.forms import UrgentForm
from apps.tokens.models import RevocationPreview
from apps.tokens.queries import previews, travelling
from apps.tokens.queries.addressing import query_of
from apps.tokens.queries.as_app import may_be_sent_as_app
from apps.tokens.view_forms import TokenListForm
from apps.tokens.views.common import reader
from apps.tokens.views.saved_views import list_path


def _here(request: HttpRequest, login: str | None) -> tuple[Organization | None, list[Organization]]:
    if login is None:
        return None, access.owned_organizations(reader(request))
    organization = access.owned_organization(reader(request), login)
    return organization, [organization]


@login_required
@require_POST
def freeze(request: HttpRequest, login: str | None = None) -> HttpResponse:
    """Freeze what the filter of the address matches now, and show it."""
    current, organizations = _here(request, login)
    filters = TokenListForm(request.GET, None if current else organizations).filters()
    query = query_of(filters)
    try:
        frozen = services.freeze_revocation(
            user=reader(request), organizations=organizations, organization=current, filters=filters, query=query
        )
    except RuleBroken as error:
        messages.error(request, str(error))
        return redirect(f"{list_path(current)}?{query}")
    return redirect(_path(current, frozen))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, preview_id: int, login: str | None = None) -> HttpResponse:
    """GET: what was frozen, and what came of it. POST: revoke exactly that."""
    current, organizations = _here(request, login)
    frozen = previews.find_preview(reader(request).pk, current, preview_id)
    if frozen is None:
        raise Http404
    if request.method != "POST":
        return _page(request, frozen, current, organizations=organizations, form=UrgentForm())
    form = UrgentForm(request.POST)
    try:
        urgent = form.is_valid() and form.cleaned_data["urgent"]
        refused = services.send_revocation(user=reader(request), preview=frozen, urgent=urgent)
    except (NeedsSignIn, NeedsSso, GitHubAway):
        raise
    except RuleBroken as error:
        messages.error(request, str(error))
        return _page(request, frozen, current, organizations=organizations, form=form, status=409)
    return redirect(f"{_path(current, frozen)}{'?only=left' if refused else ''}")


def _page(
    request: HttpRequest, frozen: RevocationPreview, current: Organization | None, *, organizations: list[Organization],
    form: UrgentForm, status: int = 200,
) -> HttpResponse:  # fmt: skip
    cursor, only = request.GET.get("cursor", ""), request.GET.get("only", "")
    found = previews.preview_page(frozen, organizations, only, cursor, reader(request).pk)
    back = f"{list_path(current)}?{frozen.query}"
    context: dict[str, object] = {
        "organization": current,
        "found": found,
        "form": form,
        "only": only,
        "list_url": back,
        "back": request.get_full_path(),
        "words": TokenListForm(QueryDict(frozen.query), None if current else organizations).chips(""),
        "as_app": may_be_sent_as_app(item.row.organization for item in found.rows) if found.untried else [],
        "travelling": travelling.travelling(organizations, reader(request).pk) if found.sent else None,
    }
    return render(request, "tokens/token_revoke_matching.html", context, status=status)


def _path(current: Organization | None, frozen: RevocationPreview) -> str:
    if current is None:
        return reverse("tokens:all-tokens-revoke-preview", args=[frozen.pk])
    return reverse("tokens:token-revoke-preview", args=[current.login, frozen.pk])
