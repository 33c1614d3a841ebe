"""An organization with people, and a mail server."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.github.models import Organization
from tests.notify import telling


@pytest.fixture
def acme(database: None, settings: Any) -> Organization:
    """Whose people have no address yet. Mail goes into django.core.mail.outbox."""
    settings.EMAIL_HOST = "mail.test"
    return telling.organization()


@pytest.fixture
def people(acme: Organization) -> Organization:
    """The same, where everybody but the machine has an address."""
    for person in (telling.ANN, telling.BEN, telling.EVE):
        telling.give(person)
    return acme


@pytest.fixture
def server(people: Organization, settings: Any) -> Iterator[telling.Server]:
    """A mail server that takes everything."""
    with telling.serving(settings) as running:
        yield running
