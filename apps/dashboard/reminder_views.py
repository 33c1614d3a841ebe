"""When people are reminded that tokens end: of one organization, and where it does not say so itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts import access
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.dashboard.reminder_forms import ReminderDefaultsForm, ReminderSettingsForm, written, zones
from apps.tokens import reminder_rules, services
from apps.tokens.models import ReminderSettings
from apps.tokens.views.common import reader

GET_OR_POST = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(GET_OR_POST)
def settings(request: HttpRequest, login: str) -> HttpResponse:
    """Of one organization: on which days, and by which clock."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    row = ReminderSettings.objects.filter(organization=organization).first()
    form = ReminderSettingsForm(
        request.POST or None,
        inherited=reminder_rules.inherited(),
        initial={"days": written(row.days if row else None), "time_zone": organization.time_zone},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_reminder_settings(user=user, organization=organization, **form.cleaned_data)
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. It holds from the next reminders on.")
            return redirect("dashboard:settings-reminders", login=organization.login)
    local = clock.now().astimezone(reminder_rules.zone_of(organization))
    context = {"organization": organization, "form": form, "row": row, "zones": zones(), "local": f"{local:%H:%M}"}
    return render(request, "dashboard/reminder_settings.html", context, status=422 if form.errors else 200)


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
