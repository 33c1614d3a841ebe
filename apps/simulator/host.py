"""What the application runs on: the world of the moment, the App, and the address. Worlds are swapped here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.simulator.credentials import AppCredentials
from apps.simulator.events import Event
from apps.simulator.generate import generate
from apps.simulator.http import dumps
from apps.simulator.options import Options
from apps.simulator.outbox import Outbox
from apps.simulator.payloads import payload
from apps.simulator.shapes import Urls
from apps.simulator.state import State


class Host:
    """One simulator: the App and the address stay, the world may be replaced by a new one."""

    def __init__(self, options: Options, app: AppCredentials, state: State | None = None) -> None:
        self.options = options
        self.app = app
        self.state = self._listening_to(state or generate(options))
        self.urls = Urls("http://127.0.0.1")

    def reset(self, overrides: Mapping[str, Any]) -> State:
        """A new world from the first options with some replaced; whoever hangs in a fault is let go."""
        old, new = self.state, generate(self.options.changed(overrides))
        self.state = self._listening_to(new)
        old.outbox.stop()
        old.faults.clear()
        old.dirty.set()
        old.dirty.set()  # the saver still waits on the world it knew
        new.changed()
        return new

    def _listening_to(self, state: State) -> State:
        app = self.app
        state.outbox = Outbox(app.app_id, app.webhook_secret, state.options.webhook_url, now=state.now)
        state.announce = self._tell
        return state

    def _tell(self, event: Event) -> None:
        """Put a webhook into the outbox; without an address nothing is even written."""
        state, organization = self.state, event.organization
        if not state.outbox.url or not event.is_told:
            return
        body = dumps(payload(self.urls, self.app, event, state.now()))
        number = organization.installation_id if organization else None
        state.outbox.post(event.name, event.action, number, body)
