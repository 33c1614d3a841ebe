"""Says at the end of a run how much of the contract it covered (room: contract tests; a pytest plugin)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.coverage import SEEN

KEY = "patrol_contract"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker process has seen to the process that reports."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[KEY] = SEEN.as_lists()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker process has seen; one that crashed brings nothing."""
    SEEN.join(getattr(node, "workeroutput", {}).get(KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines, when a contract test ran."""
    lines = SEEN.lines()
    if lines:
        terminalreporter.section("contract with GitHub")
    for line in lines:
        terminalreporter.write_line(line)
