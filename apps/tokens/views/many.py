"""Many decisions at once, in one organization or split over several."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.core.htmx import render_part
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.forms import DecideManyForm, ManyForm, RevokeManyForm, own_path
from apps.tokens.queries.as_app import may_be_sent_as_app
from apps.tokens.queries.grants import chosen_grants
from apps.tokens.queries.requests import chosen_requests
from apps.tokens.queries.rows import GrantRow, RequestRow
from apps.tokens.views.common import Answer, ask, reader, tell_many, way_back

Seen = dict[int, str]


@login_required
@require_POST
def request_decide(request: HttpRequest, login: str) -> HttpResponse:
    """Approve, deny or confirm many of one organization."""
    organization = access.owned_organization(reader(request), login)
    return _decide(request, [organization], organization)


@login_required
@require_POST
def request_decide_all(request: HttpRequest) -> HttpResponse:
    """Approve or deny many, whatever organization each belongs to."""
    return _decide(request, access.owned_organizations(reader(request)), None)


def _decide(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    user, form = reader(request), DecideManyForm(request.POST)
    back = way_back(request, "tokens:request-list" if current else "tokens:all-requests", current)
    if not form.is_valid():
        return unreadable(request, form, back)
    if form.cleaned_data["action"] == "confirm":
        return _confirm(request, form, organizations, back)
    action: services.Action = form.cleaned_data["action"]
    reason, until = form.cleaned_data["reason"], form.cleaned_data["until"]
    if "ask" in request.POST:
        return _request_confirmation(request, form, organizations, current, None)
    answer = split(
        form.seen,
        organizations,
        lambda organization, seen: services.decide_requests(
            user=user, organization=organization, action=action, reason=reason, chosen=seen, until=until
        ),
    )
    if not answer.good:
        return _request_confirmation(request, form, organizations, current, answer)
    tell_many(request, action, answer)
    return redirect(back)


def _confirm(request: HttpRequest, form: DecideManyForm, organizations: list[Organization], back: str) -> HttpResponse:
    """Consent to many that other owners proposed."""
    user = reader(request)
    answer = split(
        form.seen,
        organizations,
        lambda organization, seen: services.confirm_approvals(user=user, organization=organization, chosen=seen),
    )
    tell_many(request, "approve", answer)
    return redirect(back)


@login_required
@require_POST
def token_revoke_many(request: HttpRequest, login: str) -> HttpResponse:
    """Revoke many of one organization, after a page that shows them."""
    organization = access.owned_organization(reader(request), login)
    return _revoke(request, [organization], organization)


@login_required
@require_POST
def token_revoke_all(request: HttpRequest) -> HttpResponse:
    """Revoke many, whatever organization each belongs to, after a page that shows them."""
    return _revoke(request, access.owned_organizations(reader(request)), None)


def _revoke(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    user, form = reader(request), RevokeManyForm(request.POST)
    back = way_back(request, "tokens:token-list" if current else "tokens:all-tokens", current)
    if not form.is_valid():
        return unreadable(request, form, back)
    if "confirmed" not in request.POST:
        return _revoke_confirmation(request, form, organizations, current, None)
    answer = split(
        form.seen,
        organizations,
        lambda organization, seen: services.revoke_grants(
            user=user, organization=organization, chosen=seen, urgent=form.cleaned_data["urgent"]
        ),
    )
    if not answer.good:
        return _revoke_confirmation(request, form, organizations, current, answer)
    tell_many(request, "revoke", answer)
    return redirect(back)


def split(
    seen: dict[str, str],
    organizations: list[Organization],
    decide: Callable[[Organization, Seen], services.Outcome | services.Planned],
) -> Answer:
    """One use case for each organization; a key of an organization that the reader does not own is a 404."""
    own = {organization.pk: organization for organization in organizations}
    parts: dict[int, Seen] = {}
    for key, digest in seen.items():
        organization_id, pat_id = (int(part) for part in key.split(":"))
        if organization_id not in own:
            raise Http404
        parts.setdefault(organization_id, {})[pat_id] = digest
    answers = [ask(lambda pk=pk, part=part: decide(own[pk], part)) for pk, part in parts.items()]  # type: ignore[misc]
    sentences = list(dict.fromkeys(answer.sentence for answer in answers if answer.sentence))
    done, held = sum(answer.done for answer in answers), sum(answer.held for answer in answers)
    refused = [one for part, answer in zip(parts.values(), answers, strict=True) for one in _refusals(part, answer)]
    return Answer(done, held, refused, " ".join(sentences), 200 if done else max(answer.status for answer in answers))


def _refusals(part: Seen, answer: Answer) -> list[services.Refusal]:
    """Why each was not decided; where a whole organization was refused, all of its are."""
    if answer.refused or answer.status == 200:
        return answer.refused
    return [services.Refusal(number, answer.sentence) for number in part]


def unreadable(request: HttpRequest, form: ManyForm, back: str) -> HttpResponse:
    """The form makes no sense: back, with the first sentence of why."""
    wrong = [str(one) for one in form.non_field_errors()]
    messages.error(request, wrong[0] if wrong else "Choose approve or deny, and at most 1,024 characters of reason.")
    return redirect(back)


def _request_confirmation(
    request: HttpRequest,
    form: DecideManyForm,
    organizations: list[Organization],
    current: Organization | None,
    answer: Answer | None,
) -> HttpResponse:
    rows = chosen_requests(organizations, list(form.seen), reader(request).pk)
    context = {"action": form.cleaned_data["action"], **chosen(rows, current)}
    return confirmation(request, "tokens/request_decide.html", form, answer, context)


def _revoke_confirmation(
    request: HttpRequest,
    form: ManyForm,
    organizations: list[Organization],
    current: Organization | None,
    answer: Answer | None,
) -> HttpResponse:
    rows = chosen_grants(organizations, list(form.seen), reader(request).pk)
    return confirmation(request, "tokens/token_revoke_many.html", form, answer, chosen(rows, current))


def chosen(rows: "Sequence[RequestRow] | Sequence[GrantRow]", current: Organization | None) -> dict[str, object]:
    """What can still be decided of what was chosen, and where Patrol only looks."""
    here = [row for row in rows if not row.look_only]
    looked_at = {row.organization.pk: row.organization for row in rows if row.look_only}
    return {
        "rows": [row for row in here if row.open],
        "organization": current,
        "look_only": list(looked_at.values()),
        "as_app": may_be_sent_as_app(row.organization for row in here),
    }


def confirmation(
    request: HttpRequest, template: str, form: ManyForm, answer: Answer | None, context: dict[str, object]
) -> HttpResponse:
    """What was chosen, as it is now; after a refusal with why, and with the typed words kept."""
    context |= {"form": form, "next": own_path(request.POST.get("next", ""), "/")}
    if answer:
        context["sentences"] = list(dict.fromkeys([one.sentence for one in answer.refused] or [answer.sentence]))
    return render_part(request, template, "form", context, status=answer.status if answer else 200)
