"""The first-day view: what waits for nothing any more, in groups, and nothing sent without a click."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.core import clock
from apps.github.services import sync_members
from apps.tokens.models import GrantRequest, Review
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.tokens.desk import Desk
from tests.tokens.pages import Element, get

CLEANUP = f"/orgs/{ORGANIZATION}/requests/cleanup/"
DECIDE = f"/orgs/{ORGANIZATION}/requests/decide/"
EXPIRED, LEFT, OLD = "The token has expired", "The person left the organization", "Older than 30 days"


def age(request: GrantRequest, days: int) -> None:
    GrantRequest.objects.filter(pk=request.pk).update(requested_at=clock.now() - timedelta(days=days))


def groups(browser: Client, path: str = CLEANUP) -> dict[str, Element]:
    """Each group's form by its title, without the count."""
    forms = [one for one in get(browser, path).all("form") if "CleanupGroup" in one.attributes.get("class", "")]
    return {form.all("h2")[0].text.rsplit(" ", 1)[0]: form for form in forms}


def names(group: Element | None) -> set[str]:
    return {one.text for one in group.all("bdi")} if group else set()


@pytest.mark.database
def test_each_request_is_in_the_first_group_it_fits(desk: Desk) -> None:
    expired = desk.request(name="expired-and-old", expires_in_days=-1)
    old = desk.request(name="old", expires_in_days=None)
    desk.request(name="new")
    nearly = desk.request(name="nearly-old")
    for request, days in ((expired, 90), (old, 31), (nearly, 29)):
        age(request, days)
    found = groups(desk.browser)
    assert "expired-and-old" in names(found[EXPIRED])
    assert "old" in names(found[OLD])
    everywhere = [name for group in found.values() for name in names(group)]
    assert "new" not in everywhere
    assert "nearly-old" not in everywhere
    assert everywhere.count("expired-and-old") == 1


@pytest.mark.database
def test_requests_of_people_who_left_are_a_group_once_the_members_were_read(desk: Desk) -> None:
    desk.request(name="of-who-leaves", login=MEMBER)
    assert LEFT not in groups(desk.browser), "nobody is known to have left before the members were read"
    assert "Who left is not known here yet" in get(desk.browser, CLEANUP).text
    desk.github.change("members/remove", organization=ORGANIZATION, login=MEMBER)
    sync_members(desk.organization.pk)
    assert "of-who-leaves" in names(groups(desk.browser)[LEFT])


def test_a_group_denies_what_is_left_selected_with_the_words_suggested(desk: Desk) -> None:
    for request in GrantRequest.objects.all():
        age(request, 1)
    goes, stays = desk.request(name="goes"), desk.request(name="stays")
    age(goes, 40)
    age(stays, 40)
    group = groups(desk.browser)[OLD]
    assert all("checked" in box.attributes for box in group.all("input", name="chosen"))
    assert not Review.objects.exists(), "nothing is sent without a click"
    sent: dict[str, object] = {
        one.attributes["name"]: one.attributes["value"] for one in group.all("input", type="hidden", name="*")
    }
    sent |= {"chosen": [f"{goes.organization_id}:{goes.pat_request_id}"], "reason": group.all("textarea")[0].text}
    assert desk.browser.post(DECIDE, sent)["Location"] == CLEANUP
    review = Review.objects.get()
    assert review.grant_request == goes
    assert review.reason.startswith("This request waited for more than 30 days.")
    assert "goes" not in names(groups(desk.browser).get(OLD)), "what is on its way is not offered again"
    assert "stays" in names(groups(desk.browser)[OLD])


def test_over_all_organizations_each_request_names_its_own(patrol: GitHub) -> None:
    for place in (ORGANIZATION, OTHER_ORGANIZATION):
        patrol.ask(organization=place, name=f"ended-at-{place}", expires_in_days=-1)
    settle()
    browser = sign_in(Client(), OWNER)
    group = groups(browser, "/requests/cleanup/")[EXPIRED]
    assert {f"ended-at-{ORGANIZATION}", f"ended-at-{OTHER_ORGANIZATION}"} <= names(group)
    assert f"in {OTHER_ORGANIZATION}" in group.text


def test_nothing_to_clean_up_says_so(desk: Desk) -> None:
    GrantRequest.objects.update(state=GrantRequest.State.DENIED)
    assert "Nothing to clean up" in get(desk.browser, CLEANUP).text
