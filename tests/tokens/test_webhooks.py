"""What a webhook about a token changes: what GitHub's lists hold of that token, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.effects.models import Effect
from apps.github import deliveries
from apps.github.models import Delivery
from apps.github.registry import Later
from apps.tokens import hints, sync
from apps.tokens.models import Grant, GrantRequest, ListPage, SyncState, Token, TokenVersion, Walk
from tests.cast import ORGANIZATION
from tests.conftest import settle
from tests.github import GitHub
from tests.github.webhooks import request_event, send
from tests.tokens.desk import Desk
from tests.tokens.syncing import events, grant_request, organization, synced

pytestmark = pytest.mark.database
EVENT = "personal_access_token_request"


def tell(action: str, asked: dict[str, Any]) -> Delivery:
    """The message comes and is processed."""
    send(EVENT, request_event(action, asked))
    delivery = Delivery.objects.latest("pk")
    deliveries.process(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_a_new_request_is_there_with_its_reason_without_a_walk(patrol: GitHub) -> None:
    synced()
    asked = patrol.ask(reason="Nightly export to the data lake")
    walks = Walk.objects.count()
    assert tell("created", asked).state == Delivery.State.PROCESSED
    row = grant_request(asked["id"])
    assert (row.state, row.reason, row.why_no_reason) == ("pending", "Nightly export to the data lake", "")
    assert Walk.objects.count() == walks
    assert [one.subject for one in events("grant_request.seen")] == [f"grant_request:{asked['id']}"]


def test_the_walk_after_it_has_nothing_to_add(patrol: GitHub) -> None:
    synced()
    asked = patrol.ask(repository_selection="subset")
    tell("created", asked)
    tell("created", asked)
    assert synced().changed == 0
    assert len(events("grant_request.seen")) == 1
    assert grant_request(asked["id"]).token.versions.count() == 1


def test_a_request_without_a_reason_says_so_and_one_never_read_says_that(patrol: GitHub, browse: Any) -> None:
    synced()
    silent, decided = patrol.ask(reason=""), patrol.ask(reason="Nobody will know")
    patrol.change(f"requests/{decided['id']}/cancel")
    tell("created", silent)
    tell("cancelled", decided)
    assert grant_request(silent["id"]).why_no_reason == "No reason was given."
    row = grant_request(decided["id"])
    assert (row.state, row.reason, row.reason_captured) == ("ended", "", False)
    client: Client = browse("owner")
    pages = [f"/orgs/{ORGANIZATION}/requests/{one['id']}/" for one in (silent, decided)]
    known, unknown = (client.get(page).content.decode() for page in pages)
    assert "No reason was given." in known
    assert "decided before Patrol looked" in unknown
    assert "No reason was given." not in unknown
    assert "No reason was given." in client.get(f"/orgs/{ORGANIZATION}/requests/").content.decode()


def test_a_new_request_that_github_does_not_list_yet_is_waited_for(patrol: GitHub) -> None:
    """Counting it as decided at once would hide it from the owners."""
    synced()
    asked = patrol.ask(reason="Listed a little later")
    told = request_event("created", asked)
    told[EVENT] |= {"id": 777_001, "token_id": 777_002}
    send(EVENT, told)
    delivery = Delivery.objects.get()
    assert not deliveries.process(delivery.pk)
    assert not GrantRequest.objects.filter(pat_request_id=777_001).exists()
    with clock.moved(timedelta(seconds=70)):
        assert deliveries.process(delivery.pk)
    row = grant_request(777_001)
    assert (row.state, row.reason_captured) == ("ended", False)


def test_a_cancelled_request_ends_by_a_walk_and_its_look_up(patrol: GitHub) -> None:
    asked = patrol.ask()
    synced()
    patrol.change(f"requests/{asked['id']}/cancel")
    with clock.moved(timedelta(seconds=21)):
        tell("cancelled", asked)
        assert grant_request(asked["id"]).state == "pending", "one look ends nothing"
        assert SyncState.objects.get(organization=organization()).due_at <= clock.now()
        settle()
    assert grant_request(asked["id"]).state == "ended"


def test_an_approval_on_github_brings_the_grant_at_once(patrol: GitHub) -> None:
    asked = patrol.ask()
    synced()
    approve_on_github(patrol, asked)
    with clock.moved(timedelta(seconds=21)):
        tell("approved", asked)
        assert Grant.objects.active().filter(token__token_id=asked["token_id"]).exists()
        settle()
    assert grant_request(asked["id"]).state == "approved"


def approve_on_github(github: GitHub, asked: dict[str, Any]) -> None:
    """Somebody approves on github.com: the request goes, the token is granted."""
    access = {name: asked[name] for name in ("permissions", "repository_selection")}
    github.grant(token_id=asked["token_id"], **access)
    github.change(f"requests/{asked['id']}/cancel")


def test_an_old_message_sent_in_again_changes_nothing(patrol: GitHub) -> None:
    asked = patrol.ask()
    synced()
    approve_on_github(patrol, asked)
    synced()
    before = snapshot()
    with clock.moved(timedelta(minutes=2)):
        for action in ("created", "denied", "created", "cancelled"):
            tell(action, asked)
        settle()
    assert snapshot() == before
    assert [entry for entry in patrol.ledger() if entry.get("action") in {"approve", "deny", "revoke"}] == []


def snapshot() -> Any:
    """The tokens' rows, by GitHub's ids."""
    asked = GrantRequest.objects.filter(organization=organization())
    held = Grant.objects.filter(organization=organization())
    return (
        sorted(asked.values_list("pat_request_id", "state", "reason", "reason_captured")),
        sorted(held.values_list("pat_id", "state")),
        sorted(Token.objects.filter(organization=organization()).values_list("token_id", "name")),
    )


def test_while_github_cannot_be_asked_a_sync_is_requested(patrol: GitHub) -> None:
    synced()
    asked = patrol.ask()
    with clock.moved(timedelta(seconds=21)):
        patrol.fail("500", "token_id", times=50)
        patrol.fail("500", "personal-access-token", times=50)
        assert tell("created", asked).state == Delivery.State.PROCESSED
        assert SyncState.objects.get(organization=organization()).due_at <= clock.now()
        patrol.heal()
        settle()
    assert grant_request(asked["id"]).state == "pending"


def test_what_github_forbids_for_a_while_is_asked_for_later(patrol: GitHub) -> None:
    synced()
    asked = patrol.ask()
    SyncState.objects.update(not_before=clock.now() + timedelta(minutes=3))
    assert tell("created", asked).state == Delivery.State.RECEIVED
    with clock.moved(timedelta(minutes=4)):
        settle()
    assert grant_request(asked["id"]).state == "pending"


def test_a_message_that_does_not_fit_the_description_asks_for_a_sync(patrol: GitHub) -> None:
    synced()
    with clock.moved(timedelta(seconds=21)):
        odd = request_event("created", patrol.ask())
        odd[EVENT]["repository_selection"] = "selected"
        send(EVENT, odd)
        deliveries.process(Delivery.objects.get().pk)
        assert Delivery.objects.get().state == Delivery.State.PROCESSED
        assert SyncState.objects.get(organization=organization()).due_at <= clock.now()


def test_a_flood_of_messages_are_a_few_walks(patrol: GitHub) -> None:
    synced()
    asked = patrol.ask()
    patrol.change(f"requests/{asked['id']}/cancel")
    before = Walk.objects.filter(listing=Walk.Listing.GRANT_REQUESTS, organization=organization()).count()
    for _ in range(30):
        send(EVENT, request_event("created", asked))
        send(EVENT, request_event("cancelled", asked))
    for seconds in range(6, 80, 15):
        with clock.moved(timedelta(seconds=seconds)):
            while deliveries.sweep():
                pass
            settle(seconds=0)
    assert not Delivery.objects.exclude(state=Delivery.State.PROCESSED).exists()
    walks = Walk.objects.filter(listing=Walk.Listing.GRANT_REQUESTS, organization=organization()).count() - before
    assert 1 <= walks <= 4


def test_walks_that_are_asked_for_are_twenty_seconds_apart(patrol: GitHub) -> None:
    synced()
    state = SyncState.objects.filter(organization=organization())
    with pytest.raises(Later) as later:
        hints.ask_for_sync(organization().pk, clock.now())
    assert later.value.at <= clock.now() + hints.BETWEEN_SYNCS
    assert state.get().due_at > clock.now()
    with clock.moved(timedelta(seconds=21)):
        hints.ask_for_sync(organization().pk, clock.now())
        assert state.get().due_at <= clock.now()


def test_patrols_own_decision_keeps_its_cause(patrol: GitHub) -> None:
    """GitHub tells of an approval while the executor is still reading it back."""
    desk = Desk(patrol)
    asked = patrol.ask()
    desk.sync()
    row = grant_request(asked["id"])
    desk.approve(row)
    Effect.objects.update(state=Effect.State.SENT)
    assert tell("approved", asked).state == Delivery.State.RECEIVED
    Effect.objects.update(state=Effect.State.READY)
    settle()
    assert [version.cause for version in row.token.versions.order_by("seq")] == ["requested", "approved by owner"]


def forget_everything() -> None:
    """Patrol's rows of tokens go, as if it had never read."""
    for model in (ListPage, Walk, SyncState, TokenVersion, GrantRequest, Grant, Token, Delivery):
        model.objects.all().delete()


