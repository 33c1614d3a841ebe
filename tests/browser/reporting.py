"""Prints how many clicks and typed fields the setup took, at the end of a run (a pytest plugin)."""

from __future__ import annotations

import pytest

KEY = "patrol_setup"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each way through the setup, when one was walked."""
    reports = [one for name in ("passed", "failed") for one in terminalreporter.stats.get(name, [])]
    lines = [
        f"{report.nodeid.rpartition('[')[2].rstrip(']')}: {value}"
        for report in reports
        if getattr(report, "when", "") == "call"
        for key, value in report.user_properties
        if key == KEY
    ]
    if lines:
        terminalreporter.section("what the setup took")
        for line in lines:
            terminalreporter.write_line(line)
