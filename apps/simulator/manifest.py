"""A manifest: the description from which GitHub makes an App, and what is wrong with one.

Source: docs.github.com, "Registering a GitHub App from a manifest" (keys; `url` and, with `hook_attributes`, its
`url` are required; at most 10 callback addresses). The wording of problems follows what GitHub's page says.
GitHub refuses a webhook on a private address; here every address is one, so that is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from apps.simulator.permission_names import EVENT_PERMISSIONS, PERMISSION_LEVELS, allows, completed

MOST_CALLBACKS = 10
LONGEST_NAME = 34

Kinds = type | tuple[type, ...]

_KEYS: dict[str, Kinds] = {
    "name": str,
    "url": str,
    "hook_attributes": dict,
    "redirect_url": str,
    "callback_urls": list,
    "setup_url": str,
    "description": str,
    "public": bool,
    "default_events": list,
    "default_permissions": dict,
    "request_oauth_on_install": bool,
    "setup_on_update": bool,
}
_ADDRESSES = ("url", "redirect_url", "setup_url")
_HOOK_KEYS: dict[str, Kinds] = {"url": str, "active": bool}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest without a fault. Addresses that were left out are empty."""

    name: str
    url: str
    redirect_url: str
    hook_url: str = ""
    hook_active: bool = False
    callback_urls: tuple[str, ...] = ()
    setup_url: str = ""
    description: str = ""
    public: bool = False
    events: tuple[str, ...] = ()
    permissions: dict[str, str] = field(default_factory=dict)
    request_oauth_on_install: bool = False
    setup_on_update: bool = False


class ManifestError(Exception):
    """What is wrong with a manifest, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_manifest(text: str) -> Manifest:
    """The manifest in a form field. Raises ManifestError with everything that is wrong."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ManifestError(["The manifest is not valid JSON."]) from None
    if not isinstance(given, dict):
        raise ManifestError(["The manifest is not a JSON object."])
    kept = {name: value for name, value in given.items() if value is not None}
    problems = [*_shape(kept, _KEYS)] or [*_contents(kept)]
    if problems:
        raise ManifestError(problems)
    return _made(kept)


def name_problem(name: str) -> str:
    """What is wrong with the name of an App, apart from its being taken; empty when nothing is."""
    if not name.strip():
        return "Name can't be blank"
    if len(name) > LONGEST_NAME:
        return f"Name is too long (maximum is {LONGEST_NAME} characters)"
    return "" if slug_of(name) else "Name must hold a letter or a digit"


def slug_of(name: str) -> str:
    """The name in addresses: ``Patrol for ACME`` is ``patrol-for-acme``."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower())
    return "-".join(plain.split())


def is_web_address(text: str) -> bool:
    """Whether a browser could be sent there."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable()


def _shape(given: dict[str, Any], known: dict[str, Kinds], prefix: str = "") -> Iterator[str]:
    for name, value in given.items():
        if name not in known:
            yield f'"{prefix}{name}" is not a permitted key.'
        elif not isinstance(value, known[name]):
            yield f'"{prefix}{name}" has the wrong type.'
    if not given.get("url"):
        yield f'"{prefix}url" wasn\'t supplied.'
    if "hook_attributes" in known and isinstance(given.get("hook_attributes"), dict):
        yield from _shape(given["hook_attributes"], _HOOK_KEYS, "hook_attributes.")


def _contents(given: dict[str, Any]) -> Iterator[str]:
    for name in _ADDRESSES:
        if name in given and not is_web_address(given[name]):
            yield f"{name.replace('_', ' ').capitalize()} must be a valid URL"
    if not given.get("redirect_url"):
        yield "Redirect url can't be blank"  # GitHub does not say where it goes without one
    if not is_web_address(given.get("hook_attributes", {}).get("url", "http://x")):
        yield "Hook url must be a valid URL"
    yield from _callbacks(given.get("callback_urls", []))
    yield from _permissions(given.get("default_permissions", {}))
    yield from _events(given.get("default_events", []), given.get("default_permissions", {}))


def _callbacks(addresses: list[Any]) -> Iterator[str]:
    if len(addresses) > MOST_CALLBACKS:
        yield f"Callback urls can have at most {MOST_CALLBACKS} entries"
    if not all(isinstance(one, str) and is_web_address(one) for one in addresses):
        yield "Callback urls must be valid URLs"


def _permissions(asked: dict[str, Any]) -> Iterator[str]:
    for name, level in asked.items():
        if name not in PERMISSION_LEVELS:
            yield f"Default permission records resource is not included in the list: {name}"
        elif level not in PERMISSION_LEVELS[name]:
            yield f"Default permission records action is not included in the list: {name}"


def _events(asked: list[Any], permissions: dict[str, Any]) -> Iterator[str]:
    unknown = [str(name) for name in asked if not isinstance(name, str) or name not in EVENT_PERMISSIONS]
    if unknown:
        yield f"Default events unsupported: {', '.join(unknown)}"
    lacking = [name for name in asked if name not in unknown and not allows(completed(permissions), name)]
    if lacking:
        yield f"Default events are not supported by permissions: {', '.join(lacking)}"


def _made(given: dict[str, Any]) -> Manifest:
    hook = given.get("hook_attributes", {})
    return Manifest(
        name=given.get("name", ""),
        url=given["url"],
        redirect_url=given["redirect_url"],
        hook_url=hook.get("url", ""),
        hook_active=bool(hook) and hook.get("active", True),
        callback_urls=tuple(given.get("callback_urls", [])),
        setup_url=given.get("setup_url", ""),
        description=given.get("description", ""),
        public=given.get("public", False),
        events=tuple(dict.fromkeys(given.get("default_events", []))),
        permissions=completed(given.get("default_permissions", {})),
        request_oauth_on_install=given.get("request_oauth_on_install", False),
        setup_on_update=given.get("setup_on_update", False),
    )
