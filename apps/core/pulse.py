"""A file that a process touches while it works, and a program that says how long ago: `python -m apps.core.pulse`.

For the health checks of processes that listen to nobody. Standard library only: a check runs every half a minute.
"""

import contextlib
import sys
import time
from pathlib import Path


def touch(file: str) -> None:
    """This process works; without a `file`, and where it cannot be written, nobody is told."""
    if file:
        with contextlib.suppress(OSError):
            Path(file).touch()


def main(arguments: list[str]) -> int:
    """FILE SECONDS: 0 when it was touched within that time, 1 when not."""
    file, seconds = Path(arguments[0]), float(arguments[1])
    return 0 if file.exists() and time.time() - file.stat().st_mtime <= seconds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
