"""Inside a process of Patrol's: an inventory of which nine in ten sleep, and what proposing them takes."""

import json
import time
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Mod

from apps.accounts.models import User
from apps.core import clock
from apps.github.models import Organization
from apps.tokens.models import Grant, PlannedRevocation, SleepingSettings, SyncState, Token
from apps.tokens.plans import days, sleeping
from bench.loading import settled
from bench.telling import megabytes

AWAKE = 10
"""One in so many is in use."""
ASLEEP = timedelta(days=200)


def report() -> None:
    """Print, as JSON, what a day's run takes, one that finds its bound reached, one with an owner's yes to everything,
    and the look at what was proposed: that half of it was used, and that nobody wants the rest any more.
    """
    _put_to_sleep()
    idle = megabytes()
    told: dict[str, float | int] = {}
    for name, run in (("", sleeping.propose_all), ("again_", sleeping.propose_all), ("all_", _propose_everything)):
        began, busy = time.perf_counter(), time.process_time()
        told[f"{name}proposed"] = run()
        told[f"{name}seconds"] = round(time.perf_counter() - began, 1)
        told[f"{name}processor_seconds"] = round(time.process_time() - busy, 1)
        told[f"{name}peak_mb"] = round(megabytes() - idle, 1)
    settled()
    for name, change in (("used", _use_half), ("unwanted", _switch_off)):
        change()
        began = time.perf_counter()
        told[name] = sleeping.look_after()
        told[f"{name}_seconds"] = round(time.perf_counter() - began, 1)
        told[f"{name}_peak_mb"] = round(megabytes() - idle, 1)
    assert not PlannedRevocation.objects.planned().exists()
    print(json.dumps(told))


def _put_to_sleep() -> None:
    now = clock.now()
    last = now - ASLEEP
    Grant.objects.update(
        state=Grant.State.ACTIVE, idle_since=last, access_granted_at=last, never_used=False, ends_at=now + ASLEEP
    )
    Token.objects.update(last_used_at=last)
    Grant.objects.annotate(rest=Mod(F("pk"), AWAKE)).filter(rest=0).update(idle_since=now)
    for organization in Organization.objects.all():
        SleepingSettings.objects.create(
            organization=organization, is_on=True, changed_by_login=User.objects.get().login, changed_at=now
        )
    SyncState.objects.update(completed_at=now)
    settled()


def _propose_everything() -> int:
    for one in SleepingSettings.objects.select_related("organization"):
        SleepingSettings.objects.filter(pk=one.pk).update(beyond_on=days.today(one.organization))
    return sleeping.propose_all()


def _use_half() -> None:
    Token.objects.annotate(rest=Mod(F("pk"), 2)).filter(rest=0).update(last_used_at=clock.now())


def _switch_off() -> None:
    SleepingSettings.objects.update(is_on=False)
