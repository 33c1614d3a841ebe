"""The risk column of requests and grants: policy's judgement, with what each owner holds counted in bulk."""

from collections.abc import Iterable, Mapping

from apps.core import clock
from apps.policy import risk
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind, Row
from apps.tokens.models import Grant

BATCH = 500


def held_by(owner_ids: Iterable[int] | None, organization_id: int) -> dict[int, set[int]]:
    """owner id -> primary keys of the tokens with an active grant here; of everybody for None."""
    grants = Grant.objects.active().filter(organization_id=organization_id)
    if owner_ids is not None:
        grants = grants.filter(token__owner_id__in=list(owner_ids))
    held: dict[int, set[int]] = {}
    for owner_id, token_pk in grants.values_list("token__owner_id", "token_id").iterator():
        held.setdefault(owner_id, set()).add(token_pk)
    return held


def risk_of(row: Row, held: Mapping[int, set[int]]) -> int:
    """The risk of a request or grant whose `token` is loaded, its owner's other tokens counted."""
    others = held.get(row.token.owner_id, set()) - {row.token_id}
    return int(risk.assess(facts_of(row, ()), now=clock.now(), other_tokens=len(others)).risk)


def rate_all(organization_id: int) -> int:
    """Judge everything active anew: somebody's holdings, or the time, moved. Returns how many rows changed."""
    held = held_by(None, organization_id)
    return sum(_rate(kind, organization_id, held) for kind in (GRANT_REQUESTS, GRANTS))


def _rate(kind: Kind, organization_id: int, held: Mapping[int, set[int]]) -> int:
    rows = kind.model.objects.filter(organization_id=organization_id, state=kind.active).select_related("token")
    moved: dict[int, list[int]] = {}
    for row in rows.defer("reason" if kind is GRANT_REQUESTS else "repositories_verified_at").iterator(BATCH):
        judged = risk_of(row, held)
        if judged != row.risk:
            moved.setdefault(judged, []).append(row.pk)
    for judged, pks in moved.items():
        for start in range(0, len(pks), BATCH):
            kind.model.objects.filter(pk__in=pks[start : start + BATCH]).update(risk=judged)
    return sum(map(len, moved.values()))
