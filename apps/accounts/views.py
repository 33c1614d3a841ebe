"""The sign-in page, the way back from GitHub, and the way out."""

import structlog
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import handshake, services, setup_codes
from apps.accounts.errors import SignInRefused
from apps.accounts.forms import SignInForm
from apps.accounts.middleware import note_start
from apps.accounts.models import User
from apps.github import errors
from apps.github.services import NotConfigured

log = structlog.get_logger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The page; with `login`, or posted, straight on to GitHub."""
    form = SignInForm(request.POST if request.method == "POST" else request.GET)
    form.is_valid()
    next_path, suggested = form.cleaned_data.get("next", ""), form.cleaned_data.get("login", "")
    context = {
        "next_path": next_path, "signed_out": "signed-out" in request.GET, "needs_setup": setup_codes.is_open(),
    }  # fmt: skip
    if request.method != "POST" and not suggested:
        return render(request, "accounts/sign_in.html", context)
    try:
        return redirect(services.sign_in_url(request.session, next_path=next_path, login=suggested))
    except NotConfigured as error:
        return render(request, "accounts/sign_in.html", {**context, "trouble": str(error)}, status=503)


@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from GitHub. A code without a state of this session is nobody's, whatever started it."""
    try:
        begun = handshake.take(request.session, request.GET.get("state", ""))
    except handshake.StateRefused:
        return _failed(request, "state", 400)
    code = request.GET.get("code", "")
    if request.GET.get("error") or not code:
        denied = request.GET.get("error") == "access_denied"
        return _failed(request, *(("denied", 403) if denied else ("answer", 400)), next_path=begun.next_path)
    try:
        services.complete_sign_in(
            code=code, verifier=begun.verifier, open_session=lambda user: _open_session(request, user)
        )
    except SignInRefused as error:
        return _failed(request, "shut-out", 403, sentence=str(error))
    except errors.OAuthRefused as error:
        return _failed(request, "answer", 400, next_path=begun.next_path, code=error.code)
    except (errors.GitHubError, NotConfigured) as error:
        return _failed(request, "away", 502, next_path=begun.next_path, error=str(error))
    return redirect(begun.next_path or "dashboard:overview")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here, on the server."""
    if isinstance(request.user, User):
        services.sign_out(request.user, close_session=lambda: logout(request))
    return redirect("/sign-in/?signed-out")


def _open_session(request: HttpRequest, user: User) -> None:
    """A new session key, always: one that was known before the sign-in must not become a signed-in one.

    Of another person's session nothing stays but that this browser brought the setup's code.
    """
    setup = request.session.get(setup_codes.SESSION_KEY)
    login(request, user)
    if setup:
        request.session[setup_codes.SESSION_KEY] = setup
    request.session.cycle_key()
    note_start(request.session)
    request.session.save()


def _failed(
    request: HttpRequest, why: str, status: int, *, next_path: str = "", sentence: str = "", **logged: str
) -> HttpResponse:
    log.info("accounts.sign_in_failed", why=why, **logged)
    context = {"why": why, "next_path": next_path, "sentence": sentence}
    return render(request, "accounts/sign_in_failed.html", context, status=status)
