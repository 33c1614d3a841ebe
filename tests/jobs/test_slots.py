"""Each slot of the schedule runs once: with two beats, after an outage, over a change of clocks."""

import pytest

from apps.jobs import services
from apps.jobs.models import Slot

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def test_a_slot_is_opened_once() -> None:
    first, second = services.open_due_slots(), services.open_due_slots()

    assert first
    assert second == []
    assert Slot.objects.count() == len(first)
