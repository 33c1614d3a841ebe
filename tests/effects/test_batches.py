"""Many in one call: what may share one, what becomes of each, and how little it costs."""

from datetime import timedelta

from apps.core import clock
from apps.effects.models import Effect
from apps.tokens.models import GrantRequest, Review
from apps.tokens.services import Outcome
from tests.cast import OWNER, SECOND_OWNER
from tests.effects.test_sending import decide_on_github
from tests.tokens.desk import Desk, later, work

State = Effect.State
QUEUE = r"/personal-access-token-requests$"
BULK = "/orgs/acme-robotics/personal-access-token-requests"


def states(*outcomes: Outcome) -> list[str]:
    """Of the effects, in the order of the reviews."""
    effects = [review.effect_id for outcome in outcomes for review in outcome.reviews]
    found = dict(Effect.objects.filter(pk__in=effects).values_list("pk", "state"))
    return [found[pk] for pk in effects]


def test_several_of_one_person_action_and_reason_go_as_one_call(desk: Desk) -> None:
    wanted = [desk.request() for _ in range(3)]
    outcome = desk.approve(*wanted, reason="For the release")
    work()
    assert desk.sent() == [("approve", BULK, OWNER)]
    assert desk.github.ledger()[0]["body"]["reason"] == "For the release"
    assert desk.decided() == sorted(one.pat_request_id for one in wanted)
    later(seconds=3)
    assert states(outcome) == [State.CONFIRMED] * 3
    for one in wanted:
        assert desk.events(one.subject)[-2:] == ["effect.attempted", "grant_request.approved"]


def test_another_action_reason_or_person_is_another_call(desk: Desk) -> None:
    other = Desk(desk.github, SECOND_OWNER)
    one, two, three, four = (desk.request() for _ in range(4))
    outcomes = [desk.approve(one), desk.approve(two, reason="why"), desk.deny(three), other.approve(four)]
    work()
    later(seconds=3)
    assert states(*outcomes) == [State.CONFIRMED] * 4
    assert len(desk.sent()) == 4
    assert not [path for _, path, _ in desk.sent() if path == BULK]


def test_one_that_changed_stays_behind_and_the_others_go(desk: Desk) -> None:
    held = desk.grant()
    changed, *others = desk.request(token_id=held.token.token_id), desk.request(), desk.request()
    outcome = desk.approve(changed, *others)
    desk.github.change(f"tokens/{changed.token.token_id}", expires_at=None)
    work()
    later(seconds=3)
    assert sorted(states(outcome)) == [State.CONFIRMED, State.CONFIRMED, State.SUPERSEDED]
    assert desk.decided() == sorted(one.pat_request_id for one in others)


def test_a_no_to_many_is_no_answer_about_each(desk: Desk) -> None:
    """GitHub refuses the call: each is looked up, and what still waits goes out by itself."""
    wanted = [desk.request() for _ in range(3)]
    outcome = desk.approve(*wanted)
    desk.github.fail("404", QUEUE, verb="POST")
    work()
    assert set(states(outcome)) == {State.UNKNOWN}
    for seconds in (6, 40, 80):
        later(seconds=seconds)
    assert states(outcome) == [State.CONFIRMED] * 3
    assert desk.decided() == sorted(one.pat_request_id for one in wanted)
    assert len(desk.sent()) == 3


def test_what_was_promised_and_never_done_is_sent_again_and_done_once(desk: Desk) -> None:
    wanted = [desk.request(), desk.request()]
    outcome = desk.deny(*wanted)
    desk.github.change("bulk", delay=100_000)
    work()
    assert set(states(outcome)) == {State.SENT}
    desk.github.change("bulk", delay=0)
    for minutes in (1, 2, 5, 16, 28, 29):
        later(minutes=minutes)
    assert states(outcome) == [State.CONFIRMED] * 2
    assert {one.state for one in GrantRequest.objects.filter(pk__in=[one.pk for one in wanted])} == {"denied"}


def test_a_denial_promised_for_what_was_approved_meanwhile_is_superseded(desk: Desk) -> None:
    """202 is a promise: GitHub skips what somebody else decided before it came to it."""
    taken, free = desk.request(repository_selection="all"), desk.request()
    outcome = desk.deny(taken, free)
    desk.github.change("bulk", delay=100_000)
    work()
    decide_on_github(desk, f"personal-access-token-requests/{taken.pat_request_id}")
    desk.github.change(f"requests/{free.pat_request_id}/cancel")
    later(seconds=5)
    by_request = dict(Review.objects.values_list("grant_request_id", "effect__state"))
    assert by_request == {taken.pk: State.SUPERSEDED, free.pk: State.CONFIRMED}
    assert len(outcome.reviews) == 2


def test_an_answer_lost_after_github_took_many_ends_with_one_call(desk: Desk, settings: object) -> None:
    settings.GITHUB_READ_SECONDS = 1  # type: ignore[attr-defined]
    wanted = [desk.request() for _ in range(3)]
    outcome = desk.approve(*wanted)
    desk.github.fail("hang", QUEUE, verb="POST", after=True, seconds=2)
    work()
    assert set(states(outcome)) == {State.UNKNOWN}
    later(seconds=6)
    assert states(outcome) == [State.CONFIRMED] * 3
    assert len(desk.sent()) == 1


def test_many_whose_answer_was_lost_are_not_sent_again_while_they_may_still_come(desk: Desk, settings: object) -> None:
    """GitHub carries out a call for many after its answer: that nothing is to be seen yet proves nothing."""
    settings.GITHUB_READ_SECONDS = 1  # type: ignore[attr-defined]
    outcome = desk.approve(desk.request(), desk.request())
    desk.github.change("bulk", delay=120)
    desk.github.fail("hang", QUEUE, verb="POST", after=True, seconds=2)
    work()
    for seconds in (6, 20, 60):
        later(seconds=seconds)
        assert set(states(outcome)) == {State.UNKNOWN}
    desk.github.change("clock", advance_seconds=121)
    later(minutes=5)
    assert states(outcome) == [State.CONFIRMED] * 2
    assert len(desk.sent()) == 1


def test_a_process_that_died_with_many_leaves_them_to_be_looked_up(desk: Desk) -> None:
    wanted = [desk.request() for _ in range(3)]
    outcome = desk.approve(*wanted)
    lost = {"state": State.SENDING, "lease_until": clock.now() - timedelta(seconds=1), "fence": 1}
    Effect.objects.filter(pk__in=[review.effect_id for review in outcome.reviews]).update(**lost)
    work()
    later(seconds=3)
    assert states(outcome) == [State.CONFIRMED] * 3
    assert desk.decided() == sorted(one.pat_request_id for one in wanted)


def test_a_hundred_cost_eight_requests(desk: Desk) -> None:
    """Besides the repositories of "subset" requests: a look at the role, what is decided on, the call, the result."""
    for _ in range(100):
        desk.github.ask(organization=desk.organization.login, repository_selection="all")
    desk.sync()
    wanted = list(GrantRequest.objects.pending().filter(repository_selection="all").order_by("-pk")[:100])
    outcome = desk.approve(*wanted)
    assert len(outcome.reviews) == 100
    before = desk.github.state()["charged"]
    with clock.moved(timedelta(seconds=61)):  # the last look at the role is over a minute old
        work()
    later(seconds=64)
    assert desk.github.state()["charged"] - before <= 8
    assert set(states(outcome)) == {State.CONFIRMED}
    assert len(desk.sent()) == 1
