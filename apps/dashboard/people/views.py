"""One person, the page before everything is taken away, and the record of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access
from apps.core import clock
from apps.core.htmx import render_part, swaps
from apps.dashboard.people import offboarding, revoking
from apps.dashboard.people import person as queries
from apps.dashboard.people import record as records
from apps.dashboard.people.bearers import bearers
from apps.github.models import Organization
from apps.tokens.forms import RevokeManyForm, own_path
from apps.tokens.plan_forms import OffboardForm
from apps.tokens.queries.as_app import may_be_sent_as_app
from apps.tokens.queries.grants import chosen_grants
from apps.tokens.views.common import FINISHED, reader


@login_required
@require_safe
def login_page(request: HttpRequest, person: str) -> HttpResponse:
    """Who bears the login: one person is gone to, several are told apart, none is a 404."""
    organizations = access.owned_organizations(reader(request))
    found = bearers(organizations, person) if person.isprintable() else []
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect("dashboard:person", found[0].login, found[0].id)
    return render(request, "people/bearers.html", {"login": person, "bearers": found})


@login_required
@require_safe
def person(request: HttpRequest, person: str, number: int) -> HttpResponse:
    """Everything the person of that number holds, asked for and decided, in every organization of the reader."""
    user = reader(request)
    owned = access.owned_organizations(user)
    about = _about(request, owned, number)
    found = queries.person(about.organizations, number, user.pk)
    if found is None:
        raise Http404
    context = {"person": found, "organizations": owned, "unseen": _unseen(request), **about.shown}
    context["leaving"] = offboarding.leaving(one.row for one in found.active)
    return render(request, "people/person_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, person: str, number: int) -> HttpResponse:
    """GET freezes what would be taken away; POST sends exactly that, and shows what changed meanwhile."""
    user = reader(request)
    about = _about(request, access.owned_organizations(user), number)
    form = RevokeManyForm(request.POST)
    if request.method != "POST":
        return _preview(request, about, form)
    if not form.is_valid():
        messages.error(request, next(iter(map(str, form.non_field_errors())), "Load the page again."))
        return _preview(request, about, form)
    _require_theirs(about, form.seen, user.pk)
    begun = int(clock.now().timestamp())
    own = {one.pk: one for one in about.organizations}
    sent = revoking.send(user=user, organizations=own, chosen=form.seen, urgent=form.cleaned_data["urgent"])
    address = reverse("dashboard:person-record", args=[person, number])
    record = f"{address}?{urlencode({'since': begun, **about.narrowing})}"
    if sent.refused:
        return _preview(request, about, form, sent, record if sent.done else "")
    return redirect(record)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offboard(request: HttpRequest, person: str, number: int) -> HttpResponse:
    """GET shows what runs on the person's tokens and whom to ask; POST plans exactly that for a day."""
    user = reader(request)
    owned = access.owned_organizations(user)
    about = _about(request, owned, number)
    if request.method != "POST":
        return _offboarding(request, about, OffboardForm())
    form = OffboardForm(request.POST)
    if not form.is_valid():
        return _offboarding(request, about, form)
    _require_theirs(about, form.seen, user.pk)
    own = {one.pk: one for one in about.organizations}
    day, words = form.cleaned_data["day"], form.cleaned_data["reason"]
    sent = offboarding.plan(user=user, organizations=own, chosen=form.seen, day=day, reason=words)
    if sent.done:
        many = f"{sent.done} tokens are" if sent.done > 1 else "1 token is"
        messages.success(request, f"{many} revoked on {date_format(day, 'j F Y')}.")
    if sent.refused:
        return _offboarding(request, about, form, sent)
    return redirect(f"{reverse('dashboard:person', args=[person, number])}{about.shown['query']}")


@login_required
@require_POST
def offboard_undo(request: HttpRequest, person: str, number: int) -> HttpResponse:
    """Undo everything that is planned because the person leaves, where the reader looks."""
    user = reader(request)
    about = _about(request, access.owned_organizations(user), number)
    if queries.known(about.organizations, number) is None:
        raise Http404
    held = queries.holdings(about.organizations, number, user.pk)
    undone = offboarding.undo(user=user, planned=offboarding.leaving(one.row for one in held))
    if undone:
        messages.success(request, f"{undone} plan{'s' if undone > 1 else ''} undone: nothing is revoked on that day.")
    else:
        messages.error(request, "Nothing was undone: it is not planned any more, or is being sent.")
    return redirect(f"{reverse('dashboard:person', args=[person, number])}{about.shown['query']}")


@login_required
@require_safe
def record(request: HttpRequest, person: str, number: int) -> HttpResponse:
    """What was taken away since a moment, by whom, and what came of each; it looks again by itself while it moves."""
    user = reader(request)
    about = _about(request, access.owned_organizations(user), number)
    login = queries.known(about.organizations, number)
    if login is None:
        raise Http404
    found = records.record(about.organizations, number, _since(request.GET.get("since", "")))
    context: dict[str, object] = {
        "login": login,
        "number": number,
        "record": found,
        "looked_at": [one.login for one in about.organizations],
        "unseen": [] if about.chosen else _unseen(request),
        "here": request.get_full_path(),
        "resting": found.resting_of(user.pk),
        **about.shown,
    }
    status = FINISHED if swaps(request) and not found.moves else 200
    return render_part(request, "people/record.html", "whole", context, status=status)


