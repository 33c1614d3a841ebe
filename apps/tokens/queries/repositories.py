"""The names of the repositories a request is for, where a few of many are enough."""

from apps.tokens.queries.rows import RequestRow

MOST_NAMED = 50


def first_repositories(row: RequestRow) -> list[str]:
    """The first by name of a subset; nothing for none and for all."""
    if row.facts.repository_selection != "subset":
        return []
    return list(row.request.repositories.order_by("name", "pk").values_list("name", flat=True)[:MOST_NAMED])
