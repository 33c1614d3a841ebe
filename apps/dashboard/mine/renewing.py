"""How the owner of a token renews it, or makes the next one: on GitHub, with its form filled in where it has links."""

from dataclasses import dataclass

from apps.dashboard.mine.queries import Mine
from apps.github.hosts import Host
from apps.policy.failing import State
from apps.policy.form_link import FilledForm, days_for, filled_form


@dataclass(frozen=True)
class Renewal:
    """`settings_url`: one's fine-grained tokens on GitHub. `form` None: this GitHub has no links that fill it in.

    `keeps`: it can be regenerated, which keeps the token. `limit`: what an owner entered as the longest life in days.
    """

    settings_url: str
    form: FilledForm | None
    days: int
    keeps: bool
    limit: int | None


def renewal(mine: Mine, host: Host) -> Renewal:
    """For a token as it is now, with the permissions it has, had or asked for."""
    limit = mine.stated.fine_grained_max_days if mine.stated else None
    lived = (mine.token.expires_at - mine.began).days + 1 if mine.token.expires_at else None
    days = days_for(lived, limit)
    page = f"{host.web_url}/settings/personal-access-tokens"
    form = None
    if not host.is_server:
        form = filled_form(
            host.web_url, organization=mine.organization.login, lines=mine.lines, days=days, name=mine.token.name,
            description=mine.request.reason if mine.request else "",
        )  # fmt: skip
    return Renewal(page, form, days, mine.state in {State.ACTIVE, State.EXPIRED}, limit)
