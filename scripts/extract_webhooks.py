"""Take the project's own extract of GitHub's OpenAPI description of its webhooks (room: scripts).

    python scripts/extract_webhooks.py           # writes tests/contract/github-webhooks.json and its licence

The description is published as the npm package `@octokit/openapi-webhooks` (MIT). It is 5 MB; the extract holds
the bodies that the simulator sends, with every component these refer to. The output is the same bytes for the
same package.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.extract_openapi import FOLDER, Json, needed_components, unpack_package, without_pages

PACKAGE = "@octokit/openapi-webhooks"
VERSION = "12.1.0"
DESCRIPTION_FILE = "generated/ghec.json"
LICENCE = "MIT"

EXTRACT = FOLDER / "github-webhooks.json"
LICENCE_FILE = FOLDER / "LICENSE-octokit-openapi-webhooks"

WEBHOOKS: tuple[str, ...] = (
    "github-app-authorization-revoked",
    "installation-created",
    "installation-deleted",
    "installation-new-permissions-accepted",
    "installation-suspend",
    "installation-unsuspend",
    "organization-member-added",
    "organization-member-removed",
    "personal-access-token-request-approved",
    "personal-access-token-request-cancelled",
    "personal-access-token-request-created",
    "personal-access-token-request-denied",
)


def extract(description: Json, names: Sequence[str] = WEBHOOKS) -> Json:
    """Return the part of a `description` of webhooks that those called `names` need.

    Raises KeyError, naming the webhook or component, when the description lacks one. The extract of an extract
    is itself.
    """
    webhooks: Json = {}
    for name in names:
        if name not in description["webhooks"]:
            raise KeyError(f"the description has no webhook {name}")
        webhooks[name] = without_pages(description["webhooks"][name])
    return {
        "x-source": {"package": PACKAGE, "version": VERSION, "licence": LICENCE, "file": DESCRIPTION_FILE},
        "openapi": description["openapi"],
        "info": description["info"],
        "webhooks": webhooks,
        "components": needed_components(description["components"], webhooks, always=()),
    }


def write_extract(package: Path) -> int:
    """Write the extract and the licence from the unpacked `package`; return the extract's size in bytes."""
    description = json.loads((package / DESCRIPTION_FILE).read_text())
    text = json.dumps(extract(description), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    EXTRACT.write_text(text)
    LICENCE_FILE.write_text((package / "LICENSE").read_text())
    return len(text.encode())


def main() -> None:
    """Read the command line, take the package (or a folder that holds it unpacked), write, say how much."""
    parser = argparse.ArgumentParser(description="Take Patrol's extract of GitHub's description of webhooks.")
    parser.add_argument("--package", type=Path, help="folder of the package, unpacked; default: npm takes it")
    package: Path | None = parser.parse_args().package
    with tempfile.TemporaryDirectory() as temporary:
        size = write_extract(package or unpack_package(Path(temporary), PACKAGE, VERSION))
    print(f"{EXTRACT.name}: {len(WEBHOOKS)} webhooks, {size} bytes, from {PACKAGE} {VERSION}")


if __name__ == "__main__":
    main()
