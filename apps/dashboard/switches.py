"""What an organization may have Patrol do, and how far turning it on is, by GitHub's word.

No API changes what an App asks for, or accepts it: two people do that on GitHub, and Patrol waits.
"""

from dataclasses import dataclass

from apps.github import errors, permitted, services, web
from apps.github.models import Organization
from apps.github.permissions import LOOKING, STEPS, SWITCHES, Switch, lacking, titled
from apps.tokens import sync


@dataclass(frozen=True)
class State:
    """One switch of an organization; `missing` permissions as GitHub's page titles them, with their levels."""

    switch: Switch
    missing: list[tuple[str, str]]

    @property
    def on(self) -> bool:
        """Whether the App may do it there."""
        return not self.missing


@dataclass(frozen=True)
class Progress(State):
    """How far turning it on is. `asked` None: GitHub could not be asked just now.

    `to_ask` are permissions that the App itself does not ask for yet; those that wait for an owner's acceptance are the
    rest of `missing`. `accept_url` is where an owner accepts.
    """

    asked: permitted.Asked | None
    to_ask: list[tuple[str, str]]
    accept_url: str


def states(held: permitted.Permissions) -> list[State]:
    """Looking first, then what can be turned on, by what Patrol's App holds there."""
    return [State(one, titled(lacking(held, one.permissions))) for one in (LOOKING, *SWITCHES)]


def step(key: str) -> Switch | None:
    """The switch of that key."""
    return STEPS.get(key)


def progress(organization: Organization, switch: Switch) -> Progress:
    """Where it is not on yet, GitHub is asked; what changed there is known from then on. Not inside a transaction."""
    if not _missing(organization, switch):
        return Progress(switch, [], None, [], "")
    asked = _asked(organization)
    missing = _missing(organization, switch)
    return Progress(
        switch,
        titled(missing),
        asked,
        titled(lacking(asked.permissions, missing)) if asked else [],
        _accept_url(organization),
    )


def _missing(organization: Organization, switch: Switch) -> dict[str, str]:
    return permitted.lacking(organization.pk, switch.permissions)


def _asked(organization: Organization) -> permitted.Asked | None:
    """What the App asks for, after what it may do here was read anew."""
    if permitted.read_again(organization.pk):
        sync.request_sync(organization.pk)
    try:
        return permitted.asked()
    except (errors.GitHubError, services.NotConfigured):
        return None


def _accept_url(organization: Organization) -> str:
    found = services.live_installation(organization.pk)
    return web.installation(organization.login, found.installation_id) if found else ""
