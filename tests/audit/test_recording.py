"""An event is part of what it records: together, or not at all; and who listens hears only what is committed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.audit import queries, services
from apps.audit.models import Event, Head
from apps.audit.services import NotInTransaction, event_recorded
from tests.audit.writing import CHAIN, OTHER_CHAIN, recorded, recorded_and_failed
from tests.cast import ORGANIZATION
from tests.github import GitHub
from tests.tokens.desk import Desk, later, work

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The ids that a listener was told, in order."""
    ids: list[int] = []

    def listen(event_id: int, **_: object) -> None:
        ids.append(event_id)

    event_recorded.connect(listen)
    yield ids
    event_recorded.disconnect(listen)


def test_outside_a_transaction_nothing_is_recorded() -> None:
    with pytest.raises(NotInTransaction, match=r"thing\.happened"):
        services.record("thing.happened", organization_id=CHAIN)
    assert (Event.objects.count(), Head.objects.count()) == (0, 0)


def test_what_is_rolled_back_leaves_no_event(heard: list[int]) -> None:
    with pytest.raises(LookupError):
        recorded_and_failed("thing.happened")
    assert (Event.objects.count(), heard) == (0, [])


def test_a_part_that_is_rolled_back_takes_only_its_own_events_along(heard: list[int]) -> None:
    with transaction.atomic():
        kept = services.record("thing.kept", organization_id=CHAIN)
        with pytest.raises(LookupError):
            recorded_and_failed("thing.lost")
        also = services.record("thing.kept_too", organization_id=CHAIN)
    assert list(Event.objects.order_by("sequence").values_list("name", "sequence")) == [
        ("thing.kept", 1),
        ("thing.kept_too", 2),
    ]
    assert heard == [kept.pk, also.pk]


def test_listeners_hear_of_an_event_after_it_is_committed(heard: list[int]) -> None:
    with transaction.atomic():
        event = services.record("thing.happened", organization_id=CHAIN)
        assert heard == []
    assert heard == [event.pk]


def test_a_listener_that_fails_harms_neither_the_event_nor_the_other_listeners(heard: list[int]) -> None:
    def fail(**_: object) -> None:
        raise LookupError("a listener of the test's")

    event_recorded.connect(fail)
    try:
        first, second = recorded(), recorded()
    finally:
        event_recorded.disconnect(fail)
    assert heard == [first.pk, second.pk]
    assert Event.objects.count() == 2


def test_an_event_carries_the_name_that_people_had(patrol: GitHub) -> None:
    """Names are copied as text: who is renamed or forgotten later keeps the acts of then."""
    desk = Desk(patrol)
    request = desk.request(name="deploy-bot")
    desk.approve(request, reason="For the release")
    work()
    later(seconds=30)
    approved = Event.objects.get(chain=desk.organization.pk, name="grant_request.approved")

    User.objects.filter(pk=desk.user.pk).update(login="somebody-else")
    type(request.token).objects.filter(pk=request.token_id).update(name="renamed")
    desk.organization.login = "renamed-organization"
    desk.organization.save()

    (again,) = queries.events([desk.organization.pk], name="grant_request.approved")
    assert (again.actor_id, again.actor_login) == (desk.user.pk, "owner")
    assert again.data["token_name"] == "deploy-bot"
    assert again.data == approved.data
    assert not [field for field in Event._meta.get_fields() if field.is_relation]


def test_the_history_of_a_subject_is_its_own_newest_first() -> None:
    for number in range(3):
        recorded(f"thing.step_{number}", subject="thing:1")
    recorded(subject="thing:11")
    recorded(subject="thing:1", chain=OTHER_CHAIN)
    assert [event.name for event in queries.history(CHAIN, "thing:1")] == [
        "thing.step_2", "thing.step_1", "thing.step_0",
    ]  # fmt: skip
    assert [event.name for event in queries.history(CHAIN, "thing:1", limit=1)] == ["thing.step_2"]


def test_the_record_is_searched_by_name_actor_and_organization(patrol: GitHub) -> None:
    desk = Desk(patrol)
    chain = desk.organization.pk
    assert desk.organization.login == ORGANIZATION
    recorded("grant_request.seen", chain=chain, actor=services.Actor(1, "Owner"))
    recorded("grant.seen", chain=OTHER_CHAIN, actor=services.Actor(1, "owner"))

    def names(**filters: Any) -> list[str]:
        return sorted(queries.events([chain], **filters).values_list("name", flat=True))

    assert names(name="grant_request.") == ["grant_request.seen"]
    assert names(actor="owner", name="grant") == ["grant_request.seen"]
    assert names(actor="nobody") == []
    assert queries.events([]).count() == 0
