"""The world on disk: one JSON file, replaced atomically, readable by this user only.

Issued secrets are in it only as SHA-256, so the file opens nothing; a webhook's secret is in clear, for signing. The
ready-made App is not in it: its credentials are beside it. A file of another seed or size, of another
format, or a broken one is ignored: the simulator then begins a new world.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from apps.simulator.app_model import App, Hook, Installation, Owner, ready_made
from apps.simulator.clock import Clock
from apps.simulator.credentials import AppCredentials
from apps.simulator.model import Access, Grant, GrantRequest, Issue, Organization, Repository, Team, Token, User
from apps.simulator.options import Options
from apps.simulator.state import IssuedToken, RefreshToken, Scheduled, State

FORMAT = 2
_FILE = "world.json"

_USER = ("id", "login", "name", "created_at", "two_factor", "note")
_REPOSITORY = ("id", "name", "description", "private", "language", "created_at", "pushed_at")
_TEAM = ("id", "name", "slug", "maintainers", "members", "privacy", "parent_id")
_ORGANIZATION = ("id", "login", "name", "description", "created_at", "saml")
_APP = (
    "id", "slug", "name", "client_id", "client_secret_digest", "description", "external_url", "public", "permissions",
    "events", "callback_urls", "setup_url", "setup_on_update", "request_oauth_on_install", "created_at", "key_pems",
)  # fmt: skip
_TUPLES = ("events", "callback_urls", "key_pems")

Row = list[Any]


def save_state(directory: Path, state: State) -> None:
    """Write the world as it is now. The lock is held while copying, not while writing."""
    with state.lock:
        state.dirty.clear()
        snapshot = json.dumps(_dump(state), separators=(",", ":"))
    temporary = directory / f"{_FILE}.new"
    temporary.touch(mode=0o600)
    with temporary.open("w", encoding="ascii") as file:
        file.write(snapshot)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(directory / _FILE)


def load_state(directory: Path, options: Options, credentials: AppCredentials) -> State | None:
    """The world of an earlier run with the same seed and size, or None; with the ready-made App as it is now."""
    try:
        snapshot = json.loads((directory / _FILE).read_text("ascii"))
        if snapshot["format"] != FORMAT or snapshot["world"] != options.world_key():
            return None
        return _load(snapshot, options, credentials)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _dump(state: State) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "world": state.options.world_key(),
        "born": state.born,
        "offset": state.clock.offset,
        "counters": dict(state.counters),
        "users": [_row(user, _USER) for user in state.users.values()],
        "apps": [_app(app) for app in state.apps.values() if app.credentials is None],
        "tokens": [_token_row(token) for token in state.tokens.values()],
        "organizations": [_organization(o) for o in state.organizations.values()],
        "ledger": state.ledger,
        "scheduled": [asdict(entry) for entry in state.scheduled],
        "issued": {name: asdict(token) for name, token in state.issued.items()},
        "refresh": {name: asdict(token) for name, token in state.refresh.items()},
    }


def _row(item: object, names: tuple[str, ...]) -> Row:
    return [getattr(item, name) for name in names]


def _token_row(token: Token) -> Row:
    return [token.id, token.owner.id, token.name, token.created_at, token.expires_at, token.last_used_at]


def _organization(organization: Organization) -> dict[str, Any]:
    return {
        "facts": _row(organization, _ORGANIZATION),
        "installations": [_installation(one) for one in organization.installations.values()],
        "members": list(organization.members.items()),
        "sso_sessions": list(organization.sso_sessions.items()),
        "repositories": [_row(r, _REPOSITORY) for r in organization.repositories.values()],
        "issues": [[r.id, asdict(issue)] for r in organization.repositories.values() for issue in r.issues.values()],
        "teams": [_row(team, _TEAM) for team in organization.teams],
        "requests": [[*_listed(r), r.reason] for r in organization.requests.values()],
        "grants": [_listed(grant) for grant in organization.grants.values()],
        "decided": sorted(organization.decided),
    }


def _app(app: App) -> dict[str, Any]:
    return {"facts": {name: getattr(app, name) for name in _APP}, "owner": asdict(app.owner), "hook": asdict(app.hook)}


def _installation(one: Installation) -> Row:
    suspended_by = one.suspended_by.id if one.suspended_by else None
    return [one.id, one.app.id, one.created_at, one.accepted, one.suspended_at, suspended_by]


def _listed(item: GrantRequest | Grant) -> Row:
    access = item.access
    return [
        item.id,
        item.token.id,
        item.created_at,
        [access.permissions, access.repository_selection, access.repository_ids],
    ]


def _load(snapshot: dict[str, Any], options: Options, credentials: AppCredentials) -> State:
    state = State(options, Clock(snapshot["offset"]), Random(options.seed + len(snapshot["tokens"])), snapshot["born"])
    state.counters = Counter(snapshot["counters"])
    if options.ready_made_app:
        state.add_app(ready_made(credentials, options.webhook_url, options.callback_urls))
    for entry in snapshot["apps"]:
        state.add_app(_loaded_app(entry))
    for row in snapshot["users"]:
        state.add_user(User(*row))
    for number, owner, *facts in snapshot["tokens"]:
        state.tokens[number] = Token(number, state.users[owner], *facts)
    for entry in snapshot["organizations"]:
        state.add_organization(_loaded_organization(state, entry))
    state.ledger = snapshot["ledger"]
    state.scheduled = [Scheduled(**entry) for entry in snapshot["scheduled"]]
    state.issued = {name: _issued(entry) for name, entry in snapshot["issued"].items()}
    state.refresh = {name: RefreshToken(**entry) for name, entry in snapshot["refresh"].items()}
    return state


def _issued(entry: dict[str, Any]) -> IssuedToken:
    chosen = entry["repository_ids"]
    return IssuedToken(**{**entry, "repository_ids": None if chosen is None else tuple(chosen)})


def _loaded_app(entry: dict[str, Any]) -> App:
    facts: dict[str, Any] = dict(entry["facts"])
    facts |= {name: tuple(facts[name]) for name in _TUPLES}
    return App(**facts, owner=Owner(**entry["owner"]), hook=Hook(**entry["hook"]))


def _loaded_organization(state: State, entry: dict[str, Any]) -> Organization:
    organization = Organization(*entry["facts"])
    for number, app, created, accepted, suspended_at, suspender in entry["installations"]:
        by = None if suspender is None else state.users[suspender]
        state.add_installation(Installation(number, state.apps[app], organization, created, accepted, suspended_at, by))
    organization.members = dict(entry["members"])
    organization.sso_sessions = dict(entry["sso_sessions"])
    organization.repositories = {row[0]: Repository(*row) for row in entry["repositories"]}
    for number, facts in entry.get("issues", []):
        organization.repositories[number].issues[facts["number"]] = Issue(**facts)
    organization.teams = [Team(*row) for row in entry["teams"]]
    organization.decided = set(entry["decided"])
    for number, token, created, access, reason in entry["requests"]:
        organization.requests[number] = GrantRequest(number, state.tokens[token], _access(access), created, reason)
    for number, token, created, access in entry["grants"]:
        organization.grants[number] = Grant(number, state.tokens[token], _access(access), created)
    return organization


def _access(row: Row) -> Access:
    permissions, selection, repositories = row
    return Access(permissions, selection, tuple(repositories))
