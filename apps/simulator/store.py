"""placeholder"""

from __future__ import annotations

from pathlib import Path

from apps.simulator.options import Options
from apps.simulator.state import State


def load_state(directory: Path, options: Options) -> State | None:
    return None


def save_state(directory: Path, state: State) -> None:
    state.dirty.clear()
