"""The inventory's filters, against a plain evaluation over all rows: what a page shows is what fits, in its order."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.github.models import Member
from apps.github.services import sync_members
from apps.tokens.models import Grant, GrantRequest, Tally
from apps.tokens.queries import facets
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.github import GitHub
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get

pytestmark = pytest.mark.database
TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
AtMost = Callable[[int], AbstractContextManager[object]]
LEVELS = {"read": 1, "write": 2, "admin": 3}
DAY = timedelta(days=1)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["deploy", "DEPLOY", "er", "nightly", "100%", "_", "max", "nobody has this"]),
        "owner": st.sampled_from([MEMBER, "OWN", "zz"]),
        "repository": st.sampled_from(["a", "service", "zzz"]),
        "permission": st.sampled_from(["contents", "members", "administration", "unheard_of", "Not A Name"]),
        "level": st.sampled_from(["read", "write", "admin"]),
        "risk": st.sampled_from(["1", "2", "3"]),
        "selection": st.sampled_from(["all", "subset", "none"]),
        "expiring": st.sampled_from(["7", "30", "90", "never", "expired"]),
        "unused": st.sampled_from(["1", "30", "45", "90", "365", "366", "never"]),
        "lifetime": st.sampled_from(["90", "366"]),
        "holder": st.just("left"),
        "state": st.sampled_from(["active", "all", "gone", "revoked"]),
        "sort": st.sampled_from(["newest", "oldest", "risk", "owner", "expiry", "unused"]),
    },
)
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Plain:
    """One grant as GitHub told of it, read from the rows that hold what GitHub said."""

    grant: Grant
    reasons: list[str]
    repositories: list[str]
    left: bool

    def fits(self, query: dict[str, str], now: datetime) -> bool:
        """Whether every filter leaves it."""
        state = query.get("state", "active")
        tests = {name: value for name, value in query.items() if name not in {"state", "sort"}}
        may = {name: level for kind in self.grant.permissions.values() for name, level in kind.items()}
        if "permission" in tests:
            least = LEVELS[tests.pop("level", "read")]
            if LEVELS.get(may.get(tests.pop("permission"), ""), 0) < least:
                return False
        checks = (getattr(self, f"_{name}")(value, now) for name, value in tests.items())
        return state in {"all", self.grant.state} and all(checks)

    def key(self, sort: str) -> Any:
        """Its place in an ascending order."""
        token = self.grant.token
        return {
            "newest": self.grant.access_granted_at,
            "oldest": self.grant.access_granted_at,
            "risk": self.grant.risk,
            "owner": token.owner_login,
            "expiry": token.expires_at or FOREVER,
            "unused": token.last_used_at or self.grant.access_granted_at,
        }[sort]

    def _q(self, words: str, _: datetime) -> bool:
        texts = [self.grant.token.name, self.grant.token.owner_login, *self.reasons]
        return any(words.casefold() in text.casefold() for text in texts)

    def _owner(self, words: str, _: datetime) -> bool:
        return words.lower() in self.grant.token.owner_login.lower()

    def _repository(self, words: str, _: datetime) -> bool:
        return self.grant.repository_selection == "all" or any(words in name for name in self.repositories)

    def _level(self, level: str, _: datetime) -> bool:
        held = [level for kind in self.grant.permissions.values() for level in kind.values()]
        return any(LEVELS[one] >= LEVELS[level] for one in held)

    def _risk(self, risk: str, _: datetime) -> bool:
        return self.grant.risk >= int(risk)

    def _selection(self, selection: str, _: datetime) -> bool:
        return self.grant.repository_selection == selection

    def _expiring(self, what: str, now: datetime) -> bool:
        ends = self.grant.token.expires_at
        if what == "never":
            return ends is None
        if what == "expired":
            return ends is not None and ends <= now
        return ends is not None and now < ends <= now + int(what) * DAY

    def _unused(self, what: str, now: datetime) -> bool:
        used = self.grant.token.last_used_at
        return used is None if what == "never" else (used or self.grant.access_granted_at) < now - int(what) * DAY

    def _lifetime(self, days: str, _: datetime) -> bool:
        ends = self.grant.token.expires_at
        return ends is None or ends > self.grant.access_granted_at + int(days) * DAY

    def _holder(self, _: str, __: datetime) -> bool:
        return self.left


def plain_rows() -> list[Plain]:
    """Every grant of the organization with what belongs to it, row by row."""
    here = set(Member.objects.filter(organization__login=ORGANIZATION, left_at=None).values_list("user_id", flat=True))
    return [
        Plain(
            grant,
            list(GrantRequest.objects.filter(token=grant.token).values_list("reason", flat=True)),
            list(grant.repositories.values_list("name", flat=True)),
            grant.token.owner_id not in here,
        )
        for grant in Grant.objects.filter(organization__login=ORGANIZATION).select_related("token")
    ]


def filled(desk: Desk) -> None:
    """Tokens of every kind: some expired, used, unused, gone, asked for, of somebody who left."""
    pick = random.Random(5)
    rights: list[dict[str, dict[str, str]]] = [
        {"repository": {"contents": "read", "metadata": "read"}}, {"repository": {"contents": "write"}},
        {"repository": {"administration": "write"}, "organization": {"members": "read"}},
        {"organization": {"members": "write"}}, {"organization": {"organization_projects": "admin"}},
    ]  # fmt: skip
    for number in range(34):
        given = desk.github.grant(
            organization=ORGANIZATION, name=f"{pick.choice(['Deploy', 'nightly', '100% done', 'a_b'])} {number}",
            login=pick.choice([MEMBER, OWNER, SECOND_OWNER]), permissions=pick.choice(rights),
            repository_selection=pick.choice(["all", "subset", "none"]),
            expires_in_days=pick.choice([None, 3, 20, 80, 200, 364]),
        )  # fmt: skip
        if pick.random() < 0.6:
            used = clock.now() - timedelta(days=pick.choice([1, 40, 100, 400]))
            fields = {"last_used_at": used.isoformat()}
            if pick.random() < 0.3:
                fields["expires_at"] = (clock.now() - timedelta(days=2)).isoformat()
            desk.github.change(f"tokens/{given['token_id']}", **fields)
    desk.sync()
    for number in range(2):
        asked = desk.request(name=f"asked for {number}", login=MEMBER, reason="For the NIGHTLY export, said Max")
        desk.github.change(f"requests/{asked.pat_request_id}/decide", action="approve")
    doomed = Grant.objects.filter(organization=desk.organization, token__owner_login=MEMBER).first()
    assert doomed is not None
    desk.github.delete_grant(doomed.pat_id)
    desk.github.change("members/remove", organization=ORGANIZATION, login=SECOND_OWNER)
    sync_members(desk.organization.pk)
    desk.sync()


def all_pages(browser: Client, query: dict[str, str]) -> list[int]:
    """The pat_ids of every page, by following "Next"; the counts on the way agree."""
    address, found, counts = f"{TOKENS}?{urlencode(query)}", list[int](), set[str]()
    while address:
        page = Page(browser.get(address))
        assert page.status == 200
        found += [int(row.attributes["id"].rsplit("-", 1)[1]) for row in page.all("tr", data_row="*")]
        counts.update(one.text for one in page.all("section", id="listing")[0].all("span", class_="Counter"))
        following = [one for one in page.all("a", rel="next") if one.attributes.get("href")]
        address = following[0].attributes["href"] if following else ""
        if address.startswith("?"):
            address = TOKENS + address
        if address:
            kept = parse_qs(urlsplit(address).query)
            assert {name: kept.get(name, [""])[0] for name in query} == query, "a page keeps the filters"
    assert counts == {str(len(found))}
    return found


@pytest.fixture
def full(desk: Desk) -> tuple[Desk, list[Plain]]:
    filled(desk)
    return desk, plain_rows()


def test_pages_show_exactly_what_fits_in_their_order(full: tuple[Desk, list[Plain]]) -> None:
    desk, rows = full
    assert {one.grant.state for one in rows} == {"active", "gone"}
    assert any(one.left for one in rows)
    assert any(one.reasons for one in rows)

    @settings(max_examples=70, suppress_health_check=[HealthCheck.too_slow])
    @given(QUERIES)
    def check(query: dict[str, str]) -> None:
        sort = query.get("sort", "newest")
        fitting = [one for one in rows if one.fits(query, clock.now())]
        fitting.sort(key=lambda one: (one.key(sort), one.grant.pk), reverse=sort in {"newest", "risk"})
        assert all_pages(desk.browser, query) == [one.grant.pat_id for one in fitting], query

    check()


def test_the_numbers_beside_the_choices_are_what_they_show(full: tuple[Desk, list[Plain]]) -> None:
    desk, rows = full
    page = get(desk.browser, TOKENS)
    looked = 0
    for name in ("level", "risk", "selection", "expiring", "unused", "lifetime", "holder", "permission"):
        (select,) = page.all("select", name=name)
        for option in select.all("option"):
            value = option.attributes["value"]
            if not value or (name == "permission" and value not in {"contents", "members"}):
                continue
            fitting = sum(one.fits({name: value}, clock.now()) for one in rows)
            assert option.text.endswith(f"({fitting})"), (name, option.text, fitting)
            looked += 1
    assert looked > 20
    assert "Numbers in the filters count active tokens" in page.text


@pytest.mark.parametrize("days", [-40, 40, 400])
def test_what_ends_and_rests_is_counted_by_the_clock_of_the_reading(full: tuple[Desk, list[Plain]], days: int) -> None:
    """The statement that counts is written once, at another time."""
    desk, rows = full
    with clock.moved(days * DAY):
        counts, now = facets.counted(desk.organization.pk), clock.now()
    for name in ("expiring", "unused"):
        expected = {value: sum(one.fits({name: value}, now) for one in rows) for value in counts[name]}
        assert counts[name] == expected, name


def shown(desk: Desk, **query: str) -> tuple[str, list[int]]:
    """The number beside the list's heading, and the pat_ids of its first page."""
    box = get(desk.browser, TOKENS, **query).all("section", id="listing")[0]
    ids = [int(row.attributes["id"].rsplit("-", 1)[1]) for row in box.all("tr", data_row="*")]
    return box.all("span", class_="Counter")[0].text, ids


