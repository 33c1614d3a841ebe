"""Everything of a person is taken away at once: frozen, split by organization, followed, and on record."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.core import clock
from apps.github.models import Installation, Member
from apps.tokens.models import Grant, Review, Token
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, later, state_of
from tests.tokens.pages import Page, get


@beginning
def desk(patrol: GitHub) -> Desk:
    """The member holds two tokens here and one in the other organization."""
    for number in range(2):
        patrol.grant(organization=ORGANIZATION, login=MEMBER, name=f"here-{number}")
    patrol.grant(organization=OTHER_ORGANIZATION, login=MEMBER, name="there-0")
    settle()
    return Desk(patrol)


def theirs() -> "list[Grant]":
    number = Member.objects.filter(login=MEMBER).values_list("user_id", flat=True)[0]
    return list(Grant.objects.active().filter(token__owner_id=number).select_related("token").order_by("pk"))


def path(verb: str, login: str = MEMBER) -> str:
    number = Member.objects.filter(login=login).values_list("user_id", flat=True)[0]
    return f"/people/{login}/{number}/{verb}/"


def sent_form(desk: Desk) -> dict[str, list[str]]:
    return get(desk.browser, path("revoke")).form(path("revoke"))


def test_the_page_before_shows_all_and_sends_nothing(desk: Desk) -> None:
    page = get(desk.browser, path("revoke"))
    for words in ("here-0", "here-1", "there-0", "In 2 organizations", "SSH keys and deploy keys made with it"):
        assert words in page.text
    assert len(page.all("input", name="chosen")) == len(theirs())
    assert f"Revoke {len(theirs())} tokens" in page.text
    assert not Review.objects.exists()


def test_all_are_revoked_in_every_organization_and_the_record_ticks(desk: Desk) -> None:
    grants = theirs()
    answer = desk.browser.post(path("revoke"), sent_form(desk))
    assert answer.status_code == 302
    record = answer["Location"]
    assert record.startswith(path("record"))
    moving = Page(desk.browser.get(record))
    assert "This record is not final" in moving.text
    assert moving.all(id="record", hx_trigger="every 2s")
    for seconds in (0, 5, 30, 120, 600):
        later(seconds=seconds)
    assert {one["verb"] for one in desk.github.ledger()} == {"POST"}
    assert desk.decided() == sorted(grant.pat_id for grant in grants)
    final = Page(desk.browser.get(record))
    assert f"{len(grants)} of {len(grants)} revoked" in final.text
    assert not final.all(hx_trigger="every 2s")
    assert "Still with access" not in final.text
    assert desk.browser.get(record, headers={"HX-Request": "true"}).status_code == 286


def test_what_github_has_not_heard_of_can_be_undone_from_the_record(desk: Desk, settings: Any) -> None:
    settings.UNDO_SECONDS = 8
    record = desk.browser.post(path("revoke"), sent_form(desk))["Location"]
    page = Page(desk.browser.get(record))
    assert f"Undo {len(theirs())}" in page.text
    undone = Page(desk.browser.post(path("undo"), page.form(path("undo")), follow=True))
    assert "taken back before it was sent" in undone.text
    assert desk.sent() == []


def test_an_undo_takes_back_nothing_about_others(desk: Desk, settings: Any) -> None:
    settings.UNDO_SECONDS = 8
    other = Grant.objects.active().exclude(pk__in=[one.pk for one in theirs()]).exclude(token__owner_login=OWNER)
    outcome = desk.revoke(other.filter(organization=desk.organization)[0])
    record = desk.browser.post(path("revoke"), sent_form(desk))["Location"]
    desk.browser.post(path("undo"), Page(desk.browser.get(record)).form(path("undo")))
    assert state_of(outcome) == "ready"
    assert "Too late" in Page(desk.browser.post(path("undo"), follow=True)).text
    assert desk.browser.get(path("undo")).status_code == 405
    assert sign_in(Client(), MEMBER).post(path("undo")).status_code == 404
    assert state_of(outcome) == "ready"


def test_an_organization_that_refuses_keeps_no_other_back(desk: Desk) -> None:
    """Its App lost the permission after the page was shown."""
    form = sent_form(desk)
    held = Installation.objects.get(organization__login=OTHER_ORGANIZATION, app__role="governance")
    held.permissions["organization_personal_access_tokens"] = "read"
    held.save()
    answer = desk.browser.post(path("revoke"), form)
    assert answer.status_code == 200
    page = Page(answer)
    assert f"Patrol only looks at {OTHER_ORGANIZATION}" in page.text
    assert "Revoke on GitHub" in page.text
    assert {one.organization.login for one in Review.objects.select_related("organization")} == {ORGANIZATION}


def test_the_record_says_who_when_what_it_reached_and_in_utc(desk: Desk) -> None:
    grant = desk.grant(name="reaches", login=MEMBER, permissions={"repository": {"contents": "write"}})
    desk.browser.post(path("revoke"), sent_form(desk))
    page = get(desk.browser, path("record"))
    for words in ("reaches", f"token {grant.token.token_id}", "Contents: write", OWNER, f"for {OWNER}"):
        assert words in page.text
    assert grant.repositories.get().name in page.text
    assert re.search(r"Written \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", page.text)
    assert all("data-time" not in one.attributes for one in page.all(id="record")[0].all("time"))


def test_what_changed_meanwhile_is_shown_and_not_sent_and_the_others_are(desk: Desk) -> None:
    form = sent_form(desk)
    changed = theirs()[0]
    Grant.objects.filter(pk=changed.pk).update(permissions={"repository": {"pages": "write"}})
    answer = desk.browser.post(path("revoke"), form)
    page = Page(answer)
    assert answer.status_code == 200
    assert f"{len(theirs()) - 1} of them are on the way to GitHub." in page.text
    assert "It changed after you saw it" in page.text
    assert "Pages" in page.text
    assert changed.pk not in set(Review.objects.values_list("grant", flat=True))
    again = desk.browser.post(path("revoke"), page.form(path("revoke")))
    assert again.status_code == 302
    assert changed.pk in set(Review.objects.values_list("grant", flat=True))


def test_where_all_of_it_changed_nothing_is_sent(desk: Desk) -> None:
    form = sent_form(desk)
    Grant.objects.all().update(permissions={"repository": {"pages": "write"}})
    assert desk.browser.post(path("revoke"), form).status_code == 409
    assert not Review.objects.exists()


def test_a_second_click_decides_nothing_twice(desk: Desk) -> None:
    form = sent_form(desk)
    desk.browser.post(path("revoke"), form)
    before = Review.objects.count()
    assert desk.browser.post(path("revoke"), form).status_code == 409
    assert Review.objects.count() == before


def test_where_patrol_only_looks_the_way_to_github_is_offered_and_nothing_sent(desk: Desk) -> None:
    held = Installation.objects.get(organization__login=OTHER_ORGANIZATION, app__role="governance")
    held.permissions["organization_personal_access_tokens"] = "read"
    held.save()
    page = get(desk.browser, path("revoke"))
    (rest,) = page.all("section", aria_labelledby="not-here")
    assert "there-0" in rest.text
    assert "Revoke on GitHub" in rest.text
    desk.browser.post(path("revoke"), page.form(path("revoke")))
    assert {one.organization.login for one in Review.objects.select_related("organization")} == {ORGANIZATION}


def test_an_owner_cannot_take_their_own_tokens_this_way(desk: Desk) -> None:
    desk.grant(name="my-own", login=OWNER)
    page = get(desk.browser, path("revoke", OWNER))
    assert "another owner has to decide" in page.text
    assert page.all("input", name="chosen") == []


def test_somebody_elses_token_under_the_address_of_a_person_is_a_404(desk: Desk) -> None:
    other = Grant.objects.active().exclude(pk__in=[one.pk for one in theirs()]).first()
    assert other is not None
    form = sent_form(desk)
    key = f"{other.organization_id}:{other.pat_id}"
    form |= {"chosen": [*form["chosen"], key], f"digest-{key}": ["0" * 64]}
    assert desk.browser.post(path("revoke"), form).status_code == 404
    assert not Review.objects.exists()


def test_a_member_can_revoke_nothing_by_hand(desk: Desk) -> None:
    form = sent_form(desk)
    assert sign_in(Client(), MEMBER).post(path("revoke"), form).status_code == 404
    assert not Review.objects.exists()


def test_nothing_chosen_is_told_and_sends_nothing(desk: Desk) -> None:
    page = Page(desk.browser.post(path("revoke"), {}))
    assert "Nothing was selected." in page.text
    assert not Review.objects.exists()


def test_one_organization_may_be_meant_alone(desk: Desk) -> None:
    address = f"{path('revoke')}?organization={OTHER_ORGANIZATION}"
    page = Page(desk.browser.get(address))
    assert "there-0" in page.text
    assert "here-0" not in page.text.replace("there-0", "")
    assert desk.browser.post(address, page.form(address)).status_code == 302
    assert {one.organization.login for one in Review.objects.select_related("organization")} == {OTHER_ORGANIZATION}


def test_a_record_of_nothing_says_so_and_names_what_is_left(desk: Desk) -> None:
    """By its whole name: paper has no page to look at."""
    Token.objects.filter(name="here-0").update(name="n" * 255)
    page = get(desk.browser, path("record"), since=str(int(clock.now().timestamp())))
    assert "Nothing was revoked" in page.text
    assert "Still with access" in page.text
    assert "there-0" in page.text
    assert "n" * 255 in page.text


@pytest.mark.parametrize("since", ["", "yesterday", "-1", "9" * 11, "9" * 40])
def test_a_moment_that_makes_no_sense_harms_nothing(desk: Desk, since: str) -> None:
    assert desk.browser.get(path("record"), {"since": since}).status_code == 200
