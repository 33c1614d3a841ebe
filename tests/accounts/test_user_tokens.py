"""A person's tokens: refreshed in time, by one process only, and given up when GitHub says no."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from django.db import connection
from django.test import Client

from apps.accounts import access, services
from apps.accounts.credentials import LEASE
from apps.accounts.errors import NeedsSignIn
from apps.accounts.models import User, UserToken
from apps.core import clock, crypto
from apps.github import errors
from apps.github.models import App
from tests.accounts.steps import is_signed_in
from tests.accounts.test_access import PAGE, organization, person
from tests.cast import OWNER
from tests.github import TIMEOUT, GitHub

pytestmark = pytest.mark.database
NEARLY_OVER = timedelta(hours=7, minutes=56)
TOKEN_ENDPOINT = "^/login/oauth/access_token"


@pytest.fixture
def owner(browse: Callable[[str], Client]) -> User:
    """Somebody with tokens."""
    return person(browse(OWNER))


def kept(user: User) -> UserToken:
    """The row as it is now."""
    return UserToken.objects.get(user=user)


def works(patrol: GitHub, access_token: str) -> bool:
    """Whether GitHub takes it."""
    answer = requests.get(f"{patrol.url}/user", headers={"Authorization": f"Bearer {access_token}"}, timeout=TIMEOUT)
    return answer.status_code == 200


def spend(patrol: GitHub, refresh: str) -> None:
    """Refresh behind Patrol's back: what is left after an answer that got lost."""
    app = App.objects.get()
    fields = {"client_id": app.client_id, "client_secret": app.client_secret, "refresh_token": refresh}
    answer = requests.post(
        f"{patrol.url}/login/oauth/access_token",
        data={**fields, "grant_type": "refresh_token"},
        headers={"Accept": "application/json"},
        timeout=TIMEOUT,
    )
    assert "access_token" in answer.json()


def test_a_token_with_time_left_is_used_as_it_is(patrol: GitHub, owner: User) -> None:
    before = kept(owner)
    with clock.moved(timedelta(hours=7, minutes=54)), services.user_client(owner) as client:
        assert client.user().login == OWNER
    assert kept(owner).version == before.version


def test_a_token_near_its_end_is_replaced_and_the_old_pair_is_dead(patrol: GitHub, owner: User) -> None:
    before = kept(owner)
    with clock.moved(NEARLY_OVER), services.user_client(owner) as client:
        assert client.user().login == OWNER
    after = kept(owner)
    assert after.version == before.version + 1
    assert after.refreshing_until is None
    assert works(patrol, after.access)
    assert not works(patrol, before.access)
    assert after.refresh != before.refresh


def test_a_chain_of_refreshes_goes_on_for_days(patrol: GitHub, owner: User) -> None:
    for day in range(1, 4):
        with clock.moved(timedelta(days=day)), services.user_client(owner) as client:
            assert client.user().login == OWNER
    assert kept(owner).version == 4


def test_tokens_that_never_expire_are_never_refreshed(patrol: GitHub, owner: User) -> None:
    UserToken.objects.update(expires_at=None, refresh_expires_at=None)
    patrol.fail("500", TOKEN_ENDPOINT, times=10)
    with clock.moved(timedelta(days=300)), services.user_client(owner) as client:
        assert client.user().login == OWNER


def in_threads(work: Callable[[], Any], count: int) -> list[Any]:
    """What each of `count` threads got, all begun at the same moment."""
    results: list[Any] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait(timeout=TIMEOUT)
        try:
            results.append(work())
        except Exception as error:  # what a thread raised is its result
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.parametrize("count", [2, 6])
def test_whoever_comes_at_once_shares_one_refresh(patrol: GitHub, owner: User, count: int) -> None:
    """A second refresh would spend a token that is already dead, and lose the sign-in."""
    before = kept(owner)
    patrol.fail("hang", TOKEN_ENDPOINT, after=True, seconds=1)
    with clock.moved(NEARLY_OVER):
        found = in_threads(lambda: services.user_client(owner).user().login, count)
    assert found == [OWNER] * count
    assert kept(owner).version == before.version + 1
    with clock.moved(timedelta(days=1)), services.user_client(owner) as client:
        assert client.user().login == OWNER


def test_a_refresh_that_was_left_half_way_is_taken_over_after_its_lease(patrol: GitHub, owner: User) -> None:
    with clock.moved(NEARLY_OVER):
        UserToken.objects.update(refreshing_until=clock.now() + LEASE)
    with clock.moved(NEARLY_OVER + LEASE + timedelta(seconds=1)), services.user_client(owner) as client:
        assert client.user().login == OWNER
    assert kept(owner).version == 2


