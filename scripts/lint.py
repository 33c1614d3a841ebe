"""`make lint`: every check, all of them even when one fails, and at the end which did."""

import os
import subprocess
import sys
import time
from pathlib import Path

from scripts import throwaway

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
CHECKS: dict[str, list[str]] = {
    "style": [str(BIN / "ruff"), "check", "--quiet", "."],
    "form": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
    "layers": [str(BIN / "lint-imports"), "--no-cache"],
    # Only the rules: the formatter would break lines inside inline text, and whitespace there is seen.
    "templates": [str(BIN / "djlint"), "templates", "--lint", "--quiet"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "system check": [PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
    "image": [str(BIN / "hadolint"), "Dockerfile"],
    "services": [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    "settings page": [PYTHON, "-m", "scripts.settings_doc", "--check"],
}


def main() -> int:
    """0 when every check is content."""
    failed = []
    with throwaway.environment() as environment:
        for name, command in CHECKS.items():
            started = time.monotonic()
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            verdict = "failed" if done.returncode else "ok"
            print(f"{name:<14} {verdict}  {time.monotonic() - started:5.1f} s", flush=True)
            if done.returncode:
                failed.append(name)
                print(done.stdout + done.stderr, flush=True)
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all is well")
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
