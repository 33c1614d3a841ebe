"""What the contract tests share."""

from __future__ import annotations

import pytest

from tests.contract.openapi import GITHUB, Description, load


@pytest.fixture(scope="session")
def description() -> Description:
    """GitHub's description, in the version the client asks for."""
    return load(GITHUB)
