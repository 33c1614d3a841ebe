"""The one-time code that opens /setup: printed where Patrol starts, kept as a digest, good for one browser.

Whoever can read Patrol's console may set it up; whoever only finds its address may not.
"""

import hashlib
import re
import secrets
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction

from apps.accounts.models import SetupCode, SetupTry, User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import App

log = structlog.get_logger(__name__)
SESSION_KEY = "setup"
"""Where a browser's session keeps how far its setup is."""
LIFETIME = timedelta(days=1)
MOST_TRIES, WITHIN = 10, timedelta(minutes=1)
"""A code has 80 bits: at this pace it is not found by trying, whoever tries from however many addresses."""
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
_GROUPS, _GROUP = 4, 4
_MOST_OPEN = 10


class CodeRefused(RuleBroken):
    """Wrong, used, or too old."""


class TooManyTries(RuleBroken):
    """Somebody tries codes; nobody's is looked at for a while."""


def is_open() -> bool:
    """Whether Patrol waits to be set up: the settings name no App, and nobody finished the setup.

    While an App was made by it and no administrator is named, whoever began goes on.
    """
    if settings.GITHUB_APP["app_id"]:
        return False
    registered = App.objects.filter(role=App.Role.GOVERNANCE).exists()
    return not (registered and User.objects.filter(is_administrator=True).exists())


def new_code() -> str:
    """A code to print; only its digest stays. Those that were printed before go on working until one is used."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP))
    with transaction.atomic():
        SetupCode.objects.filter(made_at__lt=clock.now() - LIFETIME).delete()
        SetupCode.objects.create(digest=_digest(letters), made_at=clock.now())
        newest = SetupCode.objects.order_by("-made_at", "-pk").values_list("pk", flat=True)[:_MOST_OPEN]
        SetupCode.objects.exclude(pk__in=list(newest)).delete()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def redeem(typed: str) -> None:
    """Use up the code, and with it all that were printed. Raises CodeRefused, TooManyTries."""
    with transaction.atomic():
        tried = _note_try()
        matches = [one.pk for one in _good() if secrets.compare_digest(_digest(typed), one.digest)]
        # Of two browsers at once only one deletes the row.
        found = tried and bool(matches) and SetupCode.objects.filter(pk__in=matches).delete()[0] > 0
        if found:
            SetupCode.objects.all().delete()
            SetupTry.objects.all().delete()
            audit.record("setup.begun")
    if not tried:
        raise TooManyTries("Too many codes were tried. Wait a minute, then type yours again.")
    if not found:
        log.warning("accounts.setup_code_refused")
        raise CodeRefused(
            "This code is wrong, was used, or is older than a day. The newest stands where Patrol was started; "
            "manage.py setup_code prints another."
        )


def _good() -> list[SetupCode]:
    return list(SetupCode.objects.filter(made_at__gte=clock.now() - LIFETIME))


def _note_try() -> bool:
    """Whether this try is within the pace."""
    since = clock.now() - WITHIN
    SetupTry.objects.filter(at__lt=since).delete()
    if SetupTry.objects.filter(at__gte=since).count() >= MOST_TRIES:
        return False
    SetupTry.objects.create(at=clock.now())
    return True


def _digest(code: str) -> str:
    """However it is typed: with or without lines between, in any case."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).upper().encode("utf-8", "replace")).hexdigest()
