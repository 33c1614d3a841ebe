"""Prints how many clicks and typed fields the setup and the jobs of an owner took, at the end (a pytest plugin)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

KEY = "patrol_setup"
JOBS = "patrol_jobs"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each way through the setup, when one was walked, and for each job."""
    _section(
        terminalreporter, "what the setup took", [f"{way}: {value}" for way, value in _told(terminalreporter, KEY)]
    )
    _section(terminalreporter, "what the jobs took", [job for _, jobs in _told(terminalreporter, JOBS) for job in jobs])


def _told(terminalreporter: pytest.TerminalReporter, key: str) -> Iterator[tuple[str, list[str]]]:
    """The parameter of each test that told something under `key`, and what it told."""
    for report in [one for name in ("passed", "failed") for one in terminalreporter.stats.get(name, [])]:
        if getattr(report, "when", "") == "call":
            way = report.nodeid.rpartition("[")[2].rstrip("]")
            yield from ((way, value) for name, value in report.user_properties if name == key)


def _section(terminalreporter: pytest.TerminalReporter, title: str, lines: list[str]) -> None:
    if lines:
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
