"""Webhooks on their way: a bounded queue, one thread that sends, and the newest deliveries.

The thread starts with the first message and sleeps while there is none. Nothing is ever sent again by itself, as
GitHub does not. Deliveries live in memory: a simulator that starts anew has none.
"""

from __future__ import annotations

import heapq
import threading
import time
import uuid
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

from apps.simulator.app_model import Hook
from apps.simulator.clock import DAY, wall_time
from apps.simulator.hook_faults import HookFault
from apps.simulator.hook_sending import (
    LOST,
    THROTTLED,
    TIMEOUT,
    Message,
    Outcome,
    headers_of,
    send,
)
from apps.simulator.orders import Orders

MOST_KEPT = 5_000
MOST_WAITING = 2_000
KEPT_SECONDS = 3 * DAY
_STOP_SECONDS = 1.0

_numbers = count(int(wall_time() * 1000))
"""Delivery ids: they go up over the restarts of the program."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt at a message, as the App can look it up. `delivered_at` is in the simulator's time."""

    id: int
    message: Message
    url: str
    delivered_at: float
    outcome: Outcome


class Outbox:
    """The webhooks of all Apps in one world."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, timeout: float = TIMEOUT) -> None:
        self._now, self._timeout = now, timeout
        self.faults: Orders[HookFault] = Orders()
        self._kept: deque[Delivery] = deque(maxlen=MOST_KEPT)
        self._due: list[tuple[float, int, Message]] = []
        self._held: list[Message] = []
        self._order = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._sending = self._stopped = False

    def post(self, hook: Hook, event: str, action: str | None, installation_id: int | None, body: bytes) -> None:
        """Take a new message; it leaves soon, unless a fault says otherwise."""
        packed = zlib.compress(body, 1)
        self._take(Message(str(uuid.uuid4()), hook, event, action, installation_id, packed))

    def post_again(self, delivery: Delivery) -> None:
        """Send a message once more under the same guid; the attempt becomes a delivery of its own."""
        self._take(replace(delivery.message, redelivery=True))

    def deliveries(self, hook: Hook) -> list[Delivery]:
        """What was attempted through this hook in the last three days, newest first."""
        oldest = self._now() - KEPT_SECONDS
        with self._changed:
            kept = [delivery for delivery in reversed(self._kept) if delivery.delivered_at > oldest]
        return [delivery for delivery in kept if delivery.message.hook is hook]

    @property
    def waiting(self) -> int:
        """How many messages are still to leave, without those that a fault keeps back until the next one."""
        with self._changed:
            return len(self._due) + self._sending

    def add_fault(self, fault: HookFault) -> None:
        self.faults.add(fault)

    def forget_faults(self) -> None:
        """Drop the faults; what was kept back for the next one leaves now."""
        with self._changed:
            self.faults.clear()
            self._release(time.monotonic())

    def stop(self) -> None:
        """Send nothing any more; what is on the wire may end."""
        with self._changed:
            self._stopped = True
            self._due.clear()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_STOP_SECONDS)

    def _take(self, message: Message) -> None:
        with self._changed:
            fault = self.faults.take(message.event)
            kind, now = fault.kind if fault else "", time.monotonic()
            if kind == "lose":
                self._record(message, message.hook.url, LOST)
            elif kind == "reorder" and len(self._held) < MOST_WAITING:
                self._held.append(message)
            else:
                due = now + fault.seconds if fault and kind == "delay" else now
                for _ in range(2 if kind == "double" else 1):
                    self._schedule(due, message)
                self._release(due)

    def _release(self, due: float) -> None:
        """What was kept back leaves behind what is scheduled for this moment."""
        held, self._held = self._held, []
        for message in held:
            self._schedule(due, message)

    def _schedule(self, due: float, message: Message) -> None:
        if len(self._due) >= MOST_WAITING:
            self._record(message, message.hook.url, THROTTLED)
            return
        heapq.heappush(self._due, (due, next(self._order), message))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="simulator_webhooks", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _record(self, message: Message, url: str, outcome: Outcome) -> None:
        self._kept.append(Delivery(next(_numbers), message, url, self._now(), outcome))

    def _run(self) -> None:
        while (message := self._next()) is not None:
            url, headers = message.hook.url, headers_of(message)
            outcome = send(url, headers, message.body, self._timeout) if url else LOST
            with self._changed:
                self._record(message, url, outcome)
                self._sending = False

    def _next(self) -> Message | None:
        """Wait for the message that is due first; None when it is time to stop."""
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    self._sending = True
                    return heapq.heappop(self._due)[2]
                self._changed.wait(self._due[0][0] - now if self._due else None)
            return None
