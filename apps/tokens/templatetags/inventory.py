"""Rows of tokens: a list has dozens, so they are put together here and not by a template of their own."""

from collections.abc import Callable, Mapping

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from apps.core.templatetags.addresses import address_of
from apps.core.templatetags.components import access_summary, repository_reach, risk_reasons
from apps.core.templatetags.patrol import since
from apps.tokens.columns import COLUMNS, Columns
from apps.tokens.queries.rows import GrantRow

register = template.Library()
NEVER = mark_safe("<strong>never</strong>")
BAR = "revoke-many"
"""The form of the bar below the list."""

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
    """`<td>` for each of the columns that a reader chose."""
    return titled({COLUMNS[one]: _CELLS[one](row) for one in columns})


def titled(cells: Mapping[str, str]) -> SafeString:
    """`<td>` for each, with its title, which is ours, for where a table turns into cards."""
    made = (f'<td data-label="{title}">{conditional_escape(cell)}</td>' for title, cell in cells.items())
    return mark_safe("".join(made))  # noqa: S308  as said


@register.simple_tag
def select_cell(row: GrantRow) -> SafeString:
    """`<td>` to choose it by for the bar of many; what it was when it was shown goes with it. Keys are ours."""
    if not row.choosable:
        why = ": your own token" if row.own else " here" if row.look_only else ""
        box = f'<input type="checkbox" disabled aria-label="Not to be revoked{why}">'
        return mark_safe(f'<td class="SelectCell"><label class="Row-select">{box}</label></td>')  # noqa: S308
    return mark_safe(  # noqa: S308
        '<td class="SelectCell"><label class="Row-select"><input type="checkbox" name="chosen" '
        f'value="{row.key}" form="{BAR}" data-select aria-label="Select this token"></label>'
        f'<input type="hidden" name="digest-{row.key}" value="{row.digest}" form="{BAR}"></td>'
    )


@register.simple_tag
def token_link(row: GrantRow, classes: str = "Link--primary", cut: int = 0, opens: bool = False) -> SafeString:
    """A token's name leading to its page; it is a stranger's, so it is set apart.

    `cut` is after how many letters it ends, `opens` that Enter on its row follows it.
    """
    name = row.token.name
    if cut and len(name) > cut:
        name = Truncator(name).chars(cut)
    address = address_of("tokens:token-detail", row.organization.login, row.id)
    dress = f' class="{classes}"' if classes else ""
    dress += " data-row-open" if opens else ""
    return mark_safe(f'<a href="{escape(address)}"{dress}><bdi hx-disable>{escape(name)}</bdi></a>')  # noqa: S308
