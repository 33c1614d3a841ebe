"""The pages of /setup from the App on: its installation, who finishes, and then the checks, for administrators."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access, administrators, setup_codes
from apps.accounts import services as accounts
from apps.core.errors import RuleBroken
from apps.core.htmx import render_part, swaps
from apps.dashboard import setup
from apps.dashboard.setup import at_github, browser, sources, steps
from apps.dashboard.setup.acts import done
from apps.dashboard.setup.views import during_setup
from apps.github import allowing, errors, web
from apps.github.models import Installation, Organization
from apps.tokens.queries import freshness
from apps.tokens.views.common import FINISHED, reader


@during_setup
@require_safe
def install(request: HttpRequest) -> HttpResponse:
    """What GitHub made, compared with what was asked, and where it is installed."""
    if not steps.is_registered():
        return redirect("dashboard:setup-organizations")
    context = {"seen": at_github.look(), "plan": browser.plan(request.session)}
    return render(request, "dashboard/setup_install.html", context)


@require_safe
def installed(request: HttpRequest) -> HttpResponse:
    """Back from GitHub's installation page. What stands in the address is nobody's word; GitHub is asked."""
    return _began_the_app(request) if setup_codes.is_open() else _further(request)


def _further(request: HttpRequest) -> HttpResponse:
    """One more organization, long after the setup; who is not signed in is asked to, and GitHub with it."""
    if not request.user.is_authenticated:
        return redirect("accounts:sign-in")
    user = reader(request)
    try:
        steps.add_own(user)
    except (RuleBroken, errors.GitHubError) as error:
        messages.error(request, str(error))
    return redirect("dashboard:setup-checks" if user.is_administrator else "dashboard:overview")


@during_setup
def _began_the_app(request: HttpRequest) -> HttpResponse:
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
    known, owned = setup.registered(), access.owned_organizations(user)
    if known.app is None:
        return redirect("dashboard:setup")
    organizations = _readings([one for one in known.installations if one.organization in owned])
    context = {
        "checks": _shown(known, organizations),
        "organizations": organizations,
        "never": sources.NEVER,
        "list_is_here": allowing.is_kept_here(known.app),
        "installation_url": web.new_installation(known.app.slug),
        "outside": allowing.outside(),
        "administrators": administrators.administrators(),
    }  # fmt: skip
    return render(request, "dashboard/setup_checks.html", context)


@login_required
@require_safe
def reading(request: HttpRequest, login: str) -> HttpResponse:
    """How far the first reading of one of the reader's organizations is."""
    organization = access.owned_organization(reader(request), login)
    readings = _readings(Installation.objects.live().filter(organization=organization).select_related("organization"))
    if not readings:
        raise Http404
    one = readings[0]
    status = FINISHED if swaps(request) and not one.progress.running else 200
    return render_part(request, "dashboard/setup_reading.html", "line", {"one": one}, status=status)


@login_required
@require_POST
def allow(request: HttpRequest, organization_id: int) -> HttpResponse:
    """An organization joins the list of those that may use Patrol."""
    user = reader(request)
    access.require_administrator(user)
    said = "Allowed. Patrol reads it from now on."
    return done(request, lambda: allowing.allow(organization_id, by=user.actor), said, "dashboard:setup-checks")


@login_required
@require_POST
def remove(request: HttpRequest, installation_id: int) -> HttpResponse:
    """The App is taken off an organization that nobody allowed."""
    user = reader(request)
    access.require_administrator(user)
    said = "Patrol's App is no longer installed on {}."
    return done(request, lambda: allowing.remove(installation_id, by=user.actor), said, "dashboard:setup-checks")


@login_required
@require_POST
def name_administrator(request: HttpRequest) -> HttpResponse:
    """Somebody who signed in before looks after Patrol as well."""
    user = reader(request)
    access.require_administrator(user)

    def name() -> str:
        named = administrators.person(request.POST.get("login", "")[:100])
        administrators.name(named, by=user.actor)
        return named.login

    return done(request, name, "{} is an administrator of this Patrol now.", "dashboard:setup-checks")


@dataclass(frozen=True)
class Reading:
    """How far the first reading of an organization is, and what Patrol may see there; `back` is its queue."""

    organization: Organization
    progress: freshness.Progress
    lines: list[sources.Line]
    back: str


def _readings(installations: Iterable[Installation]) -> list[Reading]:
    found = list(installations)
    progress = freshness.progress_of([one.organization for one in found])
    return [_reading(one, progress[one.organization.pk]) for one in found]


def _reading(installation: Installation, progress: freshness.Progress) -> Reading:
    organization = installation.organization
    back = reverse("tokens:request-list", args=[organization.login])
    return Reading(organization, progress, sources.lines(installation), back)


def _shown(known: setup.Registered, organizations: list[Reading]) -> list[setup.Check]:
    """Checks of this Patrol and of the reader's organizations, but of a reading that is under way."""
    logins = {"", *(one.organization.login for one in organizations)}
    under_way = {f"reading {one.organization.login}" for one in organizations if one.progress.running}
    return [one for one in setup.checks(known) if one.organization in logins and one.name not in under_way]
