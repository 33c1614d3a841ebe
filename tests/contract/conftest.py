"""What the contract tests share."""

from __future__ import annotations

import pytest

from tests.contract.openapi import GITHUB, Description, load


def pytest_configure(config: pytest.Config) -> None:
    """Report what was covered also when this folder alone is run."""
    if not config.pluginmanager.has_plugin("tests.contract.reporting"):
        config.pluginmanager.import_plugin("tests.contract.reporting")


@pytest.fixture(scope="session")
def description() -> Description:
    """GitHub's description, in the version the client asks for."""
    return load(GITHUB)
