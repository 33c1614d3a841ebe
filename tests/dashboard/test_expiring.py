"""What ends when: each day and week leads to exactly the tokens it counts, by the days of the organization."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.core import clock
from apps.github.models import Organization
from apps.tokens.models import EndingDay, Grant, PlannedRevocation
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle
from tests.dashboard.test_trends import bars, listed
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Element, Page
from tests.tokens.planning import planned

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
PAGE, ALL = f"/orgs/{ORGANIZATION}/expiring/", "/expiring/"


@beginning
def desk(patrol: GitHub) -> Desk:
    """The owner, with the organizations read."""
    desk = Desk(patrol)
    settle()
    return desk


def shown(desk: Desk, address: str = PAGE) -> Page:
    """The page as it is now."""
    answer = desk.browser.get(address)
    assert answer.status_code == 200
    return Page(answer)


def days(page: Page) -> dict[str, Element]:
    """The days on which something ends: date -> link."""
    return {link.attributes["data-day"]: link for link in page.all("a", data_day="*")}


def number_of(link: Element) -> int:
    """How many end on the day, as it says."""
    return int(link.all("b")[0].text)


def lists_of(page: Page, list_id: str) -> list[str]:
    """The names of the tokens in a list."""
    box = next(one for one in page.all("section", id=list_id))
    return [link.text for link in box.all("a", data_row_open="*")]


def in_zone(name: str) -> None:
    """The organization's days are those of that zone from now on."""
    Organization.objects.filter(login=ORGANIZATION).update(time_zone=name)


def ends(desk: Desk, when: datetime, name: str, **more: object) -> Grant:
    """A token that ends at that instant."""
    grant = desk.grant(login=MEMBER, name=name)
    desk.github.change(f"tokens/{grant.token.token_id}", expires_at=f"{when:%Y-%m-%dT%H:%M:%SZ}", **more)
    desk.sync()
    grant.refresh_from_db()
    assert grant.ends_at == when
    return grant


def noon(days_ahead: int) -> datetime:
    """Of a day of UTC."""
    return (clock.now() + timedelta(days=days_ahead)).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_each_day_leads_to_the_tokens_that_end_on_it(desk: Desk, zone: str) -> None:
    in_zone(zone)
    found = days(shown(desk))
    assert found
    counted = {link.attributes["href"]: number_of(link) for link in found.values()}
    assert {url: listed(desk.browser, url) for url in counted} == counted


def test_weeks_months_and_the_rest_lead_there_too(desk: Desk) -> None:
    in_zone("Pacific/Auckland")
    ends(desk, noon(500), "far away")
    page = shown(desk)
    drawn = bars(page, "Tokens by the week")
    weeks = {url: sum(int(number) for number in numbers) for url, numbers in drawn.items()}
    assert any(weeks.values())
    assert {url: listed(desk.browser, url) for url in weeks} == weeks
    captions = [one for one in page.all("caption") if one.all("a")]
    said = {one.all("a")[0].attributes["href"]: int(one.all("span", class_="Counter")[0].text) for one in captions}
    links = page.all("p", class_="Calendar-note")[0].all("a")
    links += [link for one in page.all("div", class_="Ending-head") for link in one.all("a")]
    said |= {link.attributes["href"]: int(link.text.split()[0]) for link in links}
    assert {url: listed(desk.browser, url) for url in said} == said


def test_the_calendar_and_what_is_outside_of_it_are_all_active_tokens(desk: Desk) -> None:
    desk.grant(login=MEMBER, name="for ever", expires_in_days=None)
    ends(desk, noon(500), "far away")
    page = shown(desk)
    inside = sum(number_of(link) for link in days(page).values())
    later, never = (int(link.text.split()[0]) for link in page.all("p", class_="Calendar-note")[0].all("a"))
    active = Grant.objects.active().filter(organization=desk.organization)
    ended = active.filter(ends_at__lte=clock.now()).count()
    assert inside + later + never + ended == active.count()
    by_risk = [int(item.text.split()[-1]) for item in page.all("ul", class_="Never-risks")[0].all("li")]
    assert sum(by_risk) == never == listed(desk.browser, page.all("a", class_="Never-count")[0].attributes["href"])
    assert later == 1


