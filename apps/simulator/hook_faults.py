"""Webhooks that go astray on demand: lost, sent twice, late, or after the next one."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("lose", "double", "delay", "reorder")


@dataclass(slots=True)
class HookFault:
    """One order, carried out `times` times on messages of `event` (of all when empty), after `skip` that pass.

    "lose" sends nothing and records a failure, "double" sends twice with one guid, "delay" sends after `seconds`,
    "reorder" keeps a message back until the next one was sent.
    """

    kind: str
    event: str = ""
    times: int = 1
    seconds: float = 1.0
    skip: int = 0

    def shape(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "event": self.event,
            "times": self.times,
            "seconds": self.seconds,
            "skip": self.skip,
        }


class HookFaults:
    """The faults that wait for a message. Whoever uses them holds the outbox's lock."""

    def __init__(self) -> None:
        self.waiting: list[HookFault] = []

    def take(self, event: str) -> HookFault | None:
        """The first fault that is meant for this message, counted down."""
        for fault in self.waiting:
            if fault.event in ("", event):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None
