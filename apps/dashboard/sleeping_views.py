"""What becomes of sleeping tokens: in one organization, and where it does not say so itself."""

from typing import Any

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
from apps.tokens import services, sleeping_rules
from apps.tokens.models import SleepingSettings
from apps.tokens.plans import sleeping
from apps.tokens.services.defaults import Change, ChangesUnseen, digest
from apps.tokens.views.common import reader


def _days(label: str, least: int, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=SleepingSettings.LONGEST, help_text=help_text, required=False
    )  # fmt: skip


class SleepingDaysForm(forms.Form):
    """After how many days; `inherited` is what holds where nothing is entered."""

    unused_days = _days(
        "A token sleeps after", 1, "Days without a use, or since it has access where it never was used."
    )
    notice_days = _days("It is revoked after", 1, "Days of notice. A use, or a word for it, ends the plan until then.")
    grace_days = _days("Leave new access alone for", 0, "Days since access was given, or given back.")

    def __init__(self, *args: Any, inherited: sleeping_rules.Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in sleeping_rules.SETTINGS:
            said, field = inherited.said[one.name], self.fields[one.name]
            field.widget.attrs["placeholder"] = said.value
            field.help_text += f" Empty: inherited, {one.words(said.value)}, from {said.source.words}."

    @property
    def said(self) -> dict[str, int | None]:
        """The days alone, by name; None: inherited."""
        return {name: self.cleaned_data[name] for name in sleeping_rules.NAMES}


class SleepingForm(SleepingDaysForm):
    """Of one organization, with whether."""

    is_on = forms.BooleanField(label="Propose sleeping tokens for revocation", required=False)


class SleepingDefaultsForm(SleepingDaysForm):
    """Of the instance. `seen` is the digest of the changes that were shown before saving."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, login: str) -> HttpResponse:
    """How it is, and how it shall be from now on."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    chosen, instance = _chosen(organization), sleeping_rules.defaults()
    form = SleepingForm(
        request.POST or None,
        inherited=sleeping_rules.rule(None, instance),
        initial={name: getattr(chosen, name) for name in SleepingForm.base_fields},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_sleeping_settings(
                user=user, organization=organization, is_on=form.cleaned_data["is_on"], told=form.said
            )
        except (NeedsSignIn, NeedsSso, GitHubAway):
            raise
        except RuleBroken as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _saved(is_on=form.cleaned_data["is_on"]))
            return redirect("dashboard:settings-sleeping", login=organization.login)
    rule = sleeping_rules.rule(chosen, instance)
    standing = sleeping.standing(chosen, rule)
    context = {"organization": organization, "form": form, "chosen": chosen, "rule": rule, "standing": standing}
    return render(request, "dashboard/sleeping.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def defaults(request: HttpRequest) -> HttpResponse:
    """Of the instance, by its administrators; what becomes different is shown before it is saved."""
    user = reader(request)
    access.require_administrator(user)
    row = sleeping_rules.defaults()
    form = SleepingDefaultsForm(
        request.POST or None,
        inherited=sleeping_rules.rule(None, None),
        initial={name: getattr(row, name, None) for name in sleeping_rules.NAMES},
    )
    changes: list[Change] = []
    if request.method == "POST" and form.is_valid():
        changes = services.sleeping_changes(form.said)
        try:
            services.change_sleeping_defaults(user=user, told=form.said, seen=form.cleaned_data["seen"])
        except ChangesUnseen:
            pass
        else:
            messages.success(request, "Saved. It holds for what is proposed from now on.")
            return redirect("dashboard:defaults-sleeping")
    context = {"form": form, "row": row, "changes": changes, "seen": digest(changes)}
    return render(request, "dashboard/sleeping_defaults.html", context, status=422 if form.errors else 200)


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
