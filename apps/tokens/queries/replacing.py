"""Whether a token looks replaced by another one of the same owner.

GitHub's documents do not say what regenerating does to a token's id. Where the id stays, its end moves, and that is
proof. Where it does not, a twin appears: likely, until a person says so.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery

from apps.tokens.models import FOREVER, Grant, ReplacementConfirmation, Selection


@dataclass(frozen=True)
class Replacement:
    """The other grant; `confirmed_by` is who said so, empty: it only looks so."""

    grant: Grant
    confirmed_by: str


def with_likeness(grants: QuerySet[Grant], pk: int) -> QuerySet[Grant]:
    """Each with how many repositories it names (`named`), how many that grant names (`wanted`) and both (`shared`), and
    with who confirmed that it replaces that one (`confirmed_by`). No further query.
    """
    through = Grant.repositories.through.objects
    wanted, here = through.filter(grant=pk), through.filter(grant=OuterRef("pk"))
    said = ReplacementConfirmation.objects.filter(
        grant=pk, ends_at=F("grant__ends_at"), replaced_by=OuterRef("pk")
    ).values("confirmed_by_login")
    return grants.annotate(
        named=_number(here),
        shared=_number(here.filter(repository__in=wanted.values("repository"))),
        wanted=_number(wanted),
        confirmed_by=Subquery(said),
    )


def _number(rows: Any) -> Subquery:
    """How many."""
    return Subquery(rows.order_by().values("grant").annotate(number=Count("pk")).values("number"))


def replacement(grant: Grant, others: Iterable[Grant]) -> Replacement | None:
    """Of grants `with_likeness` the one that was said to replace `grant`, else the newest that looks so."""
    if grant.state != Grant.State.ACTIVE or grant.ends_at == FOREVER:
        return None
    known = [one for one in others if one.pk != grant.pk]
    for one in known:
        if one.confirmed_by:  # type: ignore[attr-defined]
            return Replacement(one, one.confirmed_by)  # type: ignore[attr-defined]
    likely = _newest(one for one in known if _looks_so(grant, one) and _same_repositories(one))
    return Replacement(likely, "") if likely else None


def replacements(grants: Collection[Grant], reached: Mapping[int, Collection[str]]) -> dict[int, Replacement]:
    """The same for all active grants of one person, by the number of the grant it is about; one query.

    `reached`: the repositories each names, by its number.
    """
    ending = [one for one in grants if one.ends_at != FOREVER]
    confirmed = ReplacementConfirmation.objects.filter(
        grant__in=[one.pk for one in ending], replaced_by__state=Grant.State.ACTIVE
    )
    said = {(one.grant_id, one.ends_at): one for one in confirmed.select_related("replaced_by")}
    found = {}
    for grant in ending:
        if confirmation := said.get((grant.pk, grant.ends_at)):
            found[grant.pk] = Replacement(confirmation.replaced_by, confirmation.confirmed_by_login)
            continue
        likely = _newest(
            one for one in grants
            if one.organization_id == grant.organization_id and _looks_so(grant, one)
            and set(reached.get(one.pk, ())) == set(reached.get(grant.pk, ()))
        )  # fmt: skip
        if likely:
            found[grant.pk] = Replacement(likely, "")
    return found


def _newest(grants: Iterable[Grant]) -> Grant | None:
    return max(grants, key=lambda one: one.access_granted_at, default=None)


def replacement_of(grant: Grant) -> Grant | None:
    """The same for a use case; one query."""
    mine = Grant.objects.active().filter(organization=grant.organization_id, owner_id=grant.owner_id)
    found = replacement(grant, with_likeness(mine.select_related("token"), grant.pk))
    return found.grant if found else None


def _looks_so(grant: Grant, other: Grant) -> bool:
    """Same owner, name, permissions and selection; given later, and it ends later."""
    same = (
        other.owner_id == grant.owner_id
        and other.token_id != grant.token_id
        and other.token.name == grant.token.name
        and other.permissions == grant.permissions
        and other.repository_selection == grant.repository_selection
    )
    return same and other.access_granted_at >= grant.access_granted_at and other.ends_at > grant.ends_at


def _same_repositories(other: Grant) -> bool:
    if other.repository_selection != Selection.SUBSET:
        return True
    return bool(other.named == other.shared == other.wanted)  # type: ignore[attr-defined]
