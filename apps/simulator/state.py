"""One world at one moment: who and what there is, what was issued, and what was done to it.

Everything that reads or changes a `State` holds its `lock`; nothing sleeps while holding it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from apps.simulator.app_model import App, Installation, Owner
from apps.simulator.clock import Clock
from apps.simulator.events import Event
from apps.simulator.faults import Faults
from apps.simulator.manifest import Manifest
from apps.simulator.model import Access, Organization, Token, User
from apps.simulator.options import Options
from apps.simulator.outbox import Outbox
from apps.simulator.quota import Quotas

TokenKind = Literal["user", "installation"]

CAST = {
    "owner": "Sees and decides on every token; not yet signed in to SSO",
    "second-owner": "Sees and decides on every token; signed in to SSO",
    "member": "Asks for tokens; may not see those of others",
    "outsider": "Must see nothing at all",
}


@dataclass(slots=True)
class IssuedToken:
    """An access token that was handed out to an App; its value is kept only as a SHA-256."""

    kind: TokenKind
    app_id: int
    subject_id: int
    issued_at: float
    expires_at: float
    permissions: dict[str, str] = field(default_factory=dict)
    repository_ids: tuple[int, ...] | None = None


@dataclass(slots=True)
class RefreshToken:
    app_id: int
    user_id: int
    access_digest: str
    expires_at: float


@dataclass(slots=True)
class AuthorizationCode:
    app_id: int
    user_id: int
    redirect_uri: str
    challenge: str
    expires_at: float


@dataclass(slots=True)
class Draft:
    """An App that somebody has named and that is made when its code is converted."""

    manifest: Manifest
    owner: Owner
    expires_at: float


@dataclass(slots=True)
class Scheduled:
    """A bulk call that was accepted (202) and takes effect later. `ids` are request or grant ids.

    `actor_id` is the user who called, None for the App itself, `app_id`.
    """

    due: float
    organization: str
    action: Literal["approve", "deny", "revoke"]
    ids: list[int]
    app_id: int
    actor_id: int | None = None


def _tell_nobody(_event: Event) -> None:
    """What a world does with its events before somebody listens."""


@dataclass(slots=True)
class State:
    """The world. Lookups by login and by organization name ignore case, as GitHub does.

    `born` is the moment that everything generated is dated from. `announce` is told what an App hears of.
    `withheld` are permissions that the next App made from a manifest will lack, whatever it asks for.
    `edits_at_review`: what requests, by id, turn into when somebody reviews them; forgotten when the program ends.
    """

    options: Options
    clock: Clock
    random: Random
    born: int
    users: dict[int, User] = field(default_factory=dict)
    logins: dict[str, User] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[int, Token] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    scheduled: list[Scheduled] = field(default_factory=list)
    edits_at_review: dict[int, tuple[Access, str | None]] = field(default_factory=dict)
    issued: dict[str, IssuedToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    quotas: Quotas = field(default_factory=Quotas)
    faults: Faults = field(default_factory=Faults)
    outbox: Outbox = field(default_factory=Outbox)
    announce: Callable[[Event], None] = _tell_nobody
    lock: threading.RLock = field(default_factory=threading.RLock)
    dirty: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        return self.clock.now()

    def next_id(self, space: str) -> int:
        """The next number of one of GitHub's id spaces; spaces start far apart so that mixing them up shows."""
        self.counters[space] += 1
        return ID_SPACES[space] + self.counters[space]

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        self.logins[user.login.casefold()] = user
        return user

    def user_named(self, login: str) -> User | None:
        return self.logins.get(login.casefold())

    def add_organization(self, organization: Organization) -> Organization:
        self.organizations[organization.login.casefold()] = organization
        return organization

    def rename(self, organization: Organization, login: str) -> None:
        """The organization has another name; nothing answers to the one it had."""
        before, organization.login = organization.login, login
        self.organizations = {one.login.casefold(): one for one in self.organizations.values()}
        for entry in self.scheduled:
            entry.organization = login if entry.organization == before else entry.organization
        tokens = [one.token for one in organization.requests.values()]
        for token in (*tokens, *(one.token for one in organization.grants.values())):
            token.version += 1  # what was made of it has the old name in its addresses
        for app in self.apps.values():
            if app.is_owned_by(organization):
                app.owner = replace(app.owner, login=login)
        for repository in organization.repositories.values():
            repository.rendered.clear()
        self.changed()

    def add_app(self, app: App) -> App:
        self.apps[app.id] = app
        return app

    def app_named(self, slug: str) -> App | None:
        return next((app for app in self.apps.values() if app.slug == slug), None)

    def app_of_client(self, client_id: str) -> App | None:
        return next((app for app in self.apps.values() if app.client_id == client_id), None)

    def install(self, app: App, organization: Organization, accepted: dict[str, str] | None = None) -> Installation:
        """The App comes onto the organization under a new id."""
        installation = Installation(self.next_id("installation"), app, organization, int(self.now()), accepted)
        return self.add_installation(installation)

    def add_installation(self, installation: Installation) -> Installation:
        self.installations[installation.id] = installation
        installation.organization.installations[installation.app.id] = installation
        return installation

    def uninstall(self, installation: Installation) -> None:
        """The App is off the organization; its installation tokens open nothing any more."""
        del self.installations[installation.id]
        del installation.organization.installations[installation.app.id]
        self.changed()

    def organization_named(self, login: str) -> Organization | None:
        return self.organizations.get(login.casefold())

    def organization_by_id(self, number: int) -> Organization | None:
        return next((o for o in self.organizations.values() if o.id == number), None)

    def organizations_of(self, user: User) -> Iterator[Organization]:
        return (o for o in self.organizations.values() if user.id in o.members)

    def changed(self) -> None:
        """Say that the snapshot on disk is behind."""
        self.dirty.set()

    def record(self, entry: Mapping[str, Any]) -> None:
        self.ledger.append(dict(entry))
        self.changed()

    def forget_user(self, app: App, user: User) -> None:
        """Everything the App was given in this person's name ends now."""
        given = ("user", app.id, user.id)
        self.issued = {d: t for d, t in self.issued.items() if (t.kind, t.app_id, t.subject_id) != given}
        self.refresh = {d: t for d, t in self.refresh.items() if ("user", t.app_id, t.user_id) != given}
        self.codes = {d: c for d, c in self.codes.items() if ("user", c.app_id, c.user_id) != given}
        self.changed()

    def forget_expired(self) -> None:
        """Drop what was issued and is past its time, so that a long demo does not grow."""
        now = self.now()
        self.issued = {d: t for d, t in self.issued.items() if t.expires_at > now}
        self.refresh = {d: t for d, t in self.refresh.items() if t.expires_at > now}
        self.codes = {d: c for d, c in self.codes.items() if c.expires_at > now}
        self.drafts = {d: one for d, one in self.drafts.items() if one.expires_at > now}


ID_SPACES = {
    "app": 2_040_000,
    "user": 21_400_000,
    "organization": 98_100_000,
    "installation": 61_200_000,
    "repository": 714_000_000,
    "issue": 2_400_000_000,
    "team": 8_300_000,
    "token": 3_410_000,
    "request": 480_000,
    "grant": 1_260_000,
}
