"""A process that listens to nobody tells by a file that it works."""

import os
import time
from pathlib import Path

from apps.core import pulse


def test_who_touched_lately_is_well(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    pulse.touch(str(file))
    assert pulse.main([str(file), "60"]) == 0


def test_who_touched_long_ago_is_not(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    pulse.touch(str(file))
    os.utime(file, (time.time() - 61, time.time() - 61))
    assert pulse.main([str(file), "60"]) == 1


def test_who_never_touched_is_not(tmp_path: Path) -> None:
    assert pulse.main([str(tmp_path / "pulse"), "60"]) == 1


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    pulse.touch(str(tmp_path / "missing" / "pulse"))
    assert not (tmp_path / "missing").exists()
