"""The queue of requests."""

from collections.abc import Sequence

from apps.core import clock, paging, seeking
from apps.core.statements import Statement, by_key
from apps.github.models import Organization
from apps.tokens.models import GrantRequest
from apps.tokens.queries.bring_back import with_newest_grant
from apps.tokens.queries.filters import REQUEST_ORDERS, RequestFilters, requests_matching
from apps.tokens.queries.listing import COUNTED, PAGE, Listing, as_listing, listing
from apps.tokens.queries.rows import RequestRow, loaded, request_rows


def request_page(
    organizations: Sequence[Organization], filters: RequestFilters, reader_id: int, cursor: str = ""
) -> Listing[RequestRow]:
    """One page of the queue of the given organizations."""
    order, found = REQUEST_ORDERS[filters.sort], GrantRequest.objects.filter(organization__in=organizations)
    matching = requests_matching(found, filters, clock.now(), reader_id)
    if order.nullable:
        every = with_newest_grant(loaded(matching))
        return listing(every, order, cursor, lambda rows: request_rows(rows, reader_id))
    sought = seeking.ordered(matching, order, cursor, size=PAGE, bound=COUNTED)
    page = paging.cut(by_key(_LOADED, sought.keys or []), order, cursor, PAGE)
    return as_listing(page, sought.total, lambda rows: request_rows(rows, reader_id))


_LOADED = Statement(lambda keys: with_newest_grant(loaded(GrantRequest.objects.filter(pk__in=keys))))


def chosen_requests(organizations: Sequence[Organization], keys: Sequence[str], reader_id: int) -> list[RequestRow]:
    """The requests that a form named by "<organization id>:<pat_request_id>"; unknown ones are left out."""
    wanted = {key: index for index, key in enumerate(keys)}
    ids = [int(key.split(":")[1]) for key in keys]
    found = GrantRequest.objects.filter(organization__in=organizations, pat_request_id__in=ids)
    rows = request_rows(list(loaded(found)), reader_id)
    return sorted((row for row in rows if row.key in wanted), key=lambda row: wanted[row.key])
