"""What becomes of sleeping tokens in one organization."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import access
from apps.accounts.access import GitHubAway, NeedsSignIn, NeedsSso
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import SleepingSettings
from apps.tokens.plans import sleeping
from apps.tokens.views.common import reader


def _days(label: str, least: int, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=SleepingSettings.LONGEST, help_text=help_text,
        widget=forms.NumberInput(attrs={"class": "DaysInput"}),
    )  # fmt: skip


class SleepingForm(forms.Form):
    """Whether, and after how many days."""

    is_on = forms.BooleanField(label="Propose sleeping tokens for revocation", required=False)
    unused_days = _days(
        "A token sleeps after", 1, "Days without a use, or since it has access where it never was used."
    )
    notice_days = _days("It is revoked after", 1, "Days of notice. A use, or a word for it, ends the plan until then.")
    grace_days = _days("Leave new access alone for", 0, "Days since access was given, or given back.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, login: str) -> HttpResponse:
    """How it is, and how it shall be from now on."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    chosen = _chosen(organization)
    form = SleepingForm(
        request.POST or None, initial={name: getattr(chosen, name) for name in SleepingForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_sleeping_settings(user=user, organization=organization, **form.cleaned_data)
        except (NeedsSignIn, NeedsSso, GitHubAway):
            raise
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _saved(is_on=form.cleaned_data["is_on"]))
            return redirect("dashboard:settings-sleeping", login=organization.login)
    context = {"organization": organization, "form": form, "chosen": chosen, "standing": sleeping.standing(chosen)}
    return render(request, "dashboard/sleeping.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def beyond(request: HttpRequest, login: str) -> HttpResponse:
    """An owner's yes to more than the bound, for today."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    try:
        done = services.propose_beyond_bound(user=user, organization=organization)
    except (NeedsSignIn, NeedsSso, GitHubAway):
        raise
    except RuleBroken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{done} sleeping token{'s are' if done != 1 else ' is'} planned to be revoked.")
    return redirect("dashboard:settings-sleeping", login=organization.login)


def _chosen(organization: Organization) -> SleepingSettings:
    found = SleepingSettings.objects.filter(organization=organization).first()
    return found or SleepingSettings(organization=organization)


def _saved(*, is_on: bool) -> str:
    if is_on:
        return "Saved. Sleeping tokens are proposed within the hour, the longest asleep first."
    return "Saved. Nothing is proposed, and what was planned for that reason is undone within minutes."
