"""Whom reminders reach: counted, listed, handed in by owners, read from profiles; of one organization only."""

import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import contacts
from apps.accounts.models import Contact, ContactImport, MachineUsers, ProfileLook, User
from apps.audit.models import Event
from apps.core import clock
from apps.dashboard.addresses import queries
from apps.github.models import Installation, Organization
from apps.tokens import holders
from apps.tokens.models import Grant
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.dashboard.addressing import (
    PAGE,
    Source,
    desk_of,
    email_of,
    give,
    hand_in,
    lines,
    number,
    people,
    reach,
    write,
)
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]


@beginning
def desk(patrol: GitHub) -> Desk:
    return desk_of(patrol)


# --- counting ---------------------------------------------------------------------------------------------------


def test_each_holder_is_counted_once_by_the_source_that_is_trusted_most(desk: Desk) -> None:
    (first, _), (second, _), (third, _), *rest = people(desk)
    elsewhere = Organization.objects.get(login=OTHER_ORGANIZATION)
    give(first, None, Source.CONFIRMED)
    give(first, desk.organization)
    give(second, desk.organization)
    give(second, desk.organization, Source.PROFILE)
    give(third, desk.organization, Source.PROFILE)
    give(rest[0][0], elsewhere)
    give(987_654_321, desk.organization)  # holds nothing
    found = reach(desk)
    assert (found.confirmed, found.owner, found.profile, found.machines) == (1, 1, 1, 0)
    assert (found.holders, found.reachable, found.unreachable) == (len(rest) + 3, 3, len(rest))
    page = desk.browser.get(PAGE).content.decode()
    assert f"Reachable: 3 of {len(rest) + 3}" in page
    assert all(login in page for _, login in rest[:25])


def test_who_is_not_reachable_is_listed_once_with_how_many_tokens(desk: Desk) -> None:
    ended = desk.grant(login=SECOND_OWNER, name="ended", expires_in_days=1)
    Grant.objects.filter(owner_id=ended.owner_id).update(ends_at=clock.now())
    assert SECOND_OWNER not in [one.owner_login for one in queries.addresses(desk.organization).page.rows]
    for token in range(3):
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"more-{token}")
    desk.sync()
    rows = [one for one in queries.addresses(desk.organization).page.rows if one.owner_login == MEMBER]
    held = holders.working(desk.organization.pk).filter(owner_login=MEMBER).count()
    assert [one.tokens for one in rows] == [held]  # type: ignore[attr-defined]
    give(number(MEMBER), desk.organization)
    assert MEMBER not in [one.owner_login for one in queries.addresses(desk.organization).page.rows]


def test_the_unreachable_page_by_page_are_all_of_them_once(desk: Desk) -> None:
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = queries.addresses(desk.organization, cursor, size=3).page
        seen += [one.owner_id for one in page.rows]
        cursor = page.next_cursor
    assert sorted(seen) == [pk for pk, _ in people(desk)]


def test_machine_users_are_reached_by_maintainers_who_have_an_address(desk: Desk) -> None:
    desk.grant(login=MEMBER, name="machine")
    assert reach(desk).machines == 0
    answer = desk.browser.post(f"{PAGE}machines/", {"who": "mem?er", "maintainers": f"{OWNER}, {SECOND_OWNER}"})
    assert answer.status_code == 302
    assert reach(desk).machines == 0, "nobody can write to the maintainers yet"
    give(number(SECOND_OWNER), desk.organization)
    found = reach(desk)
    assert found.machines == 1
    assert MEMBER not in [one.owner_login for one in queries.addresses(desk.organization).page.rows]
    assert len(list(queries.unreachable(desk.organization.pk))) == found.unreachable


def test_the_page_asks_as_often_for_many_as_for_few(desk: Desk) -> None:
    def asked() -> int:
        desk.browser.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            assert desk.browser.get(PAGE).status_code == 200
        return len(captured)

    for who, email in (("*-bot", "a@example.com"), (MEMBER, "b@example.com")):
        desk.browser.post(f"{PAGE}machines/", {"who": who, "maintainers": OWNER, "email": email})
    few = asked()
    assert few <= 12
    for pk, _ in people(desk)[:5]:
        give(pk, desk.organization)
    desk.browser.post(f"{PAGE}machines/", {"who": "ci-*", "maintainers": SECOND_OWNER})
    assert asked() == few


# --- lists, files, switches ---------------------------------------------------------------------------------------


def test_the_unreachable_leave_as_a_file_to_fill_in(desk: Desk) -> None:
    give(number(MEMBER), None, Source.CONFIRMED)
    rows = lines(desk.browser.get(f"{PAGE}to-fill-in.csv"))
    assert rows[0] == ["github_id", "login", "email"]
    assert sorted(int(row[0]) for row in rows[1:]) == [pk for pk, login in people(desk) if login != MEMBER]
    filled = "\n".join(",".join([row[0], row[1], f"p{row[0]}@example.com"]) for row in rows[1:])
    write(desk, f"github_id,login,email\n{filled}")
    assert reach(desk).unreachable == 0
    assert "Everybody is reachable" in desk.browser.get(PAGE).content.decode()


