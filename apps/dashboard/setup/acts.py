"""What an administrator's click comes to: done and said, or why not."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core import crypto
from apps.core.errors import RuleBroken
from apps.github import errors


def done(request: HttpRequest, act: Callable[[], object], said: str, back: str) -> HttpResponse:
    """Do it and go back, to the page of that name. `said` may hold `{}` for what `act` returns.

    What was typed is never shown again.
    """
    try:
        messages.success(request, said.format(act()))
    except crypto.Sealed:
        messages.error(request, "PATROL_ENCRYPTION_KEYS does not open what Patrol holds: bring back the ring it had.")
    except (RuleBroken, errors.GitHubError) as error:
        messages.error(request, str(error))
    return redirect(back)
