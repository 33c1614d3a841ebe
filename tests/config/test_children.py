"""Children of the supervisor: said when they die, started again with growing pauses, given up when it is no use."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import children
from config.children import Child, stop_all
from config.embedded import CannotStart
from config.ports import is_taken, require_free

SLEEPS = "import time; time.sleep(60)"
IGNORES = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[list[Child]]:
    """Children that a test makes are gone when it ends."""
    every: list[Child] = []
    yield every
    stop_all(every, 0)


def _child(made: list[Child], tmp_path: Path, program: str, name: str = "one") -> Child:
    child = Child(name, [sys.executable, "-c", program], {}, tmp_path / f"{name}.log")
    made.append(child)
    child.start()
    return child


def _end(child: Child) -> str:
    for _ in range(200):
        how = child.ended()
        if how:
            return how
        time.sleep(0.05)
    raise AssertionError("it did not end")


def test_an_exit_is_told_by_its_code(made: list[Child], tmp_path: Path) -> None:
    child = _child(made, tmp_path, "raise SystemExit(7)")
    assert _end(child) == "exit code 7"
    assert child.ended() == "", "an end is told once"


def test_a_kill_is_told_by_its_signal(made: list[Child], tmp_path: Path) -> None:
    child = _child(made, tmp_path, SLEEPS)
    assert child.ended() == ""
    child.signal(signal.SIGKILL)
    assert _end(child) == "killed by SIGKILL"


def test_what_a_child_says_is_in_its_log(made: list[Child], tmp_path: Path) -> None:
    child = _child(made, tmp_path, "import sys; print('out'); print('err', file=sys.stderr)")
    _end(child)
    assert {"out", "err"} <= set(child.log.read_text().split())


def test_what_a_dead_child_started_is_ended_too(made: list[Child], tmp_path: Path) -> None:
    grandchild = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', '{SLEEPS}']); print(p.pid, flush=True)"
    )
    child = _child(made, tmp_path, grandchild)
    _end(child)
    left = int(child.log.read_text())
    psutil.wait_procs([psutil.Process(left)] if psutil.pid_exists(left) else [], timeout=5)
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


def test_pauses_grow_and_then_it_is_given_up(made: list[Child], tmp_path: Path) -> None:
    child = Child("one", [], {}, tmp_path / "log")
    pauses = [child.plan_restart() for _ in range(children.DEATHS)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, None]


def test_a_child_that_lived_long_starts_again_at_once(tmp_path: Path) -> None:
    child = Child("one", [], {}, tmp_path / "log")
    child.deaths.extend([time.monotonic() - children.WITHIN_SECONDS - 1] * 4)
    assert child.plan_restart() == 1.0


def test_who_does_not_listen_is_killed(made: list[Child], tmp_path: Path) -> None:
    deaf = _child(made, tmp_path, IGNORES, "deaf")
    polite = _child(made, tmp_path, SLEEPS, "polite")
    while "deaf" not in deaf.log.read_text():
        time.sleep(0.05)
    began = time.monotonic()
    assert stop_all([deaf, polite], 1.0) == ["deaf"]
    assert time.monotonic() - began < 5
    assert deaf.process is not None
    assert deaf.process.poll() == -signal.SIGKILL
    assert polite.process is not None
    assert polite.process.poll() == -signal.SIGTERM


def test_a_full_log_is_begun_anew_and_one_is_kept(tmp_path: Path) -> None:
    child = Child("one", [], {}, tmp_path / "one.log")
    child.log.write_bytes(b"x" * (children.BIGGEST_LOG + 1))
    child.trim_log()
    assert child.log.stat().st_size == 0
    assert (tmp_path / "one.log.1").stat().st_size == children.BIGGEST_LOG + 1


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert is_taken(port)
        with pytest.raises(CannotStart, match=rf"Port {port} is in use .*make run PORT={port + 10}"):
            require_free(port, "PORT")
    assert not is_taken(port)
    require_free(port, "PORT")


@pytest.mark.parametrize("port", [0, 70_000])
def test_a_number_that_is_no_port_is_said(port: int) -> None:
    with pytest.raises(CannotStart, match=f"SIMULATOR_PORT={port} is no port"):
        require_free(port, "SIMULATOR_PORT")


def test_the_supervisor_loads_nothing_of_patrol() -> None:
    """It watches for months: what it imports stays in memory."""
    program = "import sys, config.supervisor; print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"django", "celery", "apps", "granian"} & set(loaded) == set()
