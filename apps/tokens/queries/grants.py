"""The inventory of tokens that reach an organization."""

from collections.abc import Sequence

from django.db.models import QuerySet

from apps.core import clock, paging, seeking
from apps.core.statements import Statement
from apps.github.models import Organization
from apps.tokens.models import Grant
from apps.tokens.queries.filters import GRANT_ORDERS, GrantFilters, grants_matching
from apps.tokens.queries.listing import COUNTED, PAGE, Listing, as_listing
from apps.tokens.queries.rows import GrantRow, grant_rows, loaded


def grant_page(
    organizations: Sequence[Organization], filters: GrantFilters, reader_id: int, cursor: str = ""
) -> Listing[GrantRow]:
    """One page of the grants of the given organizations."""
    wanted = [one for one in organizations if filters.organization.lower() in ("", one.login.lower())]
    matching = grants_matching(Grant.objects.filter(organization__in=wanted), filters, clock.now())
    order = GRANT_ORDERS[filters.sort]
    total, rows = _sought(matching, filters, order, cursor)
    page = paging.cut(rows, order, cursor, PAGE)
    return as_listing(page, total, lambda found: grant_rows(found, reader_id))


def _sought(
    matching: "QuerySet[Grant]", filters: GrantFilters, order: paging.Order, cursor: str
) -> tuple[int, list[Grant]]:
    """How many match, up to one more than are counted, and the rows of a page and one more; two queries."""
    seek = seeking.few if filters.narrowed() else seeking.ordered
    sought = seek(matching, order, cursor, size=PAGE, bound=COUNTED)
    if sought.keys is not None:
        return sought.total, _by_key(sought.keys)
    return sought.total, _walked(matching, order, cursor, filters.state)


def _walked(matching: "QuerySet[Grant]", order: paging.Order, cursor: str, state: str) -> list[Grant]:
    if state != "all":
        return paging.rows(loaded(matching), order, cursor, PAGE)
    # The indexes of the orders begin with the state.
    parts = [matching.filter(state=one) for one in Grant.State.values]
    return list(loaded(seeking.many(parts, order, cursor, size=PAGE)))


def _by_key(keys: list[int]) -> list[Grant]:
    found = {one.pk: one for one in _LOADED(keys)}
    return [found[key] for key in keys if key in found]


_LOADED = Statement(lambda keys: loaded(Grant.objects.filter(pk__in=keys)))


def chosen_grants(organizations: Sequence[Organization], keys: Sequence[str], reader_id: int) -> list[GrantRow]:
    """The grants that a form named by "<organization id>:<pat_id>"; unknown ones are left out."""
    wanted = {key: index for index, key in enumerate(keys)}
    ids = [int(key.split(":")[1]) for key in keys]
    found = Grant.objects.filter(organization__in=organizations, pat_id__in=ids)
    rows = grant_rows(list(loaded(found)), reader_id)
    return sorted((row for row in rows if row.key in wanted), key=lambda row: wanted[row.key])
