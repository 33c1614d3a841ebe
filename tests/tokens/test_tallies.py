"""What the end of a reading leaves counted, where two readings of one organization end at once."""

import pytest
from django.db import transaction
from django.db.models import Sum

from apps.github.models import Organization
from apps.tokens import tallies
from apps.tokens.models import EndingDay, Grant, Tally
from apps.tokens.queries.ending_days import BY_RISK
from tests.threads import together
from tests.tokens.desk import Desk

pytestmark = pytest.mark.database


def days_of(desk: Desk, zone: str) -> int:
    """How many tokens the days of that zone come to."""
    kept = EndingDay.objects.filter(organization=desk.organization, zone=zone)
    return sum(kept.aggregate(**{f"all_{name}": Sum(name) for name in BY_RISK}).values())


def test_two_readings_that_end_at_once_are_both_counted(desk: Desk) -> None:
    """The lists, and the teams that were read for the first time."""
    Organization.objects.filter(pk=desk.organization.pk).update(time_zone="Asia/Tokyo")

    def keep() -> None:
        with transaction.atomic():
            tallies.keep(desk.organization.pk)

    for _ in range(5):
        assert together([keep] * 3) == [None] * 3
    active = Grant.objects.active().filter(organization=desk.organization).count()
    assert days_of(desk, "UTC") == days_of(desk, "Asia/Tokyo") == active > 0
    assert Tally.objects.get(organization=desk.organization).counts["state"]["active"] == active


def test_days_of_a_time_zone_that_is_the_organizations_no_more_are_forgotten(desk: Desk) -> None:
    for zone in ("Asia/Tokyo", "Europe/Berlin"):
        Organization.objects.filter(pk=desk.organization.pk).update(time_zone=zone)
        with transaction.atomic():
            tallies.keep(desk.organization.pk)
    kept = EndingDay.objects.filter(organization=desk.organization)
    assert set(kept.values_list("zone", flat=True)) == {"UTC", "Europe/Berlin"}
