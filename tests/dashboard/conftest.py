"""A Patrol that nobody set up, beside a GitHub without an App."""

from typing import Any

import pytest

from apps.github import addresses
from tests.conftest import SMALL_WORLD
from tests.dashboard.setting_up import SettingUp
from tests.github import GitHub


@pytest.fixture
def setup(database: None, github: GitHub, simulator_server: Any, settings: Any) -> SettingUp:
    """A GitHub without an App, and a Patrol that nobody set up."""
    simulator_server.reset(**{**SMALL_WORLD, "ready_made_app": False, "saml_organizations": 1})
    settings.GITHUB_APP = dict.fromkeys(settings.GITHUB_APP, "") | {"app_id": 0}
    addresses.forget()
    return SettingUp(github)
