"""Reading GitHub for decisions: whether something is still what was decided on, and which grant came of it.

With the installation's token, and with the quota that is kept for decisions. Nothing is written here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from apps.core import clock
from apps.core.statements import Statement
from apps.effects.models import Effect
from apps.effects.registry import Batch, Gone, Superseded
from apps.github import errors, permissions, wire
from apps.github.services import live_installation
from apps.policy.facts import AccessFacts
from apps.policy.reach import covers, reach_of
from apps.tokens.facts import facts_as_sent
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Item, Kind
from apps.tokens.names import EffectKind
from apps.tokens.reading import IDS_A_CALL, QuotaReserved, Reader

WITNESSES = 5
SUBSET = "subset"
Keep = Callable[[], None]


@dataclass(frozen=True)
class Seen:
    """The grant a token has after its request was decided, as GitHub showed it at `read_at`.

    `whole`: it allows all that was decided on; else it was at least given since the decision was sent first.
    """

    grant: wire.Grant
    repositories: list[wire.Repository]
    read_at: datetime
    whole: bool = True

    @property
    def facts(self) -> AccessFacts:
        """The grant as facts."""
        return facts_as_sent(self.grant, [one.id for one in self.repositories])


def grants_seen(reader: Reader, effects: Batch) -> dict[int, Seen | None]:
    """The grant that may have come of the approval of each, None: there is none. Who cannot be told is left out."""
    read_at = clock.now()
    found: dict[int, Seen | None] = {}
    for effect, grant in _paired(effects, find(reader, GRANTS, effects)):
        request = effect.review.request
        found[effect.pk] = None
        if isinstance(grant, wire.Grant) and grant.access_granted_at >= request.requested_at:
            subset = grant.repository_selection == SUBSET
            repositories = reader.repositories(GRANTS, grant.id) if subset else []
            if repositories is not None:
                found[effect.pk] = _came_of(effect, Seen(grant, repositories, read_at))
    return found


def _came_of(effect: Effect, seen: Seen) -> Seen | None:
    """The grant as what came of it: all that was asked, or something else that was given since; None: neither.

    A token's grant may hold more from before.
    """
    if covers(reach_of(seen.facts.as_evidence()), reach_of(effect.review.evidence)):
        return seen
    held = effect.review.held
    if held is None:
        return None
    before = held["granted_at"]
    since = before is None or seen.grant.access_granted_at > datetime.fromisoformat(before)
    return replace(seen, whole=False) if since else None


def differing(effects: Batch, kind: Kind, keep: Keep, *, gone: str) -> dict[int, Exception]:
    """Why nothing is sent of an effect: it is gone, another than what was seen, or cannot be told now."""
    hindered: dict[int, Exception] = {}
    with reading(effects[0], keep) as reader:
        found = find(reader, kind, effects)
        for effect in effects:
            if effect.pk not in found:
                hindered[effect.pk] = errors.Unreadable("GitHub's answer is not to be believed.")
            elif problem := _difference(reader, kind, effect, found[effect.pk], gone):
                hindered[effect.pk] = problem
    return hindered


def _difference(reader: Reader, kind: Kind, effect: Effect, item: Item | None, gone: str) -> Superseded | None:
    """What stands against sending it; None: nothing."""
    subset = item is not None and item.repository_selection == SUBSET
    repositories = reader.repositories(kind, item.id) if item is not None and subset else []
    if item is None or repositories is None:
        return Gone(f"{gone} Nothing was sent.")
    if facts_as_sent(item, [one.id for one in repositories]).digest() != effect.review.digest:
        return Superseded("It changed on GitHub after you decided. Nothing was sent; look at it again.")
    return None


def find(reader: Reader, kind: Kind, effects: Batch) -> dict[int, Item | None]:
    """The request or grant of each effect; any grant of its token where the effect names none. None: not there.

    Left out is who "is not there" in an answer that is not to be believed: it holds something that might be
    it and cannot be read, or shows none of the witnesses, other tokens that were there a moment ago.
    """
    found: dict[int, Item | None] = {}
    for part in _parts(effects):
        tokens = list(dict.fromkeys(effect.arguments["token_id"] for effect in part))
        witnesses = _witnesses(kind, part[0].organization_id, tokens)
        answer = reader.look_up(kind, [*tokens, *witnesses])
        believed = not witnesses or any(item.token_id in witnesses for item in answer.items)
        for effect in part:
            wanted = effect.arguments.get(kind.number)
            item = _item_of(answer.items, effect.arguments["token_id"], wanted)
            unreadable = any(wanted is None or one.item_id in (None, wanted) for one in answer.bad)
            if item is not None or (believed and not unreadable):
                found[effect.pk] = item
    return found


def _parts(effects: Batch) -> Iterator[Batch]:
    """As many as one look-up takes beside the witnesses."""
    size = IDS_A_CALL - WITNESSES
    for start in range(0, len(effects), size):
        yield effects[start : start + size]


def _item_of(items: list[Item], token_id: int, wanted: int | None) -> Item | None:
    return next((item for item in items if item.token_id == token_id and wanted in (None, item.id)), None)


def _paired(effects: Batch, found: Mapping[int, Item | None]) -> list[tuple[Effect, Item | None]]:
    return [(effect, found[effect.pk]) for effect in effects if effect.pk in found]


def _witnesses(kind: Kind, organization_id: int, token_ids: list[int]) -> list[int]:
    """A few other tokens that the list should show; an empty or cut answer does not."""
    return list(dict.fromkeys(_OTHERS[kind.name](organization_id, token_ids)))


def _others(kind: Kind) -> Statement[int]:
    active = kind.model.objects.filter(state=kind.active).order_by("-pk").values_list("token__token_id", flat=True)
    return Statement(
        lambda organization_id, token_ids: active.filter(organization=organization_id).exclude(
            token__token_id__in=token_ids
        )[:WITNESSES]
    )


_OTHERS = {kind.name: _others(kind) for kind in (GRANT_REQUESTS, GRANTS)}


_NOT_INSTALLED = "Patrol's App is not installed on this organization any more: see on GitHub what is so."
_MAY_NOT_LOOK = "Patrol's App lacks {} here now: see on GitHub what is so."
_READ = {
    EffectKind.REVIEW_REQUEST: {**GRANT_REQUESTS.reading, **GRANTS.reading},
    EffectKind.REVOKE_GRANT: GRANTS.reading,
}
"""What is read to settle each kind of write."""


@contextmanager
def reading(effect: Effect, keep: Keep) -> Iterator[Reader]:
    """The effect's organization, with the installation's token, and with the quota that is kept for decisions.

    Raises Superseded where the App was taken off, or suspended, or may not read what it has to: nothing can be told
    there, for as long as that lasts.
    """
    installation = live_installation(effect.organization_id)
    if installation is None:
        raise Superseded(_NOT_INSTALLED)
    missing = permissions.lacking(installation.permissions, _READ[EffectKind(effect.kind)])
    if missing:
        raise Superseded(_MAY_NOT_LOOK.format(permissions.in_words(missing)))
    try:
        with Reader(installation, keep=keep, reserve=0.0) as reader:
            yield reader
    except QuotaReserved as error:
        raise errors.RateLimited(str(error), retry_at=error.resets_at) from error