def test_of_very_many_one_filter_leaves_as_many_as_the_last_reading_counted(full: tuple[Desk, list[Plain]]) -> None:
    desk, rows = full
    tally = Tally.objects.get(organization=desk.organization)
    tally.counts["risk"]["2"] = 24_312
    tally.save()
    for query, said in (({"risk": "2"}, "24,312"), ({"risk": "2", "expiring": "never"}, None)):
        fitting = [one for one in rows if one.fits(query, clock.now())]
        fitting.sort(key=lambda one: (one.key("newest"), one.grant.pk), reverse=True)
        assert shown(desk, **query) == (said or str(len(fitting)), [one.grant.pat_id for one in fitting][:25])
        assert fitting


def test_no_number_is_told_before_the_first_count(patrol: GitHub) -> None:
    desk = Desk(patrol)
    Tally.objects.all().delete()
    page = get(desk.browser, TOKENS)
    assert not any("(" in option.text for option in page.all("select", name="risk")[0].all("option"))
    assert "Numbers in the filters" not in page.text


def test_each_filter_that_is_set_is_a_chip_that_takes_it_away(desk: Desk) -> None:
    page = get(desk.browser, TOKENS, risk="1", q="<b>x", state="all", sort="owner", cursor="nonsense")
    chips = {one.text: one.attributes["href"] for one in page.all("a", class_="FilterChip")}
    assert chips == {
        "Search: <b>x Take this filter away": f"{TOKENS}?risk=1&state=all&sort=owner",
        "Risk: Medium or more Take this filter away": f"{TOKENS}?q=%3Cb%3Ex&state=all&sort=owner",
        "State: All Take this filter away": f"{TOKENS}?risk=1&q=%3Cb%3Ex&sort=owner",
    }
    assert page.all("a", class_="FilterChips-all", href=TOKENS)
    assert not get(desk.browser, TOKENS, sort="owner").all("a", class_="FilterChip"), "an order is no filter"


