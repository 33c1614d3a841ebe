"""The last resort: whether issues remind whom no address reaches, and in which repository."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts import access
from apps.accounts.access import GitHubAway, NeedsSignIn, NeedsSso
from apps.core.errors import RuleBroken
from apps.dashboard.addresses import queries
from apps.tokens import services
from apps.tokens.views.common import reader


class IssuesForm(forms.Form):
    """Whether, and where; what fits, the use case says."""

    is_on = forms.BooleanField(label="Write issues", required=False)
    repository = forms.CharField(
        label="Private repository",
        max_length=140,
        required=False,
        help_text="Its name. GitHub notifies people only of what they may read: choose one that every member may read.",
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, login: str) -> HttpResponse:
    """How it is, what it needs, and how it shall be from now on."""
    user = reader(request)
    organization = access.owned_organization(user, login)
    found = queries.reminder_issues(organization)
    initial = {"is_on": found.settings.is_on, "repository": found.settings.repository}
    form = IssuesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_reminder_issues(user=user, organization=organization, **form.cleaned_data)
        except (NeedsSignIn, NeedsSso, GitHubAway):
            raise
        except RuleBroken as error:
            form.add_error("repository" if form.cleaned_data["is_on"] else None, str(error))
        else:
            messages.success(request, _saved(is_on=form.cleaned_data["is_on"]))
            return redirect("dashboard:addresses-issues", login=organization.login)
    context = {"organization": organization, "form": form, "found": found}
    return render(request, "addresses/issues.html", context, status=422 if form.errors else 200)


def _saved(*, is_on: bool) -> str:
    if is_on:
        return "Saved. The first issues are opened within minutes, a few at a time."
    return "Saved. No issue is opened any more, and those that are open are closed, a few at a time."
