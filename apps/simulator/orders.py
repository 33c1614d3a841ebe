"""Orders to misbehave: what an order is meant for, how often it is carried out, and how many pass before."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from apps.simulator.http import Refusal


@dataclass(slots=True, kw_only=True)
class Order:
    """Carried out `times` times on what it fits, after `skip` that pass. `seconds` is for the kinds that wait."""

    kind: str
    times: int = 1
    seconds: float = 1.0
    skip: int = 0

    def fits(self, *about: str) -> bool:
        """Whether it is meant for what these words describe: verb and path, or an event."""
        raise NotImplementedError

    def shape(self) -> dict[str, object]:
        """As a control page shows it."""
        return {"kind": self.kind, "times": self.times, "seconds": self.seconds, "skip": self.skip}


OrderType = TypeVar("OrderType", bound=Order)


class Orders(Generic[OrderType]):
    """The orders that wait to be carried out, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[OrderType] = []
        self._lock = threading.Lock()

    def add(self, order: OrderType) -> None:
        with self._lock:
            self._waiting.append(order)

    def take(self, *about: str) -> OrderType | None:
        """The first order that fits and has let enough pass, counted down."""
        if not self._waiting:
            return None
        with self._lock:
            for order in self._waiting:
                if not order.fits(*about):
                    continue
                if order.skip > 0:
                    order.skip -= 1
                    continue
                order.times -= 1
                if order.times <= 0:
                    self._waiting.remove(order)
                return order
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def shapes(self) -> list[dict[str, object]]:
        with self._lock:
            return [order.shape() for order in self._waiting]


def read_order(body: Mapping[str, Any], kinds: Collection[str], *, seconds: float) -> dict[str, Any]:
    """What every order has in common, from the body of a control page. Refuses an unknown kind with 422."""
    kind = str(body.get("kind", ""))
    if kind not in kinds:
        raise Refusal(422, f"kind must be one of {', '.join(kinds)}")
    return {
        "kind": kind,
        "times": int(body.get("times", 1)),
        "seconds": float(body.get("seconds", seconds)),
        "skip": int(body.get("skip", 0)),
    }