def test_owners_see_what_was_given_and_never_what_people_confirmed(desk: Desk) -> None:
    give(number(MEMBER), desk.organization, email="given@example.com")
    give(number(MEMBER), None, Source.CONFIRMED, email="secret@example.com")
    give(number(OWNER), Organization.objects.get(login=OTHER_ORGANIZATION), email="elsewhere@example.com")
    seen = [desk.browser.get(f"{PAGE}{path}").content.decode() for path in ("", "given/")]
    seen.append(str(lines(desk.browser.post(f"{PAGE}given/export/"))))
    assert "given@example.com" in seen[1]
    assert "given@example.com" in seen[2]
    assert not any("secret@" in one or "elsewhere@" in one for one in seen)
    assert Event.objects.get(name="contact.exported").data == {"count": 1}


def test_one_address_or_all_are_removed(desk: Desk) -> None:
    elsewhere = Organization.objects.get(login=OTHER_ORGANIZATION)
    for login in (MEMBER, OWNER):
        give(number(login), desk.organization)
    give(number(MEMBER), desk.organization, Source.PROFILE)
    give(number(MEMBER), elsewhere)
    give(number(OWNER), None, Source.CONFIRMED)
    desk.browser.post(f"{PAGE}given/remove/", {"person": number(MEMBER)})
    assert Contact.objects.filter(organization=desk.organization).count() == 1
    desk.browser.post(f"{PAGE}given/remove/", {"person": "x"})
    desk.browser.post(f"{PAGE}given/remove/", {})
    assert Contact.objects.count() == 3
    desk.browser.post(f"{PAGE}given/remove/", {"all": "yes"})
    assert {(one.organization_id, one.source) for one in Contact.objects.all()} == {
        (elsewhere.pk, "owner"), (None, "confirmed")
    }  # fmt: skip
    counts = [one.data["count"] for one in Event.objects.filter(name="contact.removed").order_by("pk")]
    assert counts == [2, 1]


def test_profiles_are_read_only_where_the_organization_lets_them(desk: Desk) -> None:
    desk.grant(login=MEMBER, name="mine")
    desk.github.change("profiles", login=MEMBER, email="max@profile.example")
    assert holders.read_profiles() == 0
    assert email_of(MEMBER, desk.organization) == ""
    desk.browser.post(f"{PAGE}profiles/", {"on": "yes"})
    assert holders.read_profiles() == len(people(desk))
    assert email_of(MEMBER, desk.organization) == "max@profile.example"
    assert contacts.addresses([number(MEMBER)], organization_id=0) == {}
    desk.browser.post(f"{PAGE}profiles/", {"on": "no"})
    assert not Contact.objects.exists()
    assert not ProfileLook.objects.exists()
    told = [
        (one.data["now"], one.data["count"] > 0)
        for one in Event.objects.filter(name="contact.profiles_switched").order_by("sequence")
    ]
    assert told == [("on", False), ("off", True)]


def test_a_profile_is_read_again_after_a_month_and_what_it_no_longer_shows_is_forgotten(desk: Desk) -> None:
    from datetime import timedelta

    desk.grant(login=MEMBER, name="mine")
    desk.github.change("profiles", login=MEMBER, email="max@profile.example")
    desk.browser.post(f"{PAGE}profiles/", {"on": "yes"})
    holders.read_profiles()
    desk.github.change("profiles", login=MEMBER, email=None)
    assert holders.read_profiles() == 0
    with clock.moved(timedelta(days=31)):
        assert holders.read_profiles() == len(people(desk))
    assert email_of(MEMBER, desk.organization) == ""


def test_only_who_has_nothing_better_is_looked_at(desk: Desk) -> None:
    desk.browser.post(f"{PAGE}profiles/", {"on": "yes"})
    known = [pk for pk, _ in people(desk)]
    give(known[0], None, Source.CONFIRMED)
    give(known[1], desk.organization)
    assert holders.read_profiles() == len(known) - 2


def test_a_profile_of_who_took_the_login_over_is_not_theirs(desk: Desk) -> None:
    pk, _ = next(one for one in people(desk) if one[1] != MEMBER)
    desk.github.change("profiles", login=MEMBER, email="max@profile.example")
    Grant.objects.filter(owner_id=pk).update(owner_login=MEMBER)
    desk.browser.post(f"{PAGE}profiles/", {"on": "yes"})
    holders.read_profiles()
    assert pk not in contacts.addresses([pk], organization_id=desk.organization.pk)


def test_profiles_wait_where_github_is_away_or_does_not_let_patrol(desk: Desk) -> None:
    desk.browser.post(f"{PAGE}profiles/", {"on": "yes"})
    for kind in ("500", "403"):
        desk.github.fail(kind, "/users/", verb="GET", times=50)
        holders.read_profiles()
        desk.github.heal()
    looked = ProfileLook.objects.count()
    assert looked < len(people(desk))
    holders.read_profiles()
    assert ProfileLook.objects.count() == len(people(desk))


# --- machine users ------------------------------------------------------------------------------------------------


