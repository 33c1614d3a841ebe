"""What is true of every decision at every moment, and once everything came to rest.

Compared are the witness of what reached GitHub, GitHub's own world, and Patrol's rows.
"""

from dataclasses import dataclass, field
from typing import Any

from apps.audit.models import Event
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.tokens.models import Grant, GrantRequest, Review
from apps.tokens.names import Name
from tests.effects.schedules_github import Accepted, Stage

State = Effect.State
FINAL = {State.CONFIRMED, State.REFUSED, State.SUPERSEDED, State.WITHDRAWN}
DONE = (Name.APPROVED, Name.DENIED, Name.REVOKED)
WAITS_FOR_SOMEBODY = {State.NEEDS_SIGN_IN, State.PROPOSED}


@dataclass
class Promises:
    """`two_person`: the organization wants two people for an approval. `touched` are tokens that somebody changed
    or decided on past Patrol.

    In a step in which a process stands still its last look is old when it goes on (`outdated`), and where it stood
    between writing down that it sends and sending (`unheld`) nothing can call it back: GitHub's own order holds.
    """

    stage: Stage
    two_person: bool = False
    touched: set[int] = field(default_factory=set)
    outdated: set[str] = field(default_factory=set)
    unheld: set[str] = field(default_factory=set)
    _ever_unheld: set[str] = field(default_factory=set)
    _ended: dict[int, str] = field(default_factory=dict)
    _accepted: int = 0
    _arrived: int = 0

    # --- at every moment ---------------------------------------------------------------------------------

    def check(self) -> None:
        """After every step."""
        witness = self.stage.witness
        accepted, self._accepted = witness.accepted[self._accepted :], len(witness.accepted)
        arrived, self._arrived = witness.arrived[self._arrived :], len(witness.arrived)
        again = [one.subject for one in arrived if one.again and one.subject not in self.unheld]
        assert not again, f"sent again though GitHub had accepted it: {again}"
        for one in accepted:
            self._check_accepted(one, witness.accepts(one.subject))
        states = dict(_STATES())
        changed = {pk: (end, states[pk]) for pk, end in self._ended.items() if states[pk] != end}
        assert not changed, f"what had ended went on: {changed}"
        self._ended |= {pk: state for pk, state in states.items() if state in FINAL}
        self._ever_unheld |= self.unheld
        self.outdated, self.unheld = set(), set()

    def _check_accepted(self, accepted: Accepted, every: list[Accepted]) -> None:
        subject = accepted.subject
        once = len(every) == 1 or (subject in self.unheld and not accepted.alone)
        assert once, f"accepted more than once: {every}"
        assert len({one.action for one in every}) == 1, f"a contradiction: {every}"
        review = self._review_of(accepted)
        assert (review.action, review.reviewer_login) == (accepted.action, accepted.login), accepted
        assert accepted.login in accepted.owners, accepted
        assert review.evidence["owner_id"] != review.reviewer_id, "somebody decided on their own token"
        assert review.effect.state not in (State.WITHDRAWN, State.PROPOSED), (review.effect.state, accepted)
        second = review.effect.second
        if self.two_person and accepted.action == "approve":
            assert second is not None, f"sent without a second owner: {accepted}"
            assert second != review.reviewer, f"confirmed by who proposed it: {accepted}"
        if subject in self.outdated | self.unheld:
            return
        assert second is None or second.login in accepted.owners, f"the second person owns nothing here: {accepted}"
        if accepted.asked is not None:
            seen = comparable(review.evidence)
            assert seen == accepted.asked, f"sent for something else than was seen: {seen}, {accepted.asked}"

    def _review_of(self, accepted: Accepted) -> Review:
        reviews = [one for one in _REVIEWS() if one.effect.subject == accepted.subject]
        tried = [one for one in reviews if one.effect.attempts or one.effect.state == State.SENDING]
        assert tried, f"nobody decided this: {accepted}"
        return tried[-1]

    # --- at rest -----------------------------------------------------------------------------------------

    def check_rest(self, *, lists_read: bool) -> None:
        """When everything is healed and nothing is due; `lists_read`: and the lists were walked whole."""
        self.check()
        for review in _REVIEWS():
            self._check_ended(review)
        told = Event.objects.filter(name__in=DONE).values_list("subject", flat=True)
        assert len(told) == len(set(told)), f"the record tells it twice: {sorted(told)}"
        if lists_read:
            self._check_lists()

    def _check_lists(self) -> None:
        """Patrol shows what GitHub shows, and nothing waits for a word about what is not there."""
        held = Effect.objects.filter(state=State.PROPOSED).values_list("subject", flat=True)
        assert [one for one in held if not self.stage.has(one)] == []
        requests = GrantRequest.objects.filter(state=GrantRequest.State.PENDING)
        assert sorted(requests.values_list("pat_request_id", flat=True)) == sorted(self.stage.organization.requests)
        grants = Grant.objects.filter(state=Grant.State.ACTIVE)
        assert sorted(grants.values_list("pat_id", flat=True)) == sorted(self.stage.organization.grants)

    def _check_ended(self, review: Review) -> None:
        effect = review.effect
        where = f"{review.action} of {effect.subject}: {effect.state} {effect.status} {effect.answer!r}"
        assert effect.state in FINAL | WAITS_FOR_SOMEBODY, f"it does not come to an end: {where}"
        accepted = [one for one in self.stage.witness.accepts(effect.subject) if one.action == review.action]
        there = self.stage.has(effect.subject)
        if effect.state == State.CONFIRMED:
            assert not there, f"confirmed, and GitHub still has it: {where}"
        if review.evidence["token_id"] in self.touched or effect.subject in self._ever_unheld:
            return
        if effect.state == State.CONFIRMED:
            assert accepted, f"confirmed, and GitHub never accepted it: {where}"
        elif accepted:
            others = Review.objects.filter(effect__subject=effect.subject, effect__state=State.CONFIRMED)
            assert others.exclude(pk=review.pk).exists(), f"GitHub accepted it, and it is lost: {where}"


# After every step, many thousand times: Django writes the SQL once.
_STATES = Statement(lambda: Effect.objects.values_list("pk", "state"))
_REVIEWS = Statement(lambda: Review.objects.select_related("effect__second", "reviewer").order_by("pk"))


def comparable(evidence: dict[str, Any]) -> dict[str, Any]:
    """What a person saw, in the witness's words."""
    subset = evidence["repository_selection"] == "subset"
    return {
        "token_id": evidence["token_id"],
        "owner_id": evidence["owner_id"],
        "permissions": {kind: names for kind, names in evidence["permissions"].items() if names},
        "repository_selection": evidence["repository_selection"],
        "repository_ids": sorted(evidence["repository_ids"]) if subset else [],
        "expires_at": evidence["expires_at"],
    }
