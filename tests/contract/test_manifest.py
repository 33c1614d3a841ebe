"""The manifest that Patrol posts asks for nothing that GitHub's description does not know."""

from apps.github.manifest import EVENTS, manifest
from tests.contract.openapi import GITHUB, load


def test_the_permissions_of_the_manifest_are_github_apps_permissions() -> None:
    known = load(GITHUB).document["components"]["schemas"]["app-permissions"]["properties"]
    made = manifest(name="x", public_url="https://p", webhook_url="https://p/h", webhooks=True, public=False)
    for name, level in made["default_permissions"].items():
        assert level in known[name]["enum"], name
    assert made["default_events"] == EVENTS