@login_required
@require_POST
def undo(request: HttpRequest, person: str, number: int) -> HttpResponse:
    """Take back what the reader decided about this person's tokens and GitHub has not heard of."""
    user = reader(request)
    about = _about(request, access.owned_organizations(user), number)
    if queries.known(about.organizations, number) is None:
        raise Http404
    back = own_path(request.POST.get("next", ""), reverse("dashboard:person-record", args=[person, number]))
    resting = records.record(about.organizations, number, None).resting_of(user.pk)
    undone = revoking.take_back(user=user, reviews=[one.review for one in resting])
    if undone:
        messages.success(request, f"{undone} revocation{'s' if undone > 1 else ''} taken back. GitHub heard nothing.")
    else:
        messages.error(request, "Too late: everything is being sent to GitHub, or was.")
    return redirect(back)


# --- the page before ----------------------------------------------------------------------------------------------


def _preview(
    request: HttpRequest, about: "_About", form: RevokeManyForm, sent: revoking.Sent | None = None, record: str = ""
) -> HttpResponse:
    """What would be taken as it is now; after a try only what was refused, with what changed since it was seen."""
    login = queries.known(about.organizations, about.number)
    if login is None:
        raise Http404
    active = queries.holdings(about.organizations, about.number, reader(request).pk)
    held = [one for one in active if sent is None or one.row.key in sent.refused]
    changed = revoking.differences([one.row for one in held], form.seen) if sent else {}
    here = [one for one in held if one.row.choosable]
    context: dict[str, object] = {
        "login": login,
        "number": about.number,
        "here": [(one, changed.get(one.row.key, [])) for one in here],
        "not_here": [one for one in held if one not in here],
        "logins": sorted({one.row.organization.login for one in here}),
        "sent": sent,
        "record": record,
        "sentences": list(dict.fromkeys(sent.refused.values())) if sent else [],
        "form": form,
        "as_app": may_be_sent_as_app(one.row.organization for one in here),
        **about.shown,
    }
    return render(request, "people/revoke.html", context, status=sent.status if sent else 200)


def _offboarding(
    request: HttpRequest, about: "_About", form: OffboardForm, sent: revoking.Sent | None = None
) -> HttpResponse:
    """What would be planned, as it is now; after a try only what was refused."""
    found = queries.person(about.organizations, about.number, reader(request).pk)
    if found is None:
        raise Http404
    held = [one for one in found.active if sent is None or one.row.key in sent.refused]
    here = [one for one in held if one.row.choosable]
    if about.organizations:
        form.offer(about.organizations[0])
    context: dict[str, object] = {
        "person": found,
        "here": here,
        "not_here": [one for one in held if one not in here],
        "sent": sent,
        "sentences": list(dict.fromkeys(sent.refused.values())) if sent else [],
        "form": form,
        "zones": sorted({one.row.organization.time_zone for one in here}),
        **about.shown,
    }
    status = sent.status if sent else 422 if form.errors else 200
    return render(request, "people/offboard.html", context, status=status)


def _require_theirs(about: "_About", seen: dict[str, str], reader_id: int) -> None:
    """Every token that was chosen is the person's, in an organization of the reader. Raises Http404."""
    rows = chosen_grants(about.organizations, list(seen), reader_id)
    if {row.key for row in rows if row.token.owner_id == about.number} != set(seen):
        raise Http404


# --- what the address says ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _About:
    """The person's number, and the organizations that are looked at: all of the reader, or the `chosen` one."""

    number: int
    organizations: list[Organization]
    chosen: Organization | None

    @property
    def narrowing(self) -> dict[str, str]:
        """The same in the address of the next page."""
        return {"organization": self.chosen.login} if self.chosen else {}

    @property
    def shown(self) -> dict[str, object]:
        """For templates; `query` goes behind addresses."""
        return {"chosen": self.chosen, "query": f"?{urlencode(self.narrowing)}" if self.chosen else ""}


def _about(request: HttpRequest, owned: list[Organization], number: int) -> _About:
    """Raises Http404 for an organization that the reader does not own."""
    login = request.GET.get("organization", "")
    if not login:
        return _About(number, owned, None)
    found = next((one for one in owned if one.login.lower() == login.lower()), None)
    if found is None:
        raise Http404
    return _About(number, [found], found)


def _unseen(request: HttpRequest) -> list[access.Visible]:
    """Organizations of the reader that were not looked at, because GitHub does not let them, or Patrol, in."""
    return [one for one in access.visible_organizations(reader(request)) if one.state != "ready"]


def _since(seconds: str) -> datetime | None:
    """The moment that the address names in seconds since 1970; None where it names none."""
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
        return None
    return datetime.fromtimestamp(int(seconds), tz=UTC)
