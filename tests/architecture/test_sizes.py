"""Small rooms: budgets for the longest, because that is where code goes wrong first."""

import ast

import pytest

from tests.architecture import source

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40


def test_no_module_is_longer_than_a_person_holds() -> None:
    lengths = {
        source.shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in source.modules(*source.OURS)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}
    assert len(lengths) > 100, "the modules were not found"


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring: meaning is not what makes a function long."""
    docstring = 0
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{source.shown(path)}:{function.name}": _length(function)
        for path in source.modules("apps", "config", "scripts", "bench")
        for function in source.functions(path)
        if _length(function) > LONGEST_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize("folder", ["apps", "config", "scripts", "bench"])
def test_every_module_says_what_room_it_is(folder: str) -> None:
    silent = [
        source.shown(path)
        for path in source.modules(folder)
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(source.tree(path))
    ]
    assert silent == []
