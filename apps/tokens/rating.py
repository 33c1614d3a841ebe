"""The risk column of requests and grants: policy's judgement, with what each owner holds counted in bulk."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from apps.core import clock
from apps.core.statements import Statement
from apps.policy import risk
from apps.policy.facts import AccessFacts
from apps.tokens.facts import facts_of
from apps.tokens.kinds import GRANT_REQUESTS, GRANTS, Kind, Row
from apps.tokens.models import Grant

BATCH = 500


def held_by(owner_ids: Iterable[int] | None, organization_id: int) -> dict[int, set[int]]:
    """owner id -> primary keys of the tokens with an active grant here; of everybody for None."""
    found = _everybodys(organization_id).iterator() if owner_ids is None else _HELD(organization_id, list(owner_ids))
    held: dict[int, set[int]] = {}
    for owner_id, token_pk in found:
        held.setdefault(owner_id, set()).add(token_pk)
    return held


def _everybodys(organization_id: int) -> "QuerySet[Grant, tuple[int, int]]":
    return Grant.objects.active().filter(organization=organization_id).values_list("owner_id", "token_id")


_HELD = Statement(lambda organization_id, ids: _everybodys(organization_id).filter(owner_id__in=ids))


def risk_of(row: Row, held: Mapping[int, set[int]]) -> int:
    """The risk of a request or grant whose `token` is loaded, its owner's other tokens counted."""
    others = held.get(row.token.owner_id, set()) - {row.token_id}
    return int(risk.assess(facts_of(row, ()), now=clock.now(), other_tokens=len(others)).risk)


def rate_all(organization_id: int) -> int:
    """Judge everything active anew: somebody's holdings, or the time, moved. Returns how many rows changed."""
    held = {owner_id: len(tokens) for owner_id, tokens in held_by(None, organization_id).items()}
    granted = set(Grant.objects.active().filter(organization_id=organization_id).values_list("token_id", flat=True))
    return sum(_rate(kind, organization_id, held, granted) for kind in (GRANT_REQUESTS, GRANTS))


def _rate(kind: Kind, organization_id: int, held: Mapping[int, int], granted: set[int]) -> int:
    """Columns instead of instances: a first sync judges ten thousand rows here."""
    rows = kind.model.objects.filter(organization_id=organization_id, state=kind.active).values_list(
        "pk", "risk", "permissions", "repository_selection", "token_id", "token__owner_id", "token__expires_at"
    )
    moved: dict[int, list[int]] = {}
    now = clock.now()
    for pk, rated, permissions, selection, token_pk, owner_id, expires_at in rows.iterator(BATCH):
        facts = AccessFacts(
            subject_id=0, token_id=0, owner_id=owner_id, owner_login="", permissions=permissions,
            repository_selection=selection, repository_ids=(), expires_at=expires_at,
        )  # fmt: skip
        others = held.get(owner_id, 0) - (token_pk in granted)
        judged = int(risk.assess(facts, now=now, other_tokens=others).risk)
        if judged != rated:
            moved.setdefault(judged, []).append(pk)
    for judged, pks in moved.items():
        for start in range(0, len(pks), BATCH):
            kind.model.objects.filter(pk__in=pks[start : start + BATCH]).update(risk=judged)
    return sum(map(len, moved.values()))