@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(7)), again=st.lists(st.integers(0, 6), max_size=4))
def test_any_order_and_doubling_of_messages_ends_the_same(patrol: GitHub, order: list[int], again: list[int]) -> None:
    """T15: the same facts at GitHub, told in any order, as often as one likes, end in the same rows."""
    patrol.change("reset", grants=3, requests=2)
    forget_everything()
    approved, cancelled, waiting = (patrol.ask(reason=f"Reason {number}") for number in range(3))
    synced()
    late = patrol.ask(reason="Nobody read this")
    approve_on_github(patrol, approved)
    patrol.change(f"requests/{cancelled['id']}/cancel")
    patrol.change(f"requests/{late['id']}/cancel")
    told = [("created", one) for one in (approved, cancelled, waiting, late)]
    told += [("approved", approved), ("denied", cancelled), ("cancelled", late)]
    with clock.moved(timedelta(seconds=21)):
        for number in [*order, *again]:
            tell(*told[number])
    for seconds in (60, 120):
        with clock.moved(timedelta(seconds=seconds)):
            while deliveries.sweep() + sync.sweep():
                pass
    rows = [grant_request(one["id"]) for one in (approved, cancelled, waiting, late)]
    assert [row.state for row in rows] == ["approved", "denied", "pending", "ended"]
    assert [row.reason_captured for row in rows] == [True, True, True, False]
    assert Grant.objects.active().filter(token__token_id=approved["token_id"]).count() == 1
    assert not Delivery.objects.exclude(state=Delivery.State.PROCESSED).exists()
