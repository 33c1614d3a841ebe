"""The mirror of installations and members: a list that shows nothing proves nothing."""

import pytest

from apps.github import errors, services
from apps.github.models import Installation, Member, Organization
from tests.cast import ORGANIZATION
from tests.github import GitHub

pytestmark = pytest.mark.database


def live() -> int:
    return Installation.objects.live().count()


def test_an_installation_that_is_not_there_either_way_is_gone(patrol: GitHub) -> None:
    patrol.change("installations/delete", organization=ORGANIZATION)
    assert services.sync_installations() == 2
    assert not Installation.objects.live().filter(organization__login=ORGANIZATION).exists()


def test_an_empty_list_of_installations_ends_none(patrol: GitHub) -> None:
    patrol.fail("empty", "^/app/installations$")
    assert services.sync_installations() == live() == 3


def test_a_suspension_is_learned_from_the_look_up_too(patrol: GitHub) -> None:
    patrol.change("installations/suspend", organization=ORGANIZATION)
    patrol.fail("empty", "^/app/installations$")
    services.sync_installations()
    assert live() == 2


def test_a_look_up_that_fails_ends_nothing(patrol: GitHub) -> None:
    patrol.change("installations/delete", organization=ORGANIZATION)
    patrol.fail("500", r"^/app/installations/\d+$")
    with pytest.raises(errors.Transient):
        services.sync_installations()
    assert live() == 3


def test_an_organization_without_an_owner_is_not_believed(patrol: GitHub) -> None:
    organization = Organization.objects.get(login=ORGANIZATION)
    there = services.sync_members(organization.pk)
    patrol.fail("empty", "/members$", times=2)
    with pytest.raises(errors.Unreadable):
        services.sync_members(organization.pk)
    assert Member.objects.filter(organization=organization, left_at__isnull=True).count() == there
