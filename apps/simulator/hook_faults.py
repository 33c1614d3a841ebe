"""Webhooks that go astray on demand: lost, sent twice, late, or after the next one."""

from __future__ import annotations

from dataclasses import dataclass

from apps.simulator.orders import Order

KINDS = ("lose", "double", "delay", "reorder")


@dataclass(slots=True, kw_only=True)
class HookFault(Order):
    """An order for messages of `event`, for all when it is empty.

    "lose" sends nothing and records a failure, "double" sends twice with one guid, "delay" sends after `seconds`,
    "reorder" keeps a message back until the next one was sent.
    """

    event: str = ""

    def fits(self, *about: str) -> bool:
        (event,) = about
        return self.event in ("", event)

    def shape(self) -> dict[str, object]:
        return {**Order.shape(self), "event": self.event}
