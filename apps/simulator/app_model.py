"""A GitHub App as GitHub knows it: who owns it, what it asks for, where its webhooks go, where it is installed.

GitHub keeps no private key and no client secret, only what checks them; so does this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.simulator.credentials import EVENTS, PERMISSIONS, AppCredentials, digest, loaded_key
from apps.simulator.model import LEVELS, Organization, User
from apps.simulator.permission_names import allows


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose App it is: an organization, or a person. `kind` is GitHub's ``Organization`` or ``User``."""

    id: int
    login: str
    kind: str


DEMO_OWNER = Owner(5_550_001, "patrol-tools", "Organization")
"""It lives in no world: the ready-made App is somebody else's."""


@dataclass(slots=True, eq=False)
class Hook:
    """Where an App's webhooks go and how they are signed. Nothing is sent while it is not active."""

    app_id: int = 0
    url: str = ""
    secret: str = ""
    active: bool = True
    content_type: str = "json"
    insecure_ssl: str = "0"

    @property
    def id(self) -> int:
        return 505_000_000 + self.app_id

    @property
    def sends(self) -> bool:
        return self.active and bool(self.url)


@dataclass(slots=True, eq=False)
class App:
    """`key_pems` are its public keys, oldest first.

    The ready-made App has its `credentials` as well, whose key is made when it is needed and is the oldest.
    """

    id: int
    slug: str
    name: str
    client_id: str
    client_secret_digest: str
    owner: Owner
    hook: Hook
    description: str = ""
    external_url: str = ""
    public: bool = False
    permissions: dict[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    callback_urls: tuple[str, ...] = ()
    setup_url: str = ""
    setup_on_update: bool = False
    request_oauth_on_install: bool = False
    created_at: int = 0
    key_pems: tuple[str, ...] = ()
    credentials: AppCredentials | None = None
    has_first_key: bool = True

    def keys(self) -> list[Any]:
        """The key objects of which any may check the App's signatures, oldest first."""
        first = [self.credentials.public_key] if self.credentials and self.has_first_key else []
        return [*first, *map(loaded_key, self.key_pems)]

    def forget_oldest_key(self) -> None:
        """What is signed with it is refused from now on."""
        if self.credentials and self.has_first_key:
            self.has_first_key = False
        else:
            self.key_pems = self.key_pems[1:]

    def is_owned_by(self, organization: Organization) -> bool:
        return self.owner.kind == "Organization" and self.owner.id == organization.id

    def may_be_on(self, organization: Organization) -> bool:
        """Source: docs.github.com, "Making a GitHub App public or private": a private one is for its owner only."""
        return self.public or self.is_owned_by(organization)


@dataclass(slots=True, eq=False)
class Installation:
    """An App on an organization, with all its repositories.

    `accepted` are the permissions its owner let the App have; None: whatever the App asks for.
    """

    id: int
    app: App
    organization: Organization
    created_at: int
    accepted: dict[str, str] | None = None
    suspended_at: int | None = None
    suspended_by: User | None = None

    @property
    def permissions(self) -> Mapping[str, str]:
        return self.app.permissions if self.accepted is None else self.accepted

    @property
    def events(self) -> list[str]:
        """What the App hears of here: an event comes only with the permission for it."""
        return [event for event in self.app.events if allows(self.permissions, event)]

    @property
    def wanted(self) -> dict[str, str]:
        """The permissions that the App asks for beyond those it has here, for the organization's owner to accept."""
        held = self.permissions
        asked = self.app.permissions.items()
        return {name: level for name, level in asked if LEVELS[level] > LEVELS.get(held.get(name, ""), 0)}

    def narrow(self, permissions: Mapping[str, str]) -> None:
        """What the App no longer asks for it has no longer; what it asks for anew waits for the owner."""
        self.accepted = {
            name: min(level, permissions[name], key=LEVELS.__getitem__)
            for name, level in self.permissions.items()
            if name in permissions
        }


def ready_made(credentials: AppCredentials, webhook_url: str, callback_urls: tuple[str, ...]) -> App:
    """The App that the demo and most tests use."""
    return App(
        id=credentials.app_id,
        slug=credentials.slug,
        name=credentials.name,
        client_id=credentials.client_id,
        client_secret_digest=digest(credentials.client_secret),
        owner=DEMO_OWNER,
        hook=Hook(credentials.app_id, webhook_url, credentials.webhook_secret),
        description="Sees and decides on personal access tokens.",
        external_url="https://example.com/patrol",
        public=True,
        permissions=dict(PERMISSIONS),
        events=EVENTS,
        callback_urls=callback_urls,
        created_at=credentials.created_at,
        credentials=credentials,
    )
