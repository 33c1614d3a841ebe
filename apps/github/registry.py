"""Who wants to hear of which webhook: rooms register handlers, and this room calls them.

A message is a hint. Handlers read GitHub again and believe that, so that a message which is late, doubled, lost
or replayed changes nothing that is not so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ANY = "*"


@dataclass(frozen=True)
class Hook:
    """A verified message. `organization_id` only where our rows say that the installation owns it.

    `payload` is the decoded object as it came: strangers' words are in it.
    """

    event: str
    action: str
    organization_id: int | None
    payload: Any
    received_at: datetime


class Later(Exception):
    """Raised by a handler: call again at `at`; no failure."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"not before {at.isoformat()}")
        self.at = at


Handler = Callable[[Hook], None]
FloodHearer = Callable[[int | None, datetime], None]
"""Called once for many messages alike: of which organization, and when the newest came. It may raise Later as well."""
_handlers: dict[tuple[str, str], list[Handler]] = {}
_floods: dict[tuple[str, str, Handler], FloodHearer] = {}


def register(event: str, action: str, handler: Handler) -> None:
    """Called when an app is ready; action "*" means every action of the event. Twice is once."""
    known = _handlers.setdefault((event, action), [])
    if handler not in known:
        known.append(handler)


def register_for_floods(event: str, action: str, handler: Handler, hearer: FloodHearer) -> None:
    """Let `hearer` be called once in place of `handler` where many messages of that event and action wait."""
    _floods[(event, action, handler)] = hearer


def handlers_of(event: str, action: str) -> list[Handler]:
    """Those of the event and action, lower rooms first."""
    return [*_handlers.get((event, ANY), []), *_handlers.get((event, action), [])]


def hearers_of_floods(event: str, action: str) -> list[FloodHearer]:
    """One in place of each handler; none at all where a handler has to hear every message."""
    hearers = [_floods.get((event, action, handler)) for handler in handlers_of(event, action)]
    found = [one for one in hearers if one is not None]
    return found if len(found) == len(hearers) else []