def test_a_refresh_whose_answer_got_lost_needs_a_new_sign_in(patrol: GitHub, owner: User) -> None:
    spend(patrol, kept(owner).refresh)
    with clock.moved(NEARLY_OVER), pytest.raises(NeedsSignIn):
        services.user_client(owner)
    assert kept(owner).sealed_access == ""
    with pytest.raises(NeedsSignIn):
        services.user_client(owner)


def test_an_answer_that_comes_too_late_is_a_lost_one(patrol: GitHub, owner: User, settings: Any) -> None:
    """The first try cannot know; the second hears from GitHub that the refresh token was spent."""
    settings.GITHUB_READ_SECONDS = 1
    patrol.fail("hang", TOKEN_ENDPOINT, after=True, seconds=3)
    with clock.moved(timedelta(hours=9)):
        with pytest.raises(errors.Transient):
            services.user_client(owner)
        with pytest.raises(NeedsSignIn):
            services.user_client(owner)


def test_a_sign_in_that_is_away_leaves_the_last_minutes_usable(patrol: GitHub, owner: User) -> None:
    patrol.fail("500", TOKEN_ENDPOINT, times=2)
    with clock.moved(NEARLY_OVER), services.user_client(owner) as client:
        assert client.user().login == OWNER
    with clock.moved(timedelta(hours=9)):
        with pytest.raises(errors.Transient):
            services.user_client(owner)
        with services.user_client(owner) as client:
            assert client.user().login == OWNER


def test_a_refresh_token_past_its_end_is_not_even_sent(patrol: GitHub, owner: User) -> None:
    patrol.fail("500", TOKEN_ENDPOINT, times=10)
    with clock.moved(timedelta(days=185)), pytest.raises(NeedsSignIn):
        services.user_client(owner)


def test_a_401_makes_the_token_unusable_and_the_next_page_asks_for_a_sign_in(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    """GitHub's webhook "revoked" is only a hint; the 401 is the proof."""
    browser = browse(OWNER)
    owner = person(browser)
    spend(patrol, kept(owner).refresh)
    with services.user_client(owner) as client, pytest.raises(errors.Unauthorized):
        client.user()
    assert kept(owner).sealed_access == ""
    with clock.moved(timedelta(seconds=61)), pytest.raises(NeedsSignIn):
        access.require_owner_now(owner, organization())
    with clock.moved(timedelta(minutes=6)):
        answer = browser.get(PAGE)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?next=%2Forgs%2F")
        assert not is_signed_in(browser)


def test_a_swap_of_a_part_is_led_to_the_sign_in_as_a_whole_page(
    patrol: GitHub, browse: Callable[[str], Client]
) -> None:
    browser = browse(OWNER)
    UserToken.objects.update(sealed_access="")
    with clock.moved(timedelta(minutes=6)):
        shown = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}?risk=2"}
        answer = browser.get(PAGE, headers=shown)
        assert answer["HX-Redirect"] == f"/sign-in/?{urlencode({'next': f'{PAGE}?risk=2'})}"


def test_a_401_for_a_token_that_was_just_replaced_harms_nothing(patrol: GitHub, owner: User) -> None:
    with services.user_client(owner) as old:
        with clock.moved(NEARLY_OVER):
            services.user_client(owner)
        with pytest.raises(errors.Unauthorized):
            old.user()
    assert works(patrol, kept(owner).access)


def test_who_never_signed_in_needs_to(owner: User) -> None:
    stranger = User.objects.create(id=1, login="stranger")
    with pytest.raises(NeedsSignIn):
        services.user_client(stranger)


def test_another_persons_sealed_token_does_not_open(patrol: GitHub, owner: User) -> None:
    """A row's secrets moved to another row are noise there, not somebody else's rights."""
    thief = User.objects.create(id=1, login="thief")
    mine = kept(owner)
    theirs = UserToken.objects.create(user=thief, sealed_access=mine.sealed_access, sealed_refresh=mine.sealed_refresh)
    with pytest.raises(crypto.Sealed):
        _ = theirs.access
    with pytest.raises(NeedsSignIn):
        services.user_client(thief)


def test_tokens_whose_key_is_lost_need_a_new_sign_in(owner: User, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [crypto.new_key("other")]
    with pytest.raises(NeedsSignIn):
        services.user_client(owner)
