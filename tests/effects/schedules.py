"""A machine that draws schedules: people click, GitHub goes wrong, processes die or stop, messages are lost.

Clicks call the use cases that views call, with the digest of the page the person had before them: a rendered page
would take most of the time of an example and decide nothing. Everything is on one database connection, and one step
is one process; a second one goes on while the first stands still (interruptions.py). Doorbells are never heard.
"""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Coalesce
from django.test import Client, TestCase
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import StopTest
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from apps.accounts.errors import GitHubAway, NeedsSignIn, NeedsSso, NotAnOwner
from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.github import deliveries
from apps.github.models import Delivery, Organization
from apps.simulator.model import Role
from apps.tokens import services, sync
from apps.tokens.models import DecisionSettings, Grant, GrantRequest, Review
from tests.cast import OWNER, SECOND_OWNER
from tests.conftest import sign_in
from tests.effects.interruptions import dies_after, stops_at
from tests.effects.promises import Promises, State
from tests.effects.schedules_github import ENDINGS, Stage, fault
from tests.github.webhooks import post
from tests.tokens.desk import digest

OWNERS = (OWNER, SECOND_OWNER)
REFUSALS = (RuleBroken, NotAnOwner, NeedsSignIn, NeedsSso, GitHubAway)
STEPS = 7
ROUNDS = 80
SECONDS = st.sampled_from([5, 15, 45, 130, 660])
"""Multiples of five, as the waits of Patrol and GitHub are: no step falls into the moment before one ends."""
WHO = st.sampled_from(OWNERS)
WHICH = st.integers(0, 5)
SEVERAL = st.lists(WHICH, min_size=1, max_size=2)
AB = st.sampled_from("AB")
ELSEWHERE = st.sampled_from(["approve", "deny", "cancel", "edit", "revoke", "change"])
WRITES_FAIL = st.sampled_from([*ENDINGS, "500", "502", "401", "404", "429"])
READS_FAIL = st.sampled_from(["reset", "limited", "500", "401", "429", "empty", "truncate", "garble"])


@dataclass(frozen=True)
class Dies:
    """After so many statements."""

    statements: int


@dataclass(frozen=True)
class Stops:
    """At so many places, for longer than its leases; others do `then` meanwhile."""

    place: int
    then: str


MEANWHILE = ["works", "works", "works on", "works on", "reads", "leaves", "edit", "approve", "undoes"]
Interruption = Dies | Stops | None
INTERRUPTIONS = st.one_of(
    st.none(),
    st.builds(Dies, st.integers(1, 90)),
    st.builds(Stops, st.integers(1, 40), st.sampled_from(MEANWHILE)),
)


@dataclass
class Scene:
    """What is made once for many examples: GitHub, Patrol's rows of it, people signed in, the moment it was."""

    stage: Stage
    organization: Organization
    at: datetime
    page: dict[str, str]


