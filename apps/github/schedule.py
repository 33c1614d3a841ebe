"""When the mirror is read again."""

from datetime import timedelta

from apps.github import deliveries, redelivery, services
from apps.github.models import App
from apps.jobs import services as jobs


def _installations() -> None:
    if App.objects.filter(role=App.Role.GOVERNANCE).exists():
        services.sync_installations()


jobs.schedule("github.sync_installations", every=timedelta(minutes=10), run=_installations)
jobs.schedule("github.sync_all_members", every=timedelta(hours=1), run=services.sync_all_members)
jobs.schedule("github.redeliver_failed", every=timedelta(minutes=5), run=redelivery.redeliver_failed)
jobs.schedule("github.forget_old_deliveries", every=timedelta(days=1), run=deliveries.forget_old_deliveries)
jobs.schedule("github.forget_old_redeliveries", every=timedelta(days=1), run=redelivery.forget_old_redeliveries)
jobs.sweep_with("deliveries", deliveries.sweep)
