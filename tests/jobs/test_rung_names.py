"""Whoever rings, rings for a task that exists: a name that nobody registered would be a bell in an empty house."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from celery import current_app

ROOT = Path(__file__).resolve().parents[2]


def rung() -> Iterator[tuple[str, str]]:
    """(where, task name) of every call of `ring` in the rooms; a constant is looked up in its module."""
    for path in sorted((ROOT / "apps").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _name(call.func) == "ring" and call.args:
                yield f"{module}:{call.lineno}", _value(module, call.args[0])


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _value(module: str, argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    assert isinstance(argument, ast.Name), f"{module} rings for something that is neither a name nor a constant"
    return str(getattr(import_module(module), argument.id))


def test_every_rung_name_is_a_registered_task() -> None:
    current_app.loader.import_default_modules()
    found = list(rung())
    assert len(found) >= 5
    assert {name for _, name in found} <= set(current_app.tasks), found
