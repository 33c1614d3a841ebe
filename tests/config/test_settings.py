"""Settings that would make Patrol unsafe stop it before it starts."""

import subprocess
import sys

import pytest

from tests.processes import ROOT, clean_environment


def _start(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT, env=clean_environment() | settings, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("lease", ["39", "0", "-1"])
def test_a_lease_shorter_than_twice_the_longest_call_is_refused(lease: str) -> None:
    refused = _start(PATROL_LEASE_SECONDS=lease)
    assert refused.returncode != 0
    assert "PATROL_LEASE_SECONDS must be at least twice" in refused.stderr


def test_a_longer_time_out_needs_a_longer_lease() -> None:
    assert _start(PATROL_GITHUB_READ_SECONDS="30").returncode != 0
    assert _start(PATROL_GITHUB_READ_SECONDS="30", PATROL_LEASE_SECONDS="70").returncode == 0


def test_a_lease_of_twice_the_longest_call_is_taken() -> None:
    assert (
        _start(PATROL_GITHUB_CONNECT_SECONDS="1", PATROL_GITHUB_READ_SECONDS="3", PATROL_LEASE_SECONDS="8").returncode
        == 0
    )


@pytest.mark.parametrize("waits", ["0", "5,0,30", "5,-1", "soon", "5,"])
def test_waits_that_would_press_github_are_refused(waits: str) -> None:
    refused = _start(PATROL_BACK_OFF_SECONDS=waits)
    assert refused.returncode != 0
    assert "PATROL_BACK_OFF_SECONDS:" in refused.stderr


def test_other_waits_are_taken() -> None:
    assert _start(PATROL_BACK_OFF_SECONDS="1, 2,4").returncode == 0
