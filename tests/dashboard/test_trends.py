"""Pictures: what is drawn is what the lists show, and every bar leads there."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from apps.core import clock
from apps.core.weeks import Week
from apps.effects.models import Effect
from apps.tokens.models import GrantRequest, Review, Tally
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Page

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
PAGE = f"/orgs/{ORGANIZATION}/"


@beginning
def owner(patrol: GitHub) -> Client:
    """The owner's browser, everything read."""
    settle()
    return sign_in(Client(), OWNER)


def bars(page: Page, title: str) -> dict[str, list[str]]:
    """Address -> the numbers of that row of the table beside a chart; nothing where it is not drawn."""
    tables = [one for one in page.all("table", class_="Chart-table") if one.all("caption")[0].text.startswith(title)]
    rows = [row for table in tables for row in table.all("tr") if row.all("a")]
    return {row.all("a")[0].attributes["href"]: [cell.text for cell in row.all("td")] for row in rows}


def listed(browser: Client, url: str) -> int:
    """How many rows the list at that address says it has."""
    counter = Page(browser.get(url)).all("span", class_="Counter")
    return int(counter[-1].text.replace(",", ""))


def test_each_week_leads_to_the_tokens_that_end_in_it(owner: Client) -> None:
    drawn = bars(Page(owner.get(PAGE)), "Tokens by the week")
    assert len(drawn) == 12
    ending = {url: sum(int(number) for number in numbers) for url, numbers in drawn.items()}
    assert any(ending.values())
    assert {url: listed(owner, url) for url in ending} == ending


def test_the_drawing_says_the_same_as_the_table(owner: Client) -> None:
    page = Page(owner.get(PAGE))
    drawing = next(one for one in page.all("svg") if one.attributes.get("aria-label", "").startswith("Tokens by"))
    links = [link.attributes["href"] for link in drawing.all("a")]
    assert links == list(bars(page, "Tokens by the week"))
    assert all(link.attributes["aria-label"].startswith("Ends in the week of") for link in drawing.all("a"))


def test_each_share_leads_to_the_tokens_it_counts(owner: Client) -> None:
    page = Page(owner.get(PAGE))
    shares = page.all("dl", class_="Shares")[0].all("a")
    assert len(shares) == 4
    for link in shares:
        part, whole = (int(number) for number in link.text.split("% ")[1].split(" of "))
        assert part == listed(owner, link.attributes["href"])
        assert whole == listed(owner, f"{PAGE}tokens/")


def test_counts_are_as_of_the_last_reading(owner: Client, patrol: GitHub) -> None:
    assert "as of" in Page(owner.get(PAGE)).text
    before = Tally.objects.get(organization__login=ORGANIZATION).counts["state"]["active"]
    patrol.grant()
    with clock.moved(timedelta(minutes=11)):
        settle()
    assert Tally.objects.get(organization__login=ORGANIZATION).counts["state"]["active"] == before + 1


def test_requests_and_decisions_are_counted_in_their_weeks(owner: Client, patrol: GitHub) -> None:
    desk = Desk(patrol)
    asked = GrantRequest.objects.pending().filter(organization=desk.organization).order_by("requested_at").first()
    assert asked is not None
    approve(owner, asked)
    page = Page(owner.get(PAGE))
    work = list(bars(page, "Requests and decisions").items())
    url, (_, approved, denied) = work[-1]
    assert (approved, denied) == ("1", "0")
    assert f"age={Week.of(clock.now()).key}" in url
    for address, (came, _, _) in work:
        assert listed(owner, address) == int(came)


def test_time_to_decision_runs_from_the_request_to_githubs_confirmation(owner: Client, patrol: GitHub) -> None:
    asked = GrantRequest.objects.pending().filter(organization__login=ORGANIZATION).order_by("requested_at")[0]
    approve(owner, asked)
    review = Review.objects.get(grant_request=asked)
    assert review.effect.settled_at is not None
    hours = (review.effect.settled_at - asked.requested_at).total_seconds() / 3600
    *_, (url, (median, p95)) = bars(Page(owner.get(PAGE)), "Time to decision").items()
    assert median == p95 == (f"{hours:.1f}" if hours < 10 else f"{hours:,.0f}")
    assert listed(owner, url) == 1


def test_what_waits_or_was_refused_has_no_time(owner: Client) -> None:
    asked = GrantRequest.objects.pending().filter(organization__login=ORGANIZATION)[0]
    approve(owner, asked)
    Effect.objects.update(state=Effect.State.REFUSED)
    assert "No decision was confirmed by GitHub" in Page(owner.get(PAGE)).text


def test_the_weeks_are_a_file_too(owner: Client) -> None:
    approve(owner, GrantRequest.objects.pending().filter(organization__login=ORGANIZATION)[0])
    answer = owner.get(f"{PAGE}trends.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 12
    assert rows[-1]["week"] == Week.of(clock.now()).key
    assert (rows[-1]["approved"], rows[-1]["denied"]) == ("1", "0")
    assert float(rows[-1]["median_hours"]) == float(rows[-1]["p95_hours"])
    assert rows[0]["median_hours"] == ""
    assert len(list(csv.reader(io.StringIO(owner.get("/trends.csv").content.decode())))) == 13


def test_over_all_organizations_everything_is_added_up(owner: Client) -> None:
    addresses = ["/", f"/orgs/{ORGANIZATION}/", f"/orgs/{OTHER_ORGANIZATION}/"]
    drawn = [bars(Page(owner.get(address)), "Tokens by the week").values() for address in addresses]
    whole, *parts = [sum(int(cell) for row in rows for cell in row) for rows in drawn]
    assert whole == sum(parts) > 0


def test_nothing_is_drawn_before_the_first_reading_ended(patrol: GitHub, browse: Browse) -> None:
    page = Page(browse(OWNER).get(PAGE))
    assert "Not counted yet" in page.text
    assert "Nobody asked and nothing was decided" in page.text


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}trends.csv"])
def test_who_does_not_own_the_organization_sees_none_of_it(patrol: GitHub, browse: Browse, address: str) -> None:
    settle()
    assert Client().get(address)["Location"].startswith("/sign-in/")
    assert [browse(login).get(address).status_code for login in (MEMBER, OUTSIDER)] == [403, 404]
    assert browse(OWNER).post(address).status_code == 405


def approve(browser: Client, asked: GrantRequest) -> None:
    """Press Approve on the request's page, and let it reach GitHub."""
    address = f"{PAGE}requests/{asked.pat_request_id}/"
    form = Page(browser.get(address)).form(f"{address}approve/")
    assert browser.post(f"{address}approve/", form).status_code == 302
    settle()
