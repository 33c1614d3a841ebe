"""The address that calendars read: what it holds, read by two libraries, and who may read it until when."""

import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import vobject
from django.db import transaction
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from apps.accounts.models import CalendarFeed, User
from apps.audit.models import Event
from apps.core import clock
from apps.dashboard.expiring import ending
from apps.github.models import Installation
from apps.tokens.models import Grant
from apps.tokens.plans import making
from tests.accounts.test_webhooks import membership_event, revocation, told
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import settle
from tests.dashboard.test_expiring import ends, in_zone, noon
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Page
from tests.tokens.planning import planned

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
SUBSCRIBE, OWN = f"/orgs/{ORGANIZATION}/expiring/subscribe/", "/expiring/subscribe/"


@beginning
def desk(patrol: GitHub) -> Desk:
    """The owner, with the organizations read."""
    desk = Desk(patrol)
    settle()
    return desk


def make(browser: Client, page: str = SUBSCRIBE, **more: str) -> str:
    """A new address, as its page shows it once: its path."""
    answer = browser.post(page, {"do": "make", **more})
    assert answer.status_code == 200, answer.content
    shown = Page(answer).all("textarea", id="address")[0].text
    assert shown.startswith("http")
    return "/" + shown.split("/", 3)[3]


def read(path: str, **headers: str) -> Any:
    """What a calendar gets: no cookie, no session."""
    return Client().get(path, headers=headers)


def events(path: str) -> dict[str, Any]:
    """UID -> event, as the library reads it."""
    answer = read(path)
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert [error for one in calendar.walk() for error in one.errors] == []
    return {str(one["UID"]): one for one in calendar.walk("VEVENT")}


def event_of(path: str, name: str) -> Any:
    """The event of the token with that name."""
    (found,) = (one for one in events(path).values() if name in str(one["SUMMARY"]))
    return found


def soon(**whose: Any) -> int:
    """How many tokens ended in the last 30 days or end within a year."""
    now = clock.now()
    year = {"ends_at__gte": now - timedelta(days=30), "ends_at__lt": now + timedelta(days=366)}
    return Grant.objects.active().filter(**whose, **year).count()


