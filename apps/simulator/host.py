"""What the application runs on: the world of the moment, the ready-made App, the address. Worlds are swapped here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.simulator.credentials import AppCredentials
from apps.simulator.events import Event
from apps.simulator.generate import generate
from apps.simulator.http import ENTERPRISE_PREFIX, dumps
from apps.simulator.options import Options
from apps.simulator.outbox import Outbox
from apps.simulator.payloads import payload
from apps.simulator.shapes import Urls
from apps.simulator.state import State


class Host:
    """One simulator: the ready-made App and the address stay, the world may be replaced by a new one."""

    def __init__(self, options: Options, credentials: AppCredentials, state: State | None = None) -> None:
        self.options = options
        self.credentials = credentials
        self.state = self._listening_to(state or generate(options, credentials))
        self.address = "http://127.0.0.1"

    @property
    def urls(self) -> Urls:
        """How this world's answers call the simulator."""
        return Urls(self.address, ENTERPRISE_PREFIX if self.state.options.enterprise_server else "")

    def reset(self, overrides: Mapping[str, Any]) -> State:
        """A new world from the first options with some replaced; whoever hangs in a fault is let go."""
        old, new = self.state, generate(self.options.changed(overrides), self.credentials)
        self.state = self._listening_to(new)
        old.outbox.stop()
        old.faults.clear()
        old.dirty.set()
        old.dirty.set()  # the saver still waits on the world it knew
        new.changed()
        return new

    def _listening_to(self, state: State) -> State:
        state.outbox = Outbox(now=state.now)
        state.announce = self._tell
        return state

    def _tell(self, event: Event) -> None:
        """Put a webhook into the outbox for each App that listens; without an address nothing is even written."""
        state = self.state
        for app, installation in event.listeners():
            if app.hook.sends:
                body = dumps(payload(self.urls, event, app, installation, state.now()))
                number = installation.id if installation else None
                state.outbox.post(app.hook, event.name, event.action or None, number, body)
