"""Everything a person holds, taken away at once: frozen as it was seen, sent organization by organization."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from apps.accounts.access import GitHubAway, NeedsSignIn
from apps.accounts.models import User
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import Review
from apps.tokens.queries import seen
from apps.tokens.queries.changes import Change
from apps.tokens.queries.rows import GrantRow

SHOWN_DIFFERENCES = 20


@dataclass
class Sent:
    """How many are on their way, and why others are not, by "<organization id>:<pat_id>"."""

    done: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    away: bool = False

    @property
    def status(self) -> int:
        """As HTTP says it."""
        if self.done or not self.refused:
            return 200
        return 503 if self.away else 409


def send(*, user: User, organizations: Mapping[int, Organization], chosen: Mapping[str, str], urgent: bool) -> Sent:
    """Decide about exactly what was seen: `chosen` is key -> digest. What one organization refuses keeps no other back.

    Raises NeedsSignIn where nothing could be sent for lack of one.
    """
    return send_each(
        organizations,
        chosen,
        lambda organization, part: services.revoke_grants(
            user=user, organization=organization, chosen=part, urgent=urgent
        ),
    )


Decide = Callable[[Organization, dict[int, str]], services.Outcome | services.Planned]


def send_each(organizations: Mapping[int, Organization], chosen: Mapping[str, str], decide: Decide) -> Sent:
    """One use case for each organization. Raises NeedsSignIn where nothing could be done for lack of one."""
    parts: dict[int, dict[int, str]] = {}
    for key, digest in chosen.items():
        organization_id, pat_id = (int(part) for part in key.split(":"))
        parts.setdefault(organization_id, {})[pat_id] = digest
    sent = Sent()
    for organization_id, part in parts.items():
        _send_one(organizations[organization_id], part, decide, sent)
    return sent


def _send_one(organization: Organization, part: dict[int, str], decide: Decide, sent: Sent) -> None:
    try:
        outcome = decide(organization, part)
    except NeedsSignIn:
        if not sent.done:
            raise
        sent.refused |= {f"{organization.pk}:{pat_id}": str(NeedsSignIn()) for pat_id in part}
    except RuleBroken as error:
        sent.away = sent.away or isinstance(error, GitHubAway)
        sent.refused |= {f"{organization.pk}:{pat_id}": str(error) for pat_id in part}
    else:
        sent.done += outcome.done
        sent.refused |= {f"{organization.pk}:{one.subject_id}": one.sentence for one in outcome.refused}


def take_back(*, user: User, reviews: Iterable[Review]) -> int:
    """Undo those that GitHub has not heard of, organization by organization. Returns how many were."""
    parts: dict[int, list[Review]] = {}
    for review in reviews:
        parts.setdefault(review.organization_id, []).append(review)
    undone = 0
    for part in parts.values():
        with suppress(RuleBroken):  # they were sent meanwhile
            ids = [one.pk for one in part]
            undone += services.undo_decisions(user=user, organization=part[0].organization, review_ids=ids)
    return undone


def differences(rows: Sequence[GrantRow], chosen: Mapping[str, str]) -> dict[str, list[Change]]:
    """What became of those that changed after they were seen; of the first ones, each by a query."""
    changed = [row for row in rows if chosen.get(row.key) not in (None, row.digest)]
    return {row.key: seen.changed_since(row, chosen[row.key]) for row in changed[:SHOWN_DIFFERENCES]}
