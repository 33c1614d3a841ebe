"""The pages of /setup up to the App: the code, which GitHub, how many organizations, the manifest and its way back.

Each is open only while Patrol waits to be set up, and but for the first only to the browser that brought the code.
"""

import functools
import json
from collections.abc import Callable

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import setup_codes
from apps.core.errors import RuleBroken
from apps.dashboard.setup import browser, here, steps
from apps.dashboard.setup.forms import BY_HAND, CodeForm, HostForm, OrganizationsForm, typed_for
from apps.github import addresses, errors, manifest, reach, registration

log = structlog.get_logger(__name__)
View = Callable[[HttpRequest], HttpResponse]


def during_setup(view: View) -> View:
    """404 once Patrol is set up; without the code back to where it is typed."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not setup_codes.is_open():
            raise Http404
        return view(request) if browser.is_granted(request.session) else redirect("dashboard:setup")

    return guarded


def before_the_app(view: View) -> View:
    """Once there is an App it is installed; another one is never made."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        return redirect("dashboard:setup-install") if steps.is_registered() else view(request)

    return during_setup(guarded)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The one-time code, and which GitHub."""
    if not setup_codes.is_open():
        if request.user.is_authenticated:
            return redirect("dashboard:setup-checks")
        raise Http404
    if browser.is_granted(request.session):
        return redirect("dashboard:setup-install" if steps.is_registered() else "dashboard:setup-organizations")
    posted = request.POST if request.method == "POST" else None
    code = CodeForm(posted, initial={"code": request.GET.get("code", "")[:60]})
    host = _host_form(posted)
    if posted is not None and code.is_valid() and (host is None or host.is_valid()):
        try:
            setup_codes.redeem(code.cleaned_data["code"])
        except RuleBroken as error:
            code.add_error("code", str(error))
        else:
            browser.grant(request.session)
            return _to_organizations(request, host)
    return _page(request, "begin", {"form": code, "host_form": host, "host": addresses.current()})


@before_the_app
@require_http_methods(["GET", "HEAD", "POST"])
def github(request: HttpRequest) -> HttpResponse:
    """Which GitHub, with its addresses, and whether it can be reached."""
    form = _host_form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and (form is None or form.is_valid()):
        return _to_organizations(request, form)
    trouble = "" if request.method == "POST" else _trouble()
    return _page(request, "github", {"host_form": form, "host": addresses.current(), "trouble": trouble})


@before_the_app
@require_http_methods(["GET", "HEAD", "POST"])
def organizations(request: HttpRequest) -> HttpResponse:
    """How many, and whose the App shall be."""
    plan = browser.plan(request.session)
    form = OrganizationsForm(
        request.POST if request.method == "POST" else None,
        initial={"how": plan.how, "organization": plan.organization},
    )
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["how"] == BY_HAND:
            return redirect("dashboard:setup-by-hand")
        browser.keep(request.session, browser.Plan(form.cleaned_data["how"], form.cleaned_data["organization"]))
        return redirect("dashboard:setup-create")
    return _page(request, "organizations", {"form": form, "host": addresses.current()})


@before_the_app
@require_safe
def create(request: HttpRequest) -> HttpResponse:
    """What the App will be, and the form that takes it to GitHub."""
    plan = browser.plan(request.session)
    if not plan.organization:
        return redirect("dashboard:setup-organizations")
    wanted, keys = steps.wanted(plan), here.encryption_key()
    host, state = addresses.current(), browser.new_state(request.session)
    url = manifest.creation_url(host, organization=plan.organization, state=state)
    context = {"plan": plan, "wanted": wanted, "host": host, "url": url, "manifest": json.dumps(wanted.manifest)}
    # An App whose secrets cannot be kept would be lost: GitHub hands them over once.
    return _page(request, "create", context | {"trouble": "" if keys.ok else keys.said})


@before_the_app
@require_safe
def by_hand(request: HttpRequest) -> HttpResponse:
    """The values for an App made by hand, and where they go afterwards."""
    wanted = steps.wanted(browser.Plan(browser.SEVERAL))
    shown = json.dumps(wanted.manifest, indent=2)
    return _page(request, "by_hand", {"wanted": wanted, "manifest": shown, "host": addresses.current()})


@during_setup
@require_safe
def created(request: HttpRequest) -> HttpResponse:
    """Back from GitHub with a code. One without a state of this browser is nobody's, whatever started it."""
    if not browser.take_state(request.session, request.GET.get("state", "")):
        return _failed(request, "state", 400)
    code = request.GET.get("code", "")
    if not code or len(code) > 200:
        return _failed(request, "code", 400)
    try:
        registration.register_from_code(code, allow_listed=browser.plan(request.session).public)
    except registration.CodeRefused as error:
        return _failed(request, "code", 400, str(error))
    except registration.AppRegistered as error:
        return _failed(request, "registered", 409, str(error))
    except (errors.GitHubError, registration.NoWebhookSecret) as error:
        return _failed(request, "answer", 502, str(error))
    return redirect("dashboard:setup-install")


def _host_form(posted: QueryDict | None) -> HostForm | None:
    """None where the settings say which GitHub it is."""
    if addresses.are_given():
        return None
    return HostForm(posted, initial=typed_for(addresses.current()))


def _to_organizations(request: HttpRequest, form: HostForm | None) -> HttpResponse:
    """Choose that GitHub; where it cannot be reached its page says why."""
    try:
        reached = steps.choose(form.cleaned_data["host"] if form else addresses.current())
    except reach.Unreachable:
        return redirect("dashboard:setup-github")
    messages.success(request, str(reached))
    return redirect("dashboard:setup-organizations")


def _trouble() -> str:
    try:
        reach.reach()
    except reach.Unreachable as error:
        return str(error)
    return ""


def _page(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    wrong = any(getattr(context.get(form), "errors", None) for form in ("form", "host_form"))
    return render(request, f"dashboard/setup_{name}.html", context, status=422 if wrong else 200)


def _failed(request: HttpRequest, why: str, status: int, sentence: str = "") -> HttpResponse:
    log.info("dashboard.setup_failed", why=why)
    context = {"why": why, "sentence": sentence, "plan": browser.plan(request.session)}
    return render(request, "dashboard/setup_failed.html", context, status=status)
