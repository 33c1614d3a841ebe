"""Kinds of writes: how each is prepared, sent, looked up and settled. Upper rooms register theirs."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from apps.effects.models import Effect
from apps.github.client import Client


class Verdict(Enum):
    """What reading GitHub tells about a write."""

    CONFIRMED = "confirmed"  # what was wanted is so
    NOT_APPLIED = "not_applied"  # nothing of it is so, and it still could be
    SUPERSEDED = "superseded"  # GitHub went another way: somebody else decided
    UNKNOWN = "unknown"  # cannot be told yet


@dataclass(frozen=True)
class Outcome:
    """A verdict, a sentence for people where it needs one, and what was read, for `settled` to adopt."""

    verdict: Verdict
    sentence: str = ""
    seen: Any = None


class Superseded(Exception):
    """Raised by `prepare`: what was decided is not what there is any more; nothing is sent. Says why."""


class Refused(Exception):
    """Raised by `prepare`: this can never be sent. Says why."""


class Prepare(Protocol):
    """Read again what will be written to, with the installation's token; raise Superseded, Refused or nothing."""

    def __call__(self, effect: Effect) -> None: ...


class Send(Protocol):
    """Exactly one call to GitHub with the acting person's token; the answer's HTTP status. Raises github.errors."""

    def __call__(self, effect: Effect, client: Client) -> int: ...


class Confirm(Protocol):
    """Read GitHub and say what became of it; `effect.status` is the answer to the call, or None."""

    def __call__(self, effect: Effect) -> Outcome: ...


class Settled(Protocol):
    """In the transaction that records the final state (CONFIRMED, REFUSED or SUPERSEDED): what follows from it.

    `seen` is what the last `confirm` read, or None.
    """

    def __call__(self, effect: Effect, seen: Any) -> None: ...


@dataclass(frozen=True)
class Handler:
    """One kind of write."""

    prepare: Prepare
    send: Send
    confirm: Confirm
    settled: Settled


_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Called once for a kind, when its app is ready."""
    _handlers[kind] = handler


def handler_of(kind: str) -> Handler:
    """The handler of a kind. Raises KeyError for one that no app registered."""
    return _handlers[kind]
