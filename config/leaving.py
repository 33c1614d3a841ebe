"""Leaving the demo: its page asks, and a second Patrol, for the real GitHub, starts beside it. Standard library only.

One file is all the two say to each other: missing, nobody asked; empty, somebody did; then the second one's address.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from config.children import Child, line_of
from config.embedded import CannotStart
from config.ports import LAST_PORT, require_free

SET_UP, OPEN, READY = "Set Patrol up at ", "Open ", "Ready in "
"""How the lines begin that a supervisor says."""
FURTHER = 10
"""Ports from the demo's to the first that is tried."""


class Exit:
    """The way out of one demo, and the Patrol at its end."""

    def __init__(self, data_dir: Path, port: int, environment: Mapping[str, str]) -> None:
        self.file = data_dir / "exit"
        self.file.unlink(missing_ok=True)
        self._data_dir, self._port, self._environment = data_dir, port, environment
        self._log = data_dir / "log" / "github.log"
        self.child: Child | None = None

    @property
    def settings(self) -> dict[str, str]:
        """That it is a demo, and where its page asks."""
        return {"PATROL_DEMO": "true", "PATROL_DEMO_EXIT": str(self.file)}

    def tend(self) -> str:
        """Start it when somebody asked, tell the page when it is ready. Returns what there is to say, or nothing."""
        if not self.file.exists():
            return ""
        if self.child is None:
            return self._start() if not self.file.read_text(encoding="utf-8") else ""
        how = self.child.ended()
        if how:
            self.child = None
            self.file.unlink(missing_ok=True)
            return f"Patrol for your GitHub ended ({how}). Its log: {self._log}"
        return "" if self.file.read_text(encoding="utf-8") else self._tell()

    def _start(self) -> str:
        port = free_port_from(self._port + FURTHER)
        kept = {name: value for name, value in self._environment.items() if not name.startswith("PATROL_")}
        kept |= {"MODE": "github", "PORT": str(port), "PATROL_DATA_DIR": f"{self._data_dir}-github"}
        self._log.unlink(missing_ok=True)
        self.child = Child("github", [sys.executable, "-m", "config.supervisor"], kept, self._log)
        self.child.start()
        return "Somebody leaves the demo: Patrol for your GitHub starts beside it."

    def _tell(self) -> str:
        if not line_of(self._log, READY):
            return ""
        way = line_of(self._log, SET_UP) or line_of(self._log, OPEN)
        # The code stays on the console: who clicked in the demo may be anybody.
        address = next((word for word in way.split() if word.startswith("http")), "").split("?", 1)[0]
        self.file.write_text(address, encoding="utf-8")
        return way


def free_port_from(port: int) -> int:
    """The first port from there on that can be listened on. Raises CannotStart."""
    while True:
        try:
            require_free(port, "PORT")
        except CannotStart:
            if port >= LAST_PORT:
                raise
            port += 1
        else:
            return port
