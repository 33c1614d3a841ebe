"""Whatever a column holds can be compared between databases, so that no table stands in the way of a move."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models

from apps.core import copying

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SAMPLES: dict[str, object] = {
    "AutoField": 1, "BigAutoField": 1, "BigIntegerField": 2**40, "BinaryField": b"\x00\xff", "BooleanField": True,
    "CharField": "Zoë", "DateField": date(2026, 12, 1), "DateTimeField": NOON, "ForeignKey": 3,
    "JSONField": {"a": [1, None]}, "OneToOneField": 4, "PositiveBigIntegerField": 2**41, "PositiveIntegerField": 5,
    "PositiveSmallIntegerField": 6, "SmallIntegerField": -7, "TextField": "\n",
    "UUIDField": UUID("00000000-0000-0000-0000-0000000003e9"),
}  # fmt: skip


@pytest.mark.parametrize("model", apps.get_models(include_auto_created=True), ids=lambda one: one._meta.label)
def test_a_row_of_every_table_can_be_compared(model: type[models.Model]) -> None:
    columns = {field.attname: SAMPLES[field.get_internal_type()] for field in model._meta.concrete_fields}
    assert copying.fingerprint(model(**columns)) == copying.fingerprint(model(**columns))


def test_rows_that_differ_in_one_column_differ() -> None:
    from apps.tokens.models import EndingDay

    row = {"organization_id": 1, "zone": "UTC", "low": 1, "medium": 0, "high": 0, "critical": 0, "in_use": 0}
    prints = {copying.fingerprint(EndingDay(**row, day=date(2026, 12, day))) for day in (1, 2)}
    assert len(prints) == 2


def test_the_same_instant_is_the_same_wherever_it_was_said() -> None:
    from apps.tokens.models import Tally

    there = NOON.astimezone(timezone(timedelta(hours=13)))
    here, elsewhere = (Tally(organization_id=1, counted_at=when) for when in (NOON, there))
    assert copying.fingerprint(here) == copying.fingerprint(elsewhere)
