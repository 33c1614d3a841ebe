"""Kinds of writes: how each is prepared, sent, looked up and settled. Upper rooms register theirs."""

from collections.abc import Callable, Mapping, Sequence
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
    """A verdict, a sentence for people where it needs one, and what was read, for `settled` to adopt.

    `already`: for what is so, but not by this write: who did it before, as far as that is known.
    """

    verdict: Verdict
    sentence: str = ""
    seen: Any = None
    already: str = "It was so already: somebody else did it before."


class Superseded(Exception):
    """What was decided is not what there is any more; nothing is sent, and nothing looked up again. Says why."""


class Gone(Superseded):
    """What was decided about is not there any more."""


class Refused(Exception):
    """This can never be sent. Says why."""


Batch = Sequence[Effect]
"""Effects of one organization, kind, actor and `batch`: one call to GitHub carries them all."""
LARGEST_BATCH = 100
"""As many ids as GitHub's bulk operations take."""


class Prepare(Protocol):
    """Read again what will be written to, with the installation's token.

    Returns why nothing is sent of an effect, by its primary key: Superseded, Refused, or one of github.errors
    (then it is tried again later); what stands is left out. Raises github.errors where nothing could be read.
    `keep` is called between requests, so that a long reading does not lose its lease.
    """

    def __call__(self, effects: Batch, keep: Callable[[], None]) -> Mapping[int, Exception]: ...


class Send(Protocol):
    """Exactly one call to GitHub with the client given; the answer's HTTP status. Raises github.errors.

    202 means that GitHub will do it later, or not.
    """

    def __call__(self, effects: Batch, client: Client) -> int: ...


class Confirm(Protocol):
    """Read GitHub and say what became of each, by primary key; who is left out cannot be told yet.

    `effect.status` is the answer to the call, or None. `keep` as in Prepare. Raises github.errors, and Superseded
    where nothing can be read of the organization any more.
    """

    def __call__(self, effects: Batch, keep: Callable[[], None]) -> Mapping[int, Outcome]: ...


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
