"""The Overview: what waits, in every organization of the reader."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.tokens.models import GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION
from tests.conftest import settle
from tests.github import GitHub

Browse = Callable[[str], Client]


def test_an_owner_sees_every_organization_with_what_waits(patrol: GitHub, browse: Browse) -> None:
    """Counts are those of the queue."""
    settle()
    page = browse(OWNER).get("/").content.decode()
    pending = GrantRequest.objects.pending().filter(organization__login=ORGANIZATION).count()
    assert pending > 0
    assert f"Review {pending} request" in page
    assert OTHER_ORGANIZATION in page
    assert "as of" in page


def test_an_organization_behind_saml_says_how_to_see_it(patrol: GitHub, browse: Browse) -> None:
    """It is listed with a link, and nothing of it is shown."""
    settle()
    page = browse(OWNER).get("/").content.decode()
    assert SAML_ORGANIZATION in page
    assert "Sign in with SSO to see it" in page
    assert f"/orgs/{SAML_ORGANIZATION}/sso" in page


@pytest.mark.parametrize("login", [MEMBER, OUTSIDER])
def test_who_owns_nothing_is_led_to_their_own_tokens(patrol: GitHub, browse: Browse, login: str) -> None:
    """Nothing of the Overview is theirs."""
    answer = browse(login).get("/")
    assert (answer.status_code, answer["Location"], answer.content) == (302, "/my/tokens/", b"")


@pytest.mark.parametrize("login", [MEMBER, OUTSIDER])
@pytest.mark.parametrize("path", ["/requests/", "/tokens/", "/expiring/", "/activity/"])
def test_lists_over_all_lead_who_owns_nothing_on_too(patrol: GitHub, browse: Browse, login: str, path: str) -> None:
    """An empty list would say that there is nothing, and not where theirs is."""
    answer = browse(login).get(path)
    assert (answer.status_code, answer["Location"], answer.content) == (302, "/", b"")


def test_the_overview_asks_for_a_sign_in(patrol: GitHub) -> None:
    """Nobody in particular sees nothing."""
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_the_number_of_queries_does_not_grow_with_the_organizations(
    patrol: GitHub, browse: Browse, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    """Twelve at the most."""
    settle()
    browser = browse(OWNER)
    browser.get("/")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        browser.get("/")
