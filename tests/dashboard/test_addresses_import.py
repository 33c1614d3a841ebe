"""Addresses that owners hand in: shown, then written; wrong lines come back, and none is lost."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts import contact_imports, contacts
from apps.accounts.models import ContactImport
from apps.audit.models import Event
from apps.core import clock
from apps.github.models import Member
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.dashboard.addressing import PAGE, desk_of, email_of, give, hand_in, lines, number, people, write
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]


@beginning
def desk(patrol: GitHub) -> Desk:
    return desk_of(patrol)


# --- handing in -------------------------------------------------------------------------------------------------


def test_a_list_is_shown_before_anything_is_written(desk: Desk) -> None:
    give(number(MEMBER), desk.organization, email="old@example.com")
    give(number(OWNER), desk.organization, email="olive@example.com")
    content = (
        f"login,email\n{MEMBER},new@example.com\n{OWNER},olive@EXAMPLE.com\n{SECOND_OWNER},sid@example.com\n"
        f"nobody-here,x@example.com\n{SECOND_OWNER},again@example.com\n{OUTSIDER},no address\n"
    )
    answer = hand_in(desk, content)
    page = desk.browser.get(answer["Location"])
    assert page.context["plan"].counts == {"new": 1, "changed": 1, "same": 1, "unknown": 1, "invalid": 2}
    for words in ("Nobody of this login", "Line 4 names the same person", "no e-mail address", "sid@example.com"):
        assert words in page.content.decode()
    assert email_of(MEMBER, desk.organization) == "old@example.com"
    assert email_of(SECOND_OWNER, desk.organization) == ""
    done = desk.browser.post(answer["Location"], {"seen": page.context["digest"]})
    assert done.status_code == 302
    assert email_of(MEMBER, desk.organization) == "new@example.com"
    assert email_of(SECOND_OWNER, desk.organization) == "sid@example.com"
    after = desk.browser.get(done["Location"]).content.decode()
    assert "Lines that were left out" in after
    assert "Nobody of this login" in after


def test_what_is_left_out_comes_as_a_file_that_can_be_mended(desk: Desk) -> None:
    answer = hand_in(desk, f"login,email\n{MEMBER},max@example.com\n=cmd,x@example.com\n{OWNER},olive\n")
    found = lines(desk.browser.get(f"{answer['Location']}left-out.csv"))
    assert found[0] == ["github_id", "login", "email", "line", "problem"]
    assert [row[:4] for row in found[1:]] == [["", "'=cmd", "x@example.com", "3"], ["", OWNER, "olive", "4"]]
    assert all(row[4] for row in found[1:])


def test_a_file_counts_as_pasted_lines_do(desk: Desk) -> None:
    file = SimpleUploadedFile("people.csv", f"\ufeffid;email\r\n{number(MEMBER)};max@example.com\r\n".encode())
    answer = desk.browser.post(f"{PAGE}import/", {"file": file, "lines": ""})
    page = desk.browser.get(answer["Location"])
    assert desk.browser.post(answer["Location"], {"seen": page.context["digest"]})["Location"] == PAGE
    assert email_of(MEMBER, desk.organization) == "max@example.com"


def test_what_is_no_list_is_refused_on_the_page(desk: Desk) -> None:
    large = SimpleUploadedFile("people.csv", b"a,b@example.com\n" * 150_000)
    answers = {
        "Choose a file": hand_in(desk, ""),
        "no column": hand_in(desk, "words"),
        "20,000": hand_in(desk, "a,b\n" * 20_001),
        "larger than 2 MiB": hand_in(desk, "", file=large),
    }
    for says, answer in answers.items():
        assert answer.status_code == 422
        assert says in answer.content.decode()
    assert not ContactImport.objects.exists()


def test_what_changed_since_it_was_shown_is_shown_again(desk: Desk) -> None:
    answer = hand_in(desk, f"login,email\n{MEMBER},max@example.com\n")
    seen = desk.browser.get(answer["Location"]).context["digest"]
    give(number(MEMBER), desk.organization, email="max@example.com")
    late = desk.browser.post(answer["Location"], {"seen": seen})
    assert late.status_code == 409
    assert b"Something changed" in late.content


def test_a_list_is_applied_once_and_within_the_hour(desk: Desk) -> None:
    from datetime import timedelta

    answer = hand_in(desk, f"login,email\n{MEMBER},max@example.com\nnobody,x@example.com\n")
    seen = desk.browser.get(answer["Location"]).context["digest"]
    assert desk.browser.post(answer["Location"], {"seen": seen}).status_code == 302
    assert desk.browser.post(answer["Location"], {"seen": seen}).status_code == 409
    with clock.moved(timedelta(minutes=59)):
        assert desk.browser.get(answer["Location"]).status_code == 200
    with clock.moved(timedelta(minutes=61)):
        assert contact_imports.kept(
            user=desk.user, organization=desk.organization, number=ContactImport.objects.get().pk
        ) is None  # fmt: skip
        assert contact_imports.forget_old() == 1


def test_people_are_known_by_number_and_a_login_means_who_bears_it_now(desk: Desk) -> None:
    left = Member.objects.create(
        organization=desk.organization, user_id=4_711, login="moved", role="member", left_at=clock.now()
    )
    now = Member.objects.create(organization=desk.organization, user_id=4_712, login="Moved", role="member")
    write(desk, "login,email\nmoved,new-one@example.com\n")
    write(desk, f"id,login,email\n{left.user_id},anything,old-one@example.com\n")
    found = contacts.addresses([left.user_id, now.user_id], organization_id=desk.organization.pk)
    assert {pk: one.email for pk, one in found.items()} == {
        4_711: "old-one@example.com", 4_712: "new-one@example.com"
    }  # fmt: skip


def test_who_holds_a_token_may_be_given_an_address_whether_a_member_or_not(desk: Desk) -> None:
    pk, _ = next(one for one in people(desk) if one[1] != MEMBER)
    Member.objects.filter(user_id=pk).delete()
    write(desk, f"id,email\n{pk},left@example.com\n")
    assert contacts.addresses([pk], organization_id=desk.organization.pk)


def test_a_list_is_its_owners_and_its_organizations(desk: Desk, browse: Browse) -> None:
    path = hand_in(desk, f"login,email\n{MEMBER},max@example.com\n")["Location"]
    other = path.replace(ORGANIZATION, OTHER_ORGANIZATION)
    for browser, address in ((browse(SECOND_OWNER), path), (desk.browser, other)):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"seen": "x"}).status_code == 404
        assert browser.get(f"{address}left-out.csv").status_code == 404


def test_a_list_is_sealed_and_in_no_event(desk: Desk) -> None:
    write(desk, f"login,email\n{MEMBER},max@example.com\n")
    assert "example" not in ContactImport.objects.get().sealed_lines
    event = Event.objects.get(name="contact.imported")
    assert event.chain == desk.organization.pk
    assert event.data["contacts_new"] == 1
    assert not any(b"max@example" in bytes(one.canonical) for one in Event.objects.all())