def test_machine_users_are_named_shown_and_forgotten(desk: Desk) -> None:
    maintainers = f"{OWNER} {number(SECOND_OWNER)}"
    fields = {"who": MEMBER, "maintainers": maintainers, "email": "ops@example.com"}
    assert desk.browser.post(f"{PAGE}machines/", fields).status_code == 302
    page = desk.browser.get(f"{PAGE}machines/").content.decode()
    assert f"{OWNER}, {SECOND_OWNER}" in page
    assert "ops@example.com" in page
    machine = [number(MEMBER)]
    here = desk.organization.pk
    found = {machine[0]: sorted([number(OWNER), number(SECOND_OWNER)])}
    assert contacts.maintainers(machine, organization_id=here) == found
    row = MachineUsers.objects.get()
    assert "ops" not in row.sealed_email
    assert desk.browser.post(f"{PAGE}machines/{row.pk}/forget/").status_code == 302
    assert contacts.maintainers(machine, organization_id=here) == {}
    named, forgotten = Event.objects.filter(name__startswith="machine_user.").order_by("pk")
    assert (named.data["person_id"], named.data["maintainers"]) == (machine[0], 3)
    assert forgotten.name == "machine_user.forgotten"


MAKE_NO_SENSE: list[tuple[dict[str, str], str]] = [
    ({"who": "nobody-here", "maintainers": OWNER}, "is no member"),
    ({"who": MEMBER, "maintainers": ""}, "Say who looks after them"),
    ({"who": MEMBER, "maintainers": "nobody-here"}, "is no member"),
    ({"who": MEMBER, "maintainers": MEMBER}, "does not look after itself"),
    ({"who": "*", "maintainers": OWNER}, "means everybody"),
    ({"who": "[ab]*", "maintainers": OWNER}, "A pattern is made of"),
    ({"who": MEMBER, "email": "x"}, "no e-mail address"),
    ({"who": "", "maintainers": OWNER}, "required"),
]


def test_what_makes_no_sense_is_refused_in_words(desk: Desk) -> None:
    for fields, says in MAKE_NO_SENSE:
        answer = desk.browser.post(f"{PAGE}machines/", fields)
        assert answer.status_code == 422, fields
        assert says in answer.content.decode(), fields
    assert not MachineUsers.objects.exists()
    for who in (MEMBER, "*-bot"):
        assert desk.browser.post(f"{PAGE}machines/", {"who": who, "maintainers": OWNER}).status_code == 302
        again = desk.browser.post(f"{PAGE}machines/", {"who": who.upper(), "maintainers": OWNER})
        assert again.status_code == 422
        assert b"there already" in again.content


# --- who may ------------------------------------------------------------------------------------------------------

READS = ["", "to-fill-in.csv", "given/", "machines/"]
WRITES = {
    "import/": {"lines": "login,email\nmember,x@example.com"}, "given/export/": {}, "given/remove/": {"all": "yes"},
    "profiles/": {"on": "yes"}, "machines/": {"who": "x-*", "maintainers": OWNER}, "machines/{row}/forget/": {},
}  # fmt: skip


def test_strangers_and_members_see_and_change_nothing(desk: Desk, browse: Browse) -> None:
    give(number(OWNER), desk.organization)
    row = MachineUsers.objects.create(
        organization=desk.organization, person_id=1, key=uuid.uuid4(), named_at=clock.now()
    ).pk  # fmt: skip
    before = (Contact.objects.count(), ContactImport.objects.count(), MachineUsers.objects.count())
    for path in WRITES.keys() - {"machines/"}:
        assert desk.browser.get(PAGE + path.format(row=row)).status_code == 405
    for login, status in ((OUTSIDER, 404), (MEMBER, 403)):
        browser = browse(login)
        answers = [browser.get(PAGE + path) for path in READS]
        answers += [browser.post(PAGE + path.format(row=row), body) for path, body in WRITES.items()]
        assert {answer.status_code for answer in answers} == {status}, login
    assert (Contact.objects.count(), ContactImport.objects.count(), MachineUsers.objects.count()) == before
    assert not Event.objects.filter(name__startswith="contact.").exists()


def test_who_is_no_owner_any_more_writes_nothing(desk: Desk) -> None:
    from datetime import timedelta

    path = hand_in(desk, f"login,email\n{MEMBER},max@example.com\n")["Location"]
    seen = desk.browser.get(path).context["digest"]
    desk.github.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with clock.moved(timedelta(seconds=90)):
        assert desk.browser.post(path, {"seen": seen}).status_code in (403, 409)
        desk.browser.post(f"{PAGE}profiles/", {"on": "yes"})
    assert not Contact.objects.exists()
    assert not Event.objects.filter(name__startswith="contact.").exists()


def test_where_the_app_was_taken_off_the_page_is_read_only(desk: Desk) -> None:
    Installation.objects.filter(organization=desk.organization).update(suspended_at=clock.now())
    User.objects.update(organizations_checked_at=clock.now())
    assert desk.browser.get(PAGE).status_code == 200
    desk.browser.post(f"{PAGE}machines/", {"who": "x-*", "maintainers": OWNER})
    assert not MachineUsers.objects.exists()
    sign_in(Client(), OWNER)
