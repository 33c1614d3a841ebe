"""Sleeping tokens are marked, and proposed for revocation where an organization wants it: with notice, never many."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Event
from apps.core import clock
from apps.tokens import services, sleeping_rules
from apps.tokens.models import Grant, PlannedRevocation, SleepingDefaults, SleepingSettings, SyncState, Token
from apps.tokens.plans import execution, sleeping
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import sign_in
from tests.threads import together
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get
from tests.tokens.planning import Cause, State, carry_out, in_days, now, on_the_day, planned, told

pytestmark = pytest.mark.database
PATH = f"/orgs/{ORGANIZATION}/settings/sleeping/"
DEFAULTS = "/setup/defaults/sleeping/"


def asleep(desk: Desk, number: int, days: int = 100) -> list[Grant]:
    """Tokens not used for so long, each a day longer than the one before; all others were used just now."""
    for place in range(number):
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"sleeps-{place}")
    desk.sync()
    Grant.objects.update(idle_since=clock.now())
    grants = [Grant.objects.get(token__name=f"sleeps-{place}") for place in range(number)]
    for place, grant in enumerate(grants):
        _put_to_sleep(grant, days + place)
    return grants


def _put_to_sleep(grant: Grant, days: int) -> None:
    last = clock.now() - timedelta(days=days)
    Token.objects.filter(pk=grant.token_id).update(last_used_at=last)
    Grant.objects.filter(pk=grant.pk).update(idle_since=last, access_granted_at=last, never_used=False)


def switch(desk: Desk, *, is_on: bool = True, **said: int) -> None:
    """What is not `said` is inherited: 90 days unused, 14 of notice, 30 of grace."""
    told = {name: said.get(name) for name in sleeping_rules.NAMES}
    services.change_sleeping_settings(user=desk.user, organization=desk.organization, is_on=is_on, told=told)


def say(browser: Client, **days: str) -> str:
    """Post the instance's defaults, and once more as they were shown; the page that showed what becomes different."""
    shown = browser.post(DEFAULTS, days)
    if shown.status_code == 200:
        assert browser.post(DEFAULTS, days | {"seen": shown.context["seen"]}).status_code == 302
    return Page(shown).text


@pytest.fixture
def administrator(desk: Desk) -> Client:
    User.objects.filter(login=OWNER).update(is_administrator=True)
    return desk.browser


def proposed() -> set[int]:
    plans = PlannedRevocation.objects.planned().filter(cause=Cause.SLEEPING)
    return {plan.grant_id or 0 for plan in plans}


def read(desk: Desk) -> None:
    """The lists have been read whole just now."""
    SyncState.objects.filter(organization=desk.organization).update(completed_at=clock.now())


