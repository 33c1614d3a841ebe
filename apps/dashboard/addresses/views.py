"""Settings of one organization: whom its reminders reach, its addresses, and its machine users."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access, given_contacts, machines
from apps.accounts.errors import NeedsSignIn, NeedsSso
from apps.core import clock, spreadsheets
from apps.core.errors import RuleBroken
from apps.dashboard.addresses import queries
from apps.dashboard.addresses.forms import HandInForm, MachinesForm
from apps.github.models import Organization
from apps.tokens.views.common import reader

BLOCK = 200
"""Lines of a file that are sent at once."""


@login_required
@require_safe
def overview(request: HttpRequest, login: str) -> HttpResponse:
    """How many are reached, by what, and who is not."""
    organization = access.owned_organization(reader(request), login)
    return page(request, organization, HandInForm())


def page(request: HttpRequest, organization: Organization, form: HandInForm) -> HttpResponse:
    """The same, with a form that was not in order."""
    found = queries.addresses(organization, request.GET.get("cursor", ""))
    context = {"organization": organization, "found": found, "form": form}
    return render(request, "addresses/overview.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def template(request: HttpRequest, login: str) -> StreamingHttpResponse:
    """Who cannot be reached, as a file to fill in."""
    organization = access.owned_organization(reader(request), login)
    return csv_file(organization, "addresses-to-fill-in", queries.unreachable_rows(organization.pk))


@login_required
@require_safe
def given(request: HttpRequest, login: str) -> HttpResponse:
    """The addresses that owners gave and profiles showed."""
    organization = access.owned_organization(reader(request), login)
    found, rows = queries.given(organization, request.GET.get("cursor", ""))
    count = queries.given_count(organization)
    context = {"organization": organization, "page": found, "rows": rows, "count": count}
    return render(request, "addresses/given.html", context)


@login_required
@require_POST
def export(request: HttpRequest, login: str) -> StreamingHttpResponse:
    """All of them as a file; the record tells who took it."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    count = queries.given_count(organization)
    given_contacts.record_export(user=user, organization=organization, count=count)
    return csv_file(organization, "addresses", queries.given_rows(organization))


@login_required
@require_POST
def remove(request: HttpRequest, login: str) -> HttpResponse:
    """Forget one person's address, or (without a number) all of them."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    number = request.POST.get("person", "")
    everybody = request.POST.get("all") == "yes"
    if everybody or (number.isascii() and number.isdecimal() and len(number) <= 18):
        whom = None if everybody else int(number)
        tried(
            request,
            lambda: given_contacts.remove_contacts(user=user, organization=organization, person_id=whom),
            lambda count: f"{count} address{'' if count == 1 else 'es'} removed.",
        )
    return redirect("dashboard:addresses-given", login=organization.login)


@login_required
@require_POST
def profiles(request: HttpRequest, login: str) -> HttpResponse:
    """Let Patrol read public profiles, or not."""
    user = reader(request)
    organization, on = access.owned_organization(user, login), request.POST.get("on") == "yes"
    said = (
        "Patrol reads public profiles from now on, some every ten minutes." if on
        else "Patrol reads no profiles any more. What they had shown is forgotten."
    )  # fmt: skip
    tried(
        request,
        lambda: given_contacts.switch_profiles(user=user, organization=organization, on=on),
        lambda _: said,
    )
    return redirect("dashboard:addresses", login=organization.login)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def machine_users(request: HttpRequest, login: str) -> HttpResponse:
    """Who is a machine, and who looks after it."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    form = MachinesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            machines.name_machines(user=user, organization=organization, **form.cleaned_data)
        except (NeedsSignIn, NeedsSso):
            raise
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. Their reminders go to who looks after them as well.")
            return redirect("dashboard:addresses-machines", login=organization.login)
    context = {"organization": organization, "form": form, "rows": machines.machines(organization)}
    return render(request, "addresses/machines.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def forget_machine_users(request: HttpRequest, login: str, row_id: int) -> HttpResponse:
    """They are people like others again."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    tried(
        request,
        lambda: machines.forget_machines(user=user, organization=organization, number=row_id),
        lambda was: "Removed." if was else "",
    )
    return redirect("dashboard:addresses-machines", login=organization.login)


def tried(request: HttpRequest, act: Callable[[], Any], said: Callable[[Any], str]) -> bool:
    """Do it, and tell what came of it or why not; NeedsSignIn and NeedsSso pass: accounts has a page for each."""
    try:
        sentence = said(act())
    except (NeedsSignIn, NeedsSso):
        raise
    except RuleBroken as error:
        messages.error(request, str(error))
        return False
    if sentence:
        messages.success(request, sentence)
    return True


def csv_file(organization: Organization, what: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Rows as a file that no spreadsheet runs anything of."""
    answer = StreamingHttpResponse(_blocks(spreadsheets.lines(rows)), content_type="text/csv; charset=utf-8")
    name = f"{slugify(organization.login)}-{what}-{clock.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    while block := "".join(islice(lines, BLOCK)):
        yield block.encode(errors="replace")
