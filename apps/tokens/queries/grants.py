"""The inventory of tokens that reach an organization."""

from collections.abc import Sequence

from apps.core import clock
from apps.github.models import Organization
from apps.tokens.models import Grant
from apps.tokens.queries.filters import GRANT_ORDERS, GrantFilters, grants_matching
from apps.tokens.queries.listing import Listing, listing
from apps.tokens.queries.rows import GrantRow, grant_rows, loaded


def grant_page(
    organizations: Sequence[Organization], filters: GrantFilters, reader_id: int, cursor: str = ""
) -> Listing[GrantRow]:
    """One page of the grants of the given organizations."""
    found = loaded(Grant.objects.filter(organization__in=organizations))
    matching = grants_matching(found, filters, clock.now())
    return listing(matching, GRANT_ORDERS[filters.sort], cursor, lambda rows: grant_rows(rows, reader_id))


def chosen_grants(organizations: Sequence[Organization], keys: Sequence[str], reader_id: int) -> list[GrantRow]:
    """The grants that a form named by "<organization id>:<pat_id>"; unknown ones are left out."""
    wanted = {key: index for index, key in enumerate(keys)}
    ids = [int(key.split(":")[1]) for key in keys]
    found = Grant.objects.filter(organization__in=organizations, pat_id__in=ids)
    rows = grant_rows(list(loaded(found)), reader_id)
    return sorted((row for row in rows if row.key in wanted), key=lambda row: wanted[row.key])
