"""Brings the built-in table of endpoints and their permissions into the repository: @octokit/app-permissions.

A developer's tool, like vendor_static.py. Of the npm package it takes which permission each route needs, in the
package's own words, and writes it with licence, version and SHA-256 to `apps/policy/endpoints/vendor/`. The package
still holds what GitHub documented years ago: what is different now stands in `apps/policy/endpoints/known.py`.

    python -m scripts.vendor_permissions
"""

import hashlib
import json
import tempfile
from pathlib import Path

from scripts.vendor_static import ROOT, fetch

VERSION = "2.1.0"
NAME = "@octokit/app-permissions"
TARGET = ROOT / "apps" / "policy" / "endpoints" / "vendor"


def main() -> None:
    """Fetch, take what is used, write, and record."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        package = fetch(NAME, VERSION, "MIT", Path(scratch))
        source = (package.folder / "generated/api.github.com.json").read_bytes()
        licence = (package.folder / "LICENSE").read_text(encoding="utf-8")
    permissions = json.loads(source)["permissions"]
    table = {
        name: {access: routes[access] for access in ("read", "write") if routes.get(access)}
        for name, routes in permissions.items()
    }
    text = json.dumps({"name": NAME, "version": VERSION, "permissions": table}, indent=1, ensure_ascii=True) + "\n"
    (TARGET / "octokit-app-permissions.json").write_text(text, encoding="utf-8")
    (TARGET / "LICENSE").write_text(licence, encoding="utf-8")
    (TARGET / "VENDORED.md").write_text(_record(source, text), encoding="utf-8")
    print(f"{len(text):>8}  {TARGET.relative_to(ROOT)}")


def _record(source: bytes, text: str) -> str:
    return (
        "# Vendored files\n\n"
        f"`octokit-app-permissions.json` is made of `generated/api.github.com.json` in {NAME} {VERSION} (MIT, see "
        "`LICENSE`) by `scripts/vendor_permissions.py`: the routes of each permission, without their addresses.\n\n"
        "| file | SHA-256 |\n|---|---|\n"
        f"| `generated/api.github.com.json` of the package | `{hashlib.sha256(source).hexdigest()}` |\n"
        f"| `octokit-app-permissions.json` | `{hashlib.sha256(text.encode()).hexdigest()}` |\n"
    )


if __name__ == "__main__":
    main()