def test_nonsense_filters_nothing_and_makes_no_chip(desk: Desk) -> None:
    everything = get(desk.browser, TOKENS).names
    page = get(desk.browser, TOKENS, risk="99", lifetime="x", holder="here", selection="'; --")
    assert page.names == everything
    assert not page.all("a", class_="FilterChip")
    for unused in ("0", "367", "045", "1e1", "-1", "\u0664\u0665", "9" * 400, "\x00"):
        page = get(desk.browser, TOKENS, unused=unused)
        assert (page.names, page.all("a", class_="FilterChip")) == (everything, [])


def test_a_filter_shows_only_organizations_of_the_reader(patrol: GitHub) -> None:
    patrol.grant(organization=OTHER_ORGANIZATION, name="elsewhere", login=MEMBER)
    desk = Desk(patrol, organization=OTHER_ORGANIZATION)
    assert "elsewhere" in get(desk.browser, "/tokens/", q="ELSEWHERE", unused="never").names
    assert get(desk.browser, "/tokens/", q="elsewhere", organization="somebody-elses").names


def test_what_a_token_became_since_is_found_by_its_new_name_and_use(desk: Desk) -> None:
    grant = desk.grant(name="old-name", login=MEMBER, expires_in_days=None)
    used = (clock.now() - timedelta(days=1)).isoformat()
    desk.github.change(f"tokens/{grant.token.token_id}", name="new-name", last_used_at=used)
    desk.sync()
    assert get(desk.browser, TOKENS, q="NEW-NAME").names == ["new-name"]
    assert get(desk.browser, TOKENS, q="old-name").names == []
    assert "new-name" not in get(desk.browser, TOKENS, unused="never").names


def test_every_filter_costs_as_few_queries(
    full: tuple[Desk, list[Plain]], django_assert_max_num_queries: AtMost
) -> None:
    desk, _ = full
    everything = "q=e&owner=e&repository=a&permission=contents&level=read&risk=1&selection=subset&unused=30&lifetime=90"
    for query in (
        "",
        "state=all",
        "sort=risk",
        "q=deploy",
        "holder=left",
        "state=on_its_way",
        "state=wider",
        everything,
    ):
        for path in (TOKENS, "/tokens/"):
            with django_assert_max_num_queries(12):
                desk.browser.get(f"{path}?{query}")
