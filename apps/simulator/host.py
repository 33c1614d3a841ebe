"""What the application runs on: the world of the moment, the App, and the address. Worlds are swapped here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.simulator.credentials import AppCredentials
from apps.simulator.generate import generate
from apps.simulator.options import Options
from apps.simulator.shapes import Urls
from apps.simulator.state import State


class Host:
    """One simulator: the App and the address stay, the world may be replaced by a new one."""

    def __init__(self, options: Options, app: AppCredentials, state: State | None = None) -> None:
        self.options = options
        self.app = app
        self.state = state or generate(options)
        self.urls = Urls("http://127.0.0.1")

    def reset(self, overrides: Mapping[str, Any]) -> State:
        """A new world from the first options with some replaced; whoever hangs in a fault is let go."""
        old, new = self.state, generate(self.options.changed(overrides))
        self.state = new
        old.faults.clear()
        old.dirty.set()
        old.dirty.set()  # the saver still waits on the world it knew
        new.changed()
        return new
