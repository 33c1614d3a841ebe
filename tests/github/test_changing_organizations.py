"""Organizations and their installations change while Patrol runs: nothing is lost, the record says what happened."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.errors import NotAnOwner
from apps.audit.models import Event
from apps.effects.models import Effect
from apps.github import deliveries
from apps.github.models import App, Delivery, FormerLogin, Installation, Organization
from apps.github.services import sync_installations
from apps.tokens.models import Grant, GrantRequest, SyncState, Walk
from apps.tokens.sync import sync_organization
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle
from tests.github import GitHub
from tests.github.webhooks import envelope, send
from tests.tokens.desk import Desk, later, state_of

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
HERE = {"organization": ORGANIZATION}
NEW = "acme-machines"
DECIDES = f"/orgs/{ORGANIZATION}/requests/decide/"
OLD_PAGE, NEW_PAGE = f"/orgs/{ORGANIZATION}/requests/", f"/orgs/{NEW}/requests/"


def names(login: str) -> list[str]:
    """The record of an organization, without what comes of reading it."""
    events = Event.objects.filter(chain=Organization.objects.get(login=login).pk).order_by("sequence")
    return [name for name in events.values_list("name", flat=True) if name.startswith(("installation", "organization"))]


def told(event: str, payload: dict[str, object]) -> Delivery:
    """A message, processed."""
    send(event, payload)
    delivery = Delivery.objects.latest("pk")
    deliveries.process(delivery.pk)
    delivery.refresh_from_db()
    return delivery


# --- another name -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["organization", "installation_target"])
def test_a_renaming_is_followed_at_once(patrol: GitHub, browse: Browse, event: str) -> None:
    """Requests, tokens and the record stay with the organization, under its new name."""
    settle()
    browser = browse(OWNER)
    number = Organization.objects.get(login=ORGANIZATION).pk
    before = GrantRequest.objects.filter(organization=number).count()
    payload = envelope("renamed", changes={"login": {"from": ORGANIZATION}})
    patrol.change("organizations/rename", **HERE, to=NEW)
    assert told(event, payload).state == Delivery.State.PROCESSED
    assert Organization.objects.get(pk=number).login == NEW
    assert GrantRequest.objects.filter(organization=number).count() == before
    assert names(NEW)[-1] == "organization.renamed"
    assert browser.get(NEW_PAGE).status_code == 200
    assert "saw this organization get another name" in browser.get(f"/orgs/{NEW}/activity/").content.decode()


def test_a_renaming_that_nobody_told_of_is_found(patrol: GitHub) -> None:
    patrol.change("organizations/rename", **HERE, to=NEW)
    sync_installations()
    assert FormerLogin.objects.get().login == ORGANIZATION
    sync_installations()
    assert names(NEW).count("organization.renamed") == 1


def test_old_addresses_lead_to_the_new_name_and_say_so(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    patrol.change("organizations/rename", **HERE, to=NEW)
    sync_installations()
    answer = browser.get(f"{OLD_PAGE}?risk=2")
    assert (answer.status_code, answer["Location"]) == (307, f"{NEW_PAGE}?risk=2")
    page = browser.get(f"{OLD_PAGE}?risk=2", follow=True)
    assert f"{ORGANIZATION} is called {NEW} on GitHub now" in page.content.decode()
    posted = browser.post(f"/orgs/{ORGANIZATION}/sync/")
    assert (posted.status_code, posted["Location"]) == (307, f"/orgs/{NEW}/sync/"), "a form is sent again, as it was"


@pytest.mark.parametrize("login", [MEMBER, OUTSIDER])
def test_an_old_address_tells_nobody_else_anything(patrol: GitHub, browse: Browse, login: str) -> None:
    browser = browse(login)
    patrol.change("organizations/rename", **HERE, to=NEW)
    sync_installations()
    answer = browser.get(OLD_PAGE)
    assert answer.status_code == 404
    assert NEW not in answer.content.decode()


def test_a_name_that_somebody_else_took_leads_to_them(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    patrol.change("organizations/rename", **HERE, to=NEW)
    patrol.change("organizations/rename", organization=OTHER_ORGANIZATION, to=ORGANIZATION)
    sync_installations()
    answer = browser.get(OLD_PAGE)
    assert answer.status_code == 200
    assert answer.context["organization"].pk != Organization.objects.get(login=NEW).pk


def test_a_name_taken_back_leads_to_itself(patrol: GitHub, browse: Browse) -> None:
    browser = browse(OWNER)
    for before, after in ((ORGANIZATION, NEW), (NEW, ORGANIZATION)):
        patrol.change("organizations/rename", organization=before, to=after)
        sync_installations()
    assert browser.get(OLD_PAGE).status_code == 200
    assert browser.get(NEW_PAGE)["Location"] == OLD_PAGE


def test_a_reading_that_meets_an_unknown_name_asks_for_the_new_one(patrol: GitHub) -> None:
    """No webhook came: the list answers 404, and nothing of it is taken for gone."""
    organization = Organization.objects.get(login=ORGANIZATION)
    sync_organization(organization.pk)
    held = Grant.objects.active().filter(organization=organization).count()
    assert held
    patrol.change("organizations/rename", **HERE, to=NEW)
    assert sync_organization(organization.pk).state == "paused"
    assert Organization.objects.get(pk=organization.pk).login == NEW
    assert sync_organization(organization.pk).state == "complete"
    assert Grant.objects.active().filter(organization=organization).count() == held
    assert not Walk.objects.filter(organization=organization, state=Walk.State.ASKS).exists()
    assert SyncState.objects.get(organization=organization).error == ""


def test_a_decision_on_its_way_reaches_github_under_the_new_name(patrol: GitHub, browse: Browse) -> None:
    desk = Desk(patrol)
    outcome = desk.approve(desk.request())
    patrol.change("organizations/rename", **HERE, to=NEW)
    for minutes in (2, 4, 8, 16):
        later(minutes=minutes)
    assert state_of(outcome) == Effect.State.CONFIRMED
    ((action, path, login),) = desk.sent()
    assert (action, path.split("/")[2], login) == ("approve", NEW, OWNER)


# --- suspended, uninstalled, installed again --------------------------------------------------------------------------


def test_a_suspension_and_its_end_are_recorded_and_shown(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    shown = browser.get(OLD_PAGE)
    assert DECIDES in shown.content.decode()
    patrol.change("installations/suspend", **HERE)
    told("installation", envelope("suspend"))
    answer = browser.get(OLD_PAGE)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"{ORGANIZATION}: Patrol&#x27;s App was suspended on" in page
    assert "What to do" in page
    assert len(answer.context["page"].rows) == len(shown.context["page"].rows), "what Patrol knew is still there"
    assert DECIDES not in page
    patrol.change("installations/unsuspend", **HERE)
    sync_installations()
    assert "App was suspended" not in browser.get(OLD_PAGE).content.decode()
    assert names(ORGANIZATION)[-2:] == ["installation.suspended", "installation.resumed"]


def test_what_is_uninstalled_and_installed_again_goes_on_with_its_record(patrol: GitHub, browse: Browse) -> None:
    settle()
    browser = browse(OWNER)
    organization = Organization.objects.get(login=ORGANIZATION)
    requests = set(GrantRequest.objects.filter(organization=organization).values_list("pk", flat=True))
    patrol.change("installations/delete", **HERE)
    told("installation", envelope("deleted"))
    page = browser.get(f"/orgs/{ORGANIZATION}/activity/").content.decode()
    assert "App was uninstalled on" in page
    assert "was removed from this organization" in page
    patrol.change("installations/create", **HERE)
    sync_installations()
    settle()
    assert Installation.objects.filter(organization=organization).count() == 2
    assert names(ORGANIZATION)[-2:] == ["installation.removed", "installation.created"]
    assert requests <= set(GrantRequest.objects.filter(organization=organization).values_list("pk", flat=True))
    assert "App was uninstalled" not in browser.get(OLD_PAGE).content.decode()
    assert sync_organization(organization.pk).state == "complete"


def test_nothing_is_sent_or_read_where_the_app_is_gone(patrol: GitHub, browse: Browse) -> None:
    desk = Desk(patrol)
    request = desk.request()
    patrol.change("installations/delete", **HERE)
    sync_installations()
    answer = desk.browser.post(f"/orgs/{ORGANIZATION}/sync/")
    assert (answer.status_code, "not installed on" in answer.content.decode()) == (404, True)
    with pytest.raises(NotAnOwner, match="not installed"):
        desk.approve(request)
    settle()
    assert desk.sent() == []
    assert GrantRequest.objects.pending().filter(pk=request.pk).exists()


def test_who_github_does_not_call_an_owner_any_more_reads_only_that_it_is_closed(
    patrol: GitHub, browse: Browse
) -> None:
    """By the last reading of the members they were an owner; GitHub says nothing of them now."""
    settle()
    browser = browse(OWNER)
    patrol.change("installations/delete", **HERE)
    told("installation", envelope("deleted"))
    patrol.fail("empty", "^/user/memberships/orgs$", times=1)
    answer = browser.get(OLD_PAGE)
    assert answer.status_code == 404
    assert "is not installed on" in answer.content.decode()
    for request in GrantRequest.objects.filter(organization__login=ORGANIZATION).select_related("token"):
        assert request.token.name not in answer.content.decode()
    assert browse(OUTSIDER).get(OLD_PAGE).status_code == 404


# --- the App itself ---------------------------------------------------------------------------------------------------


def test_what_the_app_asks_for_is_learned_with_its_installations(patrol: GitHub) -> None:
    patrol.change("apps/permissions", permissions={"members": "read", "metadata": "read"})
    sync_installations()
    app = App.objects.get()
    assert app.asks == {"members": "read", "metadata": "read"}
    assert app.slug in app.installation_page
    assert app.permissions_page.endswith("/permissions")
