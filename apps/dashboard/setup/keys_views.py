"""The page on which administrators change the App's private key and webhook secret. It shows neither."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import access
from apps.audit import queries as audit
from apps.audit.models import INSTANCE
from apps.core import crypto
from apps.dashboard.setup.acts import done
from apps.github import errors, keys
from apps.github.models import App
from apps.github.services import governance_app
from apps.tokens import sentences
from apps.tokens.views.common import reader

SHOWN = 20
PAGE = "dashboard:setup-keys"


@login_required
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """The keys and secrets that Patrol holds, by fingerprint and date, and what was done with them."""
    access.require_administrator(reader(request))
    app = governance_app()
    context = {
        "app": app,
        "by_settings": keys.by_settings(),
        "secrets": keys.held_secrets(app),
        "most": keys.MOST,
        "lines": [sentences.line(one, "") for one in audit.history(INSTANCE, f"app:{app.app_id}", SHOWN)],
        **_keys(app),
    }
    return render(request, "dashboard/setup_keys.html", context)


@login_required
@require_POST
@sensitive_post_parameters("pem")
def give_key(request: HttpRequest) -> HttpResponse:
    """A new private key, pasted or as a file."""
    user = reader(request)
    access.require_administrator(user)
    file = request.FILES.get("file")
    pem = file.read(keys.LONGEST_KEY + 1).decode("utf-8", "replace") if file else request.POST.get("pem", "")
    said = "Patrol signs with the new key from now on. Delete the one before on GitHub, then remove it here."
    return done(request, lambda: keys.give_key(governance_app(), pem, by=user.actor), said, PAGE)


@login_required
@require_POST
def remove_key(request: HttpRequest) -> HttpResponse:
    """One of two keys is forgotten."""
    user = reader(request)
    access.require_administrator(user)
    print_ = request.POST.get("fingerprint", "")
    said = "Patrol does not hold it any more."
    return done(request, lambda: keys.remove_key(governance_app(), print_, by=user.actor), said, PAGE)


@login_required
@require_POST
@sensitive_post_parameters("secret")
def give_webhook_secret(request: HttpRequest) -> HttpResponse:
    """A new webhook secret; the one so far still counts."""
    user = reader(request)
    access.require_administrator(user)
    secret = request.POST.get("secret", "")
    said = "Both secrets count within half a minute. Then enter the new one at the App on GitHub."
    return done(request, lambda: keys.give_webhook_secret(governance_app(), secret, by=user.actor), said, PAGE)


@login_required
@require_POST
def remove_webhook_secret(request: HttpRequest) -> HttpResponse:
    """The secret before this one counts no more."""
    user = reader(request)
    access.require_administrator(user)
    said = "Messages signed with the previous secret are refused within half a minute."
    return done(request, lambda: keys.remove_previous_webhook_secret(governance_app(), by=user.actor), said, PAGE)


def _keys(app: App) -> dict[str, object]:
    """The keys with what GitHub says of them; what hinders that as a sentence."""
    try:
        return {"keys": keys.held_keys(app, ask=True), "trouble": ""}
    except errors.GitHubError as error:
        return {"keys": keys.held_keys(app), "trouble": f"GitHub could not be asked: {error}"}
    except (crypto.Sealed, keys.KeyRefused) as error:
        return {"keys": [], "trouble": str(error)}
