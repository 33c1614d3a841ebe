"""Settings of one organization: GitHub's own, as entered, beside what Patrol observed."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.github import deliveries
from apps.github.models import Delivery
from apps.tokens.models import StatedPolicy
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle
from tests.github import GitHub
from tests.github.webhooks import envelope, send

Browse = Callable[[str], Client]
PAGE = f"/orgs/{ORGANIZATION}/settings/"


def test_an_owner_enters_what_github_has_no_api_for(patrol: GitHub, browse: Browse) -> None:
    """Who entered it stands beside it and in the record."""
    answer = browse(OWNER).post(PAGE, {"approval_required": "true", "fine_grained_max_days": "90"})
    assert answer.status_code == 302
    stated = StatedPolicy.objects.get(organization__login=ORGANIZATION)
    assert (stated.approval_required, stated.fine_grained_max_days, stated.classic_allowed) == (True, 90, None)
    assert stated.stated_by_login == OWNER
    assert Event.objects.filter(name="stated_policy.changed", actor_login=OWNER).count() == 1


@pytest.mark.parametrize("days", ["0", "367", "many", "-1"])
def test_a_lifetime_github_does_not_know_is_refused(patrol: GitHub, browse: Browse, days: str) -> None:
    """Nothing is saved, what was typed stays."""
    answer = browse(OWNER).post(PAGE, {"fine_grained_max_days": days})
    assert answer.status_code == 422
    assert f'value="{days}"' in answer.content.decode()
    assert not StatedPolicy.objects.exists()


def test_a_token_without_a_request_speaks_against_approval(patrol: GitHub, browse: Browse) -> None:
    """It came after the first reading, of a member, and no request was seen."""
    settle()
    browser = browse(OWNER)
    browser.post(PAGE, {"approval_required": "true"})
    assert "appeared without a request" not in browser.get(PAGE).content.decode()
    patrol.change("clock", advance_seconds=120)
    patrol.grant(organization=ORGANIZATION, login=MEMBER)
    browser.post(f"/orgs/{ORGANIZATION}/sync/")
    settle()
    assert "1 token appeared without a request we saw" in browser.get(PAGE).content.decode()


def test_only_owners_see_and_change_it(patrol: GitHub, browse: Browse) -> None:
    """403 and 404, on reading and on writing."""
    for login, status in ((MEMBER, 403), (OUTSIDER, 404)):
        browser = browse(login)
        assert browser.get(PAGE).status_code == status
        assert browser.post(PAGE, {"approval_required": "true"}).status_code == status
    assert not StatedPolicy.objects.exists()


def test_the_page_says_when_the_last_webhook_came(patrol: GitHub, browse: Browse) -> None:
    """One about another organization does not count."""
    client = browse(OWNER)
    send("probe", envelope("made", OTHER_ORGANIZATION))
    deliveries.process(Delivery.objects.latest("pk").pk)
    assert "no delivery about this organization was seen" in client.get(PAGE).content.decode()
    send("probe", envelope("made"))
    deliveries.process(Delivery.objects.latest("pk").pk)
    assert "Webhooks: last delivery came" in client.get(PAGE).content.decode()