def test_each_token_ends_on_one_whole_day(desk: Desk) -> None:
    in_zone("Europe/Berlin")
    late = noon(20).replace(hour=23, minute=30)
    grant = ends(desk, late, "late in the evening")
    path = make(desk.browser)
    event = event_of(path, "late in the evening")
    day = late.date() + timedelta(days=1)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (day, day + timedelta(days=1))
    assert str(event["URL"]).endswith(f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/")
    assert f"{late:%Y-%m-%d} at 23:30 UTC" in str(event["DESCRIPTION"])
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt
    assert "VALARM" not in read(path).content.decode()
    assert len(events(path)) == soon(organization=desk.organization)


def test_another_library_reads_the_same(desk: Desk) -> None:
    path = make(desk.browser, alarm="7")
    mine = events(path)
    read_again = vobject.readOne(read(path).content.decode())
    theirs = {one.uid.value: one for one in read_again.vevent_list}
    assert {uid: one["DTSTART"].dt for uid, one in mine.items()} == {
        uid: one.dtstart.value for uid, one in theirs.items()
    }
    assert {uid: str(one["SUMMARY"]) for uid, one in mine.items()} == {
        uid: one.summary.value for uid, one in theirs.items()
    }
    assert {one.valarm.trigger.value for one in theirs.values()} == {timedelta(days=-7, hours=9)}


def test_an_expiry_that_moves_moves_its_event_and_a_revoked_token_leaves(desk: Desk) -> None:
    grant = ends(desk, noon(20), "moves")
    path = make(desk.browser)
    before = event_of(path, "moves")
    with clock.moved(timedelta(minutes=2)):
        desk.github.change(f"tokens/{grant.token.token_id}", expires_at=f"{noon(50):%Y-%m-%dT%H:%M:%SZ}")
        desk.sync()
        after = event_of(path, "moves")
        assert after["UID"] == before["UID"]
        assert after["DTSTART"].dt == noon(50).date()
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
        grant.refresh_from_db()
        desk.revoke(grant)
    with clock.moved(timedelta(minutes=3)):
        work()
        assert str(before["UID"]) not in events(path)


def test_a_planned_revocation_moves_the_event_and_its_end_moves_it_back(desk: Desk) -> None:
    grant = ends(desk, noon(40), "planned")
    path = make(desk.browser)
    before = event_of(path, "planned")
    (plan,) = planned(desk, grant, ahead=10)
    moved = event_of(path, ": planned")
    assert (moved["UID"], moved["DTSTART"].dt) == (before["UID"], plan.due_on)
    assert str(moved["SUMMARY"]).startswith("Revocation planned")
    with clock.moved(timedelta(seconds=5)), transaction.atomic():
        making.cancel(plan, user=desk.user)
    back = event_of(path, ": planned")
    assert back["DTSTART"].dt == noon(40).date()
    assert before["SEQUENCE"] < moved["SEQUENCE"] < back["SEQUENCE"]
    assert before["LAST-MODIFIED"].dt <= moved["LAST-MODIFIED"].dt < back["LAST-MODIFIED"].dt


def test_what_did_not_change_is_not_sent_again(desk: Desk) -> None:
    path = make(desk.browser)
    first = read(path)
    same = read(path, if_none_match=first["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    assert read(path).content == first.content
    ends(desk, noon(9), "one more")
    assert read(path, if_none_match=first["ETag"]).status_code == 200


def test_the_answer_is_nobodys_to_keep_and_sets_no_cookie(desk: Desk) -> None:
    answer = read(make(desk.browser))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert read("/calendars/nothing.ics").status_code == 404


def test_a_session_gives_the_address_nothing_and_takes_nothing(desk: Desk, browse: Browse) -> None:
    path = make(desk.browser)
    assert browse(OUTSIDER).get(path).content == read(path).content
    assert desk.browser.post(path).status_code == 405


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What Django says of requests, as Patrol's logs have it."""
    said = io.StringIO()
    handler, logger = logging.StreamHandler(said), logging.getLogger("django.request")
    patrols = [one.formatter for one in logging.getLogger().handlers if isinstance(one.formatter, ProcessorFormatter)]
    handler.setFormatter(patrols[0])
    logger.addHandler(handler)
    logger.setLevel("WARNING")
    yield said
    logger.removeHandler(handler)
    logger.setLevel("NOTSET")


def test_only_the_digest_is_kept_and_no_log_has_the_secret(desk: Desk, logged: io.StringIO) -> None:
    path = make(desk.browser)
    secret = path.removeprefix("/calendars/").removesuffix(".ics")
    assert len(secret) > 43  # 256 bits, and the prefix
    row = CalendarFeed.objects.values().get()
    assert secret not in str(row)
    assert secret not in str(list(Event.objects.values_list("data", flat=True)))
    assert secret not in desk.browser.get(SUBSCRIBE).content.decode()
    desk.browser.post(SUBSCRIBE, {"do": "revoke", "feed": row["id"]})
    read(path)
    assert "Not Found: /calendars/[secret].ics" in logged.getvalue()
    assert secret not in logged.getvalue()


def test_a_new_address_stops_the_old_one_and_a_revoked_one_is_gone(desk: Desk) -> None:
    old = make(desk.browser)
    new = make(desk.browser)
    assert (read(old).status_code, read(new).status_code) == (404, 200)
    assert CalendarFeed.objects.get().last_read_at is not None
    unknown = read("/calendars/patrol_ical_never-was.ics")
    desk.browser.post(SUBSCRIBE, {"do": "revoke", "feed": CalendarFeed.objects.get().pk})
    assert read(new).status_code == 404
    assert read(new).content == unknown.content
    assert desk.browser.post(SUBSCRIBE, {"do": "revoke", "feed": 1}).status_code == 404
    names = Event.objects.filter(chain=desk.organization.pk, name__startswith="calendar_feed")
    assert list(names.order_by("sequence").values_list("name", flat=True)) == [
        "calendar_feed.made", "calendar_feed.made", "calendar_feed.revoked",
    ]  # fmt: skip


def test_another_owner_revokes_it_and_a_member_neither_makes_nor_revokes(desk: Desk, browse: Browse) -> None:
    path = make(desk.browser)
    number = CalendarFeed.objects.get().pk
    assert browse(MEMBER).post(SUBSCRIBE, {"do": "make"}).status_code == 403
    assert browse(OUTSIDER).get(SUBSCRIBE).status_code == 404
    for login in (MEMBER, OUTSIDER):
        assert browse(login).post(OWN, {"do": "revoke", "feed": number}).status_code == 404
    assert read(path).status_code == 200
    colleague = browse(SECOND_OWNER)
    assert OWNER in Page(colleague.get(SUBSCRIBE)).text
    assert colleague.post(SUBSCRIBE, {"do": "revoke", "feed": number}).status_code == 302
    assert read(path).status_code == 404
    assert Client().get(OWN).status_code == 302
    assert desk.browser.post(SUBSCRIBE, {"do": "make", "alarm": "400"}).status_code == 422


def test_a_persons_own_address_holds_their_own_tokens_alone(desk: Desk, browse: Browse) -> None:
    mine = ends(desk, noon(5), "of the member")
    desk.grant(login=SECOND_OWNER, name="of somebody else")
    path = make(browse(MEMBER), OWN)
    found = events(path)
    assert any("of the member" in str(one["SUMMARY"]) for one in found.values())
    assert len(found) == soon(owner_id=mine.owner_id)
    page = browse(MEMBER).get("/my/tokens/")
    assert OWN in page.content.decode()
    assert {str(one["URL"]) for one in found.values()} == {page.wsgi_request.build_absolute_uri()}
    assert "of somebody else" not in read(path).content.decode()
    assert Event.objects.filter(chain=desk.organization.pk, name="calendar_feed.made").count() == 0
    User.objects.filter(pk=mine.owner_id).update(is_active=False)
    assert read(path).status_code == 404


# --- it rests on its maker's ownership --------------------------------------------------------------------------


def minutes(many: float) -> Any:
    """So much later."""
    return clock.moved(timedelta(minutes=many))


def test_it_ends_when_its_maker_is_no_owner_any_more(desk: Desk) -> None:
    path, own = make(desk.browser), make(desk.browser, OWN)
    desk.github.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with minutes(4):
        assert read(path).status_code == 200, "the last look is not five minutes old"
    with minutes(6):
        assert read(path).status_code == 404
        assert read(own).status_code == 200
    event = Event.objects.get(name="calendar_feed.ended", chain=desk.organization.pk)
    assert "not an owner" in event.data["why"]
    desk.github.change("roles", organization=ORGANIZATION, login=OWNER, role="admin")
    with minutes(12):
        assert read(path).status_code == 404, "it does not come back"


def test_it_is_read_for_an_hour_while_github_is_away_and_then_put_off(desk: Desk) -> None:
    path = make(desk.browser)
    desk.github.fail("500", "^/orgs/.*/members", times=10_000)
    with minutes(59):
        assert read(path).status_code == 200
    with minutes(61):
        away = read(path)
        assert (away.status_code, away["Retry-After"], away["Cache-Control"]) == (503, "30", "private, no-store")
        assert ORGANIZATION not in away.content.decode()
    desk.github.heal()
    with minutes(62):
        assert read(path).status_code == 200


def test_a_list_without_any_owner_ends_nothing(desk: Desk) -> None:
    path = make(desk.browser)
    desk.github.fail("empty", "^/orgs/.*/members", times=1)
    with minutes(6):
        assert read(path).status_code == 200
    assert CalendarFeed.objects.count() == 1


def test_who_is_said_to_have_left_is_asked_for_first(desk: Desk) -> None:
    path = make(desk.browser)
    desk.github.change("members/remove", organization=ORGANIZATION, login=OWNER)
    desk.github.fail("500", "^/(user|orgs/.*/members)", times=3)
    told("organization", membership_event("member_removed", desk.user.pk))
    assert read(path).status_code == 503
    desk.github.heal()
    with minutes(1):
        assert read(path).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_an_old_message_of_who_is_still_an_owner_ends_nothing(desk: Desk) -> None:
    path = make(desk.browser)
    told("organization", membership_event("member_removed", desk.user.pk))
    assert read(path).status_code == 200


def test_nothing_is_read_where_patrol_is_suspended(desk: Desk) -> None:
    path = make(desk.browser)
    there = Installation.objects.filter(organization=desk.organization)
    there.update(suspended_at=clock.now())
    assert read(path).status_code == 404
    there.update(suspended_at=None)
    assert read(path).status_code == 200


def test_who_withdraws_patrols_permission_leaves_no_address(desk: Desk) -> None:
    pages = [SUBSCRIBE, OWN, f"/orgs/{OTHER_ORGANIZATION}/expiring/subscribe/"]
    paths = [make(desk.browser, page) for page in pages]
    desk.github.change("authorizations/revoke", login=OWNER)
    told("github_app_authorization", revocation(desk.user.pk))
    assert [read(path).status_code for path in paths] == [404, 404, 404]


def test_an_address_is_not_made_on_an_old_word(desk: Desk) -> None:
    desk.github.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with minutes(2):
        assert desk.browser.post(SUBSCRIBE, {"do": "make"}).status_code == 409
    assert not CalendarFeed.objects.exists()


def test_who_reads_too_often_waits(desk: Desk) -> None:
    path = make(desk.browser, OWN)
    codes = [read(path).status_code for _ in range(40)]
    assert codes[:30] == [200] * 30
    assert codes[-1] == 429
    refused = read(path)
    assert int(refused["Retry-After"]) >= 1
    with minutes(1):
        assert read(path).status_code == 200
    with clock.moved(timedelta(days=-1)):
        assert read(path).status_code == 200, "a clock that was set back shuts nobody out"


# --- many ---------------------------------------------------------------------------------------------------------


def test_more_tokens_than_events_are_told_by_the_day(desk: Desk) -> None:
    in_zone("America/New_York")
    example = ends(desk, noon(3), "the soonest")
    copies = [
        Grant(
            **{
                **{field.attname: getattr(example, field.attname) for field in Grant._meta.concrete_fields},
                "id": None, "pat_id": 10**9 + number, "ends_at": noon(10) + timedelta(hours=number % 2_000),
            }
        )
        for number in range(2_000)
    ]  # fmt: skip
    Grant.objects.bulk_create(copies)
    found = events(make(desk.browser))
    alone = [one for one in found.values() if "Token ends" in str(one["SUMMARY"])]
    whole = [one for one in found.values() if one not in alone]
    assert 900 < len(alone) <= ending.MOST
    assert whole
    assert max(one["DTSTART"].dt for one in alone) < min(one["DTSTART"].dt for one in whole)
    counted = sum(int(str(one["SUMMARY"]).split()[0].replace(",", "")) for one in whole)
    assert counted + len(alone) == soon(organization=desk.organization)
    link = str(whole[0]["URL"])
    listed = Page(desk.browser.get("/" + link.split("/", 3)[3])).all("span", class_="Counter")[-1].text
    assert listed == str(whole[0]["SUMMARY"]).split()[0]
