"""The project's own source, as the architecture tests read it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("apps", "config", "scripts", "bench", "tests")
_NOT_OURS = {".venv", "var", "node_modules", ".git", "__pycache__"}


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Python files below the folders, migrations apart."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(path for path in found if "migrations" not in path.parts and not _NOT_OURS & set(path.parts))


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def shown(path: Path) -> str:
    """The path as people write it."""
    return str(path.relative_to(ROOT))


def dotted(path: Path) -> str:
    """`apps/core/http.py` as `apps.core.http`."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    """Calls of functions with one of these names, whatever stands before the dot."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield node


def first_text(call: ast.Call) -> str | None:
    """The first argument when it is text in the source."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@cache
def repository_texts() -> tuple[Path, ...]:
    """Every text file that is or would be committed."""
    asked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if asked.returncode == 0:
        names = [name for name in asked.stdout.decode().split("\0") if name]
        every = [ROOT / name for name in names]
    else:  # an unpacked archive has no index
        every = [path for path in ROOT.rglob("*") if not _NOT_OURS & set(path.relative_to(ROOT).parts)]
    return tuple(path for path in every if path.is_file() and b"\0" not in path.read_bytes()[:4096])
