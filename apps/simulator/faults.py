"""Faults on demand: an error instead of an answer, an answer that is wrong, or one that does not come.

A status fault fires before anything is done. A hang waits and then answers 504 without having done anything;
with `after` it does what was asked first and then keeps the answer back. "empty" answers `[]` where a list was
asked for, "truncate" cuts the answer's body in the middle, "garble" leaves out the name of the first token.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

SPOILING = ("empty", "truncate", "garble")
MESSAGES = {
    "401": "Bad credentials",
    "403": "Resource not accessible by integration",
    "404": "Not Found",
    "429": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
}
KINDS = (*MESSAGES, "500", "502", "503", "504", "hang", *SPOILING)


@dataclass(slots=True)
class Fault:
    """One order to fail: `pattern` is searched in the path (without ``/api/v3``), `times` is how often.

    `skip` requests that match pass first. `seconds` is how long a hang hangs, and the Retry-After of a 429.
    """

    kind: str
    pattern: re.Pattern[str]
    verb: str | None = None
    times: int = 1
    seconds: float = 30.0
    after: bool = False
    skip: int = 0

    @property
    def spoils(self) -> bool:
        """Whether the request is served and its answer spoilt."""
        return self.kind in SPOILING

    def shape(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "verb": self.verb,
            "path": self.pattern.pattern,
            "times": self.times,
            "seconds": self.seconds,
            "after": self.after,
            "skip": self.skip,
        }


class Faults:
    """The faults that wait for a request, and the requests that wait in one."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self._released = threading.Event()
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self.waiting.append(fault)

    def take(self, verb: str, path: str) -> Fault | None:
        """The first fault that is meant for this request, counted down."""
        if not self.waiting:
            return None
        with self._lock:
            for fault in self.waiting:
                if fault.verb in (None, verb) and fault.pattern.search(path):
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    if fault.times <= 0:
                        self.waiting.remove(fault)
                    return fault
        return None

    def hang(self, seconds: float) -> None:
        """Keep the calling thread until the time is over or the faults are cleared."""
        self._released.wait(seconds)

    def clear(self) -> None:
        """Forget every fault and let go whoever hangs in one."""
        with self._lock:
            self.waiting.clear()
            released, self._released = self._released, threading.Event()
        released.set()
