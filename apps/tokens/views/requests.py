"""The queue, one request, and the decision about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access
from apps.core.htmx import render_part, swaps
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.drafts import DenialDraft
from apps.tokens.forms import ApprovalForm, RequestFilterForm, own_path
from apps.tokens.kinds import GRANT_REQUESTS
from apps.tokens.queries import cleanup, details, freshness, requests, travelling
from apps.tokens.queries.as_app import may_be_sent_as_app
from apps.tokens.queries.permitted import permitted_on
from apps.tokens.queries.repositories import first_repositories
from apps.tokens.queries.rows import RequestRow
from apps.tokens.views.common import ask, over_all, reader, tell_one, way_back

LIST = "tokens/request_list.html"
DENIAL = "tokens/request_denial.html"


@login_required
@require_safe
def request_list(request: HttpRequest, login: str) -> HttpResponse:
    """The queue of one organization."""
    organization = access.owned_organization(reader(request), login)
    return _list(request, [organization], organization)


@login_required
@require_safe
@over_all
def all_requests(request: HttpRequest, organizations: list[Organization]) -> HttpResponse:
    """One queue over all organizations of the reader."""
    return _list(request, organizations, None)


def _list(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    form = RequestFilterForm(request.GET, None if current else organizations)
    filters = form.filters()
    page = requests.request_page(organizations, filters, reader(request).pk, request.GET.get("cursor", ""))
    permitted = permitted_on(organizations, GRANT_REQUESTS)
    fresh = freshness.freshness(organizations, unread=permitted.unread, listing=GRANT_REQUESTS.listing)
    waits_for_nothing = not page.rows and not filters.narrowed()
    context: dict[str, object] = {
        "organization": current,
        "organizations": organizations,
        "form": form,
        "filters": filters,
        "page": page,
        "fresh": fresh,
        "empty": freshness.empty_queue(organizations) if waits_for_nothing else None,
        "count": None if fresh.never and not page.rows else page.counted,
        "back": request.get_full_path(),
        "chips": form.chips(request.path),
        "travelling": travelling.travelling(organizations, reader(request).pk),
        "as_app": may_be_sent_as_app(row.organization for row in page.rows if not row.look_only),
        "permitted": permitted,
        "choosable": any(row.choosable for row in page.rows),
        "confirmable": any(row.confirmable for row in page.rows),
        "announce": f"{page.counted} requests" if page.total != 1 else "1 request",
    }
    return render_part(request, LIST, "list", context)


@login_required
@require_safe
def request_cleanup(request: HttpRequest, login: str) -> HttpResponse:
    """What waits for nothing any more in one organization."""
    organization = access.owned_organization(reader(request), login)
    return _cleanup(request, [organization], organization)


@login_required
@require_safe
def request_cleanup_all(request: HttpRequest) -> HttpResponse:
    """What waits for nothing any more in all organizations of the reader."""
    return _cleanup(request, access.owned_organizations(reader(request)), None)


def _cleanup(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    permitted = permitted_on(organizations, GRANT_REQUESTS)
    context: dict[str, object] = {
        "organization": current,
        "groups": cleanup.cleanup_groups(organizations, reader(request).pk),
        "fresh": freshness.freshness(organizations, unread=permitted.unread, listing=GRANT_REQUESTS.listing),
        "permitted": permitted,
        "members_unread": [one for one in organizations if one.members_synced_at is None],
    }
    return render_part(request, "tokens/request_cleanup.html", "groups", context)


@login_required
@require_safe
def request_detail(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """One request with everything a decision is taken on."""
    organization = access.owned_organization(reader(request), login)
    return _detail(request, organization, pat_request_id)


@login_required
@require_safe
def request_row(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """The request's row in a list, which looks again by itself while a decision is on its way."""
    row = _row(request, login, pat_request_id)
    if not swaps(request):
        return redirect("tokens:request-detail", login, pat_request_id)
    return _one_row(request, row, request.GET.get("next", ""), 200)


