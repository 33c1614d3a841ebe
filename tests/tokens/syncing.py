"""What the tests of sync share: one organization, one sync, and looking at what it left."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from apps.audit.models import Event
from apps.core import clock
from apps.github.models import Organization
from apps.tokens import sync
from apps.tokens.models import Grant, GrantRequest, SyncState, TokenVersion, Walk
from tests.cast import ORGANIZATION
from tests.github import GitHub

GRANTS_PATH = r"/personal-access-tokens$"
REQUESTS_PATH = r"/personal-access-token-requests$"


def organization() -> Organization:
    """The organization of these tests."""
    return Organization.objects.get(login=ORGANIZATION)


def synced(**options: Any) -> sync.SyncReport:
    """One sync that must come to its end."""
    report = sync.sync_organization(organization().pk, **options)
    assert report.state == "complete", report
    return report


def tried() -> sync.SyncReport:
    """One sync that may end however it ends; an earlier rate limit or pause is over."""
    SyncState.objects.update(not_before=None)
    return sync.sync_organization(organization().pk)


def pat_ids() -> set[int]:
    """The active grants."""
    return set(Grant.objects.active().filter(organization=organization()).values_list("pat_id", flat=True))


def pat_request_ids() -> set[int]:
    """The pending requests."""
    found = GrantRequest.objects.pending().filter(organization=organization())
    return set(found.values_list("pat_request_id", flat=True))


def grant(pat_id: int) -> Grant:
    """A grant by GitHub's id."""
    return Grant.objects.select_related("token").get(organization=organization(), pat_id=pat_id)


def grant_request(pat_request_id: int) -> GrantRequest:
    """A request by GitHub's id."""
    return GrantRequest.objects.select_related("token").get(organization=organization(), pat_request_id=pat_request_id)


def versions(row: Grant | GrantRequest) -> list[TokenVersion]:
    """The lineage of its token, oldest first."""
    return list(row.token.versions.order_by("seq"))


def events(name: str) -> list[Event]:
    """The organization's events of that name, oldest first."""
    return list(Event.objects.filter(chain=organization().pk, name=name).order_by("sequence"))


def latest(listing: str) -> Walk:
    """The newest walk of a list."""
    return Walk.objects.filter(organization=organization(), listing=listing).order_by("-started_at").first() or Walk()


@contextmanager
def later(github: GitHub, by: timedelta) -> Iterator[None]:
    """It is later, at GitHub as well."""
    github.change("clock", advance_seconds=int(by.total_seconds()))
    with clock.moved(by):
        yield
