"""What is planned for a day is revoked then, once, by Patrol; until then it can be moved, undone, or kept."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Membership, User
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.core.spans import zone_of
from apps.effects.models import Effect
from apps.github.models import Installation
from apps.tokens import services
from apps.tokens.models import Grant, PlannedRevocation, Review
from apps.tokens.plans import execution, near
from tests.cast import MEMBER, ORGANIZATION, OWNER, SECOND_OWNER
from tests.threads import together
from tests.tokens.desk import Desk, digest, work
from tests.tokens.planning import Cause, State, at_noon, carry_out, data_of, in_days, now, on_the_day, planned, told

pytestmark = pytest.mark.database


@pytest.fixture
def grant(desk: Desk) -> Grant:
    return desk.grant(login=MEMBER, name="nightly build")


def state(grant: Grant) -> str:
    return Grant.objects.get(pk=grant.pk).state


def test_it_is_revoked_on_its_day_with_the_installations_token(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    with clock.moved(plan.due_at - clock.now() - timedelta(minutes=1)):
        execution.revoke_due()
        work()
        assert desk.decided() == []
    with on_the_day(plan):
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert state(grant) == Grant.State.REVOKED
    review = Review.objects.select_related("effect").get()
    assert (review.reviewer, review.reviewer_login) == (None, "Patrol's plan")
    assert review.effect.token_kind == Effect.TokenKind.INSTALLATION
    assert review.reason == (
        f"Quarantine until {plan.due_on}, and nobody kept it (planned by owner on {plan.planned_at.date()}). "
        "no owner known"
    )
    assert (now(plan).state, now(plan).review) == (State.SENT, review)
    assert told(plan) == ["planned", "sent"]


def test_the_news_carry_what_a_message_needs(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    token = grant.token
    assert data_of(plan, "planned") == {
        "organization": ORGANIZATION, "owner_id": token.owner_id, "owner_login": MEMBER, "token_id": token.token_id,
        "token_name": "nightly build", "pat_id": grant.pat_id, "plan": plan.pk, "cause": "quarantine",
        "ends_on": plan.due_on.isoformat(), "ends_at": plan.due_at.isoformat(timespec="seconds"), "planned_by": OWNER,
        "reason": "no owner known",
    }  # fmt: skip


def test_a_day_that_passed_in_an_outage_is_made_up_for_once_and_says_so(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    with on_the_day(plan, days=3):
        carry_out()
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert "72 hours late" in Review.objects.get().reason
    assert told(plan) == ["planned", "sent"]


def test_an_undone_plan_is_not_carried_out(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    assert services.cancel_plans(user=desk.user, organization=desk.organization, plan_ids=[plan.pk]) == 1
    with on_the_day(plan):
        carry_out()
    assert (desk.decided(), now(plan).state, told(plan)) == ([], State.CANCELLED, ["planned", "cancelled"])
    with pytest.raises(RuleBroken):
        services.cancel_plans(user=desk.user, organization=desk.organization, plan_ids=[plan.pk])


def test_it_can_be_undone_until_github_hears_of_it(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    with on_the_day(plan):
        execution.work()
        assert now(plan).state == State.SENT
        services.cancel_plans(user=desk.user, organization=desk.organization, plan_ids=[plan.pk])
        carry_out()
        assert (now(plan).state, desk.decided(), state(grant)) == (State.CANCELLED, [], "active")
        (again,) = planned(desk, grant)
    with on_the_day(again):
        carry_out()
        with pytest.raises(RuleBroken, match="Too late"):
            services.cancel_plans(user=desk.user, organization=desk.organization, plan_ids=[again.pk])
    assert desk.decided() == [grant.pat_id]


def test_planning_it_again_moves_the_day(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant, ahead=10)
    (moved,) = planned(desk, grant, ahead=20)
    assert (moved.pk, moved.due_on) == (plan.pk, in_days(desk, 20))
    with on_the_day(plan):
        carry_out()
        assert desk.decided() == []
    with on_the_day(moved):
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert told(plan) == ["planned", "extended", "sent"]


def test_the_earliest_of_several_plans_counts_and_ends_the_others(desk: Desk, grant: Grant) -> None:
    (late,) = planned(desk, grant, cause=Cause.OFFBOARDING, ahead=20)
    (early,) = planned(desk, grant, cause=Cause.QUARANTINE, ahead=10)
    with on_the_day(early):
        carry_out()
        carry_out()
    with on_the_day(late):
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert (now(early).state, now(late).state) == (State.SENT, State.ENDED)


def test_a_grant_has_one_live_plan_of_a_cause(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    plan.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        plan.save(force_insert=True)


@pytest.mark.parametrize("ahead", [0, -1, 367])
def test_a_day_lies_ahead_and_within_a_year(desk: Desk, grant: Grant, ahead: int) -> None:
    with pytest.raises(RuleBroken, match="Choose a day from"):
        planned(desk, grant, ahead=ahead)
    assert not PlannedRevocation.objects.exists()


def test_what_changed_after_it_was_seen_is_not_planned(desk: Desk, grant: Grant) -> None:
    outcome = services.plan_revocations(
        user=desk.user, organization=desk.organization, cause=Cause.QUARANTINE, day=in_days(desk, 5),
        chosen={grant.pat_id: "0" * 64},
    )  # fmt: skip
    assert "changed after you saw it" in outcome.refused[0].sentence
    assert not PlannedRevocation.objects.exists()


def test_nobody_plans_moves_or_undoes_about_their_own_token(desk: Desk) -> None:
    own = desk.grant(login=OWNER)
    outcome = services.plan_revocations(
        user=desk.user, organization=desk.organization, cause=Cause.QUARANTINE, day=in_days(desk, 5),
        chosen={own.pat_id: digest(own)},
    )  # fmt: skip
    assert "This is your own token" in outcome.refused[0].sentence
    other = Desk(desk.github, SECOND_OWNER)
    (plan,) = planned(other, own, cause=Cause.OFFBOARDING)
    with pytest.raises(RuleBroken, match="your own token"):
        services.cancel_plans(user=desk.user, organization=desk.organization, plan_ids=[plan.pk])
    with pytest.raises(RuleBroken, match="your own token"):
        services.extend_plan(user=desk.user, organization=desk.organization, plan_id=plan.pk)
    assert now(plan).due_on == plan.due_on


def test_a_token_that_changed_on_github_meanwhile_is_revoked_as_it_is_then(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    Grant.objects.filter(pk=grant.pk).update(permissions={"repository": {"contents": "read"}})  # so Patrol believes
    with on_the_day(plan):
        carry_out()
        assert (desk.decided(), now(plan).state) == ([], State.PLANNED)
        assert "changed on GitHub" in now(plan).trouble
        desk.sync()
    with on_the_day(plan, minutes=11):
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert Review.objects.order_by("pk").last() == now(plan).review


def test_where_patrol_only_looks_the_plan_waits(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    installed = Installation.objects.filter(organization=desk.organization)
    held = installed.get().permissions
    installed.update(permissions={**held, "organization_personal_access_tokens": "read"})
    with on_the_day(plan):
        carry_out()
        assert (now(plan).state, Review.objects.count()) == (State.PLANNED, 0)
        installed.update(permissions=held)
        carry_out()
    assert desk.decided() == [grant.pat_id]


def test_a_revocation_of_a_person_that_is_on_its_way_goes_first(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    with on_the_day(plan):
        desk.revoke(grant)
        carry_out()
    with on_the_day(plan, minutes=1):
        carry_out()
        carry_out()
    assert desk.decided() == [grant.pat_id]
    assert (now(plan).state, Review.objects.count()) == (State.ENDED, 1)


def test_two_schedulers_at_once_make_one_decision(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant)
    with on_the_day(plan):
        results = together([execution.work] * 6)
        work()
    assert sum(results) == 1
    assert (Review.objects.count(), desk.decided()) == (1, [grant.pat_id])


def test_keeping_it_and_its_due_moment_at_once_end_with_one_of_them(desk: Desk) -> None:
    grants = [desk.grant(login=MEMBER) for _ in range(4)]
    plans = planned(desk, *grants)

    def keep(plan: PlannedRevocation) -> str:
        try:
            services.keep_token(
                user=desk.user, organization=desk.organization, plan_id=plan.pk, reason="deploys", until=day
            )
        except RuleBroken:
            return "too late"
        return "kept"

    with on_the_day(plans[0]):
        day = in_days(desk, 30)
        answers = together([*(lambda plan=plan: keep(plan) for plan in plans), execution.work, work])
        carry_out()
    kept = {plan.pk for plan, answer in zip(plans, answers, strict=False) if answer == "kept"}
    assert kept == set(PlannedRevocation.objects.filter(state=State.KEPT).values_list("pk", flat=True))
    assert desk.decided() == sorted(plan.grant.pat_id for plan in plans if plan.pk not in kept and plan.grant)


# --- keeping ---------------------------------------------------------------------------------------------------


def keep(desk: Desk, plan: PlannedRevocation, login: str, reason: str = "the nightly build runs on it") -> None:
    user = User.objects.get(login=login)
    services.keep_token(
        user=user, organization=desk.organization, plan_id=plan.pk, reason=reason, until=in_days(desk, 60)
    )


@pytest.fixture
def member(desk: Desk) -> str:
    Desk(desk.github, MEMBER)
    return MEMBER


@pytest.mark.parametrize("login", [OWNER, SECOND_OWNER, MEMBER])
def test_an_owner_or_the_holder_keeps_a_token_with_words_and_an_end(desk: Desk, grant: Grant, login: str) -> None:
    Desk(desk.github, login)
    (plan,) = planned(desk, grant)
    with pytest.raises(RuleBroken, match="Say why"):
        keep(desk, plan, login, reason=" ")
    keep(desk, plan, login)
    with on_the_day(plan):
        carry_out()
    kept = now(plan)
    assert (kept.state, kept.kept_by_login, kept.kept_until) == (State.KEPT, login, in_days(desk, 60))
    assert kept.kept_reason == "the nightly build runs on it"
    assert (desk.decided(), told(plan)) == ([], ["planned", "kept"])


def test_an_owner_keeps_their_own_token_as_its_holder(desk: Desk) -> None:
    own = desk.grant(login=OWNER)
    (plan,) = planned(Desk(desk.github, SECOND_OWNER), own)
    keep(desk, plan, OWNER)
    assert now(plan).kept_by_login == OWNER


@pytest.mark.parametrize("login", [OWNER, MEMBER])
def test_nobody_keeps_what_is_not_asked(desk: Desk, grant: Grant, member: str, login: str) -> None:
    (plan,) = planned(desk, grant, cause=Cause.OFFBOARDING)
    with pytest.raises(RuleBroken, match="not asked"):
        keep(desk, plan, login)
    assert now(plan).state == State.PLANNED


def test_a_member_keeps_nobody_elses_token_and_a_holder_who_left_none(desk: Desk, member: str) -> None:
    others = desk.grant(login=SECOND_OWNER)
    (plan,) = planned(desk, others)
    with pytest.raises(RuleBroken, match="not an owner"):
        keep(desk, plan, MEMBER)
    (mine,) = planned(desk, desk.grant(login=MEMBER))
    desk.github.change("members/remove", organization=ORGANIZATION, login=MEMBER, by=OWNER)
    Membership.objects.update(checked_at=clock.now() - timedelta(minutes=2))
    with pytest.raises(RuleBroken, match="not a member"):
        keep(desk, mine, MEMBER)
    assert (now(plan).state, now(mine).state) == (State.PLANNED, State.PLANNED)


# --- said once more --------------------------------------------------------------------------------------------


def near_days(plan: PlannedRevocation) -> int:
    return int(data_of(plan, "near").get("days", 0))


def test_it_is_said_once_more_a_week_and_a_day_ahead(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant, ahead=30)
    before = plan.due_at - clock.now()
    for left, said in ((timedelta(days=8), 0), (timedelta(days=7), 1), (timedelta(days=2), 1), (timedelta(days=1), 2)):
        with clock.moved(before - left + timedelta(seconds=5)):
            together([near.tell_near] * 3)
        assert told(plan).count("near") == said, left
    assert near_days(plan) == 1


def test_after_an_outage_only_the_nearest_is_said(desk: Desk, grant: Grant) -> None:
    (plan,) = planned(desk, grant, ahead=30)
    with clock.moved(plan.due_at - clock.now() - timedelta(hours=5)):
        carry_out()
        carry_out()
    assert (told(plan), near_days(plan)) == (["planned", "near"], 1)


@pytest.mark.parametrize(("ahead", "said"), [(6, 1), (1, 0), (9, 2)])
def test_what_is_near_when_it_is_planned_is_not_told_twice(desk: Desk, grant: Grant, ahead: int, said: int) -> None:
    with at_noon():
        (plan,) = planned(desk, grant, ahead=ahead)
        left = plan.due_at - clock.now()
        for hours in range(0, int(left / timedelta(hours=1)), 6):
            with clock.moved(timedelta(hours=hours)):
                carry_out()
    assert told(plan).count("near") == said


def test_the_day_is_where_the_organization_is(desk: Desk, grant: Grant) -> None:
    desk.organization.time_zone = "Pacific/Auckland"
    desk.organization.save()
    (plan,) = planned(desk, grant, ahead=3)
    there = plan.due_at.astimezone(zone_of("Pacific/Auckland"))
    assert (there.date(), there.hour, there.minute) == (plan.due_on, 9, 0)
