"""What one person holds, row by row; they hold up to fifty tokens, and the repositories of each are named."""

from collections.abc import Sequence

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core.templatetags.addresses import address_of
from apps.core.templatetags.components import access_summary, repository_reach, risk
from apps.core.templatetags.patrol import since
from apps.dashboard.people.person import Held
from apps.github.models import Organization, Repository
from apps.tokens.queries.rows import GrantRow
from apps.tokens.templatetags.inventory import NEVER, titled, token_link

register = template.Library()
MOST_TOKENS = 5


@register.simple_tag
def held_cells(held: Held) -> SafeString:
    """`<td>` for all that is told of a token beside its name and its organization."""
    row = held.row
    return titled({
        "May": access_summary(row.summary),
        "On": reach(held),
        "Last seen used": since(row.token.last_used_at),
        "Ends": since(row.token.expires_at, NEVER),
        "Risk": risk(row.assessment.risk.label),
    })  # fmt: skip


@register.simple_tag
def reach(held: Held) -> SafeString:
    """On which repositories, by name where it names some."""
    facts = held.row.facts
    if facts.repository_selection != "subset" or not held.repositories:
        return repository_reach(facts.repository_selection, held.row.repository_count)
    named = [repository_link(held.row.organization, one, one.name) for one in held.repositories]
    return mark_safe(f'<span class="Reach">{_some(named, held.more)}</span>')  # noqa: S308  names are escaped


@register.simple_tag
def repository_link(organization: Organization, repository: Repository, name: str, classes: str = "") -> SafeString:
    """A repository's name leading to Patrol's page of it."""
    address = address_of("dashboard:repository", organization.login, repository.name)
    dress = f' class="{classes}"' if classes else ""
    return mark_safe(f'<a href="{escape(address)}"{dress}><bdi hx-disable>{escape(name)}</bdi></a>')  # noqa: S308


@register.simple_tag
def token_links(rows: Sequence[GrantRow]) -> SafeString:
    """The first few tokens, and how many more."""
    named = [token_link(one, classes="", cut=60) for one in rows[:MOST_TOKENS]]
    return mark_safe(_some(named, len(rows) - len(named)))  # noqa: S308  names are escaped


def _some(named: Sequence[str], more: int) -> str:
    """`named`, and how many are not."""
    return f"{', '.join(named)}{f', and {more:,} more' if more > 0 else ''}"
