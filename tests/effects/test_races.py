"""Many at once: sixteen threads make one effect and one call."""

from typing import Any

import pytest

from apps.core.errors import RuleBroken
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.tokens.models import Review
from tests.cast import OWNER, SECOND_OWNER
from tests.github import GitHub
from tests.threads import together
from tests.tokens.desk import Desk, effect_of, state_of, work

pytestmark = pytest.mark.database
THREADS = 16


def test_sixteen_clicks_make_one_effect_and_fifteen_refusals(patrol: GitHub) -> None:
    desk = Desk(patrol)
    request = desk.request()
    results = together([lambda: desk.approve(request)] * THREADS)
    won = [one for one in results if one.reviews]
    assert (len(results), len(won)) == (THREADS, 1)
    assert all("already on its way" in one.refused[0].sentence for one in results if not one.reviews)
    work()
    assert (Effect.objects.count(), Review.objects.count(), len(desk.sent())) == (1, 1, 1)


def test_sixteen_workers_send_one_effect_once(patrol: GitHub) -> None:
    desk = Desk(patrol)
    outcome = desk.approve(desk.request())
    (review,) = outcome.reviews
    results = together([lambda: effects.run(review.effect_id)] * THREADS)
    assert results == [None] * THREADS
    work()
    assert effect_of(outcome).attempts == 1
    assert state_of(outcome) == Effect.State.CONFIRMED
    assert len(desk.sent()) == 1


def test_two_owners_who_decide_differently_end_with_one_decision(patrol: GitHub) -> None:
    first, second = Desk(patrol, OWNER), Desk(patrol, SECOND_OWNER)
    wanted = [first.request() for _ in range(3)]
    results = together([lambda: first.approve(*wanted), lambda: second.deny(*wanted[::-1])])
    assert not [one for one in results if isinstance(one, Exception)]
    assert sum(len(one.reviews) for one in results) == len(wanted)
    work()
    assert first.decided() == sorted(one.pat_request_id for one in wanted)


def test_an_open_effect_blocks_its_subject_and_a_settled_one_does_not(patrol: GitHub) -> None:
    from django.db import transaction

    desk = Desk(patrol)
    fields: dict[str, Any] = {
        "organization": desk.organization, "kind": "tokens.review_request", "subject": "grant_request:1",
        "arguments": {}, "actor": desk.user,
    }  # fmt: skip
    with transaction.atomic():
        effect = effects.propose(**fields)
    with transaction.atomic(), pytest.raises(RuleBroken, match="already on its way"):
        effects.propose(**fields)
    Effect.objects.filter(pk=effect.pk).update(state=Effect.State.REFUSED)
    with transaction.atomic():
        effects.propose(**fields)
    assert Effect.objects.count() == 2
