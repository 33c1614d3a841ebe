"""The pages of /setup from the App on: its installation, who finishes, and then the checks, for administrators."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access, administrators, setup_codes
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.core.errors import RuleBroken
from apps.dashboard import setup
from apps.dashboard.setup import at_github, browser, sources, steps
from apps.dashboard.setup.views import during_setup
from apps.github import allowing, errors
from apps.github.models import Installation
from apps.tokens.queries import freshness


def reader(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


@during_setup
@require_safe
def install(request: HttpRequest) -> HttpResponse:
    """What GitHub made, compared with what was asked, and where it is installed."""
    if not steps.is_registered():
        return redirect("dashboard:setup-organizations")
    context = {"seen": at_github.look(), "plan": browser.plan(request.session)}
    return render(request, "dashboard/setup_install.html", context)


@during_setup
@require_safe
def installed(request: HttpRequest) -> HttpResponse:
    """Back from GitHub's installation page. What stands in the address is nobody's word; GitHub is asked."""
    if not steps.is_registered():
        return redirect("dashboard:setup-organizations")
    if at_github.read_installations() or not at_github.look().ready:
        return redirect("dashboard:setup-install")
    return redirect(accounts.sign_in_url(request.session, next_path=reverse("dashboard:setup-finish")))


@login_required
@require_safe
def finish(request: HttpRequest) -> HttpResponse:
    """Who signed in becomes administrator, if the browser brought the code and GitHub shows what they own."""
    user = reader(request)
    if not setup_codes.is_open() or not browser.is_granted(request.session):
        access.require_administrator(user)
        return redirect("dashboard:setup-checks")
    try:
        steps.finish(user)
    except (RuleBroken, errors.GitHubError) as error:
        context = {"sentence": str(error), "seen": at_github.look()}
        return render(request, "dashboard/setup_unfinished.html", context, status=409)
    browser.forget(request.session)
    return redirect("dashboard:setup-checks")


@login_required
@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """Every check, the first reading of the reader's own organizations, and what this plan lets Patrol see."""
    user = reader(request)
    access.require_administrator(user)
    owned = access.owned_organizations(user)
    logins = {"", *(one.login for one in owned)}
    context = {
        "checks": [one for one in setup.checks() if one.organization in logins],
        "organizations": [_reading(one) for one in Installation.objects.live().filter(organization__in=owned)],
        "never": sources.NEVER,
        "outside": allowing.outside(),
        "administrators": administrators.administrators(),
    }  # fmt: skip
    return render(request, "dashboard/setup_checks.html", context)


@login_required
@require_POST
def allow(request: HttpRequest, organization_id: int) -> HttpResponse:
    """An organization joins the list of those that may use Patrol."""
    user = reader(request)
    access.require_administrator(user)
    try:
        allowing.allow(organization_id, by=user.actor)
        messages.success(request, "Allowed. Patrol reads it from now on.")
    except RuleBroken as error:
        messages.error(request, str(error))
    return redirect("dashboard:setup-checks")


@login_required
@require_POST
def remove(request: HttpRequest, installation_id: int) -> HttpResponse:
    """The App is taken off an organization that nobody allowed."""
    user = reader(request)
    access.require_administrator(user)
    try:
        login = allowing.remove(installation_id, by=user.actor)
        messages.success(request, f"Patrol's App is no longer installed on {login}.")
    except (RuleBroken, errors.GitHubError) as error:
        messages.error(request, str(error))
    return redirect("dashboard:setup-checks")


@login_required
@require_POST
def name_administrator(request: HttpRequest) -> HttpResponse:
    """Somebody who signed in before looks after Patrol as well."""
    user = reader(request)
    access.require_administrator(user)
    try:
        named = administrators.person(request.POST.get("login", "")[:100])
        administrators.name(named, by=user.actor)
        messages.success(request, f"{named.login} is an administrator of this Patrol now.")
    except RuleBroken as error:
        messages.error(request, str(error))
    return redirect("dashboard:setup-checks")


def _reading(installation: Installation) -> dict[str, object]:
    """How far the first reading of an organization is, and what Patrol may see there."""
    organization = installation.organization
    back = reverse("tokens:request-list", args=[organization.login])
    progress, lines = freshness.progress(organization), sources.lines(installation)
    return {"organization": organization, "progress": progress, "lines": lines, "back": back}
