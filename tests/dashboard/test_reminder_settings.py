"""When people are reminded: what an owner says for the organization, and an administrator for those that do not."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Event
from apps.github.models import Organization
from apps.tokens.models import ReminderDefaults, ReminderSettings
from apps.tokens.reminder_rules import rule_of
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER
from tests.github import GitHub

Browse = Callable[[str], Client]
PAGE = f"/orgs/{ORGANIZATION}/settings/reminders/"
DEFAULTS = "/setup/defaults/reminders/"


def here() -> Organization:
    return Organization.objects.get(login=ORGANIZATION)


def test_an_owner_chooses_days_and_clock(browse: Browse) -> None:
    """The zone is spelled as the list spells it."""
    answer = browse(OWNER).post(PAGE, {"days": "60 14,14, 0", "time_zone": "europe/berlin"})
    assert answer.status_code == 302
    assert (here().time_zone, rule_of(here().pk).days) == ("Europe/Berlin", (60, 14, 0))
    event = Event.objects.get(name="reminder_settings.changed", actor_login=OWNER)
    assert event.data["after"] == {"days": [60, 14, 0], "time_zone": "Europe/Berlin"}


def test_what_is_left_empty_is_inherited(browse: Browse) -> None:
    browser = browse(OWNER)
    User.objects.filter(login=OWNER).update(is_administrator=True)
    browser.post(PAGE, {"days": "5", "time_zone": "UTC"})
    assert browser.post(DEFAULTS, {"days": "21, 2"}).status_code == 302
    assert rule_of(here().pk).days == (5,)
    browser.post(PAGE, {"days": "", "time_zone": "UTC"})
    assert rule_of(here().pk).days == (21, 2)
    assert "21, 2, from this Patrol&#x27;s defaults" in browser.get(PAGE).content.decode()
    browser.post(DEFAULTS, {"days": ""})
    assert rule_of(here().pk).days == (30, 14, 7, 1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": "soon"}, {"days": "-1"}, {"days": "367"}, {"days": ",".join(map(str, range(11)))}, {"days": "1.5"},
        {"time_zone": "Mars/Olympus"}, {"time_zone": "../../etc/passwd"}, {"time_zone": ""},
        {"time_zone": "localtime\x00"},
    ],
)  # fmt: skip
def test_what_is_no_day_and_no_zone_is_refused(browse: Browse, wrong: dict[str, str]) -> None:
    answer = browse(OWNER).post(PAGE, {"days": "7", "time_zone": "UTC", **wrong})
    assert answer.status_code == 422
    assert not ReminderSettings.objects.exists()
    assert here().time_zone == "UTC"


def test_only_owners_see_and_change_it(browse: Browse) -> None:
    for login, status in ((MEMBER, 403), (OUTSIDER, 404)):
        browser = browse(login)
        assert browser.get(PAGE).status_code == status
        assert browser.post(PAGE, {"days": "7", "time_zone": "UTC"}).status_code == status
    assert not ReminderSettings.objects.exists()


def test_only_administrators_change_what_is_inherited(browse: Browse) -> None:
    browser = browse(OWNER)
    assert browser.get(DEFAULTS).status_code == browser.post(DEFAULTS, {"days": "7"}).status_code == 404
    assert not ReminderDefaults.objects.exists()


def test_the_form_names_the_zones_of_the_world(patrol: GitHub, browse: Browse) -> None:
    text = browse(OWNER).get(PAGE).content.decode()
    assert '<option value="Asia/Kolkata">' in text
    assert "In UTC it is" in text
