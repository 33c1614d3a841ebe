"""Faults on demand: an error instead of an answer, an answer that is wrong, one that does not come, or breaks off.

What fails does nothing of what was asked; with `after` it does it first. "hang" waits `seconds` and then answers
504; "reset" breaks the connection; "html" is the page of something that stands before GitHub; "202" promises what
never comes; the two limits are GitHub's 403, `seconds` away, for "secondary-limit" and "429" without Retry-After
when they are 0. What is spoilt is served: "empty" answers `[]` where a list was asked for, "loop" leads every page
to the first one, "truncate" halves the answer's body, "garble" leaves out the name of the first token, "cut" ends
the connection in the middle of the answer and "drip" sends a byte of it a second.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from apps.simulator.orders import Order, Orders

STATUSES = ("202", "401", "403", "404", "429", "500", "502", "503", "504")
LIMITS = ("primary-limit", "secondary-limit")
SPOILING = ("empty", "loop", "truncate", "garble", "cut", "drip")
KINDS = (*STATUSES, *LIMITS, "html", "hang", "reset", *SPOILING)


@dataclass(slots=True, kw_only=True)
class Fault(Order):
    """An order for requests: `pattern` is searched in the path (without ``/api/v3``)."""

    pattern: re.Pattern[str]
    verb: str | None = None
    seconds: float = 30.0
    after: bool = False

    @property
    def spoils(self) -> bool:
        """Whether the request is served and its answer spoilt."""
        return self.kind in SPOILING

    @property
    def serves(self) -> bool:
        """Whether what was asked for is done."""
        return self.after or self.spoils

    def fits(self, *about: str) -> bool:
        verb, path = about
        return self.verb in (None, verb) and bool(self.pattern.search(path))

    def shape(self) -> dict[str, object]:
        return {**Order.shape(self), "verb": self.verb, "path": self.pattern.pattern, "after": self.after}


class Faults(Orders[Fault]):
    """The faults that wait for a request, and the requests that wait in one."""

    def __init__(self) -> None:
        super().__init__()
        self._released = threading.Event()

    def hang(self, seconds: float) -> bool:
        """Keep the calling thread until the time is over; True when the faults were cleared before."""
        return self._released.wait(seconds)

    def clear(self) -> None:
        """Forget every fault and let go whoever hangs in one."""
        super().clear()
        released, self._released = self._released, threading.Event()
        released.set()
