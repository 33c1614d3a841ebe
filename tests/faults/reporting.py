"""Prints what each fault came to at the end of a run: one row for each (a pytest plugin)."""

from __future__ import annotations

from typing import Any

import pytest

KEY = "patrol_fault"
_COLUMNS = ("fault", "database", "outcome", "seconds")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, when a fault test ran. Rows come with the tests' reports, also from other processes."""
    rows = [row for report in _reports(terminalreporter) for row in _rows(report)]
    if not rows:
        return
    lines = [_COLUMNS, *sorted(tuple(str(row[name]) for name in _COLUMNS) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    terminalreporter.section("what faults came to (seconds from the click until it settled)")
    for line in lines:
        terminalreporter.write_line("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def _reports(terminalreporter: pytest.TerminalReporter) -> list[Any]:
    return [one for name in ("passed", "failed") for one in terminalreporter.stats.get(name, [])]


def _rows(report: Any) -> list[dict[str, Any]]:
    """The call's, as a test has a report of its setup and of its end as well."""
    if getattr(report, "when", "") != "call":
        return []
    rows = [value for key, value in getattr(report, "user_properties", []) if key == KEY]
    return [{**row, "outcome": row["outcome"] if report.passed else f"{row['outcome']}, FAILED"} for row in rows if row]
