"""A regenerated token: proof where its id stays, and a person's word where it does not."""

from typing import Any

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.tokens.models import Grant, ReplacementConfirmation
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.conftest import SMALL_WORLD, sign_in
from tests.github import GitHub
from tests.tokens.desk import Desk, work
from tests.tokens.reminded import at, days_before, minute, thresholds

WORLDS = ["A", "B"]


@pytest.fixture
def desk(patrol: GitHub, request: Any) -> Desk:
    patrol.change("reset", **SMALL_WORLD, worlds={"regenerate_token_id": getattr(request, "param", "B")})
    return Desk(patrol)


def regenerated(desk: Desk, **fields: Any) -> tuple[Grant, Grant]:
    """A token of a member that was regenerated with twenty days to go: what was, and what goes on."""
    old = desk.grant(login=MEMBER, name="deploy", expires_in_days=20.5, **fields)
    after = desk.github.change(f"tokens/{old.token.token_id}/regenerate", expires_in_days=90)
    desk.sync()
    return old, Grant.objects.get(organization=desk.organization, pat_id=after["id"])


def page(browser: Client, grant: Grant) -> str:
    answer = browser.get(f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def say(browser: Client, old: Grant, new: Grant) -> int:
    return browser.post(f"/orgs/{ORGANIZATION}/tokens/{old.pat_id}/replaced/", {"by": new.pat_id}).status_code


@pytest.mark.parametrize("desk", ["A"], indirect=True)
def test_a_token_that_keeps_its_id_has_another_end_and_other_reminders(desk: Desk) -> None:
    old = desk.grant(login=MEMBER, name="deploy", expires_in_days=20.5)
    first_end = days_before(old, 14)
    with at(first_end):
        minute()
    assert thresholds(old) == [14]
    desk.github.change(f"tokens/{old.token.token_id}/regenerate", expires_in_days=60.5)
    desk.sync()
    with at(first_end):
        minute()
    assert thresholds(old) == []
    with at(days_before(old, 30)):
        minute()
    assert thresholds(old) == [30]


@pytest.mark.database
def test_a_twin_is_likely_and_stops_nothing_until_somebody_says_so(desk: Desk) -> None:
    old, new = regenerated(desk)
    assert "Likely replaced" in page(desk.browser, old)
    assert "Likely replaced" not in page(desk.browser, new)
    with at(days_before(old, 14)):
        minute()
    assert thresholds(old) == [14]
    assert say(desk.browser, old, new) == 302
    assert "owner confirmed that" in page(desk.browser, old)
    with at(days_before(old, 7)):
        minute()
    assert thresholds(old) == [14]
    assert Event.objects.filter(name="grant.replacement_confirmed", actor_login=OWNER).count() == 1


def test_its_holder_says_so_as_well(desk: Desk) -> None:
    old, new = regenerated(desk)
    assert say(sign_in(Client(), MEMBER), old, new) == 302
    assert ReplacementConfirmation.objects.get().confirmed_by_login == MEMBER


def test_its_holder_says_so_on_the_page_of_their_own_tokens(desk: Desk) -> None:
    old, new = regenerated(desk)
    desk.grant(login=MEMBER, name="another", expires_in_days=20.5)
    member = sign_in(Client(), MEMBER)
    shown = " ".join(member.get("/my/tokens/").content.decode().split())
    assert shown.count("Likely replaced:") == 1
    assert f'name="by" value="{new.pat_id}"' in shown
    answer = member.post(
        f"/orgs/{ORGANIZATION}/tokens/{old.pat_id}/replaced/", {"by": new.pat_id, "next": "/my/tokens/"}
    )
    assert answer["Location"] == "/my/tokens/"
    assert "as member said" in " ".join(member.get("/my/tokens/").content.decode().split())


def test_nobody_else_may_say_so(desk: Desk) -> None:
    old = desk.grant(login=SECOND_OWNER, name="deploy", expires_in_days=20.5)
    after = desk.github.change(f"tokens/{old.token.token_id}/regenerate")
    desk.sync()
    new = Grant.objects.get(pat_id=after["id"])
    assert say(sign_in(Client(), MEMBER), old, new) == 403
    assert say(sign_in(Client(), OUTSIDER), old, new) == 404
    assert say(Client(), old, new) == 302  # to the sign-in
    assert not ReplacementConfirmation.objects.exists()


def test_what_was_taken_back_is_reminded_of_again(desk: Desk) -> None:
    old, new = regenerated(desk)
    say(desk.browser, old, new)
    assert desk.browser.post(f"/orgs/{ORGANIZATION}/tokens/{old.pat_id}/not-replaced/").status_code == 302
    with at(days_before(old, 7)):
        minute()
    assert thresholds(old) == [7]


def test_a_successor_that_lost_its_access_replaces_nothing(desk: Desk) -> None:
    old, new = regenerated(desk)
    say(desk.browser, old, new)
    desk.revoke(new)
    work()
    with at(days_before(old, 7)):
        minute()
    assert thresholds(old) == [7]


@pytest.mark.parametrize(
    "difference",
    [
        {"name": "another"},
        {"permissions": {"repository": {"contents": "write"}}},
        {"repository_selection": "all"},
        {"login": SECOND_OWNER},
        {"expires_in_days": 10},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_token_that_is_not_like_it_does_not_look_like_its_successor(desk: Desk, difference: dict[str, Any]) -> None:
    old = desk.grant(login=MEMBER, name="deploy", expires_in_days=20.5)
    other = desk.grant(**{"login": MEMBER, "name": "deploy", "expires_in_days": 90, **difference})
    assert "Likely replaced" not in page(desk.browser, old)
    say(desk.browser, old, other)
    assert not ReplacementConfirmation.objects.exists()


def test_other_repositories_are_another_token(desk: Desk) -> None:
    names = desk.github.contents(ORGANIZATION)["repositories"][:2]
    old = desk.grant(login=MEMBER, name="deploy", expires_in_days=20.5, repositories=names)
    desk.grant(login=MEMBER, name="deploy", expires_in_days=90, repositories=names[:1])
    assert "Likely replaced" not in page(desk.browser, old)
    desk.grant(login=MEMBER, name="deploy", expires_in_days=91, repositories=names)
    assert "Likely replaced" in page(desk.browser, old)
