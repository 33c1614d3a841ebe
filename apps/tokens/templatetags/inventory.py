"""The columns of the inventory that a reader chose, as the cells of a row."""

from collections.abc import Callable

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from apps.core.templatetags.components import access_summary, repository_reach, risk_reasons
from apps.core.templatetags.patrol import since
from apps.tokens.columns import COLUMNS, Columns
from apps.tokens.queries.rows import GrantRow

register = template.Library()
NEVER = mark_safe("<strong>never</strong>")

_CELLS: dict[str, Callable[[GrantRow], str]] = {
    "may": lambda row: access_summary(row.summary),
    "on": lambda row: repository_reach(row.facts.repository_selection, row.repository_count),
    "used": lambda row: since(row.token.last_used_at),
    "ends": lambda row: since(row.token.expires_at, NEVER),
    "risk": lambda row: risk_reasons(row.assessment),
    "granted": lambda row: since(row.grant.access_granted_at),
    "id": lambda row: str(row.token.token_id),
}


@register.simple_tag
def cells(row: GrantRow, columns: Columns) -> SafeString:
    """`<td>` for each of the columns, with its title for where a table turns into cards."""
    made = (f'<td data-label="{COLUMNS[one]}">{conditional_escape(_CELLS[one](row))}</td>' for one in columns)
    return mark_safe("".join(made))  # noqa: S308  the titles are ours
