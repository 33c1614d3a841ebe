"""When people are reminded that tokens end: of one organization, and where it does not say so itself."""

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access
from apps.core import clock, mail
from apps.core.errors import RuleBroken
from apps.core.spans import zone_of
from apps.dashboard.reminder_forms import CopyForm, ReminderDefaultsForm, ReminderSettingsForm, written, zones
from apps.github.models import Organization
from apps.notify import queries
from apps.notify import services as notify
from apps.notify.audiences import copy_address
from apps.tokens import reminder_rules, services
from apps.tokens.models import ReminderSettings
from apps.tokens.views.common import reader

GET_OR_POST = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(GET_OR_POST)
def settings(request: HttpRequest, login: str) -> HttpResponse:
    """Of one organization: on which days, and by which clock; who else is told, and what could not be sent."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    row = ReminderSettings.objects.filter(organization=organization).first()
    form = _form(organization, row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_reminder_settings(user=user, organization=organization, **form.cleaned_data)
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. It holds from the next reminders on.")
            return redirect("dashboard:settings-reminders", login=organization.login)
    return _settings(request, organization, row, form, CopyForm(initial={"email": _copied(organization)}))


@login_required
@require_POST
def copies(request: HttpRequest, login: str) -> HttpResponse:
    """The address that is told besides."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    form = CopyForm(request.POST)
    if form.is_valid():
        try:
            notify.change_copy_address(user=user, organization=organization, email=form.cleaned_data["email"])
        except RuleBroken as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, "Saved. It holds from the next message on.")
            return redirect("dashboard:settings-reminders", login=organization.login)
    row = ReminderSettings.objects.filter(organization=organization).first()
    return _settings(request, organization, row, _form(organization, row), form)


def _form(
    organization: Organization, row: ReminderSettings | None, given: QueryDict | None = None
) -> ReminderSettingsForm:
    return ReminderSettingsForm(
        given,
        inherited=reminder_rules.inherited(),
        initial={"days": written(row.days if row else None), "time_zone": organization.time_zone},
    )


def _copied(organization: Organization) -> str:
    return next(iter(copy_address(organization.pk)), "")


def _settings(
    request: HttpRequest,
    organization: Organization,
    row: ReminderSettings | None,
    form: ReminderSettingsForm,
    copy_form: CopyForm,
) -> HttpResponse:
    local = clock.now().astimezone(zone_of(organization.time_zone))
    context = {
        "organization": organization, "form": form, "copy_form": copy_form, "row": row, "zones": zones(),
        "local": f"{local:%H:%M}", "configured": mail.is_configured(), "troubles": queries.troubles(organization),
    }  # fmt: skip
    status = 422 if form.errors or copy_form.errors else 200
    return render(request, "dashboard/reminder_settings.html", context, status=status)


@login_required
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """How mail leaves this Patrol, and what could not be sent; of no message what it says."""
    access.require_administrator(reader(request))
    context = {
        "standing": queries.standing(), "troubles": queries.troubles(None), "host": django_settings.EMAIL_HOST,
        "port": django_settings.EMAIL_PORT, "sender": django_settings.DEFAULT_FROM_EMAIL,
    }  # fmt: skip
    return render(request, "dashboard/mails.html", context)


@login_required
@require_http_methods(GET_OR_POST)
def defaults(request: HttpRequest) -> HttpResponse:
    """Of the instance, by its administrators."""
    user = reader(request)
    access.require_administrator(user)
    row = reminder_rules.defaults()
    form = ReminderDefaultsForm(
        request.POST or None,
        inherited=reminder_rules.rule(None, None),
        initial={"days": written(row.days if row else None)},
    )
    if request.method == "POST" and form.is_valid():
        services.change_reminder_defaults(user=user, days=form.cleaned_data["days"])
        messages.success(
            request, "Saved. It holds from the next reminders on, where an organization says nothing else."
        )
        return redirect("dashboard:defaults-reminders")
    return render(
        request, "dashboard/reminder_defaults.html", {"form": form, "row": row}, status=422 if form.errors else 200
    )
