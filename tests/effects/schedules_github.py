"""The GitHub of the schedules: put back in a millisecond, wrong on order, and a witness of what reaches it.

It is the simulator over real HTTP. Its `faults` and its ledger are replaced by ones that also remember, at the
very moment a call arrives, what the person's click is held against later: who owned the organization, and what the
request asked for.
"""

import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from waitress.channel import ClientDisconnected

from apps.simulator import decisions
from apps.simulator.clock import DAY, utc_text
from apps.simulator.events import Event, member_event
from apps.simulator.faults import Fault, Faults
from apps.simulator.generate_tokens import new_token
from apps.simulator.http import Headers, Refusal, dumps
from apps.simulator.model import Access, Grant, GrantRequest, Organization, Permissions, Role
from apps.simulator.payloads import payload
from apps.simulator.server import SimulatorServer
from apps.simulator.shapes import Urls
from apps.simulator.state import State
from tests.cast import MEMBER, SECOND_OWNER

WORLD: dict[str, Any] = {
    "seed": 3, "organizations": 1, "saml_organizations": 0, "members": 4, "grants": 2, "requests": 2, "live": False,
}  # fmt: skip
_KEPT = ("users", "logins", "organizations", "apps", "installations", "tokens", "counters", "random", "born", "issued",
         "refresh")  # fmt: skip
_ONE = re.compile(r"/orgs/[^/]+/(personal-access-token(?:-request)?s)/([0-9]+)$")
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
RETRY_SECONDS = 60


def _gone() -> Exception:
    """The connection ends without an answer."""
    return ClientDisconnected()


def _limited(*headers: tuple[str, str]) -> Callable[[], Exception]:
    told: Headers = list(headers)
    return lambda: Refusal(403, SECONDARY, headers=told)


ENDINGS: dict[str, tuple[bool, Callable[[], Exception]]] = {
    "reset": (False, _gone),
    "reset, done": (True, _gone),
    "502, done": (True, lambda: Refusal(502, "Bad gateway")),
    "limited": (False, _limited(("Retry-After", str(RETRY_SECONDS)))),
    "limited, no time": (False, _limited()),
}
"""Faults beside the simulator's own: whether the call is carried out first, and how it ends for the caller."""


@dataclass(slots=True, kw_only=True)
class _Ending(Fault):
    ends: Callable[[], Exception] = _gone


def fault(kind: str, verb: str, *, times: int, skip: int) -> Fault:
    """The next calls about tokens go wrong like this: a kind of the simulator's, or one of ENDINGS."""
    pattern = re.compile("personal-access-token")
    if kind not in ENDINGS:
        return Fault(kind=kind, pattern=pattern, verb=verb, times=times, seconds=RETRY_SECONDS, skip=skip)
    done, ends = ENDINGS[kind]
    return _Ending(kind="hang", pattern=pattern, verb=verb, times=times, after=done, skip=skip, ends=ends)


@dataclass(frozen=True)
class Hook:
    """One webhook on its way."""

    guid: str
    event: str
    body: bytes


@dataclass(frozen=True)
class Arrived:
    """One call about one request or grant, as it reached GitHub; `again`: GitHub had accepted one before."""

    subject: str
    at: float
    again: bool


@dataclass(frozen=True)
class Accepted:
    """One decision GitHub accepted: by whom, who the owners were then, and what it was about (None: not there)."""

    subject: str
    action: str
    login: str
    owners: frozenset[str]
    asked: dict[str, Any] | None
    alone: bool


@dataclass
class Witness:
    """Everything that reached GitHub in one example, and the webhooks that left it."""

    arrived: list[Arrived] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    told: int = 0
    reads: int = 0

    def accepts(self, subject: str) -> list[Accepted]:
        """What GitHub accepted about it."""
        return [one for one in self.accepted if one.subject == subject]


class _Faults(Faults):
    """Calls one at a time, so that the one that hangs is the one that was taken last."""

    def __init__(self, state: State, witness: Witness) -> None:
        super().__init__()
        self._state, self._witness = state, witness
        self._taken: Fault | None = None

    def take(self, *about: str) -> Fault | None:
        verb, path = about
        told = _ONE.fullmatch(path)
        self._witness.reads += verb == "GET" and "personal-access-token" in path
        if verb == "POST" and told:
            subject = _subject(told[1], int(told[2]))
            again = bool(self._witness.accepts(subject))
            self._witness.arrived.append(Arrived(subject, self._state.now(), again))
        self._taken = super().take(*about)
        return self._taken

    def hang(self, seconds: float) -> bool:
        assert isinstance(self._taken, _Ending)
        raise self._taken.ends()


class _Ledger(list[dict[str, Any]]):
    """The simulator's ledger; a call is entered before it is carried out."""

    def __init__(self, organization: Organization, users: dict[int, Any], witness: Witness) -> None:
        super().__init__()
        self._organization, self._users, self._witness = organization, users, witness

    def append(self, entry: dict[str, Any]) -> None:
        super().append(entry)
        body, listing = entry["body"], entry["path"].split("/")[3]
        many = body.get("pat_request_ids") or body.get("pat_ids")
        members = self._organization.members
        owners = frozenset(self._users[pk].login for pk, role in members.items() if role == "admin")
        held: dict[int, Any] = self._organization.requests
        if listing.endswith("tokens"):
            held = self._organization.grants
        for number in many or [int(entry["path"].rsplit("/", 1)[1])]:
            item = held.get(number)
            self._witness.accepted.append(
                Accepted(
                    _subject(listing, number), body["action"], str(entry["login"]), owners,
                    facts(item) if item else None, alone=not many,
                )
            )  # fmt: skip


