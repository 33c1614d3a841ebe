"""One token: who approved it and what they saw, its owner's other tokens, and what is not known of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from apps.core import clock
from apps.tokens.models import Grant, Review, ToldDecision
from tests.cast import MEMBER, ORGANIZATION, OWNER, SECOND_OWNER
from tests.tokens.desk import Desk, later, work
from tests.tokens.pages import Page, get

AtMost = Callable[[int], AbstractContextManager[object]]
WRITES = {"repository": {"contents": "write", "metadata": "read"}}


def page_of(desk: Desk, grant: Grant) -> Page:
    return get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/")


def approved(desk: Desk, name: str) -> Grant:
    request = desk.request(name=name, login=MEMBER, permissions=WRITES)
    desk.approve(request, reason="For the release")
    work()
    later(seconds=30)
    desk.sync()
    return Grant.objects.get(token=request.token)


def box(page: Page) -> str:
    (found,) = page.all("section", aria_labelledby="approved")
    return found.text


def test_who_approved_and_what_they_saw_stands_there(desk: Desk) -> None:
    grant = approved(desk, "seen-then")
    said = box(page_of(desk, grant))
    for words in (
        OWNER,
        "For the release",
        "Contents: write",
        "1 named repository",
        "is what was approved",
    ):
        assert words in said
    assert Review.objects.get().digest[:16] in said


def test_what_it_has_besides_what_was_approved_is_shown(desk: Desk) -> None:
    grant = approved(desk, "grew-since")
    Grant.objects.filter(pk=grant.pk).update(permissions=WRITES | {"organization": {"members": "write"}})
    said = box(page_of(desk, grant))
    assert "Added" in said
    assert "Members" in said


def test_an_approval_on_github_names_who_and_admits_that_nobody_knows_what_was_seen(desk: Desk) -> None:
    grant = desk.grant(name="decided-there", login=MEMBER)
    ToldDecision.objects.create(
        organization=desk.organization, pat_request_id=4711, token_id=grant.token.token_id, action="approved",
        sender_id=1, sender_login=SECOND_OWNER, told_at=clock.now(), asked={},
    )  # fmt: skip
    said = box(page_of(desk, grant))
    assert SECOND_OWNER in said
    assert "what was seen, it does not tell" in said


def test_an_approval_that_nobody_told_of_is_not_known(desk: Desk) -> None:
    assert "Not known" in box(page_of(desk, desk.grant(name="long-ago", login=MEMBER)))


def test_a_change_on_github_has_an_unknown_cause(desk: Desk) -> None:
    grant = desk.grant(name="changes", login=MEMBER)
    desk.github.change(f"tokens/{grant.token.token_id}", permissions=WRITES)
    desk.sync()
    assert "changed on GitHub, by whom and why is unknown" in page_of(desk, grant).text


def test_last_use_is_githubs_word_with_when_it_was_given(desk: Desk) -> None:
    grant = desk.grant(name="used", login=MEMBER)
    used = clock.now() - timedelta(days=2)
    desk.github.change(f"tokens/{grant.token.token_id}", last_used_at=used.isoformat())
    desk.sync()
    text = page_of(desk, grant).text
    assert "Last seen used 2 days ago , as GitHub told" in text
    assert "GitHub does not document in which steps it counts" in text


def test_the_owner_leads_to_everything_they_hold(desk: Desk) -> None:
    grant = desk.grant(name="one-of-many", login=MEMBER)
    links = [one.attributes["href"] for one in page_of(desk, grant).all("a")]
    assert links.count(f"/people/{MEMBER}/{grant.token.owner_id}/") == 2


def test_the_page_costs_no_more_for_a_token_with_a_long_life(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    grant = approved(desk, "long-life")
    for number in range(5):
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"beside-{number}")
    desk.sync()
    with django_assert_max_num_queries(12):
        assert page_of(desk, grant).status == 200
