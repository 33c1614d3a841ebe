"""What is in the record stays there: the database refuses to change or delete an event, whoever asks."""

import pytest
from django.db import DatabaseError, transaction

from apps.audit import services
from apps.audit.models import Event

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def recorded(name: str = "thing.happened") -> Event:
    """One event, committed."""
    with transaction.atomic():
        return services.record(name, organization_id=7, subject="thing:1")


def test_an_event_cannot_be_saved_again() -> None:
    event = recorded()
    event.name = "thing.undone"

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()

    assert Event.objects.get().name == "thing.happened"
