"""Where no webhook comes: new requests are seen within a minute, and what does not change costs next to nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core import clock
from apps.github import deliveries, webhook_address
from apps.github.models import Delivery, InstallationToken
from apps.jobs import services as jobs
from apps.jobs.models import Slot
from apps.jobs.sweeper import sweep_once
from apps.tokens import polling, tasks
from apps.tokens.models import GrantRequest, SyncState, Walk
from tests.cast import ORGANIZATION, OWNER
from tests.github import GitHub
from tests.github.webhooks import envelope, send
from tests.tokens.pages import get
from tests.tokens.syncing import REQUESTS_PATH, grant_request, later, organization, pat_request_ids, synced

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
QUEUE = f"/orgs/{ORGANIZATION}/requests/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def polled(patrol: GitHub, settings: Any) -> GitHub:
    """Patrol, told that no webhook can reach it, with the organization read once."""
    settings.WEBHOOKS = "off"
    synced()
    return patrol


def poll(*, minutes: int = 1) -> None:
    """As a worker does that was rung so much later."""
    with clock.moved(minutes * MINUTE):
        tasks.poll_requests(organization().pk)


def state() -> SyncState:
    """The organization's, as it is now."""
    return SyncState.objects.get(organization=organization())


def asked_after_the_first_reading(github: GitHub) -> None:
    """GitHub tells whole seconds."""
    with later(github, timedelta(seconds=2)):
        github.ask(organization=ORGANIZATION)
        synced()


# --- in time ------------------------------------------------------------------------------------------------------


def test_a_new_request_is_on_the_page_within_ninety_seconds(polled: GitHub, browse: Browse) -> None:
    """By the sweeper alone, which looks every 15 s; no webhook is sent anywhere."""
    browser = browse(OWNER)
    for _ in range(6):  # every organization has been read, and polled
        with later(polled, timedelta(seconds=15)):
            sweep_once()
    asked = polled.ask(organization=ORGANIZATION, name="asked-just-now")
    for second in range(0, 91, 15):
        with clock.moved(timedelta(seconds=second)):
            sweep_once()
    page = get(browser, QUEUE)
    assert "asked-just-now" in page.names
    assert not Delivery.objects.exists()
    assert grant_request(asked["id"]).state == GrantRequest.State.PENDING


def test_the_tick_rings_for_polls_once_a_minute(polled: GitHub) -> None:
    assert polling.ring_due() == 0
    with clock.moved(MINUTE):
        assert "tokens.poll_due" in Slot.objects.filter(pk__in=jobs.open_due_slots()).values_list("job", flat=True)
        assert polling.ring_due() == 1  # the other organization was never read: its sync is due
        tasks.poll_requests(organization().pk)
        assert polling.ring_due() == 0


def test_a_doubled_message_polls_once(polled: GitHub) -> None:
    before = polled.state()["charged"]
    InstallationToken.objects.all().delete()
    with clock.moved(MINUTE):
        tasks.poll_requests(organization().pk)
        tasks.poll_requests(organization().pk)
    assert polled.state()["charged"] - before == 2  # a token and one page


def test_where_webhooks_come_nothing_is_polled(patrol: GitHub) -> None:
    synced()
    patrol.ask(organization=ORGANIZATION)
    poll()
    assert len(pat_request_ids()) == 6
    assert polling.ring_due() == 0


# --- what it costs ------------------------------------------------------------------------------------------------


def test_sixty_polls_with_nothing_new_cost_two_answers_a_page(patrol: GitHub, settings: Any) -> None:
    """An hour sees at most two installation tokens: each costs itself and one answer for each page of the list."""
    settings.WEBHOOKS = "off"
    patrol.change("reset", requests=150)
    synced()
    before, read = patrol.state()["charged"], []
    for minute in range(1, 61):
        patrol.change("clock", advance_seconds=60)
        SyncState.objects.update(due_at=clock.now() + (minute + 5) * MINUTE)  # polls alone are counted
        poll(minutes=minute)
        read.append(state().requests_read_at)
    pages, tokens = 2, 2
    assert len(set(read)) == 60
    assert 0 < patrol.state()["charged"] - before <= tokens * (pages + 1)


def test_an_unchanged_list_is_not_walked(polled: GitHub) -> None:
    walks = Walk.objects.count()
    poll()
    assert Walk.objects.count() == walks
    assert (state().requests_read_at or clock.now()) > clock.now()  # it was read, a minute from now


def test_a_poll_leaves_the_grants_alone(polled: GitHub) -> None:
    polled.grant(organization=ORGANIZATION)
    polled.ask(organization=ORGANIZATION)
    grants, complete = Walk.objects.filter(listing="grants").count(), state().completed_at
    poll()
    assert len(pat_request_ids()) == 7
    assert Walk.objects.filter(listing="grants").count() == grants
    assert state().completed_at == complete  # "as of" of both lists stays what it was


# --- what is gone -------------------------------------------------------------------------------------------------