def test_a_day_is_that_of_the_organization_and_over_all_that_of_utc(desk: Desk) -> None:
    late = noon(20).replace(hour=23, minute=30)
    ends(desk, late, "late in the evening")
    tomorrow = late.date() + timedelta(days=1)
    in_zone("Europe/Berlin")
    berlin, everywhere = shown(desk), shown(desk, ALL)
    assert "Europe/Berlin" in berlin.text
    assert "late in the evening" in Page(desk.browser.get(days(berlin)[str(tomorrow)].attributes["href"])).text
    assert "late in the evening" in Page(desk.browser.get(days(everywhere)[str(late.date())].attributes["href"])).text
    assert "Days are those of UTC" in everywhere.text


def test_a_day_says_how_many_end_and_the_worst_risk_in_words(desk: Desk) -> None:
    ends(desk, noon(40), "reads")
    before = days(shown(desk))[str(noon(40).date())]
    assert "Heat--high" not in before.attributes["class"]
    ends(desk, noon(40), "writes workflows", permissions={"repository": {"workflows": "write"}})
    day = days(shown(desk))[str(noon(40).date())]
    assert number_of(day) == number_of(before) + 1
    said = day.attributes["title"]
    assert f"{noon(40).day} {noon(40):%B %Y}: {number_of(day)} end" in said
    assert day.text.startswith(f"{noon(40).day} {noon(40):%B %Y}: {number_of(day)} end, worst risk")
    risk = said.split()[-1]
    assert f"Heat--{risk}" in day.attributes["class"]
    assert risk in {"high", "critical"}
    assert day.all("span", class_="Heat-worst")[0].text == risk[0].upper()


def test_what_ends_today_stands_first_and_what_ended_says_whether_it_was_in_use(desk: Desk) -> None:
    soon = clock.now().replace(microsecond=0) + timedelta(seconds=90)
    ends(desk, soon, "soon")
    used = ends(desk, noon(-3), "used to the end", last_used_at=f"{noon(-5):%Y-%m-%dT%H:%M:%SZ}")
    unused = ends(desk, noon(-4), "long unused", last_used_at=f"{noon(-20):%Y-%m-%dT%H:%M:%SZ}")
    page = shown(desk)
    assert lists_of(page, "ending")[0] == "soon"
    rows = {row.all("a")[0].text: row.text for row in page.all("section", id="expired")[0].all("li", class_="Row")}
    assert "was in use" in rows[used.token.name]
    assert "was in use" not in rows[unused.token.name]
    with clock.moved(timedelta(minutes=2)):
        later = shown(desk)
    assert "soon" in lists_of(later, "expired")
    assert "soon" not in lists_of(later, "ending")


def test_what_ended_more_than_thirty_days_ago_is_only_counted(desk: Desk) -> None:
    ends(desk, noon(-31), "long gone")
    page = shown(desk)
    assert "long gone" not in page.text
    assert "expiring=expired" in page.source or "1 ended before that" in page.text


def test_a_planned_revocation_is_the_end_where_it_is_earlier(desk: Desk) -> None:
    in_zone("Europe/Berlin")
    desk.organization.refresh_from_db()
    grant, other = ends(desk, noon(40), "planned"), ends(desk, noon(5), "ends before its plan")
    for_ever = desk.grant(login=MEMBER, name="for ever", expires_in_days=None)
    before = {day: number_of(link) for day, link in days(shown(desk)).items()}
    plan, _, _ = planned(desk, grant, other, for_ever, ahead=10)
    page = shown(desk)
    after = {day: number_of(link) for day, link in days(page).items()}
    due, own = str(plan.due_on), str(noon(40).date())
    assert after[due] == before.get(due, 0) + 2
    assert after.get(own, 0) == before[own] - 1
    assert {day: many for day, many in after.items() if day not in (due, own)} == {
        day: many for day, many in before.items() if day not in (due, own)
    }
    link = days(page)[due]
    assert "2 revoked by Patrol as planned" in link.text
    for where in (page, shown(desk, ALL)):
        counted = {link.attributes["href"]: number_of(link) for link in days(where).values()}
        assert {url: listed(desk.browser, url) for url in counted} == counted
    assert "planned" in Page(desk.browser.get(link.attributes["href"])).text
    desk.sync()
    drawn = {url: sum(map(int, row)) for url, row in bars(shown(desk, f"/orgs/{ORGANIZATION}/"), "Tokens by").items()}
    assert {url: listed(desk.browser, url) for url in drawn} == drawn