@login_required
@require_safe
def request_denial(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """The words for a denial: a page, or what a dialog shows. Choices in the query have them written by Patrol."""
    row, dialog = _row(request, login, pat_request_id), swaps(request)
    draft = DenialDraft(request.GET, row, first_repositories(row))
    context: dict[str, object] = {
        "row": row,
        "organization": row.organization,
        "draft": draft,
        "as_app": may_be_sent_as_app([row.organization]),
        "form": draft.decision(focus=dialog or draft.is_bound),
        "next": own_path(request.GET.get("next", ""), reverse("tokens:request-detail", args=[login, row.id])),
        "dialog": dialog,
    }
    refused = 409 if dialog else 422  # 409 is the one refusal whose body htmx is told to show
    return render_part(request, DENIAL, "form", context, status=refused if draft.errors else 200)


@login_required
@require_POST
def request_approve(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """Approve exactly what was seen."""
    return _decide(request, login, pat_request_id, "approve")


@login_required
@require_POST
def request_deny(request: HttpRequest, login: str, pat_request_id: int) -> HttpResponse:
    """Deny exactly what was seen."""
    return _decide(request, login, pat_request_id, "deny")


def _decide(request: HttpRequest, login: str, pat_request_id: int, action: services.Action) -> HttpResponse:
    user, row = reader(request), _row(request, login, pat_request_id)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _refused(request, row, "This was not sent: " + _first_error(form), 422)
    seen = {row.id: form.cleaned_data["digest"]}
    answer = ask(
        lambda: services.decide_requests(
            user=user,
            organization=row.organization,
            action=action,
            reason=form.cleaned_data["reason"],
            chosen=seen,
            until=form.cleaned_data["until"],
        )
    )
    if not answer.good:
        return _refused(request, row, answer.sentence, answer.status)
    if swaps(request):  # the row itself says it
        row = details.find_request(row.organization, row.id, user.pk) or row
        return _one_row(request, row, request.POST.get("next", ""), 200)
    tell_one(request, action, row.token.name, held=bool(answer.held))
    return redirect(way_back(request, "tokens:request-list", row.organization))


def _refused(request: HttpRequest, row: RequestRow, sentence: str, status: int) -> HttpResponse:
    """The same page as it is now, with the sentence; the typed words stay."""
    messages.error(request, sentence)
    if swaps(request):  # 409 is the one refusal whose body htmx is told to show
        row = details.find_request(row.organization, row.id, reader(request).pk) or row
        return _one_row(request, row, request.POST.get("next", ""), 409)
    typed = {name: request.POST.get(name, "") for name in ("reason", "until")}
    seen = request.POST.get("digest", "")
    return _detail(request, row.organization, row.id, typed=typed, status=status, seen=seen)


def _one_row(request: HttpRequest, row: RequestRow, back: str, status: int) -> HttpResponse:
    """A row alone; over all organizations (its list is not below one) it names its own."""
    back = own_path(back, "")
    current = row.organization if back.startswith("/orgs/") else None
    goes = "is on its way" if row.moves else "waits for a second owner"
    said = f"{row.decision.noun} {goes}" if row.on_its_way and row.decision else ""
    context: dict[str, object] = {"row": row, "organization": current, "back": back, "alone": True, "said": said}
    return render_part(request, LIST, "row", context, status=status)


def _detail(
    request: HttpRequest,
    organization: Organization,
    pat_request_id: int,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
    seen: str = "",
) -> HttpResponse:
    detail = details.request_detail(organization, pat_request_id, reader(request).pk, seen)
    if detail is None:
        raise Http404
    form = ApprovalForm(initial={"digest": detail.row.digest, **(typed or {})}).offer(organization)
    context: dict[str, object] = {"organization": organization, "row": detail.row, "detail": detail, "form": form}
    context["as_app"] = may_be_sent_as_app([detail.row.organization])
    return render_part(request, "tokens/request_detail.html", "whole", context, status=status)


def _row(request: HttpRequest, login: str, pat_request_id: int) -> RequestRow:
    user = reader(request)
    organization = access.owned_organization(user, login)
    row = details.find_request(organization, pat_request_id, user.pk)
    if row is None:
        raise Http404
    return row


def _first_error(form: ApprovalForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)
