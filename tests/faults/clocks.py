"""Another clock for a process and all it starts: libfaketime, steered through a file."""

from pathlib import Path

from tests.faults.programs import faketime

# libfaketime 0.9.10 adds the wall clock's offset to sleeps until an instant of the monotonic clock, which is how
# Python sleeps since 3.11: https://github.com/wolfcw/libfaketime/issues/426. Waiting on nothing is not touched.
_SLEEP = """import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


class Clock:
    """A wall clock that a test sets for the processes that run with its `settings`; monotonic clocks stay right."""

    def __init__(self, folder: Path) -> None:
        self._library = faketime()
        self._folder, self._file = folder, folder / "faketime"
        (folder / "sitecustomize.py").write_text(_SLEEP, encoding="utf-8")
        self.set(0)

    def set(self, seconds: int) -> None:
        """So far off from now on, ahead or (negative) behind."""
        part = self._file.with_suffix(".part")
        part.write_text(f"{seconds:+d}s\n", encoding="utf-8")
        part.rename(self._file)

    def settings(self) -> dict[str, str]:
        """Environment variables of the processes that shall live by it."""
        return {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(self._folder),
        }
