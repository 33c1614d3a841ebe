"""What is planned is said once more when a week is left, and when a day is: each once, after an outage the nearest."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from apps.core import clock
from apps.tokens.models import PlannedRevocation
from apps.tokens.names import Name
from apps.tokens.plans.record import DAY_TOLD, WEEK_TOLD, tell

MOST = 500
WEEK, DAY = timedelta(days=WEEK_TOLD), timedelta(days=DAY_TOLD)


def tell_near() -> int:
    """Tell of every plan that came near, at most MOST; returns of how many."""
    now = clock.now()
    untold = Q(told_week_at__isnull=True) | Q(told_day_at__isnull=True, due_at__lte=now + DAY)
    soon = PlannedRevocation.objects.planned().filter(untold, due_at__gt=now, due_at__lte=now + WEEK)
    pks = list(soon.order_by("due_at", "pk").values_list("pk", flat=True)[:MOST])
    return sum(_told(pk, now) for pk in pks)


def _told(plan_id: int, now: datetime) -> int:
    """The flag and the event in one transaction; whoever raises the flag tells."""
    with transaction.atomic():
        planned = PlannedRevocation.objects.planned().filter(pk=plan_id, due_at__gt=now)
        last = planned.filter(told_day_at__isnull=True, due_at__lte=now + DAY)
        first = planned.filter(told_week_at__isnull=True, due_at__gt=now + DAY)
        if last.update(told_day_at=now, told_week_at=Coalesce("told_week_at", now)) == 1:
            days = DAY_TOLD
        elif first.update(told_week_at=now) == 1:
            days = WEEK_TOLD
        else:
            return 0
        plan = PlannedRevocation.objects.select_related("organization", "token", "grant").get(pk=plan_id)
        tell(Name.PLAN_NEAR, plan, days=days)
    return 1
