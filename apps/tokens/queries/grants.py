"""The inventory of tokens that reach an organization."""

from collections.abc import Sequence

from apps.core import clock, paging, seeking
from apps.core.statements import Statement, by_key
from apps.github.models import Organization
from apps.tokens.models import Grant
from apps.tokens.queries.facets import NOTHING_COUNTED, Facets
from apps.tokens.queries.filters import GRANT_ORDERS, GrantFilters, grants_matching
from apps.tokens.queries.listing import COUNTED, PAGE, Listing, as_listing
from apps.tokens.queries.rows import GrantRow, grant_rows, listed, loaded

FOUND = 10_000
"""So many are found, counted and sorted where it is known that there are no more: an index in the list's order may come
upon the first of them late."""
_OF_TIME = {"expiring", "unused", "lifetime"}


def grant_page(
    organizations: Sequence[Organization], filters: GrantFilters, reader_id: int, cursor: str = "", *,
    known: Facets = NOTHING_COUNTED,
) -> Listing[GrantRow]:  # fmt: skip
    """One page of the grants of the given organizations. What is `known` of how many match decides how they are sought.

    That never decides which are shown.
    """
    order, now = GRANT_ORDERS[filters.sort], clock.now()
    wanted = [one for one in organizations if filters.organization.lower() in ("", one.login.lower())]
    found = Grant.objects.filter(organization__in=wanted)
    walks = grants_matching(found, filters, now, one_by_one=True)
    counted = known.left_by(filters)
    bound: int | None = COUNTED
    if counted is not None and counted > (FOUND if _goes_with_time(filters) else COUNTED):
        bound, sought = None, seeking.walked(walks, order, cursor, total=counted, size=PAGE)
    elif known.at_least(filters) > COUNTED:
        sought = seeking.walked(walks, order, cursor, total=COUNTED + 1, size=PAGE)
    elif filters.narrowed():
        bound = COUNTED if counted is None else FOUND
        matching = grants_matching(found, filters, now) if known.team_is_few(filters) else walks
        # The indexes of the orders begin with the state.
        parts = [walks.filter(state=one) for one in Grant.State.values] if filters.state == "all" else [walks]
        sought = seeking.few_or_many(matching, order, cursor, size=PAGE, bound=bound, parts=parts)
    else:
        sought = seeking.ordered(walks, order, cursor, size=PAGE, bound=COUNTED)
    read, by_id = by_key(_LISTED, sought.keys or []), {one.pk: one for one in wanted}
    for one in read:
        one.organization = by_id[one.organization_id]
    page = paging.cut(read, order, cursor, PAGE)
    return as_listing(page, sought.total, lambda rows: grant_rows(rows, reader_id), bound=bound)


def _goes_with_time(filters: GrantFilters) -> bool:
    """Whether what they leave may stand together in orders by other times: what was unused longest is among the oldest.

    Of other filters an index in the list's order comes upon a page soon.
    """
    return any(name in _OF_TIME and value != "never" for name, value in filters.narrowing().items())


_LISTED = Statement(lambda keys: listed(Grant.objects.filter(pk__in=keys)))


def chosen_grants(organizations: Sequence[Organization], keys: Sequence[str], reader_id: int) -> list[GrantRow]:
    """The grants that a form named by "<organization id>:<pat_id>"; unknown ones are left out."""
    wanted = {key: index for index, key in enumerate(keys)}
    ids = [int(key.split(":")[1]) for key in keys]
    found = Grant.objects.filter(organization__in=organizations, pat_id__in=ids)
    rows = grant_rows(list(loaded(found)), reader_id)
    return sorted((row for row in rows if row.key in wanted), key=lambda row: wanted[row.key])