def facts(item: Any) -> dict[str, Any]:
    """What the evidence of a decision is compared with."""
    token, access = item.token, item.access
    return {
        "token_id": token.id,
        "owner_id": token.owner.id,
        "permissions": {kind: names for kind, names in access.permissions.items() if names},
        "repository_selection": access.repository_selection,
        "repository_ids": sorted(access.repository_ids) if access.repository_selection == "subset" else [],
        "expires_at": utc_text(token.expires_at).replace("Z", "+00:00") if token.expires_at else None,
    }


def _subject(listing: str, number: int) -> str:
    """The key of Patrol's audit events."""
    return f"grant:{number}" if listing.endswith("tokens") else f"grant_request:{number}"


class Stage:
    """One simulated GitHub for many examples: `put_back` makes the world again as it was at `keep`."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.witness = Witness()
        self.bystanders: set[int] = set()
        self._kept = b""

    @property
    def state(self) -> State:
        """The world of the moment."""
        return self.server.state

    @property
    def organization(self) -> Organization:
        """The only one."""
        (found,) = self.state.organizations.values()
        return found

    def keep(self) -> None:
        """Remember the world as it is, with the access tokens it gave out."""
        self._kept = pickle.dumps([getattr(self.state, name) for name in _KEPT])

    def put_back(self, *, offset: float, bulk_delay: float, worlds: dict[str, str]) -> None:
        """The remembered world, with a clock so far off, and a witness who has seen nothing."""
        state = self.server.reset(**WORLD, bulk_delay=bulk_delay, worlds=worlds)
        for name, value in zip(_KEPT, pickle.loads(self._kept), strict=True):  # noqa: S301  its own bytes
            setattr(state, name, value)
        state.clock.offset = offset
        self.witness = Witness()
        state.faults = _Faults(state, self.witness)
        state.ledger = _Ledger(self.organization, state.users, self.witness)
        state.announce = self._tell

    def requests(self) -> list[GrantRequest]:
        """Those that may be played with, oldest first."""
        return [one for one in self.organization.ordered_requests() if one.id not in self.bystanders]

    def grants(self) -> list[Grant]:
        """Those that may be played with, oldest first."""
        return [one for one in self.organization.ordered_grants() if one.id not in self.bystanders]

    def has(self, subject: str) -> bool:
        """Whether the request still waits, or the grant still stands."""
        name, number = subject.split(":")
        return int(number) in (self.organization.grants if name == "grant" else self.organization.requests)

    def elsewhere(self, which: int, what: str) -> int | None:
        """An owner or the member does something on github.com; the id of the token, None where there is nothing."""
        state, organization = self.state, self.organization
        there: list[Any] = self.grants() if what in ("revoke", "change") else self.requests()
        if not there:
            return None
        item, second = there[which % len(there)], state.logins[SECOND_OWNER]
        with state.lock:
            match what:
                case "approve":
                    decisions.approve(state, organization, item, second)
                case "deny":
                    decisions.deny(state, organization, item, second)
                case "cancel":
                    decisions.cancel(state, organization, item)
                case "edit":
                    decisions.edit(state, organization, item, _other(item.access), item.reason)
                case "revoke":
                    decisions.revoke(state, organization, item)
                case "change":
                    item.access = _other(item.access)
                    decisions.touch(item.token)
        number: int = item.token.id
        return number

    def ask(self, *, upgrade: bool) -> None:
        """The member asks for a token, or for more on the first one that is granted."""
        state, organization = self.state, self.organization
        with state.lock:
            if upgrade and self.grants():
                token = self.grants()[0].token
            else:
                now = int(state.now())
                token = new_token(
                    state, state.logins[MEMBER], "again", created_at=now, expires_at=now + 30 * DAY, last_used_at=None
                )  # fmt: skip
            if not any(one.token is token for one in organization.requests.values()):
                decisions.ask(state, organization, token, _other(Access({}, "none")), None)

    def give_role(self, login: str, role: Role | None) -> None:
        """The person has this role from now on, or none; GitHub tells of who comes and who leaves, not of roles."""
        state, organization = self.state, self.organization
        user = state.logins[login]
        with state.lock:
            before = organization.members.pop(user.id, None)
            if role is not None:
                organization.members[user.id] = role
            told: Role | None = role if before is None else before if role is None else None
            if told is not None:
                action = "member_removed" if role is None else "member_added"
                state.announce(member_event(action, organization, user, told, state.logins[MEMBER]))

    def _tell(self, event: Event) -> None:
        for app, installation in event.listeners():
            body = dumps(payload(Urls(self.server.url), event, app, installation, self.state.now()))
            self.witness.told += 1
            self.witness.hooks.append(Hook(str(UUID(int=self.witness.told)), event.name, body))


def _other(access: Access) -> Access:
    """Something else than this, on the same repositories."""
    level = "read" if access.permissions == _WRITE else "write"
    return Access(_WRITE if level == "write" else _READ, access.repository_selection, access.repository_ids)


_READ: Permissions = {"repository": {"metadata": "read", "contents": "read"}}
_WRITE: Permissions = {"repository": {"metadata": "read", "contents": "write"}}
