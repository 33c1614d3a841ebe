"""GitHub does not answer: reading goes on for an hour after the last good look, writing stops."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts import access
from apps.accounts.errors import GitHubAway
from apps.core import clock
from tests.accounts.test_access import PAGE, organization, person
from tests.cast import ORGANIZATION, OTHER_ORGANIZATION, OWNER
from tests.github import GitHub

pytestmark = pytest.mark.database
BANNER = b"GitHub did not answer since"


def break_down(patrol: GitHub, kind: str = "500", **how: Any) -> None:
    """Whatever is asked about people fails from now on."""
    patrol.fail(kind, "^/(user|login)", times=10_000, **how)


def test_reading_goes_on_with_a_banner_and_ends_after_an_hour(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    looked = access.last_look(person(client))
    break_down(patrol)
    with clock.moved(timedelta(minutes=4)):
        page = client.get(PAGE)
        assert page.status_code == 200
        assert BANNER not in page.content
        assert access.stale_since(person(client)) is None
    for minutes in (6, 59):
        with clock.moved(timedelta(minutes=minutes)):
            page = client.get(PAGE)
            assert page.status_code == 200
            assert BANNER in page.content
            assert access.stale_since(person(client)) == looked
    with clock.moved(timedelta(minutes=61)):
        page = client.get(PAGE)
        assert page.status_code == 503
        assert page["Retry-After"] == "30"
        assert b"GitHub does not answer" in page.content
        assert ORGANIZATION.encode() not in page.content
        assert client.get("/").status_code == 503
        with pytest.raises(GitHubAway):
            access.owned_organizations(person(client))
        assert access.visible_organizations(person(client)) == []


def test_nothing_is_written_while_github_is_away(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    user = person(browse(OWNER))
    break_down(patrol)
    with clock.moved(timedelta(seconds=61)), pytest.raises(GitHubAway, match="nothing was sent"):
        access.require_owner_now(user, organization())


def test_an_ip_allow_list_that_bars_the_persons_token_is_named_and_takes_no_role(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    """The App's own addresses let its installation tokens in, and nobody's user tokens."""
    client = browse(OWNER)
    patrol.change("ip-allow-list", organization=ORGANIZATION, bars=["user"])
    with clock.moved(timedelta(seconds=61)):
        with pytest.raises(GitHubAway, match=f"IP allow list of {ORGANIZATION}"):
            access.require_owner_now(person(client), organization())
        access.require_owner_now(person(client), organization(OTHER_ORGANIZATION))
    assert client.get(PAGE).status_code == 200
    patrol.change("ip-allow-list", organization=ORGANIZATION, bars=[])
    with clock.moved(timedelta(seconds=130)):
        access.require_owner_now(person(client), organization())


def test_everything_is_as_before_when_github_is_back(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    client = browse(OWNER)
    break_down(patrol)
    with clock.moved(timedelta(minutes=30)):
        assert client.get(PAGE).status_code == 200
    with clock.moved(timedelta(minutes=61)):
        assert client.get(PAGE).status_code == 503
        patrol.heal()
    with clock.moved(timedelta(minutes=62)):
        page = client.get(PAGE)
        assert page.status_code == 200
        assert BANNER not in page.content
        access.require_owner_now(person(client), organization())


def test_one_page_in_half_a_minute_waits_for_github_and_the_others_do_not_ask(
    patrol: GitHub, browse: Callable[[str], Client], settings: Any
) -> None:
    """The page that asked gives up by itself; until the next try GitHub could be well and nobody would look."""
    settings.GITHUB_READ_SECONDS = 1
    client = browse(OWNER)
    patrol.fail("hang", "^/user", seconds=30)
    with clock.moved(timedelta(minutes=6)):
        assert BANNER in client.get(PAGE).content
        assert BANNER in client.get(PAGE).content
    with clock.moved(timedelta(minutes=6, seconds=25)):
        assert BANNER in client.get(PAGE).content
    with clock.moved(timedelta(minutes=6, seconds=45)):
        assert BANNER not in client.get(PAGE).content
    patrol.heal()


def test_a_person_who_was_never_looked_at_sees_nothing(patrol: GitHub, browse: Callable[[str], Client]) -> None:
    user = person(browse(OWNER))
    user.organizations_checked_at = None
    break_down(patrol)
    with pytest.raises(GitHubAway):
        access.owned_organization(user, ORGANIZATION)
