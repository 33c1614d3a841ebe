"""Filters as the query string that shows them again: what differs from what the list shows at first, in one order."""

from dataclasses import fields
from urllib.parse import urlencode

from apps.tokens.columns import Columns, said
from apps.tokens.queries.filters import AccessFilters


def query_of(filters: AccessFilters) -> str:
    """Two filters that mean the same are the same text."""
    said = {one.name: getattr(filters, one.name) for one in fields(filters)}
    return urlencode({one.name: said[one.name] for one in fields(filters) if said[one.name] != one.default}, doseq=True)


def view_query(filters: AccessFilters, columns: Columns) -> str:
    """The same with the columns, always named: a view shows everybody the same."""
    return "&".join(filter(None, [query_of(filters), urlencode({"columns": said(columns)})]))