def test_a_cancelled_request_ends_after_a_walk_and_a_look_up(polled: GitHub) -> None:
    asked = polled.ask(organization=ORGANIZATION)
    poll()
    polled.change(f"requests/{asked['id']}/cancel")
    poll(minutes=2)
    assert grant_request(asked["id"]).state == GrantRequest.State.ENDED


def test_a_request_approved_on_github_is_known_as_approved(polled: GitHub) -> None:
    asked = polled.ask(organization=ORGANIZATION)
    poll()
    polled.change(f"requests/{asked['id']}/decide", action="approve")
    poll(minutes=2)
    row = grant_request(asked["id"])
    assert row.state == GrantRequest.State.APPROVED
    assert row.token.grants.filter(state="active").exists()


def test_an_outage_ends_nothing_and_the_sync_takes_over(polled: GitHub) -> None:
    waiting = pat_request_ids()
    polled.fail("500", REQUESTS_PATH, times=5)
    poll()
    assert pat_request_ids() == waiting
    assert state().error
    with clock.moved(timedelta(minutes=2)):
        assert polling.ring_due() == 0  # the sync is due
    polled.heal()
    with clock.moved(timedelta(minutes=2)):
        tasks.sync_organization(organization().pk)
    assert not state().error


# --- which mode is live -------------------------------------------------------------------------------------------


def test_pages_say_that_patrol_polls_and_how_old_that_is(polled: GitHub, browse: Browse) -> None:
    browser = browse(OWNER)
    with clock.moved(timedelta(seconds=40)):
        for path in (QUEUE, f"/orgs/{ORGANIZATION}/settings/"):
            text = get(browser, path).text.replace(" ;", ";")
            assert "Polling. Requests were read 4" in text
            assert "seconds ago; new ones show within a minute" in text
    with clock.moved(timedelta(minutes=7, seconds=5)):
        assert "Requests were last read 7 minutes ago; that should be a minute" in get(browser, QUEUE).text.replace(
            " ;", ";"
        )


def test_pages_say_that_webhooks_are_live(patrol: GitHub, browse: Browse) -> None:
    synced()
    text = get(browse(OWNER), QUEUE).text
    assert "Webhooks tell of new requests" in text
    assert "Polling" not in text


def test_settings_say_why_no_webhook_is_expected(polled: GitHub, browse: Browse, settings: Any) -> None:
    browser = browse(OWNER)
    page = f"/orgs/{ORGANIZATION}/settings/"
    assert "PATROL_WEBHOOKS is off" in get(browser, page).text
    settings.WEBHOOKS, settings.WEBHOOK_URL = "auto", "http://localhost:8000/webhooks/github"
    settings.GITHUB_API_URL = "https://api.github.com"
    assert "GitHub cannot reach http://localhost:8000/webhooks/github" in get(browser, page).text


@pytest.mark.parametrize(
    ("setting", "webhook", "api", "expected"),
    [
        ("auto", "https://patrol.example.com/webhooks/github", "https://api.github.com", True),
        ("auto", "http://localhost:8000/webhooks/github", "https://api.github.com", False),
        ("auto", "https://10.1.2.3/webhooks/github", "https://api.acme.ghe.com", False),
        ("auto", "http://127.0.0.1:8000/webhooks/github", "http://127.0.0.1:8001", True),
        ("auto", "https://10.1.2.3/webhooks/github", "https://github.corp/api/v3", True),
        ("on", "http://localhost:8000/webhooks/github", "https://api.github.com", True),
        ("off", "https://patrol.example.com/webhooks/github", "https://api.github.com", False),
    ],
)
def test_settings_choose_the_mode(settings: Any, setting: str, webhook: str, api: str, expected: bool) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = ["github.corp"]
    settings.WEBHOOKS, settings.WEBHOOK_URL, settings.GITHUB_API_URL = setting, webhook, api
    assert webhook_address.expected() is expected


def test_a_request_that_no_webhook_told_of_makes_patrol_poll(patrol: GitHub, browse: Browse) -> None:
    """Until one comes again."""
    synced()
    browser = browse(OWNER)
    asked_after_the_first_reading(patrol)
    polling.ring_due()
    assert state().webhook_missed_at is None  # it may still come
    with later(patrol, timedelta(minutes=3)):
        assert polling.ring_due() == 1
        tasks.poll_requests(organization().pk)
        assert "as no webhook told of the request of" in get(browser, QUEUE).text
        send(polling.EVENT, envelope("created"))
        deliveries.process(Delivery.objects.latest("pk").pk)
        polling.ring_due()
        assert state().webhook_missed_at is None
        assert "Webhooks tell of new requests" in get(browser, QUEUE).text


def test_messages_about_other_things_do_not_tell_of_requests(patrol: GitHub) -> None:
    """An App may be subscribed to members and not to requests."""
    synced()
    asked_after_the_first_reading(patrol)
    with later(patrol, timedelta(minutes=3)):
        send("organization", envelope("member_added"))
        polling.ring_due()
        assert state().webhook_missed_at is not None


def test_requests_from_before_the_first_reading_missed_no_webhook(patrol: GitHub) -> None:
    synced()
    with later(patrol, timedelta(minutes=3)):
        polling.ring_due()
    assert state().webhook_missed_at is None