class Schedules(RuleBasedStateMachine):
    """One example: rows and world as in the scene, and whatever is drawn."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._open.enter_context(rolled_back())
        self._pages: dict[str, dict[str, str]] = {login: {} for login in OWNERS}
        self.stage, self.organization = self.scene.stage, self.scene.organization
        self.promises, self._begun = Promises(self.stage), False
        self._reads, self._reads_last = 0, False
        self._last: Interruption = None

    @initialize(
        worlds=st.fixed_dictionaries({"review_decided": AB, "edited_request_id": AB}), delay=st.sampled_from([0, 30]),
        two=st.sampled_from([False, False, True]), rests=st.sampled_from([0, 0, 0, 10]),
        reads=st.sampled_from([False, False, False, True]),
        who=WHO, which=SEVERAL, action=st.sampled_from(["approve", "deny", "revoke"]), last=INTERRUPTIONS,
    )  # fmt: skip
    def begin(
        self, *, worlds: dict[str, str], delay: int, two: bool, rests: int, reads: bool,
        who: str, which: list[int], action: str, last: Interruption,
    ) -> None:  # fmt: skip
        """What GitHub's documents leave open, how the organization decides, and a first decision.

        `delay`: how long GitHub takes for a bulk call. `last`: what happens to who works last before everything
        heals. `reads`: whether the lists are walked at the end.
        """
        back = self.scene.at - clock.now()
        self._open.enter_context(clock.moved(back))
        self.stage.put_back(offset=back.total_seconds(), bulk_delay=delay, worlds=worlds)
        self.promises, self._begun = Promises(self.stage, two), True
        self._last, self._reads_last = last, reads
        DecisionSettings.objects.create(
            organization=self.organization, two_person=two, undo_seconds=rests, changed_at=clock.now()
        )
        for login in OWNERS:
            self._pages[login] = dict(self.scene.page)
        if action == "revoke":
            self.revoke(who, which, False, None)
        else:
            self.decide(who, which, action == "approve", None)

    def teardown(self) -> None:
        """Everything heals, whatever is due is done, and the promises are held against what is left.

        Hypothesis gives up some examples on their way and draws others instead: they count as none.
        """
        try:
            if self._begun and not isinstance(sys.exception(), StopTest):
                self._pass(15)
                self.work(self._last)
                self._come_to_rest()
                self.promises.check_rest(lists_read=self._reads_last)
        finally:
            self._open.close()

    # --- people ----------------------------------------------------------------------------------------------

    @rule(who=WHO)
    def look(self, who: str) -> None:
        """The person loads queue and inventory: from now on they click on this."""
        self._pages[who] = shown()

    @rule(who=WHO, which=SEVERAL, approve=st.booleans(), how=INTERRUPTIONS)
    def decide(self, who: str, which: list[int], approve: bool, how: Interruption) -> None:
        """One request or several at once."""
        chosen = self._chosen(who, "grant_request", which)
        action: services.Action = "approve" if approve else "deny"
        self._click(
            who, how, lambda user: services.decide_requests(
                user=user, organization=self.organization, action=action, reason="", chosen=chosen
            )
        )  # fmt: skip

    @rule(who=WHO, which=SEVERAL, urgent=st.booleans(), how=INTERRUPTIONS)
    def revoke(self, who: str, which: list[int], urgent: bool, how: Interruption) -> None:
        """One grant or several at once."""
        chosen = self._chosen(who, "grant", which)
        self._click(
            who, how, lambda user: services.revoke_grants(
                user=user, organization=self.organization, chosen=chosen, urgent=urgent
            )
        )  # fmt: skip

    @rule(who=WHO, how=INTERRUPTIONS)
    def undo(self, who: str, how: Interruption) -> None:
        """Everything of theirs that is not sent yet."""
        mine = list(Review.objects.filter(reviewer_login=who).values_list("pk", flat=True))
        self._click(
            who, how, lambda user: services.undo_decisions(
                user=user, organization=self.organization, review_ids=mine
            )
        )  # fmt: skip

    @rule(who=WHO, which=WHICH, consents=st.booleans(), how=INTERRUPTIONS)
    def second(self, who: str, which: int, consents: bool, how: Interruption) -> None:
        """The other owner's word about what waits for one; what they see is what the page shows them."""
        waiting = Effect.objects.filter(state=State.PROPOSED).order_by("pk").values_list("subject", flat=True)
        subjects = [one for one in waiting if one in self._pages[who]]
        if not subjects:
            return
        subject = subjects[which % len(subjects)]
        number, seen = int(subject.split(":")[1]), self._pages[who][subject]
        given = {"organization": self.organization, "pat_request_id": number}
        if consents:
            self._click(who, how, lambda user: services.confirm_approval(user=user, digest=seen, **given))  # type: ignore[arg-type]
        else:
            self._click(who, how, lambda user: services.reject_approval(user=user, **given))  # type: ignore[arg-type]

    @precondition(lambda _: Effect.objects.filter(state=State.NEEDS_SIGN_IN).exists())
    @rule(who=WHO)
    def sign_in(self, who: str) -> None:
        """Once more, with the tokens and the wakening that come of it."""
        with TestCase.captureOnCommitCallbacks(execute=True):
            sign_in(Client(), who)

    # --- Patrol's processes ------------------------------------------------------------------------------------

    @rule(how=INTERRUPTIONS)
    def work(self, how: Interruption) -> None:
        """A worker or the sweeper takes what is due of the effects."""
        with self._interrupted(how):
            effects.sweep()

    @rule(how=INTERRUPTIONS)
    def read(self, how: Interruption) -> None:
        """The lists are walked."""
        with self._interrupted(how):
            self._read()

    @rule(which=WHICH, times=st.integers(0, 2), how=INTERRUPTIONS)
    def hear(self, which: int, times: int, how: Interruption) -> None:
        """One of GitHub's messages comes, twice, or never; in any order, however late."""
        hooks = self.stage.witness.hooks
        if not hooks:
            return
        hook = hooks.pop(which % len(hooks))
        with self._interrupted(how):
            for _ in range(times):
                post(hook.body, event=hook.event, guid=hook.guid)
                for pk in list(Delivery.objects.exclude(state=Delivery.State.PROCESSED).values_list("pk", flat=True)):
                    deliveries.process(pk)

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        """Time passes, at GitHub as well."""
        self._pass(seconds)

    # --- GitHub ------------------------------------------------------------------------------------------------

    @rule(kind=WRITES_FAIL, times=st.integers(1, 2))
    def write_fails(self, kind: str, times: int) -> None:
        """The next writes go wrong."""
        self.stage.state.faults.add(fault(kind, "POST", times=times, skip=0))

    @rule(kind=READS_FAIL, times=st.integers(1, 4), skip=st.integers(0, 5))
    def read_fails(self, kind: str, times: int, skip: int) -> None:
        """Some of the next readings go wrong."""
        self.stage.state.faults.add(fault(kind, "GET", times=times, skip=skip))

    @rule()
    def heal(self) -> None:
        """GitHub is well again."""
        self.stage.state.faults.clear()

    @rule(which=WHICH, what=ELSEWHERE)
    def elsewhere(self, which: int, what: str) -> None:
        """Somebody does something on github.com."""
        self._elsewhere(which, what)

    @rule(upgrade=st.booleans())
    def ask(self, upgrade: bool) -> None:
        """The member asks for another token, or for more on one that is granted."""
        self.stage.ask(upgrade=upgrade)

    @rule(who=WHO, role=st.sampled_from(["admin", "member", None]))
    def role(self, who: str, role: Role | None) -> None:
        """An owner leaves, becomes a member, or is an owner again."""
        self.stage.give_role(who, role)

    # --- how ---------------------------------------------------------------------------------------------------

    def _chosen(self, who: str, name: str, which: list[int]) -> dict[int, str]:
        seen = {int(key.split(":")[1]): seen for key, seen in self._pages[who].items() if key.startswith(f"{name}:")}
        wanted = [number for number in sorted(seen) if number not in self.stage.bystanders]
        return {wanted[one % len(wanted)]: seen[wanted[one % len(wanted)]] for one in which if wanted}

    def _click(self, who: str, how: Interruption, use_case: Callable[[User], object]) -> None:
        with self._interrupted(how), suppress(*REFUSALS):
            use_case(User.objects.get(login=who))

    @contextmanager
    def _interrupted(self, how: Interruption) -> Iterator[None]:
        """One step of a process of Patrol's, after which the promises are looked at."""
        self._reads = self.stage.witness.reads
        match how:
            case Dies(statements):
                with dies_after(statements):
                    yield
            case Stops(place, then):
                with stops_at(place, lambda: self._meanwhile(then)):
                    yield
            case None:
                yield
        self.promises.check()

    def _meanwhile(self, then: str) -> None:
        """Others go on while a process stands still for longer than its leases."""
        self._excuse()
        self._pass(45)
        match then:
            case "works":
                effects.sweep()
            case "works on":
                for seconds in (15, 45, 0):
                    effects.sweep()
                    self._pass(seconds)
            case "reads":
                self._read()
            case "leaves":
                self.stage.give_role(SECOND_OWNER, None)
            case "undoes":
                self.undo(OWNER, None)
            case _:
                self._elsewhere(0, then)

    def _excuse(self) -> None:
        """What the process that stands still now has looked at, or has said it sends."""
        witness, sending = self.stage.witness, Effect.objects.filter(state=State.SENDING)
        if witness.reads > self._reads:
            self.promises.outdated |= set(sending.values_list("subject", flat=True))
        sent = max((one.at for one in witness.arrived), default=0.0)
        for effect in sending.filter(attempted_at__isnull=False):
            if effect.attempted_at is not None and effect.attempted_at.timestamp() >= sent:
                self.promises.unheld.add(effect.subject)

    def _elsewhere(self, which: int, what: str) -> None:
        token_id = self.stage.elsewhere(which, what)
        if token_id is not None:
            self.promises.touched.add(token_id)

    def _read(self) -> sync.SyncReport:
        return sync.sync_organization(self.organization.pk)

    def _pass(self, seconds: float) -> None:
        self._open.enter_context(clock.moved(timedelta(seconds=seconds)))
        self.stage.state.clock.advance(seconds)

    def _come_to_rest(self) -> None:
        """As long as something travels, what is due is done when it is due; then the lists are read whole."""
        self.stage.state.faults.clear()
        for _ in range(ROUNDS):
            waits = self._due_in()
            if waits is None:
                break
            self._pass(waits)
            if effects.sweep() == 0:
                self._pass(45)
        while self._reads_last and self._read().state != "complete":
            self._pass(130)

    def _due_in(self) -> int | None:
        """Seconds until the next one is due, in fives; None when nothing travels but what waits for somebody."""
        travelling = Effect.objects.filter(state__in=Effect.TRAVELLING).exclude(state=State.NEEDS_SIGN_IN)
        due = travelling.aggregate(due=Min(Coalesce("lease_until", "due_at")))["due"]
        return None if due is None else max(0, 5 * math.ceil((due - clock.now()).total_seconds() / 5))


def play(scene: Scene, examples: int, *, drawn_from: int | None = None) -> None:
    """Draw so many schedules of this scene: the same ones each time from a number, others without."""

    class Played(Schedules):
        pass

    Played.scene = scene
    if drawn_from is not None:
        seed(drawn_from)(Played)
    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def shown() -> dict[str, str]:
    """What a page shown now carries: the digest of each pending request and each grant."""
    rows = [*GrantRequest.objects.pending().select_related("token"), *Grant.objects.active().select_related("token")]
    return {row.subject: digest(row) for row in rows}


@contextmanager
def rolled_back() -> Iterator[None]:
    """Rows are as before, afterwards."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)
