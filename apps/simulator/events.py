"""What happens in the world that GitHub tells an App about."""

from __future__ import annotations

from dataclasses import dataclass

from apps.simulator.model import GrantRequest, Organization, Role, User


@dataclass(frozen=True, slots=True)
class Event:
    """`name` and `action` are those of GitHub's webhook. `sender` is who did it; None is the App itself.

    `request` comes with `personal_access_token_request`, `member` with `organization`: the person and their role.
    """

    name: str
    action: str
    sender: User | None
    organization: Organization | None = None
    request: GrantRequest | None = None
    member: tuple[User, Role] | None = None

    @property
    def is_told(self) -> bool:
        """Whether the App hears of it: of a suspended or removed installation it hears only that it is so."""
        organization = self.organization
        if organization is None or self.name == "installation":
            return True
        return organization.installed and organization.suspended_at is None


def token_event(action: str, organization: Organization, request: GrantRequest, sender: User | None) -> Event:
    """A request was ``created``, ``approved``, ``denied`` or ``cancelled``."""
    return Event("personal_access_token_request", action, sender, organization, request=request)


def member_event(action: str, organization: Organization, user: User, role: Role, sender: User) -> Event:
    """``member_added`` or ``member_removed``."""
    return Event("organization", action, sender, organization, member=(user, role))


def installation_event(action: str, organization: Organization, sender: User) -> Event:
    """``created``, ``deleted``, ``suspend``, ``unsuspend`` or ``new_permissions_accepted``."""
    return Event("installation", action, sender, organization)


def authorization_event(user: User) -> Event:
    """Somebody took back what the App may do in their name."""
    return Event("github_app_authorization", "revoked", user)
