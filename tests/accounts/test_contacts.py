"""Whom Patrol can write to: the most trusted address, of this organization only; and who looks after machines."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import contacts
from apps.accounts.models import Contact, MachineUsers
from apps.core import clock, crypto
from apps.github.models import Member, Organization

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ANN, BEN, BOT, CI = 11, 12, 13, 14
AT = datetime(2026, 3, 1, tzinfo=UTC)
Source = Contact.Source


@pytest.fixture
def here() -> Organization:
    organization = Organization.objects.create(id=1, login="here")
    for person, login in ((ANN, "ann"), (BEN, "ben"), (BOT, "release-Bot"), (CI, "ci")):
        Member.objects.create(organization=organization, user_id=person, login=login, role="member")
    return organization


@pytest.fixture
def there() -> Organization:
    return Organization.objects.create(id=2, login="there")


def give(person: int, email: str, organization: Organization | None, source: str = Source.OWNER) -> Contact:
    return contacts.keep(person, email, source=source, organization_id=organization.pk if organization else None, at=AT)


def emails(*people: int, organization: Organization) -> dict[int, str]:
    return {pk: one.email for pk, one in contacts.addresses(people, organization_id=organization.pk).items()}


def machines(organization: Organization, email: str = "", **fields: Any) -> MachineUsers:
    row = MachineUsers(organization=organization, key=uuid.uuid4(), named_at=clock.now(), **fields)
    row.seal_email(email)
    row.save()
    return row


def test_the_most_trusted_address_is_used(here: Organization) -> None:
    give(ANN, "public@example.com", here, Source.PROFILE)
    assert emails(ANN, organization=here) == {ANN: "public@example.com"}
    give(ANN, "from-owner@example.com", here)
    assert emails(ANN, organization=here) == {ANN: "from-owner@example.com"}
    give(ANN, "own@example.com", None, Source.CONFIRMED)
    assert contacts.addresses([ANN, BEN], organization_id=here.pk) == {
        ANN: contacts.Address("own@example.com", "confirmed", AT)
    }


def test_only_a_confirmed_address_says_when_it_was(here: Organization) -> None:
    give(ANN, "from-owner@example.com", here)
    assert contacts.addresses([ANN], organization_id=here.pk)[ANN].confirmed_at is None


def test_what_an_owner_gave_serves_that_organization_only(here: Organization, there: Organization) -> None:
    give(ANN, "ann@here.example", here)
    give(BEN, "ben@example.com", None, Source.CONFIRMED)
    assert emails(ANN, BEN, organization=there) == {BEN: "ben@example.com"}


def test_an_address_of_the_same_source_takes_the_place_of_the_last(here: Organization) -> None:
    give(ANN, "old@example.com", here)
    give(ANN, "new@example.com", here)
    assert emails(ANN, organization=here) == {ANN: "new@example.com"}
    assert Contact.objects.count() == 1


def test_an_address_is_sealed_and_opens_in_its_own_row_only(here: Organization) -> None:
    ann, ben = give(ANN, "ann@example.com", here), give(BEN, "ben@example.com", here)
    assert "ann@example.com" not in ann.sealed_email
    Contact.objects.filter(pk=ben.pk).update(sealed_email=ann.sealed_email)
    assert emails(ANN, BEN, organization=here) == {ANN: "ann@example.com"}
    with pytest.raises(crypto.Sealed):
        _ = Contact.objects.get(pk=ben.pk).email


def test_another_key_seals_addresses_anew(here: Organization, settings: Any) -> None:
    give(ANN, "ann@example.com", here)
    machines(here, "ops@example.com", pattern="*-bot")
    old = list(settings.ENCRYPTION_KEYS)
    assert contacts.seal_anew() == 0
    settings.ENCRYPTION_KEYS = [crypto.new_key("later"), *old]
    assert contacts.seal_anew() == 2
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert emails(ANN, organization=here) == {ANN: "ann@example.com"}
    assert contacts.maintainer_mailboxes([BOT], organization_id=here.pk) == {BOT: ["ops@example.com"]}
    settings.ENCRYPTION_KEYS = [crypto.new_key("lost")]
    assert emails(ANN, organization=here) == {}
    assert contacts.seal_anew() == 0, "what does not open stays as it is"


def test_hundreds_of_people_cost_a_query_for_five_hundred(here: Organization, django_assert_num_queries: Any) -> None:
    for person in range(100, 110):
        give(person, f"p{person}@example.com", here)
    with django_assert_num_queries(3):
        assert len(contacts.addresses(range(1_050), organization_id=here.pk)) == 10


@pytest.mark.parametrize(("organization_id", "source"), [(None, Source.OWNER), (1, Source.CONFIRMED)])
def test_only_a_confirmed_address_is_for_every_organization(
    here: Organization, organization_id: int | None, source: str
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        contacts.keep(ANN, "a@example.com", source=source, organization_id=organization_id, at=AT)


def test_a_machine_user_has_maintainers_by_its_id_and_by_patterns(here: Organization) -> None:
    machines(here, person_id=CI, maintainer_ids=[BEN, ANN])
    machines(here, pattern="*-bot", maintainer_ids=[ANN, BOT])
    machines(here, pattern="release-*", maintainer_ids=[BEN])
    assert contacts.maintainers([ANN, BOT, CI], organization_id=here.pk) == {BOT: [ANN, BEN], CI: [ANN, BEN]}


def test_a_machine_user_may_be_looked_after_by_an_address(here: Organization) -> None:
    machines(here, "release@example.com", pattern="*-bot")
    machines(here, "ops@example.com", pattern="*bot", maintainer_ids=[ANN])
    assert contacts.maintainer_mailboxes([ANN, BOT], organization_id=here.pk) == {
        BOT: ["ops@example.com", "release@example.com"]
    }
    assert contacts.maintainers([ANN, BOT], organization_id=here.pk) == {BOT: [ANN]}


def test_machine_users_of_one_organization_are_people_in_another(here: Organization, there: Organization) -> None:
    machines(here, pattern="*", maintainer_ids=[ANN])
    Member.objects.create(organization=there, user_id=CI, login="ci", role="member")
    assert contacts.maintainers([CI], organization_id=there.pk) == {}
