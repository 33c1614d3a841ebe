"""What GitHub's documents leave open, as named questions with two answers.

Code works in both worlds; what this operator's GitHub was seen to do is kept with evidence and date.
"""

from dataclasses import dataclass

from django.db import transaction

from apps.core import clock
from apps.github.models import Fact


@dataclass(frozen=True)
class Probe:
    """A question, and what A and B mean."""

    key: str
    question: str
    a: str
    b: str


PROBES = {
    probe.key: probe
    for probe in (
        Probe(
            "review_decided",
            "What does GitHub answer to a review of a request that was already decided?",
            "404 Not Found",
            "422 Unprocessable",
        ),
        Probe(
            "expired_grants_listed",
            "Do grants of expired tokens stay in the list?",
            "They stay, with token_expired",
            "They leave the list",
        ),
        Probe(
            "approved_without_created",
            "What does GitHub send for a token that is approved at once?",
            "created, then approved",
            "approved alone",
        ),
        Probe(
            "edited_request_id",
            "Does a pending request keep its id when its member edits it?",
            "It keeps it, and nothing is sent",
            "It is cancelled, and a new one is created",
        ),
        Probe(
            "regenerate_token_id",
            "Does a regenerated token keep its token_id?",
            "It keeps it",
            "It gets a new one",
        ),
    )
}


@dataclass(frozen=True)
class Answer:
    """A probe with what is known here; `answer` is "A", "B" or "" (not known here yet)."""

    probe: Probe
    answer: str
    evidence: str

    @property
    def meaning(self) -> str:
        """In words."""
        return {"A": self.probe.a, "B": self.probe.b}.get(self.answer, "Not known here yet")


def observe(key: str, answer: str, evidence: str) -> None:
    """Keep what GitHub was seen to do; the first observation stands until it differs."""
    known = Fact.objects.filter(key=key).first()
    if known and known.answer == answer:
        return
    with transaction.atomic():
        Fact.objects.update_or_create(
            key=PROBES[key].key,
            defaults={"answer": answer, "evidence": evidence[:1000], "observed_at": clock.now()},
        )


def answers() -> list[Answer]:
    """Every probe with this operator's answer."""
    known = {fact.key: fact for fact in Fact.objects.all()}
    return [
        Answer(probe, known[key].answer if key in known else "", known[key].evidence if key in known else "")
        for key, probe in PROBES.items()
    ]
