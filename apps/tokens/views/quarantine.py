"""Quarantine: tokens are revoked in some days unless somebody keeps them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import PlannedRevocation
from apps.tokens.plan_forms import QuarantineForm
from apps.tokens.queries import details
from apps.tokens.queries.grants import chosen_grants
from apps.tokens.views.common import Answer, reader, way_back
from apps.tokens.views.many import chosen, confirmation, split, unreadable

CONFIRM = "tokens/token_quarantine.html"


@login_required
@require_safe
def quarantine_one(request: HttpRequest, login: str, pat_id: int) -> HttpResponse:
    """Before one token is put into quarantine; the same form as for many."""
    organization = access.owned_organization(reader(request), login)
    row = details.find_grant(organization, pat_id, reader(request).pk)
    if row is None:
        raise Http404
    data = QueryDict(mutable=True)
    data.update({"chosen": row.key, f"digest-{row.key}": row.digest, "in_days": str(QuarantineForm.LIKELY)})
    form = QuarantineForm(data)
    form.is_valid()
    return _before(request, form, [organization], organization)


@login_required
@require_POST
def quarantine_many(request: HttpRequest, login: str) -> HttpResponse:
    """Many of one organization, after a page that shows them."""
    organization = access.owned_organization(reader(request), login)
    return _quarantine(request, [organization], organization)


@login_required
@require_POST
def quarantine_all(request: HttpRequest) -> HttpResponse:
    """Many, whatever organization each belongs to, after a page that shows them."""
    return _quarantine(request, access.owned_organizations(reader(request)), None)


def _quarantine(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    user, confirmed = reader(request), "confirmed" in request.POST
    data = request.POST if confirmed else _with_days(request.POST)
    form = QuarantineForm(data)
    back = way_back(request, "tokens:token-list" if current else "tokens:all-tokens", current)
    if not form.is_valid() and not form.seen:
        return unreadable(request, form, back)
    if not confirmed or not form.is_valid():
        return _before(request, form, organizations, current)
    answer = split(
        form.seen,
        organizations,
        lambda organization, seen: services.plan_revocations(
            user=user, organization=organization, cause=PlannedRevocation.Cause.QUARANTINE,
            day=form.day(organization), reason=form.cleaned_data["reason"], chosen=seen,
        ),
    )  # fmt: skip
    if not answer.good:
        return _before(request, form, organizations, current, answer)
    _tell(request, answer, form.cleaned_data["in_days"])
    return redirect(back)


def _with_days(posted: QueryDict) -> QueryDict:
    data = posted.copy()
    data.setdefault("in_days", str(QuarantineForm.LIKELY))
    return data


def _before(
    request: HttpRequest, form: QuarantineForm, organizations: list[Organization], current: Organization | None,
    answer: Answer | None = None,
) -> HttpResponse:  # fmt: skip
    rows = chosen_grants(organizations, list(form.seen), reader(request).pk)
    context = chosen([row for row in rows if not row.own], current)
    return confirmation(request, CONFIRM, form, answer, context)


def _tell(request: HttpRequest, answer: Answer, in_days: int) -> None:
    many = f"{answer.done} tokens are" if answer.done > 1 else "1 token is"
    when = f"in {in_days} days" if in_days > 1 else "tomorrow"
    messages.success(request, f"{many} in quarantine: revoked {when}, unless somebody keeps it.")
    for sentence in dict.fromkeys(refusal.sentence for refusal in answer.refused):
        messages.warning(request, sentence)
