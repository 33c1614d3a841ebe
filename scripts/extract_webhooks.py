"""Take the project's own extract of GitHub's OpenAPI description of its webhooks (room: scripts).

    python scripts/extract_webhooks.py           # writes tests/contract/github-webhooks.json and its licence

The description is published as the npm package `@octokit/openapi-webhooks` (MIT). It is 5 MB; the extract holds
the bodies that the simulator sends, with every component these refer to. The output is the same bytes for the
same package.
"""

from __future__ import annotations

from collections.abc import Sequence

from scripts.extract_openapi import FOLDER, Json, Taking, needed_components, without_pages

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
    "installation-target-renamed",
    "installation-unsuspend",
    "organization-member-added",
    "organization-member-removed",
    "organization-renamed",
    "personal-access-token-request-approved",
    "personal-access-token-request-cancelled",
    "personal-access-token-request-created",
    "personal-access-token-request-denied",
    "ping",
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


if __name__ == "__main__":
    Taking(PACKAGE, VERSION, DESCRIPTION_FILE, extract, EXTRACT, LICENCE_FILE).main(f"{len(WEBHOOKS)} webhooks")