def test_a_plan_for_a_token_that_was_not_counted_yet_takes_nothing_from_its_day(desk: Desk) -> None:
    grant = ends(desk, noon(40), "not counted yet")
    before = {day: number_of(link) for day, link in days(shown(desk)).items()}
    EndingDay.objects.filter(organization=desk.organization, day=noon(40).date()).delete()
    (plan,) = planned(desk, grant, ahead=10)
    after = {day: number_of(link) for day, link in days(shown(desk)).items()}
    due = str(plan.due_on)
    del before[str(noon(40).date())]
    assert after == {**before, due: before.get(due, 0) + 1}


def test_a_token_that_is_revoked_this_week_stands_in_its_list_and_says_so(desk: Desk) -> None:
    grant = ends(desk, noon(40), "revoked soon")
    (plan,) = planned(desk, grant, ahead=1)
    page = shown(desk)
    (row,) = (one for one in page.all("section", id="ending")[0].all("li", class_="Row") if "revoked soon" in one.text)
    assert "Patrol revokes it" in row.text
    PlannedRevocation.objects.filter(pk=plan.pk).update(state=PlannedRevocation.State.CANCELLED)
    assert "revoked soon" not in lists_of(shown(desk), "ending")


def test_every_number_says_when_it_was_true(desk: Desk) -> None:
    page = shown(desk)
    boxes = [one for one in page.all("section") if "Box" in one.attributes.get("class", "")]
    assert len(boxes) >= 5
    assert all("as of" in box.text for box in boxes)


def test_only_owners_see_what_ends(desk: Desk, browse: Browse) -> None:
    soonest = clock.now().replace(microsecond=0) + timedelta(minutes=10)  # a list shows the first few only
    name = ends(desk, soonest, "a name nobody else sees").token.name
    assert name in shown(desk, ALL).text
    assert browse(MEMBER).get(PAGE).status_code == 403
    assert browse(OUTSIDER).get(PAGE).status_code == 404
    assert browse(MEMBER).get(ALL)["Location"] == "/"
    assert browse(OUTSIDER).get(ALL)["Location"] == "/"
    assert desk.browser.post(PAGE).status_code == 405


def test_before_the_first_reading_nothing_is_said_to_end_never(patrol: GitHub, browse: Browse) -> None:
    page = Page(browse(OWNER).get(PAGE))
    assert "Not read yet" in page.text
    assert "No fine-grained token has access" not in page.text


def test_a_token_of_one_organization_is_not_on_the_page_of_another(desk: Desk) -> None:
    name = ends(desk, noon(1), "of acme alone").token.name
    assert name not in shown(desk, f"/orgs/{OTHER_ORGANIZATION}/expiring/").text


def test_a_strangers_name_is_text(desk: Desk) -> None:
    ends(desk, noon(0).astimezone(UTC) + timedelta(days=1), '<script>alert("x")</script>')
    assert '<script>alert("x")' not in shown(desk).source


def test_the_list_says_in_words_which_days_it_shows(desk: Desk) -> None:
    tokens = f"/orgs/{ORGANIZATION}/tokens/"
    page = Page(desk.browser.get(f"{tokens}?expiring=2027-03-28%40Europe%2FBerlin"))
    assert "28 March 2027, Europe/Berlin" in page.text
    assert listed(desk.browser, f"{tokens}?expiring=2027-13-28") == listed(desk.browser, tokens)