def test_a_token_that_sleeps_is_marked_and_one_that_is_used_is_not(desk: Desk) -> None:
    grants = asleep(desk, 2, days=89)
    pages = [get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/{one.pat_id}/").text for one in grants]
    assert ["not used for 90 days" in page for page in pages] == [False, True]
    listed = get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/", view="sleeping", unused="90", sort="unused")
    assert listed.names == ["sleeps-1"]
    assert listed.all("span", class_="Label Label--secondary")


def test_nothing_is_proposed_where_it_is_not_switched_on(desk: Desk) -> None:
    asleep(desk, 2)
    assert (sleeping.propose_all(), proposed()) == (0, set())
    switch(desk, is_on=False)
    assert (sleeping.propose_all(), proposed()) == (0, set())


def test_it_is_proposed_with_notice_and_revoked_on_the_day(desk: Desk) -> None:
    (grant,) = asleep(desk, 1)
    switch(desk, notice_days=14)
    assert sleeping.propose_all() == 1
    assert sleeping.propose_all() == 0
    plan = PlannedRevocation.objects.get()
    assert (plan.due_on, plan.by_rule, plan.planned_by_login) == (in_days(desk, 14), True, "patrol")
    with on_the_day(plan, hours=1):
        carry_out()
        assert desk.decided() == []  # the list was not read since: a use may not be known
        read(desk)
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert told(plan) == ["planned", "sent"]


def test_a_use_seen_meanwhile_ends_it(desk: Desk) -> None:
    first, second = asleep(desk, 2)
    switch(desk)
    sleeping.propose_all()
    plans = {plan.grant_id: plan for plan in PlannedRevocation.objects.all()}
    Token.objects.filter(pk=first.token_id).update(last_used_at=clock.now())
    assert sleeping.look_after() == 1
    assert now(plans[first.pk]).state == State.KEPT
    with on_the_day(plans[second.pk]):
        Token.objects.filter(pk=second.token_id).update(last_used_at=clock.now())
        read(desk)
        carry_out()
    assert now(plans[second.pk]).kept_reason == "It was used meanwhile."
    assert (desk.decided(), told(plans[second.pk])) == ([], ["planned", "kept"])


def test_a_use_seen_after_it_was_decided_stops_it_before_it_is_sent(desk: Desk) -> None:
    (grant,) = asleep(desk, 1)
    switch(desk)
    sleeping.propose_all()
    plan = PlannedRevocation.objects.get()
    with on_the_day(plan):
        read(desk)
        execution.work()
        assert now(plan).state == State.SENT
        Token.objects.filter(pk=grant.token_id).update(last_used_at=clock.now())
        carry_out()
    assert (desk.decided(), now(plan).state) == ([], State.KEPT)


def test_a_token_that_never_was_used_sleeps_from_its_beginning(desk: Desk) -> None:
    (grant,) = asleep(desk, 1)
    Token.objects.filter(pk=grant.token_id).update(last_used_at=None)
    Grant.objects.filter(pk=grant.pk).update(never_used=True)
    switch(desk)
    sleeping.propose_all()
    plan = PlannedRevocation.objects.get()
    assert plan.used_before is None
    Token.objects.filter(pk=grant.token_id).update(last_used_at=clock.now())
    sleeping.look_after()
    assert now(plan).state == State.KEPT


def test_new_access_is_left_alone_for_the_days_of_grace(desk: Desk) -> None:
    (grant,) = asleep(desk, 1)
    Grant.objects.filter(pk=grant.pk).update(access_granted_at=clock.now() - timedelta(days=29))
    switch(desk, grace_days=30)
    assert sleeping.propose_all() == 0
    switch(desk, grace_days=29)
    assert sleeping.propose_all() == 1


def test_what_somebody_keeps_is_left_alone_until_the_end_of_it(desk: Desk) -> None:
    (grant,) = asleep(desk, 1)
    switch(desk)
    sleeping.propose_all()
    plan = PlannedRevocation.objects.get()
    services.keep_token(
        user=desk.user, organization=desk.organization, plan_id=plan.pk, reason="yearly report", until=in_days(desk, 60)
    )
    for days, count in ((1, 0), (60, 0), (61, 1)):
        with clock.moved(timedelta(days=days)):
            read(desk)
            assert sleeping.propose_all() == count, days
    assert grant.pk in proposed()


def test_what_is_planned_otherwise_is_not_proposed_too(desk: Desk) -> None:
    (grant,) = asleep(desk, 1)
    planned(desk, grant, cause=Cause.OFFBOARDING)
    switch(desk)
    assert sleeping.propose_all() == 0


def test_lists_that_are_old_propose_nothing(desk: Desk) -> None:
    asleep(desk, 1)
    switch(desk)
    with clock.moved(timedelta(days=2)):
        assert sleeping.propose_all() == 0


def bound() -> int:
    return max(5, Grant.objects.active().filter(organization__login=ORGANIZATION).count() // 10)


def test_never_more_than_the_bound_in_a_day_and_the_longest_asleep_first(desk: Desk) -> None:
    grants = asleep(desk, 8)
    most = bound()
    assert most < 8
    switch(desk)
    together([sleeping.propose_all] * 4)
    assert proposed() == {one.pk for one in grants[-most:]}
    assert sleeping.propose_all() == 0
    page = get(desk.browser, PATH).text
    assert f"At most {most} are proposed in a day" in page
    assert f"{8 - most} wait for another day, or for your yes" in page
    with clock.moved(timedelta(days=1)):
        read(desk)
        sleeping.propose_all()
    assert proposed() == {one.pk for one in grants}


def test_an_owner_says_yes_to_more_today(desk: Desk) -> None:
    grants = asleep(desk, 8)
    switch(desk)
    form = get(desk.browser, PATH).form(f"{PATH}beyond/")
    page = Page(desk.browser.post(f"{PATH}beyond/", form, follow=True))
    assert "8 sleeping tokens are planned to be revoked." in page.source
    assert proposed() == {one.pk for one in grants}
    with clock.moved(timedelta(days=1)):
        assert SleepingSettings.objects.get().beyond_on != in_days(desk, 0)


def test_switching_it_off_ends_all_of_it_at_once_however_much(desk: Desk) -> None:
    asleep(desk, sleeping.AT_ONCE + 1)
    switch(desk)
    services.propose_beyond_bound(user=desk.user, organization=desk.organization)
    assert len(proposed()) == sleeping.AT_ONCE + 1
    switch(desk, is_on=False)
    assert sleeping.look_after() == sleeping.AT_ONCE + 1
    assert not proposed()


def test_switching_it_off_ends_what_was_proposed_and_revokes_nothing(desk: Desk) -> None:
    asleep(desk, 1)
    switch(desk)
    sleeping.propose_all()
    plan = PlannedRevocation.objects.get()
    switch(desk, is_on=False)
    with on_the_day(plan):
        read(desk)
        carry_out()
        assert now(plan).state == State.PLANNED
        sleeping.look_after()
    assert (now(plan).state, desk.decided()) == (State.CANCELLED, [])


def test_the_settings_are_changed_on_their_page(desk: Desk) -> None:
    form = {"is_on": "on", "unused_days": "60", "notice_days": "7", "grace_days": "0"}
    answer = desk.browser.post(PATH, form, follow=True)
    assert "Saved. Sleeping tokens are proposed within the hour" in answer.content.decode()
    chosen = SleepingSettings.objects.get()
    assert (chosen.is_on, chosen.unused_days, chosen.notice_days, chosen.grace_days) == (True, 60, 7, 0)
    assert desk.browser.post(PATH, {**form, "unused_days": "0"}).status_code == 422
    assert SleepingSettings.objects.get().unused_days == 60


def test_the_page_leads_to_what_was_not_used_for_as_long_as_holds_there(desk: Desk) -> None:
    asleep(desk, 3, days=43)
    switch(desk, unused_days=44)
    (link,) = (one for one in Page(desk.browser.get(PATH)).all("a") if one.text == "Tokens not used for 44 days")
    listed = Page(desk.browser.get(link.attributes["href"]))
    assert listed.names == ["sleeps-2", "sleeps-1"]
    assert "Use: Not for 44 days Take this filter away" in [one.text for one in listed.all("a", class_="FilterChip")]


# --- what is inherited --------------------------------------------------------------------------------------------


def test_what_an_organization_does_not_say_the_instance_does(desk: Desk, administrator: Client) -> None:
    (grant,) = asleep(desk, 1, days=40)
    switch(desk)
    assert sleeping.propose_all() == 0
    say(administrator, unused_days="35", notice_days="3", grace_days="10")
    assert "not used for 40 days" in get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/").text
    page = get(desk.browser, PATH).text
    assert "inherited, 35 days, from this Patrol's defaults" in page
    assert "1 token sleeps by the days below" in page
    assert sleeping.propose_all() == 1
    assert PlannedRevocation.objects.get().due_on == in_days(desk, 3)


def test_the_organizations_own_word_goes_first(desk: Desk, administrator: Client) -> None:
    (grant,) = asleep(desk, 1, days=40)
    switch(desk, unused_days=60)
    say(administrator, unused_days="35")
    assert sleeping.propose_all() == 0
    assert "not used for" not in get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/").text
    assert desk.browser.post(PATH, {"is_on": "on", "unused_days": ""}).status_code == 302
    assert sleeping.propose_all() == 1


def test_the_instance_switches_nothing_on(desk: Desk, administrator: Client) -> None:
    asleep(desk, 1)
    say(administrator, is_on="on", unused_days="1")
    assert (sleeping.propose_all(), SleepingSettings.objects.exists()) == (0, False)


def test_what_becomes_different_is_shown_first_and_stands_in_the_record(desk: Desk, administrator: Client) -> None:
    """Of organizations where sleeping tokens are proposed: of others nothing becomes different."""
    switch(desk, notice_days=20)
    shown = administrator.post(DEFAULTS, {"unused_days": "30", "notice_days": "1"})
    assert not SleepingDefaults.objects.exists()
    page = Page(shown).text
    assert f"{ORGANIZATION} A token sleeps after: 90 days → 30 days" in page
    assert ("It is revoked after:" in page, OTHER_ORGANIZATION in page) == (False, False)
    stale = {"unused_days": "40", "seen": shown.context["seen"]}
    assert administrator.post(DEFAULTS, stale).status_code == 200
    assert not SleepingDefaults.objects.exists()
    say(administrator, unused_days="30", notice_days="1")
    assert Event.objects.get(name="sleeping_defaults.changed").data["after"]["unused_days"] == 30
    inherited = Event.objects.get(name="decision_settings.inherited_changed")
    assert (inherited.chain, inherited.data["changes"]) == (
        desk.organization.pk, "A token sleeps after: 90 days → 30 days",
    )  # fmt: skip


def test_days_that_make_no_sense_are_no_default(administrator: Client) -> None:
    for name, wrong in (("unused_days", "0"), ("notice_days", "0"), ("grace_days", "-1"), ("unused_days", "367")):
        assert administrator.post(DEFAULTS, {name: wrong}).status_code == 422
    assert not SleepingDefaults.objects.exists()


def test_only_administrators_say_what_is_inherited(desk: Desk) -> None:
    assert (
        desk.browser.get(DEFAULTS).status_code == desk.browser.post(DEFAULTS, {"unused_days": "7"}).status_code == 404
    )
    assert not SleepingDefaults.objects.exists()


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_only_owners_say_what_becomes_of_them(desk: Desk, login: str, status: int) -> None:
    browser = sign_in(Client(), login)
    assert browser.get(PATH).status_code == status
    assert browser.post(f"{PATH}beyond/").status_code == status
    assert not SleepingSettings.objects.exists()
