"""Who may open connections, what the pins hold, which way rows point, and what was vendored."""

import ast
import hashlib
import re
import tomllib
from itertools import chain

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from tests.architecture import source

# Modules that open connections, and the rooms that may import them.
DOORS = {
    "requests": {"apps.core.http", "apps.github.client"},
    "socket": {"apps.core.http", "apps.core.timely"},
    "urllib3": {"apps.core.http"},
    "urllib.request": set(),
    "http.client": {"apps.core.timely"},
    "httpx": set(),
    "aiohttp": set(),
    "smtplib": {"apps.core.mail"},
    "ftplib": set(),
}


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def test_connections_are_opened_in_two_places() -> None:
    intruders = set()
    for path in source.modules("apps"):
        name = source.dotted(path)
        if name.startswith("apps.simulator"):
            continue
        imported = chain.from_iterable(_imports(node) for node in ast.walk(source.tree(path)))
        for wanted in imported:
            door = next((door for door in DOORS if wanted == door or wanted.startswith(f"{door}.")), None)
            if door and name not in DOORS[door]:
                intruders.add(f"{name} imports {wanted}")
    assert intruders == set()


@pytest.mark.parametrize("room", sorted(set().union(*DOORS.values())))
def test_the_doors_exist(room: str) -> None:
    assert (source.ROOT / (room.replace(".", "/") + ".py")).exists()


def _pins(name: str) -> dict[str, str]:
    text = (source.ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))


def test_tests_run_on_what_is_shipped() -> None:
    base, test = _pins("base.txt"), _pins("test.txt")
    assert base
    assert {name: pin for name, pin in base.items() if test.get(name) != pin} == {}


@pytest.mark.parametrize("name", ["base.txt", "test.txt"])
def test_every_pin_has_a_hash(name: str) -> None:
    text = (source.ROOT / "requirements" / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def _layers() -> dict[str, int]:
    """Each app's layer from the import contract, 0 on top."""
    settings = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "layers")
    return {
        app.strip(): level for level, line in enumerate(contract["layers"]) for app in line.replace("|", ":").split(":")
    }


def test_rows_point_downward() -> None:
    layers, upward = _layers(), []
    fields = [
        (model, field)
        for model in apps.get_models()
        if model._meta.app_config.name.startswith("apps.")
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | OneToOneField | ManyToManyField)
    ]
    assert fields
    for model, field in fields:
        here, there = model._meta.app_label, field.related_model._meta.app_label
        if here != there and there in layers and layers[there] <= layers[here]:
            upward.append(f"{here}.{model.__name__}.{field.name} -> {there}")
    assert upward == []


def _vendored() -> list[tuple[str, str]]:
    text = (source.ROOT / "static" / "vendor" / "VENDORED.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", text, re.MULTILINE)


def test_vendored_files_are_what_was_vendored() -> None:
    listed = _vendored()
    assert listed
    for name, digest in listed:
        assert hashlib.sha256((source.ROOT / name).read_bytes()).hexdigest() == digest, name


def test_nothing_is_vendored_in_silence() -> None:
    listed = {name for name, _ in _vendored()}
    there = {source.shown(path) for path in (source.ROOT / "static" / "vendor").rglob("*") if path.is_file()}
    assert there - listed == {"static/vendor/VENDORED.md"}
