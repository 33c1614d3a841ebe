"""docker-compose.yml and the Dockerfile keep what docs/operations.md says of them."""

import re
from typing import Any

import pytest
from django.conf import settings

from config import env
from tests import containers

SERVICES = containers.services()
EXACT = re.compile(r"^[a-z]+:\d+\.\d+(\.\d+)?(-[a-z0-9-]+)?$")
RUNS_ONCE = {"prepare"}
MAY_BE_ROOT = {"proxy"}
"""Caddy's image owns its folders as root; it has no right of root's but to listen on ports below 1024."""


def test_no_image_is_named_by_a_tag_that_moves() -> None:
    named = {stage.image for stage in containers.stages()} | {one["image"] for one in SERVICES.values()}
    assert len(named) == 5
    assert [image for image in named if not EXACT.match(image)] == []
    assert all(one["image"] == f"patrol:{settings.VERSION}" for one in containers.of_patrol().values())


def test_the_image_does_not_run_as_root() -> None:
    assert int(containers.stages()[-1].one("USER").argument) > 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name: str) -> None:
    service: dict[str, Any] = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name in MAY_BE_ROOT else [])
    assert "build" in service or name in MAY_BE_ROOT or int(service["user"].split(":")[0]) > 0


@pytest.mark.parametrize("name", sorted(set(SERVICES) - RUNS_ONCE))
def test_a_service_that_goes_on_has_a_health_check(name: str) -> None:
    assert containers.health_check(SERVICES[name])


def test_the_data_services_do_not_reach_the_internet() -> None:
    assert {name for name, one in SERVICES.items() if one["networks"] == ["inside"]} == {"postgres", "redis", "beat"}


def test_every_setting_that_is_named_exists() -> None:
    known = {one.name for one in env.SETTINGS}
    named = {name for service in containers.of_patrol().values() for name in service["environment"]}
    named |= set(containers.env_file()) | {name for name in containers.stages()[-1].environment() if "PATROL" in name}
    assert {name.removesuffix("_FILE") if name not in known else name for name in named} - known == set()
