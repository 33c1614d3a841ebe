"""What happens in the world that GitHub tells an App about."""

from __future__ import annotations

from dataclasses import dataclass

from apps.simulator.app_model import App, Installation
from apps.simulator.model import GrantRequest, Organization, Role, User


@dataclass(frozen=True, slots=True)
class Event:
    """`name` and `action` are those of GitHub's webhook. `sender` is who did it: a person, or an App itself.

    `request` comes with `personal_access_token_request`, `member` with `organization`: the person and their role.
    `before` is the login of an organization that was renamed.
    `app` alone is told, when it is given; else every App on the organization that listens.
    """

    name: str
    action: str
    sender: User | App
    organization: Organization | None = None
    request: GrantRequest | None = None
    member: tuple[User, Role] | None = None
    before: str = ""
    app: App | None = None
    installation: Installation | None = None

    def listeners(self) -> list[tuple[App, Installation | None]]:
        """Who is told, and through which installation: a suspended one hears only that it is so."""
        if self.app is not None:
            return [(self.app, self.installation)]
        on_it = self.organization.installations.values() if self.organization else ()
        return [(one.app, one) for one in on_it if one.suspended_at is None and self.name in one.events]


def token_event(action: str, organization: Organization, request: GrantRequest, sender: User | App) -> Event:
    """A request was ``created``, ``approved``, ``denied`` or ``cancelled``."""
    return Event("personal_access_token_request", action, sender, organization, request=request)


def member_event(action: str, organization: Organization, user: User, role: Role, sender: User) -> Event:
    """``member_added`` or ``member_removed``."""
    return Event("organization", action, sender, organization, member=(user, role))


def renaming_events(organization: Organization, before: str, sender: User) -> list[Event]:
    """What GitHub says of a new name: once of the organization, and once of where Apps are installed."""
    names = ("organization", "installation_target")
    return [Event(name, "renamed", sender, organization, before=before) for name in names]


def installation_event(action: str, installation: Installation, sender: User | App) -> Event:
    """``created``, ``deleted``, ``suspend``, ``unsuspend`` or ``new_permissions_accepted``."""
    organization = installation.organization
    return Event("installation", action, sender, organization, app=installation.app, installation=installation)


def authorization_event(app: App, user: User) -> Event:
    """Somebody took back what the App may do in their name."""
    return Event("github_app_authorization", "revoked", user, app=app)


def ping_event(app: App) -> Event:
    """GitHub tries the address of a webhook that is new or was changed."""
    return Event("ping", "", app, app=app)
