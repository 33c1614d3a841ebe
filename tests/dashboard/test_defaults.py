"""What is inherited: an organization's own word, its group's, the instance's, Patrol's. Each change is seen first."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import INSTANCE, Event
from apps.core import clock
from apps.github.models import Organization
from apps.tokens.inheritance import way_of
from apps.tokens.models import DecisionSettings, InstanceDefaults, OrganizationGroup
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SECOND_OWNER
from tests.dashboard.setting_up import text
from tests.github import GitHub
from tests.tokens.desk import Desk

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
DEFAULTS, GROUPS, NEW = "/setup/defaults/", "/groups/", "/groups/new/"
SETTINGS = f"/orgs/{ORGANIZATION}/settings/decisions/"


def number(login: str = ORGANIZATION) -> int:
    return Organization.objects.get(login=login).pk


def said(login: str = ORGANIZATION) -> dict[str, tuple[object, str]]:
    """Every setting with who said it."""
    return {name: (one.value, one.source.value) for name, one in way_of(number(login)).said.items()}


def save(browser: Client, path: str, **typed: Any) -> Any:
    """Post, look at what becomes different, and post again what was shown."""
    first = browser.post(path, typed)
    if first.status_code != 200:
        return first
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', first.content.decode())
    assert found, "it says what becomes different"
    return browser.post(path, typed | {"seen": found[1]})


@pytest.fixture(autouse=True)
def eight_seconds(settings: Any) -> None:
    """As Patrol comes."""
    settings.UNDO_SECONDS = 8


@pytest.fixture
def administrator(browse: Browse) -> Client:
    """Who owns organizations as well."""
    browser = browse(OWNER)
    User.objects.filter(login=OWNER).update(is_administrator=True)
    return browser


def chain(login: str) -> list[str]:
    return list(Event.objects.filter(chain=number(login)).order_by("sequence").values_list("name", flat=True))


# --- the order of words -----------------------------------------------------------------------------------------------


def test_where_nobody_says_anything_patrol_does_as_it_does(patrol: GitHub, settings: Any) -> None:
    settings.UNDO_SECONDS = 5
    assert said()["undo_seconds"] == (5, "Patrol")
    assert said()["two_person"] == (False, "Patrol")


def test_the_organizations_word_goes_before_its_groups_and_that_before_the_instances(
    patrol: GitHub, administrator: Client
) -> None:
    assert save(administrator, DEFAULTS, two_person="on", undo_seconds="20").status_code == 302
    assert said()["two_person"] == (True, "instance")
    assert save(administrator, NEW, name="Labs", organizations=[number()], undo_seconds="30").status_code == 302
    assert said()["undo_seconds"] == (30, "group")
    assert said(OTHER_ORGANIZATION)["undo_seconds"] == (20, "instance")
    assert administrator.post(SETTINGS, {"two_person": "off", "undo_seconds": "40"}).status_code == 302
    assert said()["undo_seconds"] == (40, "organization")
    assert said()["two_person"] == (False, "organization")
    assert administrator.post(SETTINGS, {"two_person": "", "undo_seconds": ""}).status_code == 302
    assert said()["two_person"] == (True, "instance")
    assert said()["undo_seconds"] == (30, "group"), "saying nothing again does not leave the group"


def test_the_settings_page_says_where_each_value_comes_from(patrol: GitHub, administrator: Client) -> None:
    save(administrator, DEFAULTS, two_person="on")
    save(administrator, NEW, name="Labs", organizations=[number()], undo_seconds="30")
    page = text(administrator.get(f"/orgs/{ORGANIZATION}/settings/"))
    assert "Inherited: on, from this Patrol&#x27;s defaults" in page
    assert "Inherited: off, from Patrol itself" in page
    assert "inherited, 30 s, from the group Labs" in page
    assert "is in the group Labs" in page


def test_what_is_inherited_is_what_happens(patrol: GitHub, administrator: Client) -> None:
    """Approvals wait for the second owner where the instance says so."""
    desk = Desk(patrol)
    assert not desk.approve(desk.request()).held
    save(administrator, DEFAULTS, two_person="on")
    assert desk.approve(desk.request()).held


# --- before saving ----------------------------------------------------------------------------------------------------


def test_nothing_is_saved_before_what_becomes_different_was_shown(patrol: GitHub, administrator: Client) -> None:
    answer = administrator.post(DEFAULTS, {"undo_seconds": "0"})
    page = text(answer)
    assert answer.status_code == 200
    assert f"{ORGANIZATION} Seconds to undo: 8 s → 0 s" in page
    assert "Guards less" in page
    assert not InstanceDefaults.objects.exists()


def test_what_guards_more_is_not_marked_as_weaker(patrol: GitHub, administrator: Client) -> None:
    page = text(administrator.post(DEFAULTS, {"two_person": "on", "revoke_wider": "on"}))
    assert "Two owners for an approval: off → on" in page
    assert "Guards less" not in page
    assert "Guards less" in text(administrator.post(DEFAULTS, {"installation_may_send": "on"}))


def test_what_an_organization_says_itself_does_not_become_different(patrol: GitHub, administrator: Client) -> None:
    administrator.post(SETTINGS, {"undo_seconds": "12"})
    page = text(administrator.post(DEFAULTS, {"undo_seconds": "0"}))
    assert f"{ORGANIZATION} Seconds" not in page
    assert f"{OTHER_ORGANIZATION} Seconds" in page


def test_what_became_different_since_it_was_shown_is_shown_again(patrol: GitHub, administrator: Client) -> None:
    first = administrator.post(DEFAULTS, {"undo_seconds": "0"})
    seen = first.context["seen"]
    administrator.post(SETTINGS, {"undo_seconds": "12"})
    assert administrator.post(DEFAULTS, {"undo_seconds": "0", "seen": seen}).status_code == 200
    assert not InstanceDefaults.objects.exists()


def test_joining_and_leaving_a_group_is_shown_too(patrol: GitHub, administrator: Client) -> None:
    save(administrator, NEW, name="Labs", organizations=[number()], two_person="on")
    group = OrganizationGroup.objects.get()
    page = text(administrator.post(f"{GROUPS}{group.pk}/", {"name": "Labs", "organizations": []}))
    assert f"{ORGANIZATION} Two owners for an approval: on → off" in page
    assert "Guards less" in page
    save(administrator, f"{GROUPS}{group.pk}/", name="Labs")
    assert not OrganizationGroup.objects.exists(), "without organizations it ends"
    assert DecisionSettings.objects.get(organization=number()).group is None


def test_each_change_is_in_the_record_of_the_instance_and_of_each_organization(
    patrol: GitHub, administrator: Client
) -> None:
    save(administrator, DEFAULTS, two_person="on")
    save(administrator, NEW, name="Labs", organizations=[number()], undo_seconds="30")
    instance = list(Event.objects.filter(chain=INSTANCE).order_by("sequence").values_list("name", flat=True))
    assert instance[-2:] == ["decision_defaults.changed", "organization_group.changed"]
    assert chain(ORGANIZATION).count("decision_settings.inherited_changed") == 2
    assert chain(OTHER_ORGANIZATION).count("decision_settings.inherited_changed") == 1
    page = text(administrator.get(f"/orgs/{ORGANIZATION}/activity/"))
    assert "changed what this organization inherits" in page
    assert "Seconds to undo: 8 s → 30 s" in page


# --- who --------------------------------------------------------------------------------------------------------------


def test_only_administrators_change_the_instances_defaults(patrol: GitHub, browse: Browse) -> None:
    for login in (OWNER, MEMBER):
        browser = browse(login)
        assert browser.get(DEFAULTS).status_code == 404
        assert browser.post(DEFAULTS, {"undo_seconds": "0"}).status_code == 404
    assert not InstanceDefaults.objects.exists()


def test_only_who_owns_every_organization_of_a_group_sees_and_changes_it(
    patrol: GitHub, browse: Browse, administrator: Client
) -> None:
    """The second owner owns one of the two."""
    both = [number(), number(OTHER_ORGANIZATION)]
    save(administrator, NEW, name="Labs", organizations=both, undo_seconds="30")
    path = f"{GROUPS}{OrganizationGroup.objects.get().pk}/"
    patrol.change("roles", organization=OTHER_ORGANIZATION, login=SECOND_OWNER, role="member")
    for login in (SECOND_OWNER, MEMBER, OUTSIDER):
        browser = browse(login)
        assert "Labs" not in text(browser.get(GROUPS))
        assert browser.get(path).status_code == 404
        assert browser.post(path, {"name": "Labs", "undo_seconds": "0"}).status_code == 404
    assert administrator.get(path).status_code == 200


def test_nobody_puts_an_organization_they_do_not_own_into_a_group(patrol: GitHub, browse: Browse) -> None:
    browser = browse(SECOND_OWNER)
    patrol.change("roles", organization=OTHER_ORGANIZATION, login=SECOND_OWNER, role="member")
    User.objects.update(organizations_checked_at=None)
    answer = browser.post(NEW, {"name": "Labs", "organizations": [number(OTHER_ORGANIZATION)]})
    assert answer.status_code == 422
    assert not OrganizationGroup.objects.exists()


def test_who_lost_an_organization_a_moment_ago_changes_nothing(patrol: GitHub, browse: Browse) -> None:
    browser = browse(SECOND_OWNER)
    patrol.change("roles", organization=ORGANIZATION, login=SECOND_OWNER, role="member")
    with clock.moved(timedelta(seconds=90)):
        answer = browser.post(NEW, {"name": "Labs", "organizations": [number()]})
    assert answer.status_code == 422
    assert "not an owner" in text(answer)
    assert not OrganizationGroup.objects.exists()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": "labs"}, "at least one organization|Another group has this name"),
        ({"name": ""}, "required"),
        ({"name": "Other", "undo_seconds": "61"}, "60"),
        ({"name": "Other", "taken": True}, "in another group already"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(
    patrol: GitHub, administrator: Client, typed: dict[str, Any], why: str
) -> None:
    save(administrator, NEW, name="Labs", organizations=[number()])
    chosen = [number()] if typed.pop("taken", False) else []
    answer = administrator.post(NEW, typed | {"organizations": chosen})
    assert answer.status_code == 422
    assert re.search(why, text(answer))
    assert OrganizationGroup.objects.count() == 1
