"""Pages that join siblings."""

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access
from apps.audit import queries as audit
from apps.audit.models import INSTANCE
from apps.core import paging
from apps.core.errors import RuleBroken
from apps.core.htmx import render_part, swaps
from apps.dashboard import leaving, queries, settings_queries, switches, trends_views
from apps.dashboard.forms import ActivityFilterForm, DecisionSettingsForm, StatedPolicyForm, initial_of
from apps.github import facts
from apps.github.models import Organization
from apps.github.services import live_installation
from apps.tokens import sentences, services
from apps.tokens.inheritance import inherited, instance_defaults
from apps.tokens.models import DecisionSettings
from apps.tokens.views.common import FINISHED, over_all, reader

PAGE = 30


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everything that waits, in every organization of the reader; who owns none has tokens of their own at the most."""
    user = reader(request)
    owned = queries.loaded(access.owned_organizations(user))
    if access.owns_nothing(user):
        return redirect("dashboard:my-tokens")
    context = {"rows": queries.overview(owned), **(trends_views.pictures(owned, None) if owned else {})}
    return render_part(request, "dashboard/overview.html", "listing", context)


@login_required
@require_safe
def activity(request: HttpRequest, login: str) -> HttpResponse:
    """The record of one organization."""
    organization = access.owned_organization(reader(request), login)
    return _activity(request, [organization], organization)


@login_required
@require_safe
@over_all
def all_activity(request: HttpRequest, organizations: list[Organization]) -> HttpResponse:
    """The record of every organization of the reader."""
    return _activity(request, organizations, None)


@require_http_methods(["GET", "HEAD", "POST"])
def leave_demo(request: HttpRequest) -> HttpResponse:
    """How the reader's own organizations get a Patrol beside the demo. 404 where this is no demo."""
    if not django_settings.DEMO:
        raise Http404
    if request.method == "POST":
        leaving.ask()
        return redirect("dashboard:leave-demo")
    way = leaving.way_out()
    status = FINISHED if swaps(request) and not way.starting else 200
    return render_part(request, "dashboard/leave_demo.html", "way", {"way": way}, status=status)


def _activity(request: HttpRequest, organizations: list[Organization], current: Organization | None) -> HttpResponse:
    form = ActivityFilterForm(request.GET)
    form.is_valid()
    logins = {one.pk: one.login for one in organizations}
    events = audit.events(
        [pk for pk in logins if pk != INSTANCE],
        name=form.cleaned_data.get("what", ""),
        actor=form.cleaned_data.get("q", ""),
    )
    order = paging.Order("sequence" if current else "recorded_at", descending=True)
    page = paging.page(events, order, request.GET.get("cursor", ""), PAGE)
    lines = [(logins[event.chain], sentences.line(event, logins[event.chain])) for event in page.rows]
    filtered = any(form.cleaned_data.values())
    context = {"page": page, "lines": lines, "form": form, "organization": current, "filtered": filtered}
    return render_part(request, "dashboard/activity_list.html", "activity", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, login: str) -> HttpResponse:
    """GitHub's own settings as entered, what was observed, and how the organization is read."""
    user = reader(request)
    known = settings_queries.known(access.owned_organization(user, login))
    organization = known.organization
    form = StatedPolicyForm(request.POST or None, initial=_initial(known.stated))
    if request.method == "POST" and form.is_valid():
        try:
            services.state_policy(user=user, organization=organization, **form.cleaned_data)
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. Patrol now compares what it sees with what you entered.")
            return redirect("dashboard:settings", login=organization.login)
    return _settings(request, known, form, _decision_form(known.decides))


@login_required
@require_POST
def decision_settings(request: HttpRequest, login: str) -> HttpResponse:
    """How decisions of the organization are taken from now on."""
    user = reader(request)
    known = settings_queries.known(access.owned_organization(user, login))
    organization = known.organization
    form = DecisionSettingsForm(request.POST, inherited=inherited(known.decides, instance_defaults()))
    if form.is_valid():
        try:
            services.change_decision_settings(user=user, organization=organization, **form.said)
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. It holds for decisions from now on.")
            return redirect("dashboard:settings", login=organization.login)
    return _settings(request, known, StatedPolicyForm(initial=_initial(known.stated)), form)


def _decision_form(own: DecisionSettings | None) -> DecisionSettingsForm:
    return DecisionSettingsForm(initial=initial_of(own), inherited=inherited(own, instance_defaults()))


def _settings(
    request: HttpRequest, known: settings_queries.Known, form: StatedPolicyForm, decision_form: DecisionSettingsForm
) -> HttpResponse:
    organization = known.organization
    installation = live_installation(organization.pk)
    return render(
        request,
        "dashboard/organization_settings.html",
        {
            "organization": organization,
            "form": form,
            "decision_form": decision_form,
            "decision_settings": known.decides,
            "stated": known.stated,
            "observed": settings_queries.observations(known),
            "sync": known.sync,
            "asking": settings_queries.vanishing(organization),
            "quarantined": settings_queries.quarantined(organization),
            "owners": settings_queries.known_roles(organization),
            "answers": facts.answers(),
            "installation": installation,
            "switches": switches.states(installation.permissions if installation else {}),
            "last_delivery": known.delivered_at,
            **settings_queries.liveness_of(known),
        },
        status=422 if form.errors or decision_form.errors else 200,
    )


def _initial(stated: object) -> dict[str, object]:
    known = {name: getattr(stated, name, None) for name in StatedPolicyForm.base_fields}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in known.items()}


@login_required
@require_safe
def switch(request: HttpRequest, login: str, key: str) -> HttpResponse:
    """Turning on what needs a permission: who does what on GitHub; the page waits until it is so."""
    organization = access.owned_organization(reader(request), login)
    wanted = switches.step(key)
    if wanted is None:
        raise Http404
    found = switches.progress(organization, wanted)
    context: dict[str, object] = {"organization": organization, "progress": found}
    status = FINISHED if swaps(request) and found.on else 200
    return render_part(request, "dashboard/switch.html", "state", context, status=status)


@login_required
@require_POST
def vanishing_accept(request: HttpRequest, login: str) -> HttpResponse:
    """An owner says that what vanished is really gone."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    try:
        services.accept_vanishing(user=user, organization=organization)
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Noted. The next complete reading applies it.")
    return redirect("dashboard:settings", login=organization.login)
